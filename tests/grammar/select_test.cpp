// SELECT and its expressions.
#include <gtest/gtest.h>

#include "grammar/helpers.h"

namespace breakwater::test {
namespace {

std::string expression(std::string_view text, const grammar::ParseOptions& options = {}) {
  std::string tree = parsed("SELECT " + std::string(text), options);
  if (!tree.starts_with("{select ")) return tree;
  return tree.substr(8, tree.size() - 9);
}

TEST(Select, PrecedenceIsMysqls) {
  static constexpr Case kCases[] = {
      {"a OR b AND c", "(a OR (b AND c))"},
      {"a XOR b AND c OR d", "((a XOR (b AND c)) OR d)"},
      {"a || b && c", "(a OR (b AND c))"},
      {"NOT a AND b", "((NOT a) AND b)"},
      {"NOT a = b", "(NOT (a = b))"},
      {"! a = b", "((NOT a) = b)"},
      {"a = b = c", "((a = b) = c)"},
      {"a = b IS NULL", "((a = b) is null)"},
      {"a + b = c", "((a + b) = c)"},
      {"a | b & c", "(a | (b & c))"},
      {"a & b << c", "(a & (b << c))"},
      {"a << b + c", "(a << (b + c))"},
      {"a + b * c", "(a + (b * c))"},
      {"a - b - c", "((a - b) - c)"},
      {"a * b ^ c", "(a * (b ^ c))"},
      {"- a ^ b", "((-a) ^ b)"},
      {"-a * ~b", "((-a) * (~b))"},
      {"a DIV b MOD c % d / e", "((((a DIV b) % c) % d) / e)"},
      {"a BETWEEN 1 AND 2 AND b", "((a between 1 and 2) AND b)"},
      {"a NOT BETWEEN b + 1 AND c OR d", "((a not between (b + 1) and c) OR d)"},
      {"a LIKE 'x' OR b", "((a like 'x') OR b)"},
      {"a NOT LIKE b ESCAPE '|' = 1", "((a not like b escape '|') = 1)"},
      {"a IN (1, 2) = b", "((a in [1, 2]) = b)"},
      {"a NOT IN (SELECT 1)", "(a not in {select 1})"},
      {"a REGEXP 'x' AND b NOT RLIKE c", "((a regexp 'x') AND (b not regexp c))"},
      {"a <=> NULL", "(a <=> NULL)"},
      {"a != b <> c", "((a <> b) <> c)"},
      {"a IS NOT TRUE IS UNKNOWN", "((a is not true) is unknown)"},
      {"-a COLLATE utf8mb4_bin", "(-(a collate utf8mb4_bin))"},
      {"BINARY a = b", "((BINARY a) = b)"},
      {"@a := 1 + 2", "(@a := (1 + 2))"},
      {"1 + @a := 2 OR 3", "(1 + (@a := (2 OR 3)))"},
      {"a + INTERVAL 1 DAY > b", "((a + interval(1 DAY)) > b)"},
      {"INTERVAL 1 + 1 HOUR + a", "(interval((1 + 1) HOUR) + a)"},
      {"a > ALL (SELECT 1)", "(a > all {select 1})"},
      {"a = SOME (SELECT 1) OR b", "((a = any {select 1}) OR b)"},
      {"(a, b) = (1, 2)", "(row(a, b) = row(1, 2))"},
      {"ROW(1, 2)", "row(1, 2)"},
      {"((a))", "a"},
      {"a IN (1) NOT IN (0)", "((a in [1]) not in [0])"},
      {"EXISTS (SELECT 1) AND NOT EXISTS (SELECT 2)", "(exists {select 1} AND (NOT exists {select 2}))"},
      {"CASE a WHEN 1 THEN 2 ELSE 3 END + 1", "([case a when 1 then 2 else 3] + 1)"},
      {"CASE WHEN a THEN b END", "[case - when a then b else -]"},
  };
  for (const Case& c : kCases) EXPECT_EQ(expression(c.sql), c.tree) << c.sql;
}

TEST(Select, PipesConcatenateWhenAsked) {
  const grammar::ParseOptions options{.pipes_as_concat = true};
  EXPECT_EQ(expression("a || b || c", options), "concat(a, b, c)");
  EXPECT_EQ(expression("-a || b ^ c", options), "(concat((-a), b) ^ c)");
}

TEST(Select, Literals) {
  static constexpr Case kCases[] = {
      {"1, 1.5, .5, 5., 1e3, 1.5E-3", "1, 1.5, .5, 5., 1e3, 1.5E-3"},
      {"'a''b', \"c\"\"d\", 'e\\'f', 'g\\nh\\%i'", "'a'b', 'c\"d', 'e'f', 'g\nh\\%i'"},
      {"'a' 'b' \"c\"", "'abc'"},
      {"N'x', _utf8mb4'y', _binary 'z'", "'x', 'y', cast('z' binary in binary)"},
      {"x'4142', 0x43, b'01000001', 0b1000001", "x'AB', x'C', x'A', x'A'"},
      {"_utf8 x'41'", "cast(x'A' char in utf8)"},
      {"NULL, TRUE, FALSE", "NULL, TRUE, FALSE"},
      {"DATE '2020-01-01', TIME '1:2:3', TIMESTAMP '2020-01-01 00:00:00'",
       "DATE'2020-01-01', TIME'1:2:3', TIMESTAMP'2020-01-01 00:00:00'"},
      {"@@x, @@global.y, @@session.z, @@`q`", "@@x, @@global y, @@session z, @@q"},
      {"@a, @`b c`, @'d', @e.f", "@a, @b c, @d, @e.f"},
  };
  for (const Case& c : kCases) EXPECT_EQ(expression(c.sql), c.tree) << c.sql;
}

TEST(Select, SqlModeDecidesAboutQuotes) {
  EXPECT_EQ(expression("\"a\"", {.ansi_quotes = true}), "a");
  EXPECT_EQ(expression("\"a\"\"b\"", {.ansi_quotes = true}), "a\"b");
  EXPECT_EQ(expression("'a\\'", {.no_backslash_escapes = true}), "'a\\'");
}

TEST(Select, Functions) {
  static constexpr Case kCases[] = {
      {"NOW(), version( ), f(a, 'b')", "now(), version(), f(a, 'b')"},
      {"COUNT(*), count(DISTINCT a, b), COUNT(ALL c), SUM(DISTINCT d)",
       "count(*), count(distinct a, b), count(c), sum(distinct d)"},
      {"GROUP_CONCAT(DISTINCT a, b ORDER BY c DESC, d SEPARATOR '|')",
       "group_concat(distinct a, b order c desc, d sep '|')"},
      {"CAST(a AS UNSIGNED), CAST(b AS CHAR(10) CHARACTER SET utf8), CAST(c AS DECIMAL(10,2)), CONVERT(d, "
       "DATETIME(6))",
       "cast(a unsigned), cast(b char 10), cast(c decimal 10,2), cast(d datetime 6)"},
      {"CONVERT(a USING utf8mb4)", "cast(a char in utf8mb4)"},
      {"EXTRACT(YEAR FROM a)", "extract('YEAR', a)"},
      {"TRIM(a), TRIM(LEADING 'x' FROM a), TRIM(TRAILING FROM a), TRIM('y' FROM a), LTRIM(a)",
       "trim(a), ltrim(a, 'x'), rtrim(a), trim(a, 'y'), ltrim(a)"},
      {"SUBSTRING(a FROM 2 FOR 3), SUBSTR(a, 1), MID(a, 1, 2)",
       "substring(a, 2, 3), substring(a, 1), substring(a, 1, 2)"},
      {"POSITION('a' IN b)", "locate('a', b)"},
      {"LEFT(a, 1), RIGHT(a, 2), IF(a, b, c), REPLACE(a, b, c), INSERT(a, 1, 2, b), REPEAT(a, 3), MOD(a, 2)",
       "left(a, 1), right(a, 2), if(a, b, c), replace(a, b, c), insert(a, 1, 2, b), repeat(a, 3), mod(a, 2)"},
      {"CURRENT_TIMESTAMP, CURRENT_TIMESTAMP(6), LOCALTIME(), CURRENT_DATE, CURRENT_USER, CURRENT_USER()",
       "current_timestamp(), current_timestamp(6), current_timestamp(), current_date(), current_user(), "
       "current_user()"},
      {"DATE_ADD(a, INTERVAL '1:2' HOUR_MINUTE), INTERVAL(1, 2, 3)",
       "date_add(a, interval('1:2' HOUR_MINUTE)), interval(1, 2, 3)"},
      {"TIMESTAMPDIFF(SECOND, a, b)", "timestampdiff('SECOND', a, b)"},
      {"CHAR(77, 121 USING utf8mb4), DATABASE(), SCHEMA(), USER(), DATE(a), TIME(b)",
       "char(77, 121), database(), schema(), user(), date(a), time(b)"},
  };
  for (const Case& c : kCases) EXPECT_EQ(expression(c.sql), c.tree) << c.sql;
}

TEST(Select, Clauses) {
  static constexpr Case kCases[] = {
      {"SELECT * FROM DUAL", "{select *}"},
      {"SELECT a.*, b.c.*, d e, f AS `g h`, i AS 'j', k \"l\" FROM t",
       "{select a.*, b.c.*, d as e, f as g h, i as j, k as l from t}"},
      {"SELECT DISTINCT SQL_NO_CACHE a FROM t", "{select distinct a from t}"},
      {"SELECT SQL_CALC_FOUND_ROWS HIGH_PRIORITY a FROM t FOR UPDATE", "{select a from t}"},
      {"SELECT a FROM t LOCK IN SHARE MODE", "{select a from t}"},
      {"SELECT a FROM t WHERE b GROUP BY c, d HAVING e ORDER BY f DESC, 2 ASC LIMIT 3, 4",
       "{select a from t where b group c, d having e order f desc, 2 limit 4 offset 3}"},
      {"SELECT a LIMIT 1 OFFSET 2", "{select a limit 1 offset 2}"},
      {"SELECT 1 FROM a, b c, d.e AS f", "{select 1 from a, b as c, d.e as f}"},
      {"SELECT 1 FROM a JOIN b ON x LEFT JOIN c USING (p, q)",
       "{select 1 from ((a inner b on x) left c using p, q)}"},
      {"SELECT 1 FROM a CROSS JOIN b INNER JOIN c STRAIGHT_JOIN d ON y",
       "{select 1 from (((a cross b) inner c) inner d on y)}"},
      {"SELECT 1 FROM a NATURAL JOIN b NATURAL LEFT OUTER JOIN c",
       "{select 1 from ((a natural inner b) natural left c)}"},
      {"SELECT 1 FROM a RIGHT JOIN (b JOIN c) ON z", "{select 1 from (a right (b inner c) on z)}"},
      {"SELECT 1 FROM a JOIN b JOIN c ON x ON y", "{select 1 from (a inner (b inner c on x) on y)}"},
      {"SELECT 1 FROM a JOIN b LEFT JOIN c JOIN d ON x ON y",
       "{select 1 from ((a inner b) left (c inner d on x) on y)}"},
      {"SELECT 1 FROM a JOIN b ON x JOIN c ON y", "{select 1 from ((a inner b on x) inner c on y)}"},
      {"SELECT 1 FROM a USE INDEX (i, PRIMARY) IGNORE KEY FOR ORDER BY (k) JOIN b AS c FORCE INDEX ()",
       "{select 1 from (a inner b as c)}"},
      {"SELECT 1 FROM a LEFT JOIN (b, c) ON z", "{select 1 from (a left (b cross c) on z)}"},
      {"SELECT 1 FROM (SELECT 2) AS t, (SELECT 3 UNION SELECT 4) u",
       "{select 1 from {select 2} as t, {select 3 union select 4} as u}"},
      {"SELECT 1 UNION ALL SELECT 2 UNION DISTINCT SELECT 3 ORDER BY 1 LIMIT 1",
       "{select 1 union all select 2 union select 3 order 1 limit 1}"},
      {"(SELECT 1 ORDER BY 1 LIMIT 1) UNION (SELECT 2)", "{{select 1 order 1 limit 1} union {select 2}}"},
      {"((SELECT 1))", "{select 1}"},
      {"SELECT (SELECT 1) + ((SELECT 2) + 3)", "{select ({select 1} + ({select 2} + 3))}"},
      {"SELECT a FROM t WHERE (b, c) IN (SELECT 1, 2) AND d = (SELECT MAX(x) FROM y)",
       "{select a from t where ((row(b, c) in {select 1, 2}) AND (d = {select max(x) from y}))}"},
  };
  for (const Case& c : kCases) EXPECT_EQ(parsed(c.sql), c.tree) << c.sql;
}

TEST(Select, LabelsAreAsTyped) {
  auto result =
      grammar::parse("SELECT  @@version_comment , count( * ), 'it''s', 1  +1, `a`, N'x' FROM t", {});
  ASSERT_TRUE(result.has_value());
  const auto& core = std::get<ast::SelectCore>(std::get<ast::Select>(result->statement).parts[0].body);
  std::vector<std::string> labels;
  for (const ast::SelectItem& item : core.items) labels.push_back(item.text);
  EXPECT_EQ(labels,
            (std::vector<std::string>{"@@version_comment", "count( * )", "it's", "1  +1", "`a`", "x"}));
}

TEST(Select, With) {
  EXPECT_EQ(parsed("WITH a AS (SELECT 1), b (x, y) AS (SELECT 2, 3) SELECT x FROM a, b"),
            "{with a as {select 1}, b x y as {select 2, 3} select x from a, b}");
  EXPECT_EQ(parsed("(WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a) ORDER BY 1"),
            "{{with recursive a as {select 1} select * from a} order 1}");
}

TEST(Select, WindowFunctions) {
  EXPECT_EQ(parsed("SELECT RANK() OVER (PARTITION BY a, b ORDER BY c DESC) FROM t"),
            "{select rank() over (by a, b order c desc) from t}");
  EXPECT_EQ(parsed("SELECT SUM(a) OVER (ORDER BY b ROWS 2 PRECEDING) FROM t"),
            "{select sum(a) over ( order b rows 2 before..here) from t}");
  EXPECT_EQ(parsed("SELECT COUNT(*) OVER (RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM t"),
            "{select count(*) over ( range first..last) from t}");
  EXPECT_EQ(parsed("SELECT MAX(a) over, b rows FROM t"), "{select max(a) as over, b as rows from t}");
}

}  // namespace
}  // namespace breakwater::test
