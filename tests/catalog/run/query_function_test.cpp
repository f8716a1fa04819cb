// Operators and functions: every one at least once, with what MySQL 5.7 gives.
#include <span>

#include "catalog/run/query_fixture.h"

namespace breakwater::catalog::test {
namespace {

/// An expression that is evaluated by itself, and its value.
struct Row {
  const char* expression;
  const char* expected;
};

class FunctionTest : public QueryTest {
 protected:
  /// The number of the error.
  std::string refusal(std::string_view sql) {
    const std::string answer = run(sql);
    return answer.substr(0, answer.find(' '));
  }
  void evaluate(std::span<const Row> rows) {
    for (const Row& row : rows)
      EXPECT_EQ(run(std::string("SELECT ") + row.expression), row.expected) << row.expression;
  }
};

const Row kOperators[] = {
    {"1 + 1", "2"},
    {"7 / 2", "3.5000"},
    {"7 DIV 2", "3"},
    {"7 % 3", "1"},
    {"-3", "-3"},
    {"1 = 1", "1"},
    {"NULL <=> NULL", "1"},
    {"'a' = 'A'", "1"},
    {"1 / 0", "NULL"},
    {"5 DIV 0", "NULL"},
    {"5 % 0", "NULL"},
    {"1.5 + 2", "3.5"},
    {"1.50 * 2.0", "3.000"},
    {"10 / 3", "3.3333"},
    {"-7 DIV 2", "-3"},
    {"-7 % 3", "-1"},
    {"'12abc' + 1", "13"},
    {"'x' + 1", "1"},
    {"'1e2' * 1", "100"},
    {"1e0 / 4", "0.25"},
    {"0.1 + 0.2", "0.3"},
    {"1 = '1'", "1"},
    {"1 = '1x'", "1"},
    {"'10' < '9'", "1"},
    {"10 < '9'", "0"},
    {"1.0 = '1'", "1"},
    {"NULL = NULL", "NULL"},
    {"'a ' = 'a'", "1"},
    {"'é' = 'E'", "1"},
    {"'a' COLLATE utf8mb4_bin = 'A'", "0"},
    {"BINARY 'a' = 'A'", "0"},
    {"'straße' = 'strase'", "1"},
    {"1 AND 0", "0"},
    {"1 OR NULL", "1"},
    {"0 AND NULL", "0"},
    {"NOT 5", "0"},
    {"NOT NULL", "NULL"},
    {"1 XOR 1", "0"},
    {"'a' OR 0", "0"},
    {"!0", "1"},
    {"5 & 3", "1"},
    {"5 | 3", "7"},
    {"5 ^ 3", "6"},
    {"~0", "18446744073709551615"},
    {"1 << 4", "16"},
    {"256 >> 4", "16"},
    {"1 << 64", "0"},
    {"18446744073709551615", "18446744073709551615"},
    {"18446744073709551615 > 1", "1"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"9223372036854775808 - 1", "9223372036854775807"},
    {"'abc' LIKE 'A%'", "1"},
    {"'abc' LIKE '_b_'", "1"},
    {"'a%c' LIKE 'a\\%c'", "1"},
    {"'abc' LIKE 'a\\%c'", "0"},
    {"'a!%' LIKE 'a!!!%' ESCAPE '!'", "1"},
    {"'ab' NOT LIKE 'b'", "1"},
    {"NULL LIKE 'a'", "NULL"},
    {"2 BETWEEN 1 AND 3", "1"},
    {"2 NOT BETWEEN 3 AND 4", "1"},
    {"'b' BETWEEN 'A' AND 'C'", "1"},
    {"NULL BETWEEN 1 AND 2", "NULL"},
    {"1 IN (1, 2)", "1"},
    {"'1' IN (1, 'x')", "1"},
    {"3 NOT IN (1, 2)", "1"},
    {"1 IN (2, NULL)", "NULL"},
    {"NULL IN (1)", "NULL"},
    {"NULL IS NULL", "1"},
    {"1 IS NOT NULL", "1"},
    {"1 IS TRUE", "1"},
    {"0 IS FALSE", "1"},
    {"NULL IS UNKNOWN", "1"},
    {"NULL IS NOT TRUE", "1"},
    {"CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END", "two"},
    {"CASE WHEN 1 > 2 THEN 'a' END", "NULL"},
    {"CASE WHEN 1 THEN 1 ELSE 2.50 END", "1.00"},
    {"IF(1, 1, 'x')", "1"},
    {"TRUE", "1"},
    {"FALSE", "0"},
    {"x'4142'", "AB"},
    {"DATE '2024-02-29'", "2024-02-29"},
    {"TIMESTAMP '2024-01-01 10:00:00.5'", "2024-01-01 10:00:00.5"},
    {"TIME '10:11:12'", "10:11:12"},
    {"DATE '2024-01-31' + INTERVAL 1 MONTH", "2024-02-29"},
    {"CAST('12abc' AS SIGNED)", "12"},
    {"CAST(-1 AS UNSIGNED)", "18446744073709551615"},
    {"CAST(1.55 AS DECIMAL(10,1))", "1.6"},
    {"CAST(12 AS CHAR)", "12"},
    {"CAST('abc' AS CHAR(2))", "ab"},
    {"CAST('99999' AS DECIMAL(3,1))", "99.9"},
    {"CAST('2024-01-02 03:04:05' AS DATE)", "2024-01-02"},
    {"CAST('2024-01-02 03:04:05.678' AS DATETIME(2))", "2024-01-02 03:04:05.68"},
    {"CAST('03:04:05' AS TIME)", "03:04:05"},
    {"CONVERT('7', SIGNED)", "7"},
};

TEST_F(FunctionTest, Operators) {
  evaluate(kOperators);
}

const Row kText[] = {
    {"CONCAT('a', 1, NULL)", "NULL"},
    {"CONCAT('a', 1.50, 2)", "a1.502"},
    {"CONCAT_WS('-', 'a', NULL, 'b')", "a-b"},
    {"IFNULL(NULL, 'x')", "x"},
    {"COALESCE(NULL, NULL, 3)", "3"},
    {"NULLIF(1, 1)", "NULL"},
    {"NULLIF(1, 2)", "1"},
    {"IF(2 > 1, 'yes', 'no')", "yes"},
    {"ISNULL(NULL)", "1"},
    {"UPPER('abc')", "ABC"},
    {"LOWER('ÄB')", "äb"},
    {"LENGTH('äb')", "3"},
    {"CHAR_LENGTH('äb')", "2"},
    {"BIT_LENGTH('a')", "8"},
    {"UCASE('a')", "A"},
    {"LCASE('A')", "a"},
    {"SUBSTRING('abcdef', 2, 3)", "bcd"},
    {"SUBSTR('abc', -2)", "bc"},
    {"MID('abcd', 2, 2)", "bc"},
    {"LEFT('äbc', 2)", "äb"},
    {"RIGHT('abc', 2)", "bc"},
    {"SUBSTRING('abc', 0)", ""},
    {"SUBSTRING('abc' FROM 2 FOR 1)", "b"},
    {"SUBSTRING_INDEX('a/b/c', '/', -1)", "c"},
    {"SUBSTRING_INDEX('a/b/c', '/', 2)", "a/b"},
    {"SUBSTRING_INDEX('abc', '/', 1)", "abc"},
    {"CONCAT('[', TRIM('  x '), LTRIM(' y '), RTRIM(' z '), ']')", "[xy  z]"},
    {"TRIM(BOTH 'x' FROM 'xxaxx')", "a"},
    {"TRIM(LEADING '0' FROM '007')", "7"},
    {"REPLACE('aXa', 'X', 'b')", "aba"},
    {"INSTR('abc', 'C')", "3"},
    {"LOCATE('b', 'abcb', 3)", "4"},
    {"POSITION('c' IN 'abc')", "3"},
    {"REVERSE('aä')", "äa"},
    {"REPEAT('ab', 3)", "ababab"},
    {"CONCAT('[', SPACE(2), ']')", "[  ]"},
    {"LPAD('7', 3, '0')", "007"},
    {"RPAD('a', 3, 'xy')", "axy"},
    {"LPAD('abc', 2, '0')", "ab"},
    {"LPAD('a', 3, '')", "NULL"},
    {"HEX('abc')", "616263"},
    {"HEX(255)", "FF"},
    {"UNHEX('4142')", "AB"},
    {"MD5('a')", "0cc175b9c0f1b6a831c399e269772661"},
    {"SHA1('a')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
    {"SHA2('a', 224)", "abd37534c7d9a2efb9465de931cd7055ffdb8879563ae98078d6d6d5"},
    {"STRCMP('a', 'B')", "-1"},
    {"FIND_IN_SET('b', 'a,b,c')", "2"},
    {"ELT(2, 'x', 'y')", "y"},
    {"ELT(3, 'x')", "NULL"},
    {"FIELD('b', 'a', 'B')", "2"},
    {"ASCII('a')", "97"},
    {"ORD('a')", "97"},
    {"CHAR(65, 66)", "AB"},
    {"INSERT('abcd', 2, 2, 'X')", "aXd"},
    {"QUOTE('it''s')", "'it\\'s'"},
    {"FORMAT(12345.678, 2)", "12,345.68"},
    {"CRC32('abc')", "891568578"},
    {"CONV('ff', 16, 10)", "255"},
    {"GREATEST(1, 3, 2)", "3"},
    {"LEAST('b', 'a')", "a"},
    {"GREATEST(1, NULL)", "NULL"},
    {"GREATEST(1.5, 2)", "2.0"},
};

TEST_F(FunctionTest, Texts) {
  evaluate(kText);
}

const Row kEncodings[] = {
    {"TO_BASE64('abc')", "YWJj"},
    {"TO_BASE64('')", ""},
    {"TO_BASE64(NULL)", "NULL"},
    {"TO_BASE64(REPEAT('x', 58))",
     "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\neA=="},
    {"FROM_BASE64('YWJj')", "abc"},
    {"FROM_BASE64(' Y\nQ = =')", "a"},
    {"FROM_BASE64('YQ=')", "NULL"},
    {"FROM_BASE64('YQ===')", "NULL"},
    {"FROM_BASE64('YW=j')", "NULL"},
    {"FROM_BASE64('YWJj!')", "NULL"},
    {"FROM_BASE64('===')", "NULL"},
    {"MAKE_SET(5, 'a', 'b', 'c')", "a,c"},
    {"MAKE_SET(3, NULL, 'b')", "b"},
    {"MAKE_SET(NULL, 'a')", "NULL"},
    {"MAKE_SET(-1, 'a', 'b')", "a,b"},
    {"EXPORT_SET(5, 'Y', 'N', '', 4)", "YNYN"},
    {"EXPORT_SET(6, '1', '0', ',', 3)", "0,1,1"},
    {"LENGTH(EXPORT_SET(0, '1', '0'))", "127"},
    {"LENGTH(EXPORT_SET(0, '1', '0', '', -1))", "64"},
    {"EXPORT_SET(0, NULL, '0')", "NULL"},
    {"SOUNDEX('Quadratically')", "Q36324"},
    {"SOUNDEX('12é a')", "é000"},
    {"SOUNDEX('bBbPp')", "B000"},
    {"SOUNDEX('12')", ""},
    {"HEX(INET6_ATON('1.2.3.4'))", "01020304"},
    {"HEX(INET6_ATON('010.1.1.1'))", "0A010101"},
    {"HEX(INET6_ATON('::1'))", "00000000000000000000000000000001"},
    {"INET6_ATON('1.2.3')", "NULL"},
    {"INET6_ATON('1.2.3.4.5')", "NULL"},
    {"INET6_ATON('fe80::1%eth0')", "NULL"},
    {"INET6_NTOA(x'01020304')", "1.2.3.4"},
    {"INET6_NTOA(INET6_ATON('2001:DB8::A'))", "2001:db8::a"},
    {"INET6_NTOA('abcd')", "NULL"},
    {"INET6_NTOA(x'00')", "NULL"},
    {"IS_IPV4('010.1.1.1')", "1"},
    {"IS_IPV4('1.2.3.0004')", "0"},
    {"CHARSET(HEX(x'ff'))", "utf8mb4"},
};

const Row kNumbers[] = {
    {"ATAN(1, 2)", "0.4636476090008061"},
    {"ATAN2(-1, -1)", "-2.356194490192345"},
    {"COT(1)", "0.6420926159343306"},
    {"ROUND(2.5)", "3"},
    {"ROUND(1.005, 2)", "1.01"},
    {"TRUNCATE(1.999, 1)", "1.9"},
    {"FLOOR(-1.5)", "-2"},
    {"CEIL(1.2)", "2"},
    {"ABS(-4)", "4"},
    {"MOD(10, 4)", "2"},
    {"ROUND(1234, -2)", "1200"},
    {"TRUNCATE(-1.99, 0)", "-1"},
    {"ABS(-1.5)", "1.5"},
    {"SIGN(-3)", "-1"},
    {"SIGN(0.0)", "0"},
    {"SIGN(2e0)", "1"},
    {"CEILING(-1.5)", "-1"},
    {"FLOOR(2)", "2"},
    {"ROUND(2.5e0)", "2"},
    {"ROUND(-2.5)", "-3"},
    {"POW(2, 10)", "1024"},
    {"POWER(2, -1)", "0.5"},
    {"SQRT(16)", "4"},
    {"SQRT(-1)", "NULL"},
    {"EXP(0)", "1"},
    {"LN(1)", "0"},
    {"LOG(2, 8)", "3"},
    {"LOG2(8)", "3"},
    {"LOG10(100)", "2"},
    {"LN(0)", "NULL"},
    {"PI()", "3.141593"},
    {"ROUND(SIN(0))", "0"},
    {"COS(0)", "1"},
    {"TAN(0)", "0"},
    {"ASIN(0)", "0"},
    {"ACOS(1)", "0"},
    {"ATAN(0)", "0"},
    {"DEGREES(PI())", "180"},
    {"ROUND(RADIANS(180), 4)", "3.1416"},
    {"RAND(1)", "0.40540353712197724"},
    {"RAND() < 1", "1"},
    {"1e20", "1e20"},
    {"1.5e-7", "0.00000015"},
    {"1e0", "1"},
    {"123456789012345e0", "123456789012345"},
    {"1e15", "1e15"},
    {"-0.00001e0", "-0.00001"},
};

TEST_F(FunctionTest, Encodings) {
  evaluate(kEncodings);
}

TEST_F(FunctionTest, Numbers) {
  evaluate(kNumbers);
  EXPECT_EQ(run("SELECT EXP(750)"), "1690 DOUBLE value is out of range in 'exp(750)'");
  EXPECT_EQ(run("SELECT DEGREES(1e307)"), "1690 DOUBLE value is out of range in 'degrees(1e307)'");
  EXPECT_EQ(run("SELECT COT(0)"), "1690 DOUBLE value is out of range in 'cot(0)'");
}

const Row kTime[] = {
    {"NOW()", "2024-01-31 12:34:56"},
    {"NOW(3)", "2024-01-31 12:34:56.789"},
    {"CURRENT_TIMESTAMP", "2024-01-31 12:34:56"},
    {"SYSDATE(6)", "2024-01-31 12:34:56.789012"},
    {"CURDATE()", "2024-01-31"},
    {"CURTIME()", "12:34:56"},
    {"UTC_TIMESTAMP()", "2024-01-31 12:34:56"},
    {"UTC_DATE()", "2024-01-31"},
    {"UTC_TIME()", "12:34:56"},
    {"UNIX_TIMESTAMP()", "1706704496"},
    {"UNIX_TIMESTAMP('2024-01-31 12:34:56')", "1706704496"},
    {"FROM_UNIXTIME(1706704496)", "2024-01-31 12:34:56"},
    {"FROM_UNIXTIME(0, '%Y')", "1970"},
    {"UNIX_TIMESTAMP(NOW(3))", "1706704496.789"},
    {"YEAR('2024-01-31')", "2024"},
    {"MONTH('2024-01-31')", "1"},
    {"DAY('2024-01-31')", "31"},
    {"HOUR('10:11:12')", "10"},
    {"MINUTE('10:11:12')", "11"},
    {"SECOND('10:11:12')", "12"},
    {"MICROSECOND('10:11:12.5')", "500000"},
    {"QUARTER('2024-05-01')", "2"},
    {"DATE('2024-01-31 10:11:12')", "2024-01-31"},
    {"TIME('2024-01-31 10:11:12')", "10:11:12"},
    {"DAYOFWEEK('2024-01-31')", "4"},
    {"WEEKDAY('2024-01-31')", "2"},
    {"DAYOFYEAR('2024-02-01')", "32"},
    {"LAST_DAY('2024-02-01')", "2024-02-29"},
    {"DAYNAME('2024-01-31')", "Wednesday"},
    {"MONTHNAME('2024-01-31')", "January"},
    {"DATE_FORMAT('2026-01-02 03:04:05', '%Y/%m/%d %H:%i:%s')", "2026/01/02 03:04:05"},
    {"DATE_FORMAT('2026-01-02', '%a %b %D %j %W %y %e %c %p %%')", "Fri Jan 2nd 002 Friday 26 2 1 AM %"},
    {"TIME_FORMAT('25:00:01', '%i:%s')", "00:01"},
    {"DATEDIFF('2026-03-01', '2026-02-27')", "2"},
    {"DATE_ADD('2026-01-31', INTERVAL 1 MONTH)", "2026-02-28"},
    {"DATE_SUB('2024-03-01 00:00:00', INTERVAL 1 SECOND)", "2024-02-29 23:59:59"},
    {"ADDDATE('2024-01-01', 31)", "2024-02-01"},
    {"SUBDATE('2024-01-01', INTERVAL 1 DAY)", "2023-12-31"},
    {"'2024-01-01' + INTERVAL '1:30' HOUR_MINUTE", "2024-01-01 01:30:00"},
    {"NOW() - INTERVAL 1 YEAR", "2023-01-31 12:34:56"},
    {"INTERVAL 1 WEEK + '2024-01-01'", "2024-01-08"},
    {"DATE_ADD('2024-01-01', INTERVAL '1 2' DAY_HOUR)", "2024-01-02 02:00:00"},
    {"TIMESTAMPADD(MINUTE, 5, '2024-01-01')", "2024-01-01 00:05:00"},
    {"TIMESTAMPDIFF(MONTH, '2024-01-31', '2024-03-01')", "1"},
    {"TIMESTAMPDIFF(SECOND, '2024-01-01', '2024-01-01 00:01:00')", "60"},
    {"TIMESTAMPDIFF(DAY, '2024-01-02', '2024-01-01')", "-1"},
    {"STR_TO_DATE('31/01/2024', '%d/%m/%Y')", "2024-01-31"},
    {"STR_TO_DATE('2024-01-31 10:11', '%Y-%m-%d %H:%i')", "2024-01-31 10:11:00"},
    {"STR_TO_DATE('x', '%Y')", "NULL"},
    {"EXTRACT(YEAR FROM '2024-01-31')", "2024"},
    {"EXTRACT(YEAR_MONTH FROM '2024-01-31')", "202401"},
    {"EXTRACT(HOUR_MINUTE FROM '2024-01-31 10:11:12')", "1011"},
    {"WEEK('2024-01-31')", "4"},
    {"WEEKOFYEAR('2024-01-01')", "1"},
    {"YEARWEEK('2024-01-01')", "202353"},
    {"TO_DAYS('2024-01-01')", "739251"},
    {"FROM_DAYS(739251)", "2024-01-01"},
    {"TIME_TO_SEC('01:00:01')", "3601"},
    {"SEC_TO_TIME(3661)", "01:01:01"},
    {"MAKEDATE(2024, 60)", "2024-02-29"},
    {"MAKETIME(1, 2, 3)", "01:02:03"},
    {"TIME_TO_USEC('2024-01-31 12:34:56')", "1706704496000000"},
    {"USEC_TO_TIME(1706704496789012)", "2024-01-31 12:34:56.789012"},
    {"CONVERT_TZ('2024-01-01 00:00:00', '+00:00', '+08:00')", "2024-01-01 08:00:00"},
    {"TIMEDIFF('2024-01-02 00:00:00', '2024-01-01 00:00:00')", "24:00:00"},
    {"NOW() + 0", "20240131123456"},
    {"CURDATE() + 0", "20240131"},
    {"NOW() > '2024-01-31'", "1"},
    {"'2024-02-30' IS NULL", "0"},
    {"DATE('2024-02-30')", "NULL"},
    {"CURDATE() = '2024-01-31'", "1"},
};

TEST_F(FunctionTest, DatesAndTimes) {
  evaluate(kTime);
}

const Row kEdges[] = {
    {"CAST('9999-12-31 23:59:59.9' AS DATETIME)", "NULL"},
    {"CAST('9999-12-31 23:59:59.4' AS DATETIME)", "9999-12-31 23:59:59"},
    {"1e-400 + 0e0", "0"},
    {"'1e-400' + 0", "0"},
    {"'+-3' + 0", "0"},
    {"CAST('1.9' AS SIGNED)", "1"},
    {"CAST('1e3' AS SIGNED)", "1"},
    {"CAST(1.5 AS SIGNED)", "2"},
    {"CAST('-1' AS UNSIGNED)", "18446744073709551615"},
    {"1e15 + 0.5", "1000000000000000.5"},
    {"1e16", "1e16"},
    {"12345678901234567890e0", "1.2345678901234567e19"},
    {"1e-20", "1e-20"},
    {"0.1e0 + 0.2e0", "0.30000000000000004"},
    {"0x41", "A"},
    {"0x41 + 0", "65"},
    {"0x41 = 65", "1"},
    {"HEX(1.5)", "2"},
    {"HEX(-1)", "FFFFFFFFFFFFFFFF"},
    {"UNHEX('')", ""},
    {"BIT_COUNT(7)", "3"},
    {"STR_TO_DATE('May 1, 2013', '%M %d,%Y')", "2013-05-01"},
    {"STR_TO_DATE('10:11:12', '%H:%i:%s')", "10:11:12"},
    {"STR_TO_DATE('1 PM', '%h %p')", "13:00:00"},
    {"EXTRACT(MINUTE FROM '10:11:12')", "11"},
    {"TIMEDIFF('10:00:00', '09:59:59')", "00:00:01"},
    {"DATE_FORMAT('2024-01-01', '')", "NULL"},
    {"DATE_ADD(20240101, INTERVAL 1 DAY)", "2024-01-02"},
    {"UNIX_TIMESTAMP('2024-01-01 00:00:00.5')", "1704067200.5"},
    {"FROM_UNIXTIME('1.5')", "1970-01-01 00:00:01.500000"},
    {"FROM_UNIXTIME(1.5)", "1970-01-01 00:00:01.5"},
    {"FROM_UNIXTIME(-1)", "NULL"},
    {"'ł' = 'l'", "0"},
    {"'œ' = 'oe'", "0"},
    {"'ø' = 'o'", "0"},
    {"'я' = 'Я'", "1"},
    {"'ё' = 'е'", "1"},
    {"'ς' = 'σ'", "1"},
    {"'ÿ' = 'y'", "1"},
};

const Case kOverRows[] = {
    {"SELECT SUM(x) FROM (SELECT 9223372036854775807 x UNION ALL SELECT 1) t", "9223372036854775808"},
    {"SELECT * FROM (SELECT 1 a, 2 b) t RIGHT JOIN (SELECT 2 a, 3 c) u USING (a)", "2|3|NULL"},
    {"SELECT * FROM (SELECT 2 b, 1 a) t JOIN (SELECT 1 a, 3 c) u USING (a)", "1|2|3"},
};

TEST_F(FunctionTest, OverRows) {
  for (const Case& c : kOverRows) EXPECT_EQ(run(c.sql), c.expected) << c.sql;
}

TEST_F(FunctionTest, Edges) {
  evaluate(kEdges);
}

/// A hexadecimal or bit literal is a number wherever one is wanted.
const Row kBits[] = {
    {"CAST(0xb3 AS SIGNED)", "179"},
    {"CAST(b'1010' AS UNSIGNED)", "10"},
    {"CAST(0xFFFFFFFFFFFFFFFF AS SIGNED)", "-1"},
    {"CAST(0x01FFFFFFFFFFFFFFFF AS SIGNED)", "-1"},
    {"CAST(0x10 AS DECIMAL(10,2))", "16.00"},
    {"CAST(x'41' AS CHAR)", "A"},
    {"POW(2, 0x03)", "8"},
    {"0x10 IN (16)", "1"},
    {"16 IN (0x10)", "1"},
    {"0x41 IN ('A')", "1"},
    {"0x10 BETWEEN 15 AND 17", "1"},
    {"CHAR(0x41, 0x4243)", "ABC"},
    {"0x10 | 1", "17"},
    {"~0x10", "18446744073709551599"},
    {"LEFT('hello', 0x02)", "he"},
    {"IF(0x10, 'a', 'b')", "a"},
    {"NOT 0x00", "1"},
    {"ELT(0x02, 'a', 'b')", "b"},
    {"ROUND(1.2345, 0x02)", "1.23"},
    {"GREATEST(0x10, 5)", "16"},
    {"SEC_TO_TIME(0x10)", "00:00:16"},
    {"MAKETIME(0x01, 0x02, 0x03)", "01:02:03"},
    {"FROM_UNIXTIME(0x10)", "1970-01-01 00:00:16"},
    {"DATE_ADD(DATE'2020-01-01', INTERVAL 0x01 DAY)", "2020-01-02"},
    {"HEX(0x10)", "10"},
    {"(0x41 COLLATE utf8mb4_bin) + 0", "0"},
    {"(SELECT 0x41 FROM DUAL WHERE 1 = 0) + 1", "NULL"},
};

TEST_F(FunctionTest, BitsAreNumbers) {
  evaluate(kBits);
}

const Row kExtremes[] = {
    {"LEFT('hello', 18446744073709551615)", "hello"},
    {"RIGHT('hello', 18446744073709551615)", "hello"},
    {"SUBSTRING('hello', 2, 18446744073709551615)", "ello"},
    {"SUBSTRING('hello', 18446744073709551615)", ""},
    {"REPEAT('a', 18446744073709551615)", "NULL"},
    {"SPACE(18446744073709551615)", "NULL"},
    {"ELT(18446744073709551615, 'a')", "NULL"},
    {"INSERT('hello', 1, 18446744073709551615, 'x')", "x"},
    {"LOCATE('l', 'hello', 18446744073709551615)", "0"},
    {"SUBSTRING_INDEX('a.b', '.', 18446744073709551615)", "a.b"},
    {"MAKETIME(18446744073709551615, 0, 0)", "838:59:59"},
    {"CAST('99999999999999999999' AS SIGNED)", "-1"},
    {"CAST('18446744073709551615' AS SIGNED)", "-1"},
    {"CAST('9223372036854775807' AS SIGNED)", "9223372036854775807"},
    {"FROM_UNIXTIME(2147483647)", "2038-01-19 03:14:07"},
    {"FROM_UNIXTIME(2147483648)", "NULL"},
    {"UNIX_TIMESTAMP('2038-01-19 03:14:07')", "2147483647"},
    {"UNIX_TIMESTAMP('2038-01-19 03:14:08')", "0"},
    {"UNIX_TIMESTAMP('1969-12-31')", "0"},
    {"UNIX_TIMESTAMP('abc')", "0"},
    {"UNIX_TIMESTAMP(NULL)", "NULL"},
    {"SUBSTRING_INDEX('aaaaaaaaa1', 'aa', -2)", "aaa1"},
};

TEST_F(FunctionTest, Extremes) {
  evaluate(kExtremes);
  EXPECT_EQ(refusal("SELECT 1e+1111111111"), "1367");
  EXPECT_EQ(refusal("SELECT 0x7FFFFFFFFFFFFFFF * 16"), "1690");
  EXPECT_EQ(refusal("SELECT -1e309"), "1367");
  EXPECT_EQ(refusal("SELECT EXP(750)"), "1690");
  EXPECT_EQ(refusal("SELECT DEGREES(1e307)"), "1690");
  EXPECT_EQ(refusal("SELECT CAST(1 AS DECIMAL(66,2))"), "1426");
  EXPECT_EQ(refusal("SELECT CAST(1 AS DECIMAL(65,31))"), "1425");
  EXPECT_EQ(refusal("SELECT CAST(1 AS DECIMAL(5,10))"), "1427");
  EXPECT_EQ(refusal("SELECT CAST(1 AS DATETIME(7))"), "1426");
  EXPECT_EQ(refusal("SELECT NOW(7)"), "1426");
  EXPECT_EQ(refusal("SELECT DATE'2020-13-01'"), "1525");
  EXPECT_EQ(refusal("SELECT TIME'99:99:99'"), "1525");
}

const Row kDatesInTexts[] = {
    {"TIMESTAMP'2021-01-01 00:00:00' >= '2020-01-01T00:00:00Z'", "1"},
    {"CAST('2020-01-01T10:11:12Z' AS DATETIME)", "2020-01-01 10:11:12"},
    {"CAST('2020-01-01x' AS DATE)", "2020-01-01"},
    {"CAST('2020-01-01 abc' AS DATETIME)", "2020-01-01 00:00:00"},
    {"CAST('2020-01-01 10:' AS DATETIME)", "2020-01-01 10:00:00"},
    {"CAST('20200101T101112' AS DATETIME)", "2020-01-01 10:11:12"},
    {"CAST('2020 01 01' AS DATETIME)", "NULL"},
    {"YEAR('2020-01-01T00:00:00Z')", "2020"},
    {"CAST('10:11:12 xyz' AS TIME)", "10:11:12"},
    {"CAST(20010203101112.5 AS DATETIME(6))", "2001-02-03 10:11:12.500000"},
    {"CAST(20010203101112.5 AS DATETIME)", "2001-02-03 10:11:13"},
    {"CAST(20010203.5 AS DATETIME(6))", "2001-02-03 00:00:00.000000"},
    {"TIMESTAMP('2001-01-01', '01:01:01.999999')", "2001-01-01 01:01:01.999999"},
    {"TIMESTAMP(DATE'2001-01-01', TIME'01:01:01.9')", "2001-01-01 01:01:01.9"},
    {"MAKETIME(1, 2, 3.5)", "01:02:03.5"},
    {"EXTRACT(DAY_MINUTE FROM '02 10:11:12')", "21011"},
    {"EXTRACT(DAY_HOUR FROM '-02 10:11:12')", "-210"},
    {"EXTRACT(DAY_SECOND FROM TIME'50:11:12')", "2021112"},
    {"EXTRACT(DAY_MICROSECOND FROM '02 10:11:12.5')", "2101112500000"},
    {"EXTRACT(DAY_MINUTE FROM '2001-02-03 10:11:12')", "31011"},
    {"MAKETIME(-1, 2, 59.999999)", "-01:02:59.999999"},
    {"MAKETIME(1, 2, 60)", "NULL"},
    {"MAKETIME(1, 2, -1)", "NULL"},
};

TEST_F(FunctionTest, DatesInTexts) {
  evaluate(kDatesInTexts);
}

const Row kCollated[] = {
    {"LOCATE('HE', 'hello' COLLATE utf8mb4_bin)", "0"},
    {"LOCATE('HE', 'hello')", "1"},
    {"INSTR(BINARY 'hello', 'HE')", "0"},
    {"POSITION('HE' IN 'hello' COLLATE utf8mb4_bin)", "0"},
    {"FIND_IN_SET('A', 'a,b' COLLATE utf8mb4_bin)", "0"},
    {"FIND_IN_SET('A', 'a,b')", "1"},
    {"STRCMP('a' COLLATE utf8mb4_bin, 'A')", "1"},
    {"STRCMP('a', 'A')", "0"},
    {"'B' BETWEEN 'a' AND 'c' COLLATE utf8mb4_bin", "0"},
    {"'B' BETWEEN 'a' AND 'c'", "1"},
    {"'a' IN ('b', 'A' COLLATE utf8mb4_bin)", "0"},
    {"'A' NOT IN (BINARY 'a')", "1"},
    {"UPPER(BINARY 'a')", "a"},
    {"LOWER(x'41')", "A"},
    {"CHAR_LENGTH(x'C3A4')", "2"},
    {"CHAR_LENGTH('ä')", "1"},
    {"ORD(x'C3A4')", "195"},
    {"ORD('ä')", "50084"},
    {"LENGTH(LEFT(BINARY 'ää', 1))", "1"},
    {"HEX(REVERSE(BINARY 'ä'))", "A4C3"},
    {"HEX(SUBSTRING(BINARY 'ä', 2))", "A4"},
    {"HEX(LPAD(BINARY 'ä', 3, 'x'))", "78C3A4"},
    {"HEX(INSERT(BINARY 'ä', 1, 1, 'x'))", "78A4"},
    {"LOCATE('b', BINARY 'äb')", "3"},
};

TEST_F(FunctionTest, Collated) {
  evaluate(kCollated);
  EXPECT_EQ(refusal("SELECT 'a' COLLATE utf8mb4_bin = 'a' COLLATE utf8mb4_general_ci"), "1267");
}

const Row kSession[] = {
    {"VERSION()", "5.7.25-OceanBase-v4.2.1.0"},
    {"DATABASE()", "oceanbase"},
    {"SCHEMA()", "oceanbase"},
    {"USER()", "root@127.0.0.1"},
    {"CURRENT_USER()", "root@%"},
    {"SESSION_USER()", "root@127.0.0.1"},
    {"CONNECTION_ID()", "7"},
    {"OB_VERSION()", "4.2.1.0"},
    {"EFFECTIVE_TENANT()", "sys"},
    {"EFFECTIVE_TENANT_ID()", "1"},
    {"LAST_INSERT_ID()", "0"},
    {"ROW_COUNT()", "-1"},
    {"FOUND_ROWS()", "0"},
    {"INET_ATON('10.0.0.1')", "167772161"},
    {"INET_NTOA(167772161)", "10.0.0.1"},
    {"IS_IPV4('10.0.0.1')", "1"},
    {"IS_IPV6('::1')", "1"},
    {"IS_IPV4('x')", "0"},
    {"LENGTH(UUID())", "36"},
    {"CHARSET('a')", "utf8mb4"},
    {"COLLATION('a')", "utf8mb4_general_ci"},
    {"INTERVAL(5, 1, 4, 9)", "2"},
    {"SLEEP(0)", "0"},
};

TEST_F(FunctionTest, TheSession) {
  evaluate(kSession);
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

TEST_F(FunctionTest, GroupConcatIsCut) {
  struct Cut {
    const char* expression;
    const char* value;
    const char* warning;  ///< the row that was cut; empty: none
  };
  context.group_concat_max_bytes = 4;
  for (const Cut& cut : {Cut{"GROUP_CONCAT(v ORDER BY v)", "a,bb", "3"},
                         {"GROUP_CONCAT(v ORDER BY v DESC)", "cc,b", "2"},
                         {"GROUP_CONCAT(v ORDER BY v SEPARATOR '')", "abbc", "3"},
                         {"GROUP_CONCAT(LEFT(v, 1) ORDER BY v SEPARATOR '')", "abc", ""},
                         {"GROUP_CONCAT(DISTINCT 'abcd')", "abcd", ""},
                         {"GROUP_CONCAT('abcd')", "abcd", "2"},
                         {"GROUP_CONCAT(DISTINCT 'abcde')", "abcd", "1"},
                         {"GROUP_CONCAT(DISTINCT 'abä')", "abä", ""},
                         {"GROUP_CONCAT(DISTINCT 'abcä')", "abc", "1"},
                         {"GROUP_CONCAT('' SEPARATOR '')", "", ""},
                         {"GROUP_CONCAT(NULL)", "NULL", ""}}) {
    Warnings warnings;
    context.warnings = &warnings;
    EXPECT_EQ(run(std::string("SELECT ") + cut.expression +
                  " FROM (SELECT 'a' v UNION ALL SELECT 'bb' UNION ALL SELECT 'cc') t"),
              cut.value)
        << cut.expression;
    EXPECT_EQ(warnings.all, *cut.warning == '\0'
                                ? std::string()
                                : "1260 Row " + std::string(cut.warning) + " was cut by GROUP_CONCAT()\n")
        << cut.expression;
  }
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
