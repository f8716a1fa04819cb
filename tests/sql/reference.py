#!/usr/bin/python3
"""Runs thousands of random SELECTs here and on MariaDB, over the same rows, and compares every type and cell.

    reference.py --server PROGRAM [--count 5000] [--seed 1] [--sql SELECT] [--show 20]

What MariaDB does otherwise on purpose, and we do as MySQL and OceanBase do, is in ACCEPTED, with the same reason
in docs/sql.md.
"""

import argparse
import collections
import os
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from harness.mariadb import MariaDb  # noqa: E402
from harness.server import Server, query  # noqa: E402
from reference_queries import Queries  # noqa: E402

TABLES = {
    "DBA_OB_TENANTS": {"key": ["TENANT_ID"], "columns": [
        ("TENANT_ID", "int"), ("TENANT_NAME", "text"), ("TENANT_TYPE", "text"), ("CREATE_TIME", "datetime"),
        ("MODIFY_TIME", "datetime"), ("PRIMARY_ZONE", "text"), ("STATUS", "text"), ("IN_RECYCLEBIN", "text"),
        ("SWITCHOVER_EPOCH", "int"), ("RECOVERY_UNTIL_SCN", "uint"), ("UNIT_NUM", "int"), ("MAX_LS_ID", "int")]},
    "CDB_OB_BACKUP_STORAGE_INFO": {"key": ["TENANT_ID", "DEST_ID"], "columns": [
        ("TENANT_ID", "int"), ("DEST_ID", "int"), ("PATH", "text"), ("DEST_TYPE", "text"), ("LAST_CHECK_TIMESTAMP", "datetime")]},
    "DBA_OB_UNIT_CONFIGS": {"key": ["UNIT_CONFIG_ID"], "columns": [
        ("UNIT_CONFIG_ID", "int"), ("NAME", "text"), ("CREATE_TIME", "datetime"), ("MAX_CPU", "real"), ("MIN_CPU", "real"),
        ("MEMORY_SIZE", "int"), ("MAX_IOPS", "int")]},
}
# The reader of both servers: the same character set, time zone and mode.
SESSION = ("SET NAMES utf8mb4 COLLATE utf8mb4_general_ci", "SET time_zone = '+05:30'", "SET sql_mode = 'STRICT_ALL_TABLES'")
TYPES = {0: "decimal", 246: "decimal", 3: "int", 8: "bigint", 5: "double", 7: "timestamp", 10: "date", 11: "time", 12: "datetime",
         253: "varchar", 254: "varchar", 249: "blob", 250: "blob", 251: "blob", 252: "blob", 6: "null", 1: "int", 2: "int", 9: "int", 13: "year", 4: "double"}


def connection_of(server):
    connection = server.connect(database="oceanbase", charset="utf8mb4", conv={}, read_timeout=120)
    for statement in SESSION:
        query(connection, statement)
    return connection


def fill(server, directory):
    """Tenants, destinations and unit configurations enough for joins and groups."""
    connection = server.connect()
    for statement in ("CREATE RESOURCE UNIT u1 MAX_CPU 1.5, MIN_CPU 1, MEMORY_SIZE '2G'",
                      "CREATE RESOURCE UNIT u2 MAX_CPU 4, MEMORY_SIZE '8G', MAX_IOPS 20000",
                      "CREATE TENANT t1", "CREATE TENANT T_two", "CREATE TENANT `ten 3`"):
        query(connection, statement)
    for tenant, where in (("t1", "one"), ("T_two", "two"), ("T_two", "Two b")):
        query(connection, "ALTER SYSTEM SET DATA_BACKUP_DEST='file://%s/%s' TENANT=%s" % (directory, where, tenant))
    connection.close()


