// Syntax errors: the text, the masked rest, the line, and a hint that helps.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "grammar/helpers.h"

namespace breakwater::test {
namespace {

Error error_of(std::string_view sql, const grammar::ParseOptions& options = {}) {
  auto result = grammar::parse(sql, options);
  EXPECT_FALSE(result.has_value()) << sql;
  return result ? error::internal_error() : result.error();
}

constexpr std::string_view kManual =
    "You have an error in your SQL syntax; check the manual that corresponds to your OceanBase version for "
    "the right "
    "syntax to use";

TEST(SyntaxErrors, SayWhereAndWhatWasExpected) {
  struct Case {
    std::string_view sql;
    std::string_view near;
    std::string_view hint;
  };
  static constexpr Case kCases[] = {
      {"ALTER SYSTEM SET a = 'x' TENNANT = t", "near 'TENNANT = '***'' at line 1",
       "expected a comma, COMMENT, HOST, SCOPE, SERVER, TENANT, ZONE or the end of the statement"},
      {"ALTER SYSTEM SET data_backup_dest 'x'", "near ''***'' at line 1", "expected ="},
      {"ALTER SYSTEM SET a = 'x' TENANT t COMMENT 'c'", "near 'COMMENT '***'' at line 1",
       "expected a comma or the end of the statement"},
      {"ALTER SYSTEM SET a = abc", "near ''***'' at line 1", ""},
      {"SELECT 1 FROM\n t WHERE\nORDER BY 1", "near 'ORDER BY 1' at line 3", "expected an expression"},
      {"SELECT 1 +", "near '' at line 1", "expected an expression"},
      {"SELEC 1", "near 'SELEC 1' at line 1", ""},
      {"CREATE USR u", "near 'USR u' at line 1", "expected RESOURCE, TENANT or USER"},
      {"SELECT 'abc", "near ''***'' at line 1", "a quote is not closed"},
      {"SELECT 1 /* abc", "near ''***'' at line 1", "a comment is not closed with */"},
      {"SELECT 1 \x01 2", "near ''***'' at line 1", "this character can't stand here"},
      {"CREATE RESOURCE UNIT u MAX_CPUS = 1", "near 'MAX_CPUS = 1' at line 1", ""},
      {"GRANT FLY ON *.* TO u", "near 'FLY ON *.* TO u' at line 1",
       "expected a privilege: ALTER SYSTEM, SUPER, SELECT, ALL PRIVILEGES ..."},
      {"SELECT NOW() + INTERVAL 1 DAYS", "near 'DAYS' at line 1",
       "expected a unit: SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, YEAR ..."},
      {"SELECT x'abc'", "near ''***'' at line 1", "expected an even number of hexadecimal digits"},
      {"BACKUP", "near 'BACKUP' at line 1", ""},
      {"SELECT * FROM t LIMIT x", "near 'x' at line 1", "expected a number or ?"},
  };
  for (const Case& c : kCases) {
    const Error e = error_of(c.sql);
    EXPECT_TRUE(e.is(Errc::parse_sql));
    EXPECT_EQ(e.mysql_errno(), 1064);
    EXPECT_EQ(e.text(), std::string(kManual) + " " + std::string(c.near)) << c.sql;
    if (!c.hint.empty()) {
      EXPECT_EQ(e.hint(), c.hint) << c.sql;
    }
    EXPECT_FALSE(e.hint().empty()) << c.sql;
  }
}

TEST(SyntaxErrors, ShowEightyBytesOfTheRest) {
  const Error e = error_of("SELECT 1 FROM t WHERE WHERE " + std::string(300, 'x'));
  EXPECT_EQ(e.text(), std::string(kManual) + " near 'WHERE " + std::string(74, 'x') + "' at line 1");
  const Error utf8 = error_of("SELEC " + std::string(73, 'x') + "\xC3\xA9\xC3\xA9");
  EXPECT_EQ(utf8.text(), std::string(kManual) + " near 'SELEC " + std::string(73, 'x') + "' at line 1");
}

TEST(SyntaxErrors, SeveralStatementsAre1149) {
  const Error e = error_of("SELECT 1; SELECT 2");
  EXPECT_EQ(e.mysql_errno(), 1149);
  EXPECT_EQ(e.text(), kManual);
  EXPECT_TRUE(grammar::parse("SELECT 1;;", {}).has_value());
}

// ---- bounds

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string too_deep() {
  return "the statement is nested deeper than " + std::to_string(limits::kMaxNestingDepth) + " levels";
}

TEST(Bounds, DeepNestingIsRefusedBeforeParsing) {
  constexpr std::size_t kDeep = 90'000;
  for (const std::string& sql : {
           "SELECT " + std::string(kDeep, '(') + "1" + std::string(kDeep, ')'),
           "SELECT " + repeated("NOT ", kDeep) + "1",
           "SELECT " + repeated("- ", kDeep) + "1",
           "SELECT " + repeated("CASE WHEN ", 50'000) + "1",
           "SELECT " + repeated("@a := ", 50'000) + "1",
           "SELECT " + repeated("f(", 50'000) + "1" + repeated(")", 50'000),
           "SELECT " + repeated("end(", 50'000),
           "SELECT " + repeated("(SELECT ", 50'000) + "1",
           "SELECT " + repeated("1 + INTERVAL ", 30'000) + "1",
           "SELECT 1 FROM " + repeated("(a JOIN ", 40'000),
           "SELECT 1" + repeated(" + 1", 90'000),
           "SELECT 1" + repeated(" = 1", 90'000),
           "SELECT a" + repeated(" IS NULL", 90'000),
           "SELECT a" + repeated(" COLLATE b", 90'000),
           "SELECT 1 FROM a" + repeated(" JOIN a", 50'000),
       }) {
    const Error e = error_of(sql);
    EXPECT_EQ(e.hint(), too_deep()) << sql.substr(0, 40);
    EXPECT_LE(e.text().size(), kMaxErrorText);
  }
}

TEST(Bounds, DepthsAtTheLimitParse) {
  const std::size_t deep = limits::kMaxNestingDepth - 8;
  EXPECT_TRUE(
      grammar::parse("SELECT " + std::string(deep, '(') + "1" + std::string(deep, ')'), {}).has_value());
  EXPECT_TRUE(
      grammar::parse("SELECT " + repeated("f(", deep / 2) + "1" + repeated(")", deep / 2), {}).has_value());
  EXPECT_TRUE(grammar::parse("SELECT " + repeated("(SELECT ", deep / 3) + "1" + repeated(")", deep / 3), {})
                  .has_value());
  EXPECT_TRUE(grammar::parse("SELECT 1" + repeated(" + 1", deep), {}).has_value());
}

std::size_t depth_of(const ast::ExprPtr& expr) {
  const auto* binary = std::get_if<ast::Binary>(&expr->node);
  return binary == nullptr ? 1 : 1 + std::max(depth_of(binary->left), depth_of(binary->right));
}

TEST(Bounds, LongChainsOfAndOrAreBalanced) {
  for (const std::string_view op : {" OR ", " AND ", " XOR "}) {
    auto result = grammar::parse("SELECT 1" + repeated(std::string(op) + "1", 49'999), {});
    ASSERT_TRUE(result.has_value()) << result.error().hint();
    const auto& core = std::get<ast::SelectCore>(std::get<ast::Select>(result->statement).parts[0].body);
    EXPECT_LE(depth_of(std::get<ast::ExprPtr>(core.items[0].what)), 18U);
  }
  // a hundred thousand comparisons: more tokens than a statement may have
  EXPECT_NE(error_of("SELECT a=1" + repeated(" OR a=1", 100'000)).hint().find("words and symbols"),
            std::string::npos);
}

TEST(Bounds, ALargeLiteralParses) {
  std::string sql = "SELECT '" + std::string(limits::kMaxStatementBytes - 16, 'x') + "'";
  auto result = grammar::parse(sql, {});
  ASSERT_TRUE(result.has_value());
  const auto& core = std::get<ast::SelectCore>(std::get<ast::Select>(result->statement).parts[0].body);
  EXPECT_EQ(std::get<ast::Literal>(std::get<ast::ExprPtr>(core.items[0].what)->node).text.size(),
            limits::kMaxStatementBytes - 16);
  sql += std::string(32, ' ');
  EXPECT_EQ(error_of(sql).mysql_errno(), 1153);
}

// Whoever parses may be told to stop, and the parser is as good as new afterwards.
TEST(Bounds, AParseThatIsStopped) {
  const std::string chain = "SELECT 1" + [] {
    std::string more;
    for (int i = 0; i < 5000; ++i) more += ", 1";
    return more;
  }();
  for (const std::string& sql : {chain, chain + " FROM"}) {
    int asked = 0;
    const auto stopped = grammar::parse(sql, {}, {}, [&] { return ++asked == 10; });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().mysql_errno(), 1317);
    EXPECT_EQ(asked, 10);
  }
  int asked = 0;
  EXPECT_TRUE(grammar::parse(chain, {}, {}, [&] {
    ++asked;
    return false;
  }));
  EXPECT_GE(asked, 5000 * 2 / 64);
  EXPECT_EQ(grammar::parse(chain + " FROM", {}, {}, [] { return false; }).error().mysql_errno(), 1064);
  EXPECT_TRUE(grammar::parse("SELECT 1", {}));
}

}  // namespace
}  // namespace breakwater::test
