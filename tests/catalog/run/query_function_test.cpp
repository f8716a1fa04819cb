// Operators and functions: every one at least once, with what MySQL 5.7 gives.
#include "catalog/run/query_fixture.h"

namespace breakwater::catalog::test {
namespace {

using FunctionTest = QueryTest;

const Case kOperators[] = {
    {"SELECT 1 + 1, 7 / 2, 7 DIV 2, 7 % 3, -3, 1 = 1, NULL <=> NULL, 'a' = 'A'", "2|3.5000|3|1|-3|1|1|1"},
    {"SELECT 1 / 0, 5 DIV 0, 5 % 0, 1.5 + 2, 1.50 * 2.0, 10 / 3, -7 DIV 2, -7 % 3",
     "NULL|NULL|NULL|3.5|3.000|3.3333|-3|-1"},
    {"SELECT '12abc' + 1, 'x' + 1, '1e2' * 1, 1e0 / 4, 0.1 + 0.2", "13|1|100|0.25|0.3"},
    {"SELECT 1 = '1', 1 = '1x', '10' < '9', 10 < '9', 1.0 = '1', NULL = NULL, 'a ' = 'a', 'é' = 'E'",
     "1|1|1|0|1|NULL|1|1"},
    {"SELECT 'a' COLLATE utf8mb4_bin = 'A', BINARY 'a' = 'A', 'straße' = 'strase'", "0|0|1"},
    {"SELECT 1 AND 0, 1 OR NULL, 0 AND NULL, NOT 5, NOT NULL, 1 XOR 1, 'a' OR 0, !0", "0|1|0|0|NULL|0|0|1"},
    {"SELECT 5 & 3, 5 | 3, 5 ^ 3, ~0, 1 << 4, 256 >> 4, 1 << 64", "1|7|6|18446744073709551615|16|16|0"},
    {"SELECT 18446744073709551615, 18446744073709551615 > 1, -9223372036854775808, 9223372036854775808 - 1",
     "18446744073709551615|1|-9223372036854775808|9223372036854775807"},
    {"SELECT 'abc' LIKE 'A%', 'abc' LIKE '_b_', 'a%c' LIKE 'a\\%c', 'abc' LIKE 'a\\%c', 'a!%' LIKE 'a!!!%' "
     "ESCAPE '!', 'ab' NOT LIKE 'b', NULL LIKE 'a'",
     "1|1|1|0|1|1|NULL"},
    {"SELECT 2 BETWEEN 1 AND 3, 2 NOT BETWEEN 3 AND 4, 'b' BETWEEN 'A' AND 'C', NULL BETWEEN 1 AND 2",
     "1|1|1|NULL"},
    {"SELECT 1 IN (1, 2), '1' IN (1, 'x'), 3 NOT IN (1, 2), 1 IN (2, NULL), NULL IN (1)", "1|1|1|NULL|NULL"},
    {"SELECT NULL IS NULL, 1 IS NOT NULL, 1 IS TRUE, 0 IS FALSE, NULL IS UNKNOWN, NULL IS NOT TRUE",
     "1|1|1|1|1|1"},
    {"SELECT CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END, CASE WHEN 1 > 2 THEN 'a' END",
     "two|NULL"},
    {"SELECT CASE WHEN 1 THEN 1 ELSE 2.50 END, IF(1, 1, 'x'), TRUE, FALSE, x'4142'", "1.00|1|1|0|AB"},
    {"SELECT DATE '2024-02-29', TIMESTAMP '2024-01-01 10:00:00.5', TIME '10:11:12', DATE '2024-01-31' + "
     "INTERVAL 1 MONTH",
     "2024-02-29|2024-01-01 10:00:00.5|10:11:12|2024-02-29"},
    {"SELECT CAST('12abc' AS SIGNED), CAST(-1 AS UNSIGNED), CAST(1.55 AS DECIMAL(10,1)), CAST(12 AS CHAR), "
     "CAST('abc' AS CHAR(2)), CAST('99999' AS DECIMAL(3,1))",
     "12|18446744073709551615|1.6|12|ab|99.9"},
    {"SELECT CAST('2024-01-02 03:04:05' AS DATE), CAST('2024-01-02 03:04:05.678' AS DATETIME(2)), "
     "CAST('03:04:05' AS TIME), CONVERT('7', SIGNED)",
     "2024-01-02|2024-01-02 03:04:05.68|03:04:05|7"},
};

TEST_F(FunctionTest, Operators) {
  for (const Case& c : kOperators) EXPECT_EQ(run(c.sql), c.expected) << c.sql;
}

const Case kText[] = {
    {"SELECT CONCAT('a', 1, NULL), CONCAT('a', 1.50, 2), CONCAT_WS('-', 'a', NULL, 'b')", "NULL|a1.502|a-b"},
    {"SELECT IFNULL(NULL, 'x'), COALESCE(NULL, NULL, 3), NULLIF(1, 1), NULLIF(1, 2), IF(2 > 1, 'yes', 'no'), "
     "ISNULL(NULL)",
     "x|3|NULL|1|yes|1"},
    {"SELECT UPPER('abc'), LOWER('ÄB'), LENGTH('äb'), CHAR_LENGTH('äb'), BIT_LENGTH('a'), UCASE('a'), "
     "LCASE('A')",
     "ABC|äb|3|2|8|A|a"},
    {"SELECT SUBSTRING('abcdef', 2, 3), SUBSTR('abc', -2), MID('abcd', 2, 2), LEFT('äbc', 2), RIGHT('abc', "
     "2), SUBSTRING('abc', 0), SUBSTRING('abc' FROM 2 FOR 1)",
     "bcd|bc|bc|äb|bc||b"},
    {"SELECT SUBSTRING_INDEX('a/b/c', '/', -1), SUBSTRING_INDEX('a/b/c', '/', 2), SUBSTRING_INDEX('abc', "
     "'/', 1)",
     "c|a/b|abc"},
    {"SELECT CONCAT('[', TRIM('  x '), LTRIM(' y '), RTRIM(' z '), ']'), TRIM(BOTH 'x' FROM 'xxaxx'), "
     "TRIM(LEADING '0' FROM '007')",
     "[xy  z]|a|7"},
    {"SELECT REPLACE('aXa', 'X', 'b'), INSTR('abc', 'C'), LOCATE('b', 'abcb', 3), POSITION('c' IN 'abc'), "
     "REVERSE('aä'), REPEAT('ab', 3), CONCAT('[', SPACE(2), ']')",
     "aba|3|4|3|äa|ababab|[  ]"},
    {"SELECT LPAD('7', 3, '0'), RPAD('a', 3, 'xy'), LPAD('abc', 2, '0'), LPAD('a', 3, '')",
     "007|axy|ab|NULL"},
    {"SELECT HEX('abc'), HEX(255), UNHEX('4142'), MD5('a'), SHA1('a'), SHA2('a', 224)",
     "616263|FF|AB|0cc175b9c0f1b6a831c399e269772661|86f7e437faa5a7fce15d1ddcb9eaeaea377667b8|"
     "abd37534c7d9a2efb9465de931cd7055ffdb8879563ae98078d6d6d5"},
    {"SELECT STRCMP('a', 'B'), FIND_IN_SET('b', 'a,b,c'), ELT(2, 'x', 'y'), ELT(3, 'x'), FIELD('b', 'a', "
     "'B'), ASCII('a'), ORD('a'), CHAR(65, 66), INSERT('abcd', 2, 2, 'X'), QUOTE('it''s')",
     "-1|2|y|NULL|2|97|97|AB|aXd|'it\\'s'"},
    {"SELECT FORMAT(12345.678, 2), CRC32('abc'), CONV('ff', 16, 10), GREATEST(1, 3, 2), LEAST('b', 'a'), "
     "GREATEST(1, NULL), GREATEST(1.5, 2)",
     "12,345.68|891568578|255|3|a|NULL|2.0"},
};

TEST_F(FunctionTest, Texts) {
  for (const Case& c : kText) EXPECT_EQ(run(c.sql), c.expected) << c.sql;
}

const Case kNumbers[] = {
    {"SELECT ROUND(2.5), ROUND(1.005, 2), TRUNCATE(1.999, 1), FLOOR(-1.5), CEIL(1.2), ABS(-4), MOD(10, 4), "
     "ROUND(1234, -2), TRUNCATE(-1.99, 0)",
     "3|1.01|1.9|-2|2|4|2|1200|-1"},
    {"SELECT ABS(-1.5), SIGN(-3), SIGN(0.0), SIGN(2e0), CEILING(-1.5), FLOOR(2), ROUND(2.5e0), ROUND(-2.5)",
     "1.5|-1|0|1|-1|2|2|-3"},
    {"SELECT POW(2, 10), POWER(2, -1), SQRT(16), SQRT(-1), EXP(0), LN(1), LOG(2, 8), LOG2(8), LOG10(100), "
     "LN(0), PI()",
     "1024|0.5|4|NULL|1|0|3|3|2|NULL|3.141593"},
    {"SELECT ROUND(SIN(0)), COS(0), TAN(0), ASIN(0), ACOS(1), ATAN(0), DEGREES(PI()), ROUND(RADIANS(180), 4)",
     "0|1|0|0|0|0|180|3.1416"},
    {"SELECT RAND(1), RAND() < 1", "0.40540353712197724|1"},
    {"SELECT 1e20, 1.5e-7, 1e0, 123456789012345e0, 1e15, -0.00001e0",
     "1e20|0.00000015|1|123456789012345|1e15|-0.00001"},
};

TEST_F(FunctionTest, Numbers) {
  for (const Case& c : kNumbers) EXPECT_EQ(run(c.sql), c.expected) << c.sql;
}

const Case kTime[] = {
    {"SELECT NOW(), NOW(3), CURRENT_TIMESTAMP, SYSDATE(6), CURDATE(), CURTIME(), UTC_TIMESTAMP(), "
     "UTC_DATE(), UTC_TIME()",
     "2024-01-31 12:34:56|2024-01-31 12:34:56.789|2024-01-31 12:34:56|2024-01-31 "
     "12:34:56.789012|2024-01-31|12:34:56|2024-01-31 12:34:56|2024-01-31|12:34:56"},
    {"SELECT UNIX_TIMESTAMP(), UNIX_TIMESTAMP('2024-01-31 12:34:56'), FROM_UNIXTIME(1706704496), "
     "FROM_UNIXTIME(0, '%Y'), UNIX_TIMESTAMP(NOW(3))",
     "1706704496|1706704496|2024-01-31 12:34:56|1970|1706704496.789"},
    {"SELECT YEAR('2024-01-31'), MONTH('2024-01-31'), DAY('2024-01-31'), HOUR('10:11:12'), "
     "MINUTE('10:11:12'), SECOND('10:11:12'), MICROSECOND('10:11:12.5'), QUARTER('2024-05-01')",
     "2024|1|31|10|11|12|500000|2"},
    {"SELECT DATE('2024-01-31 10:11:12'), TIME('2024-01-31 10:11:12'), DAYOFWEEK('2024-01-31'), "
     "WEEKDAY('2024-01-31'), DAYOFYEAR('2024-02-01'), LAST_DAY('2024-02-01'), DAYNAME('2024-01-31'), "
     "MONTHNAME('2024-01-31')",
     "2024-01-31|10:11:12|4|2|32|2024-02-29|Wednesday|January"},
    {"SELECT DATE_FORMAT('2026-01-02 03:04:05', '%Y/%m/%d %H:%i:%s'), DATE_FORMAT('2026-01-02', '%a %b %D %j "
     "%W %y %e %c %p %%'), TIME_FORMAT('25:00:01', '%i:%s')",
     "2026/01/02 03:04:05|Fri Jan 2nd 002 Friday 26 2 1 AM %|00:01"},
    {"SELECT DATEDIFF('2026-03-01', '2026-02-27'), DATE_ADD('2026-01-31', INTERVAL 1 MONTH), "
     "DATE_SUB('2024-03-01 00:00:00', INTERVAL 1 SECOND), ADDDATE('2024-01-01', 31), SUBDATE('2024-01-01', "
     "INTERVAL 1 DAY)",
     "2|2026-02-28|2024-02-29 23:59:59|2024-02-01|2023-12-31"},
    {"SELECT '2024-01-01' + INTERVAL '1:30' HOUR_MINUTE, NOW() - INTERVAL 1 YEAR, INTERVAL 1 WEEK + "
     "'2024-01-01', DATE_ADD('2024-01-01', INTERVAL '1 2' DAY_HOUR), TIMESTAMPADD(MINUTE, 5, '2024-01-01')",
     "2024-01-01 01:30:00|2023-01-31 12:34:56|2024-01-08|2024-01-02 02:00:00|2024-01-01 00:05:00"},
    {"SELECT TIMESTAMPDIFF(MONTH, '2024-01-31', '2024-03-01'), TIMESTAMPDIFF(SECOND, '2024-01-01', "
     "'2024-01-01 00:01:00'), TIMESTAMPDIFF(DAY, '2024-01-02', '2024-01-01')",
     "1|60|-1"},
    {"SELECT STR_TO_DATE('31/01/2024', '%d/%m/%Y'), STR_TO_DATE('2024-01-31 10:11', '%Y-%m-%d %H:%i'), "
     "STR_TO_DATE('x', '%Y')",
     "2024-01-31|2024-01-31 10:11:00|NULL"},
    {"SELECT EXTRACT(YEAR FROM '2024-01-31'), EXTRACT(YEAR_MONTH FROM '2024-01-31'), EXTRACT(HOUR_MINUTE "
     "FROM '2024-01-31 10:11:12')",
     "2024|202401|1011"},
    {"SELECT WEEK('2024-01-31'), WEEKOFYEAR('2024-01-01'), YEARWEEK('2024-01-01'), TO_DAYS('2024-01-01'), "
     "FROM_DAYS(739251), TIME_TO_SEC('01:00:01'), SEC_TO_TIME(3661), MAKEDATE(2024, 60), MAKETIME(1, 2, 3)",
     "4|1|202353|739251|2024-01-01|3601|01:01:01|2024-02-29|01:02:03"},
    {"SELECT TIME_TO_USEC('2024-01-31 12:34:56'), USEC_TO_TIME(1706704496789012), CONVERT_TZ('2024-01-01 "
     "00:00:00', '+00:00', '+08:00'), TIMEDIFF('2024-01-02 00:00:00', '2024-01-01 00:00:00')",
     "1706704496000000|2024-01-31 12:34:56.789012|2024-01-01 08:00:00|24:00:00"},
    {"SELECT NOW() + 0, CURDATE() + 0, NOW() > '2024-01-31', '2024-02-30' IS NULL, DATE('2024-02-30'), "
     "CURDATE() = '2024-01-31'",
     "20240131123456|20240131|1|0|NULL|1"},
};

TEST_F(FunctionTest, DatesAndTimes) {
  for (const Case& c : kTime) EXPECT_EQ(run(c.sql), c.expected) << c.sql;
}

const Case kEdges[] = {
    {"SELECT SUM(x) FROM (SELECT 9223372036854775807 x UNION ALL SELECT 1) t", "9223372036854775808"},
    {"SELECT CAST('1.9' AS SIGNED), CAST('1e3' AS SIGNED), CAST(1.5 AS SIGNED), CAST('-1' AS UNSIGNED)",
     "1|1|2|18446744073709551615"},
    {"SELECT 1e15 + 0.5, 1e16, 12345678901234567890e0, 1e-20, 0.1e0 + 0.2e0",
     "1000000000000000.5|1e16|1.2345678901234567e19|1e-20|0.30000000000000004"},
    {"SELECT 0x41, 0x41 + 0, 0x41 = 65, HEX(1.5), HEX(-1), UNHEX(''), BIT_COUNT(7)",
     "A|65|1|2|FFFFFFFFFFFFFFFF||3"},
    {"SELECT STR_TO_DATE('May 1, 2013', '%M %d,%Y'), STR_TO_DATE('10:11:12', '%H:%i:%s'), STR_TO_DATE('1 "
     "PM', '%h %p')",
     "2013-05-01|10:11:12|13:00:00"},
    {"SELECT EXTRACT(MINUTE FROM '10:11:12'), TIMEDIFF('10:00:00', '09:59:59'), DATE_FORMAT('2024-01-01', "
     "''), DATE_ADD(20240101, INTERVAL 1 DAY)",
     "11|00:00:01|NULL|2024-01-02"},
    {"SELECT UNIX_TIMESTAMP('2024-01-01 00:00:00.5'), FROM_UNIXTIME('1.5'), FROM_UNIXTIME(1.5), "
     "FROM_UNIXTIME(-1)",
     "1704067200.5|1970-01-01 00:00:01.500000|1970-01-01 00:00:01.5|NULL"},
    {"SELECT * FROM (SELECT 1 a, 2 b) t RIGHT JOIN (SELECT 2 a, 3 c) u USING (a)", "2|3|NULL"},
    {"SELECT * FROM (SELECT 2 b, 1 a) t JOIN (SELECT 1 a, 3 c) u USING (a)", "1|2|3"},
    {"SELECT 'ł' = 'l', 'œ' = 'oe', 'ø' = 'o', 'я' = 'Я', 'ё' = 'е', 'ς' = 'σ', 'ÿ' = 'y'", "0|0|0|1|1|1|1"},
};

TEST_F(FunctionTest, Edges) {
  for (const Case& c : kEdges) EXPECT_EQ(run(c.sql), c.expected) << c.sql;
}

const Case kSession[] = {
    {"SELECT VERSION(), DATABASE(), SCHEMA(), USER(), CURRENT_USER(), SESSION_USER(), CONNECTION_ID()",
     "5.7.25-OceanBase-v4.2.1.0|oceanbase|oceanbase|root@127.0.0.1|root@%|root@127.0.0.1|7"},
    {"SELECT OB_VERSION(), EFFECTIVE_TENANT(), EFFECTIVE_TENANT_ID(), LAST_INSERT_ID(), ROW_COUNT(), "
     "FOUND_ROWS()",
     "4.2.1.0|sys|1|0|-1|0"},
    {"SELECT INET_ATON('10.0.0.1'), INET_NTOA(167772161), IS_IPV4('10.0.0.1'), IS_IPV6('::1'), IS_IPV4('x'), "
     "LENGTH(UUID())",
     "167772161|10.0.0.1|1|1|0|36"},
    {"SELECT CHARSET('a'), COLLATION('a'), INTERVAL(5, 1, 4, 9), SLEEP(0)", "utf8mb4|utf8mb4_general_ci|2|0"},
};

TEST_F(FunctionTest, TheSession) {
  for (const Case& c : kSession) EXPECT_EQ(run(c.sql), c.expected) << c.sql;
}

TEST_F(FunctionTest, SleepIsLeftToWhoReadsTheRows) {
  using namespace std::chrono_literals;
  const auto sleeping = plan(
      "SELECT SLEEP(1.5), 'x', SLEEP(TENANT_ID) AS s, SLEEP(NULL), SLEEP(-1) FROM "
      "DBA_OB_TENANTS WHERE TENANT_ID = 1 ORDER BY TENANT_ID");
  ASSERT_TRUE(sleeping);
  EXPECT_EQ((*sleeping)->sleeps, (std::vector<std::size_t>{0, 2, 3, 4}));
  auto cursor = runner_->open(*sleeping, context);
  ASSERT_EQ(cursor->step().value(), Step::row);
  EXPECT_EQ(cursor->seconds(0).value(), 1500ms);
  EXPECT_EQ(cursor->seconds(2).value(), 1s);
  EXPECT_EQ(cursor->seconds(3).error().mysql_errno(), 1210);
  EXPECT_EQ(cursor->seconds(4).error().mysql_errno(), 1210);
  EXPECT_EQ(run("SELECT SLEEP(1, 2)").substr(0, 4), "1582");
}

TEST_F(FunctionTest, SleepStandsNowhereElse) {
  for (const char* sql : {"SELECT 1 + SLEEP(1)",
                          "SELECT -SLEEP(1)",
                          "SELECT (SELECT SLEEP(1))",
                          "SELECT EXISTS (SELECT SLEEP(1))",
                          "SELECT 1 FROM DBA_OB_TENANTS WHERE SLEEP(1)",
                          "SELECT DISTINCT SLEEP(1)",
                          "SELECT SLEEP(1) UNION SELECT 1",
                          "SELECT 1 UNION ALL SELECT SLEEP(1)",
                          "SELECT * FROM (SELECT SLEEP(1)) t",
                          "SELECT MAX(SLEEP(1))",
                          "WITH t AS (SELECT SLEEP(1) AS s) SELECT s FROM t",
                          "SELECT @a := SLEEP(1)",
                          "SELECT CONCAT(SLEEP(1))",
                          "SELECT SLEEP(SLEEP(1))",
                          "SELECT SLEEP(1) AS s FROM DBA_OB_TENANTS ORDER BY s",
                          "SELECT SLEEP(1) FROM DBA_OB_TENANTS ORDER BY 1",
                          "SELECT 1 FROM DBA_OB_TENANTS ORDER BY SLEEP(1)",
                          "SELECT SLEEP(1) AS s FROM DBA_OB_TENANTS GROUP BY s",
                          "SELECT SLEEP(1) FROM DBA_OB_TENANTS GROUP BY 1",
                          "SELECT SLEEP(1) AS s FROM DBA_OB_TENANTS HAVING s",
                          "SELECT CASE WHEN 1 THEN SLEEP(1) END",
                          "SELECT 1 FROM DBA_OB_TENANTS a JOIN DBA_OB_TENANTS b ON SLEEP(1)",
                          "SHOW VARIABLES WHERE SLEEP(1)"})
    EXPECT_EQ(run(sql).substr(0, 4), "1235") << sql;
}

TEST_F(FunctionTest, EveryCallIsCountedFirstAndNamedInErrors) {
  EXPECT_EQ(run("SELECT CHARSET(no_such_column, 1)").substr(0, 4), "1582");
  EXPECT_EQ(run("SELECT 9223372036854775807 + NULLIF(1, 2)"),
            "1690 BIGINT value is out of range in '(9223372036854775807 + nullif())'");
  EXPECT_EQ(run("SELECT 1 FROM DBA_OB_TENANTS GROUP BY CHARSET(COUNT(*))").substr(0, 4), "1111");
  EXPECT_EQ(run("SELECT 1 FROM DBA_OB_TENANTS GROUP BY INTERVAL(COUNT(*), 1)").substr(0, 4), "1111");
}

// What is looked up is what a run would give.
TEST_F(FunctionTest, KnownValues) {
  variables.user = {{"n", Value(std::int64_t{-7})}, {"u", Value(UINT64_MAX)}, {"t", Value(std::string("x"))}};
  const auto value_of = [&](const std::string& text, bool& known) -> Result<Value> {
    const grammar::Parsed parsed = *grammar::parse("SET @a = " + text, {});
    const auto& item = std::get<ast::VariableAssignment>(std::get<ast::Set>(parsed.statement).items.front());
    const auto looked_up = known_value(*item.value, variables, false);
    known = looked_up.has_value();
    BW_TRY(const auto bound, catalog::bind(dictionary_, *item.value, bind));
    BW_TRY(const auto computed, runner_->scalar(bound, context));
    if (looked_up) {
      EXPECT_EQ(**looked_up, *computed) << text;
    }
    return *computed;
  };
  bool known = false;
  for (const char* text : {"0",
                           "7",
                           "-7",
                           "+7",
                           "9223372036854775807",
                           "9223372036854775808",
                           "18446744073709551615",
                           "1.50",
                           "00.5",
                           "1e3",
                           "'x'",
                           "''",
                           "NULL",
                           "TRUE",
                           "FALSE",
                           "x'4142'",
                           "@n",
                           "@u",
                           "@t",
                           "@none",
                           "@@autocommit",
                           "@@sql_mode"}) {
    EXPECT_TRUE(value_of(text, known)) << text;
    EXPECT_TRUE(known) << text;
  }
  for (const char* text : {"1 + 1", "NOT 1", "-'5'", "-1.5", "18446744073709551616", "(SELECT 1)", "PI()",
                           "DATE '2024-01-31'"}) {
    EXPECT_TRUE(value_of(text, known)) << text;
    EXPECT_FALSE(known) << text;
  }
  const grammar::Parsed empty = *grammar::parse("SET @a = ''", {});
  const auto& item = std::get<ast::VariableAssignment>(std::get<ast::Set>(empty.statement).items.front());
  EXPECT_EQ(**known_value(*item.value, variables, true), Value{}) << "Oracle's";
}

TEST_F(FunctionTest, AValueWithinItsBudget) {
  interrupt.verdict = Verdict::budget_spent;
  const grammar::Parsed parsed = *grammar::parse(
      "SET @a = (SELECT COUNT(*) FROM DBA_OB_TENANTS a, DBA_OB_TENANTS b, DBA_OB_TENANTS c, DBA_OB_TENANTS "
      "d, "
      "DBA_OB_TENANTS e, DBA_OB_TENANTS f, DBA_OB_TENANTS g, DBA_OB_TENANTS h)",
      {});
  const auto& item = std::get<ast::VariableAssignment>(std::get<ast::Set>(parsed.statement).items.front());
  const auto bound = catalog::bind(dictionary_, *item.value, bind);
  EXPECT_EQ(runner_->scalar(*bound, context).value(), std::nullopt);
  interrupt.verdict = Verdict::timed_out;
  EXPECT_EQ(runner_->scalar(*bound, context).error().mysql_errno(), 4012);
}

class Warnings : public WarningSink {
 public:
  void add(std::uint16_t code, std::string_view text) override {
    all.append(std::to_string(code)).append(" ").append(text).append("\n");
  }
  std::string all;
};

TEST_F(FunctionTest, WhatIsNoNumberIsWarnedOf) {
  Warnings warnings;
  context.warnings = &warnings;
  EXPECT_EQ(run("SELECT CAST('12abc' AS SIGNED), '7' + 1, ' 1.5 ' + 0, 'x' + 0"), "12|8|1.5|0");
  EXPECT_EQ(warnings.all,
            "1292 Truncated incorrect INTEGER value: '12abc'\n1292 Truncated incorrect DOUBLE value: 'x'\n");
}

TEST_F(FunctionTest, Types) {
  EXPECT_EQ(types("SELECT 1, 'abc', 1.5, 1e0, NULL, NOW(6), CURDATE()"),
            "bigint(1) NOT NULL|varchar(3) NOT NULL|decimal(2,1) NOT NULL|double NOT "
            "NULL|varchar(0)|datetime(6) NOT NULL|date NOT NULL");
  EXPECT_EQ(types("SELECT COUNT(*), SUM(DEST_ID), AVG(DEST_ID), MAX(PATH) FROM CDB_OB_BACKUP_STORAGE_INFO"),
            "bigint(21) NOT NULL|decimal(41,0)|decimal(23,4)|varchar(1024)");
  EXPECT_EQ(types("SELECT 1/3, CONCAT('ab', 'c'), IFNULL(NULL, 1), 1=1"),
            "decimal(5,4)|varchar(3) NOT NULL|bigint(1) NOT NULL|bigint(1) NOT NULL");
}

}  // namespace
}  // namespace breakwater::catalog::test
