"""Random SELECTs over a few tables, the same ones for the same seed. Each is valid SQL with a defined result:
whatever has no order of its own is either sorted by the reader or ordered by a key.

    queries = Queries(tables, seed)       # tables: {name: [(column, kind), ...]}, the first columns are its key
    sql, ordered = queries.next()         # ordered: rows come in this order, else in any
"""

import random

KINDS = ("int", "uint", "decimal", "real", "text", "datetime", "date", "time")
NUMBERS = ("int", "uint", "decimal", "real")
TEXTS = ("'sys'", "'SYS '", "''", "' '", "'abc'", "'Äb c'", "'ß'", "'12abc'", "'-3.5e1x'", "'1e3'", "'2026-02-28'", "'%a_'",
         "'zone1'", "'ÿ☃'", "'NORMAL'", "'a,b,NORMAL'", "'0'", "'007'", "'+5'", "'.5'")
DATES = ("'2026-02-28 23:59:59'", "'2024-02-29'", "'1999-12-31 12:30:45.123456'", "'2026-11-01 00:00:00'", "'0001-01-01'",
         "'20240229'", "'2026-2-3 4:5:6'")
UNITS = ("MICROSECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
FORMATS = ("'%Y-%m-%d'", "'%H:%i:%s.%f'", "'%a %b %D %j'", "'%W, %e %M %y'", "'%l%p %T %r'", "'%U %u %V %v %X %x %w'", "'%%x%c'")


class Queries:
    def __init__(self, tables, seed):
        self.tables = tables
        self.random = random.Random(seed)
        self.scope = []      # [(qualified column, kind)]
        self.aliases = 0

    # Choices

    def pick(self, *options):
        return self.random.choice(options)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def small(self, low=-3, high=12):
        return str(self.random.randint(low, high))

    # Expressions

    def any(self, depth):
        return self.of(self.pick(*KINDS), depth)

    def number(self, depth):
        return self.of(self.pick(*NUMBERS), depth)

    def of(self, kind, depth):
        columns = [name for name, its in self.scope if its == kind]
        if columns and self.chance(45 if depth > 0 else 70):
            return self.random.choice(columns)
        if depth <= 0 or self.chance(15):
            return self.literal(kind)
        if self.chance(12):
            return self.choice(kind, depth - 1)
        return getattr(self, "of_" + kind)(depth - 1)

    def literal(self, kind):
        if self.chance(6):
            return "NULL"
        if kind == "int":
            return self.pick("0", "1", "-1", "2", "7", "1002", "-1004", "123456789012", "TRUE", "9223372036854775807")
        if kind == "uint":
            return self.pick("18446744073709551615", "9223372036854775808", "CAST(5 AS UNSIGNED)", "CAST(0 AS UNSIGNED)")
        if kind == "decimal":
            return self.pick("0.5", "1.0", "-2.50", "3.14159", "100.001", "0.00", "12345678901234567890.5", "-0.125")
        if kind == "real":
            return self.pick("1e0", "2.5e-1", "-1e3", "1e-7", "123456.789e0", "0e0", "3e0")
        if kind == "text":
            return self.pick(*TEXTS)
        if kind == "datetime":
            return "TIMESTAMP" + self.pick("'2026-02-28 23:59:59'", "'1999-12-31 12:30:45.123456'", "'2024-02-29 00:00:00'")
        if kind == "date":
            return "DATE" + self.pick("'2026-02-28'", "'2024-02-29'", "'1970-01-01'", "'1999-12-31'")
        return "TIME" + self.pick("'12:30:45'", "'-01:00:00'", "'100:59:59'", "'00:00:00.5'")

    def choice(self, kind, depth):
        one, two = self.of(kind, depth), self.of(kind, depth)
        return self.pick(
            lambda: "IF(%s, %s, %s)" % (self.condition(depth), one, two),
            lambda: "IFNULL(%s, %s)" % (one, two),
            lambda: "COALESCE(%s, NULL, %s)" % (one, two),
            lambda: "NULLIF(%s, %s)" % (one, two),
            lambda: "CASE WHEN %s THEN %s ELSE %s END" % (self.condition(depth), one, two),
            lambda: "CASE %s WHEN %s THEN %s WHEN %s THEN %s END" % (one, two, two, one, one),
            # Of texts they are other values among numbers: see of_text().
            lambda: "%s(%s, %s)" % (self.pick("GREATEST", "LEAST"), one, two) if kind != "text" else one,
        )()

    def of_int(self, depth):
        text, when = lambda: self.of("text", depth), lambda: self.moment(depth)
        return self.pick(
            lambda: "(%s %s %s)" % (self.of("int", depth), self.pick("+", "-", "*", "DIV", "%"), self.of("int", depth)),
            lambda: "(%s DIV %s)" % (self.number(depth), self.number(depth)),
            lambda: "-%s" % self.of("int", depth),
            lambda: "ABS(%s)" % self.of("int", depth),
            lambda: "SIGN(%s)" % self.number(depth),
            lambda: "MOD(%s, %s)" % (self.of("int", depth), self.of("int", depth)),
            lambda: "%s(%s)" % (self.pick("FLOOR", "CEILING", "ROUND"), self.of("int", depth)),
            lambda: "%s(%s)" % (self.pick("LENGTH", "CHAR_LENGTH", "BIT_LENGTH", "ASCII", "ORD"), text()),
            lambda: "%s(%s, %s)" % (self.pick("INSTR", "STRCMP", "FIND_IN_SET"), text(), text()),
            lambda: "LOCATE(%s, %s, %s)" % (text(), text(), self.small(1, 4)),
            lambda: "FIELD(%s, %s, %s)" % (text(), text(), text()),
            lambda: "FIELD(%s, %s, %s)" % (self.any(depth), self.any(depth), self.any(depth)),
            lambda: "CAST(%s AS SIGNED)" % self.of(self.pick(*NUMBERS, "text", "date"), depth),
            lambda: "%s(%s)" % (self.pick("YEAR", "QUARTER", "MONTH", "DAYOFMONTH", "DAYOFWEEK", "WEEKDAY", "DAYOFYEAR", "WEEK",
                                          "WEEKOFYEAR", "YEARWEEK", "TO_DAYS", "TO_SECONDS"), when()),
            lambda: "WEEK(%s, %s)" % (when(), self.small(0, 7)),
            lambda: "%s(%s)" % (self.pick("HOUR", "MINUTE", "SECOND", "MICROSECOND", "TIME_TO_SEC"),
                                self.pick(when, lambda: self.of("time", depth))()),
            lambda: "EXTRACT(%s FROM %s)" % (self.pick(*UNITS, "YEAR_MONTH", "DAY_HOUR", "HOUR_SECOND"), when()),
            lambda: "DATEDIFF(%s, %s)" % (when(), when()),
            lambda: "TIMESTAMPDIFF(%s, %s, %s)" % (self.pick(*UNITS), when(), when()),
            lambda: "PERIOD_DIFF(%s, %s)" % (self.pick("202602", "199912"), self.pick("202401", "9912")),
            lambda: "UNIX_TIMESTAMP(%s)" % self.pick("'2026-02-28 23:59:59'", "'1999-12-31'", "20240229"),
            lambda: "(%s)" % self.condition(depth),
            lambda: "INTERVAL(%s, 1, 5, 1002)" % self.number(depth),
        )()

    def of_uint(self, depth):
        return self.pick(
            lambda: "(%s %s %s)" % (self.of("uint", depth), self.pick("+", "-", "*", "DIV", "%"), self.of("uint", depth)),
            lambda: "(%s %s %s)" % (self.of("int", depth), self.pick("&", "|", "^"), self.of("int", depth)),
            lambda: "(%s %s %s)" % (self.of("int", depth), self.pick("<<", ">>"), self.small(0, 70)),
            lambda: "~%s" % self.of("int", depth),
            lambda: "CAST(%s AS UNSIGNED)" % self.of(self.pick("int", "uint", "decimal", "text", "date"), depth),
            lambda: "CRC32(%s)" % self.of("text", depth),
            lambda: "BIT_COUNT(%s)" % self.of("int", depth),
            lambda: "INET_ATON('10.1.2.%s')" % self.small(0, 300),
        )()

    def of_decimal(self, depth):
        return self.pick(
            lambda: "(%s %s %s)" % (self.of("decimal", depth), self.pick("+", "-", "*", "/", "%"),
                                    self.of(self.pick("int", "decimal"), depth)),
            lambda: "(%s / %s)" % (self.of("int", depth), self.of("int", depth)),
            lambda: "-%s" % self.of("decimal", depth),
            lambda: "ABS(%s)" % self.of("decimal", depth),
            lambda: "%s(%s)" % (self.pick("FLOOR", "CEILING", "ROUND"), self.of("decimal", depth)),
            lambda: "%s(%s, %s)" % (self.pick("ROUND", "TRUNCATE"), self.of("decimal", depth), self.small(-2, 4)),
            lambda: "CAST(%s AS DECIMAL(%d,%d))" % (self.any(depth), self.random.randint(10, 30), self.random.randint(0, 8)),
            lambda: "MOD(%s, %s)" % (self.of("decimal", depth), self.of("decimal", depth)),
            lambda: "UNIX_TIMESTAMP('2026-02-28 23:59:59.25')",
        )()

    def of_real(self, depth):
        return self.pick(
            lambda: "(%s %s %s)" % (self.of("real", depth), self.pick("+", "-", "*", "/", "%"), self.number(depth)),
            lambda: "(%s %s %s)" % (self.of("text", depth), self.pick("+", "-", "*", "/"), self.number(depth)),
            lambda: "-%s" % self.of("real", depth),
            lambda: "-%s" % self.of("text", depth),
            lambda: "ABS(%s)" % self.of("real", depth),
            lambda: "%s(%s)" % (self.pick("FLOOR", "CEILING", "ROUND"), self.of(self.pick("real", "text"), depth)),
            lambda: "%s(%s, %s)" % (self.pick("ROUND", "TRUNCATE"), self.of("real", depth), self.small(-2, 4)),
            lambda: "%s(%s)" % (self.pick("SQRT", "LN", "LOG10", "LOG2", "RADIANS", "DEGREES"), self.number(depth)),
            lambda: "POW(%s, %s)" % (self.small(), self.small(-2, 3)),
        )()

    def of_text(self, depth):
        text = lambda: self.of("text", depth)
        return self.pick(
            lambda: "CONCAT(%s, %s)" % (text(), self.any(depth)),
            lambda: "CONCAT_WS(%s, %s, %s, %s)" % (self.pick("'-'", text()), self.any(depth), text(), text()),
            lambda: "%s(%s)" % (self.pick("UPPER", "LOWER", "TRIM", "LTRIM", "RTRIM", "REVERSE", "QUOTE", "HEX", "MD5", "SHA1"), text()),
            lambda: "%s(%s, %s)" % (self.pick("LEFT", "RIGHT", "SUBSTRING"), text(), self.small()),
            lambda: "SUBSTRING(%s, %s, %s)" % (text(), self.small(), self.small()),
            lambda: "SUBSTRING(%s FROM %s)" % (text(), self.small()),
            lambda: "SUBSTRING_INDEX(%s, %s, %s)" % (text(), self.pick("','", "'a'", "'o'"), self.small(-2, 2)),
            lambda: "REPLACE(%s, %s, %s)" % (text(), self.pick("'a'", "'S'", "'or'", "''"), text()),
            lambda: "%s(%s, %s, %s)" % (self.pick("LPAD", "RPAD"), text(), self.small(0, 20), self.pick("'xy'", "' '", "'ä'", "''")),
            lambda: "REPEAT(%s, %s)" % (text(), self.small(-1, 3)),
            lambda: "INSERT(%s, %s, %s, %s)" % (text(), self.small(), self.small(), text()),
            lambda: "TRIM(%s %s FROM %s)" % (self.pick("LEADING", "TRAILING", "BOTH"), self.pick("'a'", "'S'", "' '", "'1'"), text()),
            lambda: "ELT(%s, %s, %s)" % (self.small(0, 3), text(), text()),
            lambda: "CAST(%s AS CHAR)" % self.any(depth),
            lambda: "CAST(%s AS CHAR(%s))" % (self.of(self.pick("int", "text", "datetime"), depth), self.small(1, 12)),
            lambda: "HEX(%s)" % self.of("int", depth),
            lambda: "CONV(%s, %s, %s)" % (self.of("int", depth), self.pick("10", "16", "36"), self.pick("2", "10", "-10", "36")),
            lambda: "%s(%s)" % (self.pick("BIN", "OCT"), self.of("int", depth)),
            lambda: "FORMAT(%s, %s)" % (self.of(self.pick("int", "decimal"), depth), self.small(0, 4)),
            lambda: "SHA2(%s, 256)" % text(),
            lambda: "DATE_FORMAT(%s, %s)" % (self.moment(depth), self.pick(*FORMATS)),
            lambda: "TIME_FORMAT(%s, '%%H|%%i|%%s|%%f')" % self.of("time", depth),
            lambda: "%s(%s)" % (self.pick("MONTHNAME", "DAYNAME"), self.moment(depth)),
            lambda: "INET_NTOA(%s)" % self.of("int", depth),
            lambda: "DATE_ADD(%s, INTERVAL %s %s)" % (self.pick(*DATES), self.small(), self.pick(*UNITS)),
            lambda: "SPACE(%s)" % self.small(-1, 3),
            lambda: "CONCAT(%s(%s, %s))" % (self.pick("GREATEST", "LEAST"), text(), text()),
        )()

    def moment(self, depth):
        return self.pick(lambda: self.of("datetime", depth), lambda: self.of("date", depth), lambda: self.pick(*DATES))()

    def of_datetime(self, depth):
        return self.pick(
            lambda: "CAST(%s AS DATETIME)" % self.moment(depth),
            lambda: "CAST(%s AS DATETIME(3))" % self.moment(depth),
            lambda: "%s(%s, INTERVAL %s %s)" % (self.pick("DATE_ADD", "DATE_SUB"), self.of("datetime", depth), self.small(),
                                              self.pick(*UNITS)),
            lambda: "(%s + INTERVAL %s %s)" % (self.of("datetime", depth), self.small(), self.pick(*UNITS)),
            lambda: "(%s + INTERVAL '%s' %s)" % (self.of("datetime", depth), *self.pick(
                ("1:2", "HOUR_MINUTE"), ("1 2:3:4", "DAY_SECOND"), ("-1-2", "YEAR_MONTH"), ("1.5", "SECOND_MICROSECOND"))),
            lambda: "TIMESTAMP(%s)" % self.moment(depth),
            lambda: "FROM_UNIXTIME(%s)" % self.pick("0", "1700000000", "1700000000.25", "-5"),
            lambda: "STR_TO_DATE('%s', '%s')" % self.pick(("2026-02-28 10:11:12", "%Y-%m-%d %H:%i:%s"),
                                                         ("28.02.26 1PM", "%d.%m.%y %l%p"), ("xx", "%Y-%m-%d %H:%i:%s")),
            lambda: "CONVERT_TZ(%s, '+00:00', '+08:00')" % self.of("datetime", depth),
        )()

    def of_date(self, depth):
        return self.pick(
            lambda: "DATE(%s)" % self.moment(depth),
            lambda: "CAST(%s AS DATE)" % self.moment(depth),
            lambda: "LAST_DAY(%s)" % self.moment(depth),
            lambda: "DATE_ADD(%s, INTERVAL %s %s)" % (self.of("date", depth), self.small(), self.pick("DAY", "WEEK", "MONTH", "YEAR")),
            lambda: "FROM_DAYS(%s)" % self.pick("730000", "366", "700001"),
            lambda: "MAKEDATE(%s, %s)" % (self.pick("2024", "26", "1999"), self.small(-1, 400)),
            lambda: "STR_TO_DATE('2024-02-29', '%Y-%m-%d')",
        )()

    def of_time(self, depth):
        return self.pick(
            lambda: "TIME(%s)" % self.of("datetime", depth),
            lambda: "CAST(%s AS TIME)" % self.pick("'12:34:56'", "'-1:2:3.5'", "123456", self.of("datetime", depth)),
            lambda: "SEC_TO_TIME(%s)" % self.of("int", 0),
            lambda: "MAKETIME(%s, %s, %s)" % (self.small(), self.small(0, 61), self.small(0, 61)),
            lambda: self.near(self.of("datetime", depth)),
        )()

    def near(self, moment):
        """A difference that a TIME holds."""
        return "TIMEDIFF(%s, DATE_ADD(%s, INTERVAL %s HOUR))" % (moment, moment, self.small())

    def condition(self, depth):
        if depth <= 0 or self.chance(55):
            return self.comparison(max(depth, 0))
        return self.pick(
            lambda: "(%s %s %s)" % (self.condition(depth - 1), self.pick("AND", "OR", "XOR"), self.condition(depth - 1)),
            lambda: "NOT (%s)" % self.condition(depth - 1),
            lambda: "(%s) IS %s" % (self.condition(depth - 1), self.pick("TRUE", "NOT TRUE", "FALSE", "UNKNOWN")),
        )()

    def comparison(self, depth):
        same = self.pick(*KINDS)
        operator = self.pick("=", "<>", "<", "<=", ">", ">=", "<=>")
        return self.pick(
            lambda: "%s %s %s" % (self.of(same, depth), operator, self.of(same, depth)),
            lambda: "%s %s %s" % (self.of(same, depth), operator, self.of(same, depth)),
            lambda: "%s %s %s" % (self.number(depth), operator, self.of("text", depth)),
            lambda: "%s %s %s" % (self.number(depth), operator, self.number(depth)),
            lambda: "%s %s %s" % (self.of("datetime", depth), operator, self.pick(*DATES)),
            lambda: "%s %s %s" % (self.of("date", depth), operator, self.of("datetime", depth)),
            lambda: "%s IS %sNULL" % (self.of(same, depth), self.pick("", "NOT ")),
            lambda: "%s %sIN (%s, %s, %s)" % (self.of(same, depth), self.pick("", "NOT "), self.of(same, 0), self.of(same, 0),
                                              self.of(same, 0)),
            lambda: "%s %sBETWEEN %s AND %s" % (self.of(same, depth), self.pick("", "NOT "), self.of(same, 0), self.of(same, 0)),
            lambda: "%s %sLIKE %s" % (self.of("text", depth), self.pick("", "NOT "),
                                      self.pick("'%s%'", "'_y%'", "'%'", "'N_RMAL'", "'sys'", "'%\\\\%%'", "'Ä%'", "''")),
            lambda: "%s %s%s %s" % (self.of("text", depth), self.pick("", "NOT "), self.pick("REGEXP", "RLIKE"),
                                    self.pick("'^s'", "'[[:digit:]]+$'", "'a|b.c'", "'(or|mal)+'", "'^.{2,4}$'", "'[^a-z_]'",
                                              "'ä'", "'x*'", "'\\\\.'")),
            lambda: "(%s, %s) = (%s, %s)" % (self.of("int", 0), self.of("text", 0), self.of("int", 0), self.of("text", 0)),
            lambda: self.of("int", depth),
        )()

    # Statements

    def alias(self):
        self.aliases += 1
        return "a%d" % self.aliases

    def table(self):
        """(SQL in FROM, its columns with kinds, its key)"""
        name = self.pick(*self.tables)
        alias = self.alias()
        columns = [("%s.%s" % (alias, column), kind) for column, kind in self.tables[name]["columns"]]
        return "%s %s" % (name, alias), columns, ["%s.%s" % (alias, column) for column in self.tables[name]["key"]]

    def next(self):
        self.scope, self.aliases = [], 0
        return self.pick(self.values, self.values, self.plain, self.plain, self.plain, self.grouped, self.grouped, self.totals,
                         self.joined, self.joined, self.distinct, self.union, self.derived, self.subquery, self.windowed,
                         self.common, self.recursive, self.rows, self.star, self.literals, self.in_order)()

    def items(self, count, depth=2):
        return ", ".join("%s AS c%d" % (self.any(depth), n) for n in range(count))

    def values(self):
        return "SELECT " + self.items(self.random.randint(1, 3), 3), True

    def plain(self):
        source, self.scope, key = self.table()
        sql = "SELECT %s FROM %s" % (self.items(self.random.randint(1, 3)), source)
        if self.chance(60):
            sql += " WHERE " + self.condition(2)
        if self.chance(40):
            return sql, False
        order = [self.any(1) + self.pick("", " DESC")] if self.chance(50) else []
        order = [item for item in order if not item.startswith("-")] + key  # MariaDB takes -1 for a position
        sql += " ORDER BY " + ", ".join(order)
        return sql + (" LIMIT %s" % self.pick("1", "2", "1, 2", "0", "3 OFFSET 1") if self.chance(40) else ""), True

    def distinct(self):
        source, self.scope, _ = self.table()
        return "SELECT DISTINCT %s FROM %s" % (self.any(1), source), False

    def aggregate(self):
        return self.pick(
            lambda: "COUNT(*)",
            lambda: "COUNT(%s)" % self.any(1),
            lambda: "COUNT(DISTINCT %s)" % self.any(1),
            lambda: "SUM(%s)" % self.number(1),
            lambda: "AVG(%s)" % self.number(1),
            lambda: "%s(%s)" % (self.pick("MIN", "MAX"), self.any(1)),
            lambda: "GROUP_CONCAT(DISTINCT %s ORDER BY 1 SEPARATOR '|')" % self.of("int", 1),
            lambda: "GROUP_CONCAT(%s ORDER BY %s DESC)" % ((self.of("text", 0),) * 2),
            lambda: "%s(%s)" % (self.pick("BIT_AND", "BIT_OR", "BIT_XOR"), self.of("int", 1)),
            lambda: "%s(%s)" % (self.pick("STD", "VARIANCE", "VAR_SAMP"), self.of("int", 0)),
        )()

    def grouped(self):
        source, self.scope, _ = self.table()
        group = self.any(1)
        sql = "SELECT %s AS g, %s AS s, %s AS t FROM %s" % (group, self.aggregate(), self.aggregate(), source)
        if self.chance(40):
            sql += " WHERE " + self.condition(1)
        sql += " GROUP BY g"
        if self.chance(40):
            sql += " HAVING " + self.pick("COUNT(*) > 1", "s <=> s", "MAX(%s) > %s" % (self.of("int", 0), self.small()))
        return sql, False

    def totals(self):
        source, self.scope, _ = self.table()
        sql = "SELECT %s, %s FROM %s" % (self.aggregate(), self.aggregate(), source)
        return sql + (" WHERE " + self.condition(1) if self.chance(50) else ""), True

    def joined(self):
        left, columns, _ = self.table()
        right, more, _ = self.table()
        self.scope = columns + more
        how = self.pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "JOIN")
        sql = "SELECT %s FROM %s %s %s ON %s" % (self.items(2, 1), left, how, right, self.condition(1))
        return sql + (" WHERE " + self.condition(1) if self.chance(40) else ""), False

    def union(self):
        kind = self.pick(*KINDS)
        source, columns, _ = self.table()
        self.scope = columns
        first = "SELECT %s AS c FROM %s" % (self.of(kind, 1), source)
        self.scope = []
        return "%s UNION %sSELECT %s" % (first, self.pick("", "ALL "), self.of(kind, 1)), False

    def derived(self):
        source, self.scope, _ = self.table()
        kinds = [self.pick(*KINDS) for _ in range(2)]
        inner = "SELECT %s AS x, %s AS y FROM %s" % (self.of(kinds[0], 1), self.of(kinds[1], 1), source)
        self.scope = [("d.x", kinds[0]), ("d.y", kinds[1])]
        return "SELECT %s FROM (%s) d WHERE %s" % (self.items(2, 1), inner, self.condition(1)), False

    def subquery(self):
        source, outer, _ = self.table()
        inner, columns, key = self.table()
        self.scope = outer + columns
        kind = self.pick("int", "text")
        condition = self.condition(1)
        value = next(name for name, its in columns if its == kind)
        self.scope = outer
        return self.pick(
            lambda: "SELECT %s FROM %s WHERE %s IN (SELECT %s FROM %s)" % (self.any(1), source, self.of(kind, 1), value, inner),
            lambda: "SELECT %s FROM %s WHERE %sEXISTS (SELECT 1 FROM %s WHERE %s)" % (
                self.any(1), source, self.pick("", "NOT "), inner, condition),
            lambda: "SELECT %s, (SELECT COUNT(*) FROM %s WHERE %s) FROM %s" % (self.any(1), inner, condition, source),
            lambda: "SELECT %s FROM %s WHERE %s %s %s (SELECT %s FROM %s)" % (
                self.any(1), source, self.of(kind, 0), self.pick("=", "<>", ">", "<="), self.pick("ANY", "ALL"), value, inner),
        )(), False

    def over(self, key, frames):
        """A window whose order has no ties; sometimes a frame."""
        partition = "PARTITION BY %s " % self.any(1) if self.chance(50) else ""
        frame = ""
        if frames and self.chance(50):
            frame = self.pick(" ROWS 2 PRECEDING", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                              " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
                              " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING", " RANGE UNBOUNDED PRECEDING",
                              " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING")
        return "OVER (%sORDER BY %s%s%s)" % (partition, ", ".join(key), self.pick("", " DESC"), frame)

    def moving(self, key):
        return self.pick(
            lambda: "COUNT(*) " + self.over(key, True),
            lambda: "COUNT(%s) %s" % (self.any(1), self.over(key, True)),
            lambda: "SUM(%s) %s" % (self.of(self.pick("int", "decimal"), 1), self.over(key, True)),
            lambda: "AVG(%s) %s" % (self.of(self.pick("int", "decimal"), 1), self.over(key, True)),
            lambda: "%s(%s) %s" % (self.pick("MIN", "MAX"), self.any(1), self.over(key, True)),
            lambda: "%s() %s" % (self.pick("ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST"),
                                 self.over(key, False)),
            lambda: "%s() OVER (ORDER BY %s)" % (self.pick("RANK", "DENSE_RANK"), self.any(1)),
            lambda: "NTILE(%s) %s" % (self.small(1, 4), self.over(key, False)),
            lambda: "%s(%s, %s) %s" % (self.pick("LAG", "LEAD"), self.any(1), self.small(0, 2), self.over(key, False)),
            lambda: "%s(%s) %s" % (self.pick("FIRST_VALUE", "LAST_VALUE"), self.any(1), self.over(key, True)),
            lambda: "NTH_VALUE(%s, %s) %s" % (self.any(1), self.small(1, 3), self.over(key, True)),
        )()

    def windowed(self):
        source, self.scope, key = self.table()
        sql = "SELECT %s, %s AS w1, %s AS w2 FROM %s" % (", ".join(key), self.moving(key), self.moving(key), source)
        return sql + (" WHERE " + self.condition(1) if self.chance(30) else ""), False

    def constant_row(self, width):
        return "(%s)" % ", ".join(self.pick("1", "2", "NULL", "'a'", "'B'", "2.5") for _ in range(width))

    def row_of(self, width):
        """A row, or a sub-query that gives one or none."""
        values = self.constant_row(width)
        return self.pick(values, "ROW" + values, "(SELECT %s)" % values[1:-1],
                         "(SELECT %s FROM (SELECT 1 x) r WHERE x = %s)" % (values[1:-1], self.pick("1", "2")))

    def rows(self):
        width = self.random.randint(2, 3)
        several = "(SELECT %s UNION SELECT %s)" % (self.constant_row(width)[1:-1], self.constant_row(width)[1:-1])
        row = self.row_of(width)
        return "SELECT %s" % self.pick(
            lambda: "%s %s %s" % (row, self.pick("=", "<>", "<=>", "<", "<=", ">", ">="), self.row_of(width)),
            lambda: "%s %sIN %s" % (self.constant_row(width), self.pick("", "NOT "), several),
            lambda: "%s %s %s" % (self.constant_row(width), self.pick("= ANY", "<> ALL"), several),
            lambda: "%s = %s" % (self.row_of(width), self.row_of(self.random.randint(2, 3))),
        )(), True

    def star(self):
        """* over joins of small tables with shared columns."""
        def table(number):
            names = self.random.sample("abcd", self.random.randint(1, 3))
            return "(SELECT %s) t%d" % (", ".join("%d %s" % (self.random.randint(1, 2), name) for name in names), number)
        sql = table(1)
        for number in range(2, self.random.randint(2, 4) + 1):
            kind = self.pick("JOIN", "LEFT JOIN", "RIGHT JOIN")
            sql += self.pick(" NATURAL %s %s" % (kind, table(number)), " %s %s USING (a)" % (kind, table(number)),
                             " %s %s ON 1 = 1" % (kind, table(number)), ", " + table(number))
        return "SELECT * FROM " + sql, False

    def bits(self):
        return self.pick("0x10", "0x41", "b'1010'", "x'C3A4'", "0xFF", "0x7FFFFFFFFFFFFFFF", "0x00")

    def literals(self):
        """Bit literals among numbers, counts that no BIGINT holds, collations that are written."""
        huge = self.pick("18446744073709551615", "9223372036854775808")
        bits, number = self.bits(), self.pick("3", "2.5", "1e0", "16")
        collated = "%s COLLATE %s" % (self.pick("'Abc'", "'hello'", "'a,B'"), self.pick("utf8mb4_bin", "utf8mb4_general_ci"))
        binary = "BINARY " + self.pick("'Abc'", "'äö'", "'a,B'")
        one, other = self.pick((collated, "'B'"), ("'h'", collated), (binary, "'A'"), ("'a'", binary))
        return "SELECT %s AS c0" % self.pick(
            lambda: "(%s %s %s)" % (bits, self.pick("+", "-", "*", "|", "&", "^"), number),
            lambda: "(%s %s %s)" % (bits, self.pick("=", "<", ">=", "<>"), number),
            lambda: "%s IN (%s, 16)" % (bits, number),
            lambda: "%s BETWEEN %s AND 100" % (bits, number),
            lambda: "CAST(%s AS %s)" % (bits, self.pick("SIGNED", "UNSIGNED", "DECIMAL(30,2)")),
            lambda: "%s(%s)" % (self.pick("ABS", "SIGN", "SQRT", "BIT_COUNT", "LENGTH", "CHAR_LENGTH", "HEX", "ORD", "INET_NTOA"), bits),
            lambda: "IF(%s, 1, 2)" % bits,
            lambda: "%s('hello', %s)" % (self.pick("LEFT", "RIGHT", "SUBSTRING"), self.pick(huge, "0x02")),
            lambda: "SUBSTRING('hello', 2, %s)" % huge,
            lambda: "INSERT('hello', %s, %s, 'x')" % (self.pick("2", huge), self.pick("1", huge)),
            lambda: "LOCATE('l', 'hello', %s)" % self.pick("0x04", huge),
            lambda: "ELT(%s, 'a', 'b')" % self.pick("0x02", huge),
            lambda: "%s(%s, %s)" % (self.pick("LOCATE", "INSTR", "STRCMP", "FIND_IN_SET", "FIELD", "NULLIF"), one, other),
            lambda: "%s %s %s" % (one, self.pick("=", "<", "LIKE"), other),
            lambda: "%s BETWEEN 'a' AND %s" % (one, other),
            lambda: "%s IN ('x', %s)" % (one, other),
            lambda: "HEX(%s(%s))" % (self.pick("UPPER", "LOWER", "REVERSE"), self.pick(collated, binary)),
            lambda: "HEX(%s(%s, %s))" % (self.pick("LEFT", "RIGHT", "SUBSTRING"), self.pick(collated, binary), self.small(1, 3)),
            lambda: "MAKETIME(%s, %s, %s)" % (self.small(), self.small(0, 61), self.pick("3.5", "59.999999", "60", "7")),
            lambda: "%s > %s" % (self.literal("datetime"), self.pick("'2020-01-01T00:00:00Z'", "'2020-01-01x'", "'2020-01-01 1:2:3 UTC'")),
            lambda: "CAST('%s' AS %s)" % (self.pick("2020-01-01T00:00:00Z", "2020-01-01x", "2020-01-01 10:", "20200101T101112", "10:11:12x"),
                                          self.pick("DATETIME", "DATE")),
        )(), True

    def in_order(self):
        """Unions, and groups without an order, whose rows come as they are met."""
        values = [self.pick("3", "1", "2", "NULL", "'b'", "'B'", "'a'") for _ in range(self.random.randint(3, 5))]
        if self.chance(50):
            return "SELECT %s AS c0" % (" UNION SELECT ".join(values)), True
        table = " UNION ALL SELECT ".join(["%s a" % values[0]] + values[1:])
        return "SELECT a, COUNT(*) FROM (SELECT %s) t GROUP BY a ORDER BY NULL" % table, True

    def recursive(self):
        kind = self.pick(*KINDS)
        self.scope = []
        start = self.of(kind, 1)
        self.scope = [("n.i", "int"), ("n.x", kind)]
        return ("WITH RECURSIVE n (i, x) AS (SELECT 1, %s UNION ALL SELECT n.i + 1, n.x FROM n WHERE n.i < %s) SELECT %s FROM n"
                % (start, self.small(1, 6), self.items(2, 1))), False

    def common(self):
        source, self.scope, _ = self.table()
        kinds = [self.pick(*KINDS) for _ in range(2)]
        first = "SELECT %s AS x, %s AS y FROM %s" % (self.of(kinds[0], 1), self.of(kinds[1], 1), source)
        self.scope = [("v.x", kinds[0]), ("v.y", kinds[1])]
        if self.chance(50):
            return "WITH v AS (%s) SELECT %s FROM v WHERE %s" % (first, self.items(2, 1), self.condition(1)), False
        second = "SELECT v.x AS z FROM v WHERE " + self.condition(0)
        self.scope.append(("w.z", kinds[0]))
        return "WITH v (x, y) AS (%s), w AS (%s) SELECT %s FROM v, w" % (first, second, self.items(2, 1)), False