def copy(ours, theirs):
    """The same rows in MariaDB, in tables with the views' own column types."""
    query(theirs, "CREATE DATABASE IF NOT EXISTS oceanbase CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    query(theirs, "USE oceanbase")
    for table, parts in TABLES.items():
        types = dict((name, (kind, nullable)) for name, kind, nullable in query(
            ours, "SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'oceanbase' "
                  "AND TABLE_NAME = '%s'" % table))
        columns = [name for name, _ in parts["columns"]]
        declared = ["%s %s %s" % (name, types[name][0], "NOT NULL" if name in parts["key"] else "NULL") for name in columns]
        query(theirs, "CREATE TABLE %s (%s, PRIMARY KEY (%s))" % (table, ", ".join(declared), ", ".join(parts["key"])))
        for row in query(ours, "SELECT %s FROM %s" % (", ".join(columns), table)):
            cells = ["NULL" if cell is None else "'%s'" % cell.replace("'", "''") for cell in row]
            query(theirs, "INSERT INTO %s VALUES (%s)" % (table, ", ".join(cells)))


# (in the statement, in the difference, why it is MariaDB that differs): docs/sql.md explains them.
ACCEPTED = [
    (r"USING|NATURAL", r"^error 1052 .*MariaDB 1054", "MySQL calls a column of USING that two tables have ambiguous"),
    (r"SEC_TO_TIME", r"MariaDB's '.*838:59:59\.9", "the longest TIME has no fraction"),
    (r"\bNULL\b", r"^column", "MySQL leaves a literal NULL out of a common type"),
    (r"(LEAST|GREATEST|DATE_ADD|DATE_SUB)\(NULL", r"^row", "MySQL leaves a literal NULL out of a common type"),
    (r"\(NULL", r"\.000000', MariaDB's '[^.]*'$", "MySQL leaves a literal NULL out of a common type"),
    (r"TIME_TO_SEC", r"", "TIME_TO_SEC is an integer"),
    (r"(EXTRACT|HOUR|MINUTE|SECOND)\((\w+ FROM )?'(20240229|0001-01-01|2024-02-29)'", r"", "a text is read as a TIME"),
    (r"", r"^error 1690 .* MariaDB None", "MariaDB leaves out what the result does not need"),
    (r"", r"^error None , MariaDB 1690", "MariaDB computes a constant even if no row asks for it"),
    (r"\) = \(", r"^\d+ rows", "MariaDB takes a comparison of rows with NULL for false"),
    (r"(LEFT|RIGHT) JOIN", r"^\d+ rows, MariaDB 0$", "MariaDB makes an outer join an inner one"),
    (r"DATE_(ADD|SUB)\('", r"^row|^\d+ rows", "what DATE_ADD made of a text is a text among numbers too"),
    (r"(AVG|SUM)\(.*/", r"^row", "MariaDB keeps a quotient rounded in a temporary table"),
    (r"/.* (GROUP BY|WHERE)", r"^\d+ rows", "MariaDB compares a quotient now with the digits it shows, now with all"),
    (r"(DATE|TIME)_FORMAT\(", r"^row \d+ column \d+ is '-?[\d.]+'", "a formatted date among numbers is like any text"),
    (r"/", r"is '(-?[\d.]+)', MariaDB's '\1\.?0+'", "a DOUBLE made of a text shows as many digits as it has"),
    (r"", r"is '-?[\d.]+e\d+', MariaDB's '-?\d+(\.0+)?'", "a DOUBLE made of a text shows as many digits as it has"),
    (r"AS UNSIGNED", r"^row", "a negative DOUBLE made UNSIGNED keeps its bits"),
    (r"^WITH RECURSIVE", r"^error None , MariaDB (1264|1292|1406|1411|1916)", "MariaDB's strict mode holds for the rows of a recursive table"),
    (r"", r"^column \d+ is (bigint|decimal), MariaDB's (decimal|int|bigint)", "signed and unsigned BIGINT together"),
    (r"", r"is '0\.0+', MariaDB's '-0\.0+'", "a decimal zero has no sign"),
    (r"x'C3A4'", r"", "x'...' among numbers is one, as 0x... is"),
    (r"PATH|REPLACE|TRIM", r"^column \d+ is (varchar|blob), MariaDB's (varchar|blob)", "where VARCHAR ends is counted in another way"),
]
# More would mean that they hide something.
MOST_ACCEPTED_PERCENT = 3


def accepted(sql, difference):
    return next((why for statement, pattern, why in ACCEPTED if re.search(statement, sql) and re.search(pattern, difference)), None)


class Answer:
    def __init__(self, connection, sql):
        import pymysql
        self.error, self.types, self.rows, self.text = None, None, None, ""
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                fields = cursor._result.fields
                self.names = [field.name.lower() for field in fields]
                self.types = [TYPES.get(field.type_code, field.type_code) for field in fields]
                self.full = [(self.types[n], field.scale, bool(field.flags & 32)) for n, field in enumerate(fields)]
                self.rows = [[cell.decode() if isinstance(cell, bytes) else cell for cell in row] for row in cursor.fetchall()]
                self.warnings = cursor._result.warning_count
        except pymysql.err.MySQLError as error:
            self.error, self.text = error.args[0], str(error.args[1:])


def differences(sql, ours, theirs, ordered):
    if ours.error or theirs.error:
        return [] if ours.error == theirs.error else ["error %s %s, MariaDB %s %s" % (ours.error, ours.text, theirs.error, theirs.text)]
    found = []
    if sql.startswith("SELECT *") and ours.names != theirs.names:
        return ["columns are %s, MariaDB's %s" % (ours.names, theirs.names)]
    for n, (one, two) in enumerate(zip(ours.types, theirs.types)):
        if one == "bigint" and two == "int":
            pass  # MySQL 5.7 sends integers that are computed as BIGINT, whatever their width
        elif one != two:
            found.append("column %d is %s, MariaDB's %s" % (n, one, two))
        elif one == "decimal" and ours.full[n][1] != theirs.full[n][1]:
            found.append("column %d has scale %d, MariaDB's %d" % (n, ours.full[n][1], theirs.full[n][1]))
        elif one in ("bigint", "int") and ours.full[n][2] != theirs.full[n][2]:
            found.append("column %d unsigned %s, MariaDB's %s" % (n, ours.full[n][2], theirs.full[n][2]))
    one, two = ours.rows, theirs.rows
    if re.search(r"GROUP BY|DISTINCT|UNION", sql):  # of texts that are equal any one shows
        one, two = ([[cell and cell.casefold().rstrip(' ') for cell in row] for row in rows] for rows in (one, two))
    if not ordered:
        one, two = (sorted(rows, key=lambda row: [(cell is not None, cell or "") for cell in row]) for rows in (one, two))
    if len(one) != len(two):
        return found + ["%d rows, MariaDB %d" % (len(one), len(two))]
    for number, (row, other) in enumerate(zip(one, two)):
        for n, (cell, expected) in enumerate(zip(row, other)):
            if cell != expected:
                return found + ["row %d column %d is %r, MariaDB's %r" % (number, n, cell, expected)]
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=3)
    parser.add_argument("--sql", action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-reference-") as base, MariaDb(base) as mariadb, \
            Server(options.server, os.path.join(base, "data")) as server:
        fill(server, base)
        ours = connection_of(server)
        theirs = mariadb.connect(charset="utf8mb4", conv={}, read_timeout=120)
        for statement in SESSION:
            query(theirs, statement)
        query(theirs, "SET sql_mode = CONCAT(@@sql_mode, ',TIME_ROUND_FRACTIONAL')")  # MySQL always rounds
        copy(ours, theirs)
        queries = Queries(TABLES, options.seed)
        shown, differ, failed = 0, 0, 0
        kinds, allowed = collections.Counter(), collections.Counter()
        for sql, ordered in ([(sql, False) for sql in options.sql] if options.sql else
                             (queries.next() for _ in range(options.count))):
            here, there = Answer(ours, sql), Answer(theirs, sql)
            failed += there.error is not None
            found = differences(sql, here, there, ordered)
            if options.sql:
                print(sql, "\n  ours", here.error, here.text, here.types, here.rows, "\n  MariaDB", there.error, there.text, there.types, there.rows)
            reasons = [accepted(sql, difference) for difference in found]
            if found and all(reasons):
                allowed.update(reasons)
                continue
            if found:
                differ += 1
                kind = re.sub(r"'[^']*'|\d+", "#", found[0])[:60]
                kinds[kind] += 1
                if kinds[kind] <= options.show:
                    print(sql, *found, sep="\n    ")
        print("%d statements, %d refused by MariaDB, %d differ" % (options.count, failed, differ))
        for kind, times in kinds.most_common(20):
            print(times, kind)
        print("MariaDB differs on purpose:")
        for why, times in allowed.most_common():
            print("%6d %s" % (times, why))
        broken = [line for line in server.lines if "internal error in:" in line]
        for line in broken[:options.show]:
            print(line, end="")
        too_many = sum(allowed.values()) * 100 > MOST_ACCEPTED_PERCENT * options.count
    sys.exit(1 if differ or too_many or broken else 0)


if __name__ == "__main__":
    main()
