// split_off() and fingerprint().
#include <algorithm>
#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "grammar/helpers.h"

namespace breakwater::test {
namespace {

using Parts = std::vector<std::string_view>;

Parts parts_of(std::string_view sql, const grammar::ParseOptions& options) {
  Parts parts;
  do {
    parts.push_back(grammar::split_off(sql, options));
  } while (!sql.empty());
  return parts;
}

TEST(Split, AtTheSemicolonsBetweenStatements) {
  EXPECT_EQ(parts_of("a; b ;c", {}), (Parts{"a", " b ", "c"}));
  EXPECT_EQ(parts_of("a;", {}), (Parts{"a"}));
  EXPECT_EQ(parts_of("a; -- x\n ", {}), (Parts{"a"}));
  EXPECT_EQ(parts_of("a;;b", {}), (Parts{"a", "", "b"}));
  EXPECT_EQ(parts_of("", {}), (Parts{""}));
  EXPECT_EQ(parts_of(" /* x */", {}), (Parts{" /* x */"}));
  EXPECT_EQ(parts_of("';' ; \";\" /* ; */ ; `;` -- ;\n", {}),
            (Parts{"';' ", " \";\" /* ; */ ", " `;` -- ;\n"}));
  EXPECT_EQ(parts_of("'\\'; a'; b", {}), (Parts{"'\\'; a'", " b"}));
  EXPECT_EQ(parts_of("'\\'; a'; b", {.no_backslash_escapes = true}).size(), 2U);
  EXPECT_EQ(parts_of("a; 'b; c", {}), (Parts{"a", " 'b; c"}));
  EXPECT_EQ(parts_of(";", {}), (Parts{""}));
  EXPECT_EQ(parts_of(";; ", {}), (Parts{"", ""}));
}

grammar::Fingerprint print_of(std::string_view sql, const grammar::ParseOptions& options = {}) {
  grammar::Fingerprint out;
  grammar::fingerprint(sql, options, out);
  return out;
}

TEST(Fingerprint, TakesTheLiteralsOut) {
  const auto f = print_of(
      " /* c */ SELECT a  + 1, 'it''s', 1.5, .5e3, x'4142' FROM t WHERE b = \"x\" /* d */ LIMIT 7 ; ");
  EXPECT_TRUE(f.cacheable);
  EXPECT_EQ(f.key, "SELECT a  + ?i, ?s, ?d, ?r, ?x FROM t WHERE b = ?s /* d */ LIMIT ?i");
  ASSERT_EQ(f.literals.size(), 7U);
  EXPECT_EQ(f.literals[0].text(), "1");
  EXPECT_EQ(f.literals[1].text(), "it's");
  EXPECT_EQ(f.literals[1].token, "'it''s'");
  EXPECT_EQ(f.literals[4].text(), "AB");
  EXPECT_EQ(f.literals[5].text(), "x");
}

TEST(Fingerprint, LeavesAloneWhatOnlyTheParserCanJudge) {
  EXPECT_FALSE(print_of("SELECT 'a' 'b'").cacheable);
  EXPECT_FALSE(print_of("SELECT /*! 1 */").cacheable);
  EXPECT_FALSE(print_of("SELECT 'a").cacheable);
  EXPECT_FALSE(print_of("SELECT 1; SELECT 2").cacheable);
  EXPECT_FALSE(print_of("SHOW TABLES LIKE 'x'").cacheable);
  EXPECT_FALSE(print_of("SET a = 1").cacheable);
  EXPECT_FALSE(print_of("ALTER SYSTEM SET a = 'x'").cacheable);
  EXPECT_FALSE(print_of("SELECT x'abc'").cacheable);
  EXPECT_FALSE(print_of("").cacheable);
  EXPECT_TRUE(print_of("SHOW TABLES").cacheable);
  EXPECT_TRUE(print_of("(SELECT 1) UNION (SELECT 2)").cacheable);
  EXPECT_EQ(print_of("SELECT ?, 1", {.parameters = true}).key, "SELECT ?p, ?i");
}

TEST(Fingerprint, ItsMemoryIsUsedAgain) {
  grammar::Fingerprint out;
  grammar::fingerprint("SELECT 'a''b', 2, 3", {}, out);
  grammar::fingerprint("SELECT 'c'", {}, out);
  ASSERT_EQ(out.literals.size(), 1U);
  EXPECT_EQ(out.literals[0].text(), "c");
  EXPECT_EQ(out.key, "SELECT ?s");
}

// ---- the scanner and the parser agree

/// All ast::Literal of a SELECT that stand in the text.
class Literals {
 public:
  explicit Literals(const ast::Select& select) { add(select); }
  std::map<std::uint32_t, std::string> found;

 private:
  void add(const ast::ExprPtr& expr) {
    if (expr == nullptr) return;
    std::visit([this](const auto& node) { visit(node); }, expr->node);
  }
  void add(const std::vector<ast::ExprPtr>& list) {
    for (const auto& expr : list) add(expr);
  }
  void add(const ast::SelectPtr& select) {
    if (select != nullptr) add(*select);
  }
  void add(const ast::TableRef& ref) {
    if (const auto* join = std::get_if<ast::Join>(&ref.node)) {
      add(*join->left);
      add(*join->right);
      add(join->on);
    } else if (const auto* derived = std::get_if<ast::DerivedTable>(&ref.node)) {
      add(derived->select);
    }
  }
  void add(const ast::SelectCore& core) {
    for (const auto& item : core.items) {
      if (const auto* expr = std::get_if<ast::ExprPtr>(&item.what)) add(*expr);
    }
    for (const auto& ref : core.from) add(ref);
    add(core.where);
    add(core.group_by);
    add(core.having);
  }
  void add(const ast::Select& select) {
    for (const auto& part : select.parts) {
      if (const auto* core = std::get_if<ast::SelectCore>(&part.body)) add(*core);
      if (const auto* inner = std::get_if<ast::SelectPtr>(&part.body)) add(*inner);
    }
    for (const auto& item : select.order_by) add(item.expr);
    if (select.limit) {
      add(select.limit->count);
      add(select.limit->offset);
    }
  }
  void visit(const ast::Literal& l) {
    if (l.offset != ast::Literal::kNotInText) found[l.offset] = l.text;
  }
  void visit(const ast::UserVariableAssignment& n) { add(n.value); }
  void visit(const ast::Unary& n) { add(n.operand); }
  void visit(const ast::Binary& n) {
    add(n.left);
    add(n.right);
  }
  void visit(const ast::FunctionCall& n) {
    add(n.args);
    for (const auto& item : n.order_by) add(item.expr);
  }
  void visit(const ast::Interval& n) { add(n.value); }
  void visit(const ast::Case& n) {
    add(n.operand);
    for (const auto& branch : n.branches) {
      add(branch.when);
      add(branch.then);
    }
    add(n.otherwise);
  }
  void visit(const ast::In& n) {
    add(n.operand);
    add(n.list);
    add(n.subquery);
  }
  void visit(const ast::Between& n) {
    add(n.operand);
    add(n.low);
    add(n.high);
  }
  void visit(const ast::Like& n) {
    add(n.operand);
    add(n.pattern);
    add(n.escape);
  }
  void visit(const ast::Regexp& n) {
    add(n.operand);
    add(n.pattern);
  }
  void visit(const ast::Is& n) { add(n.operand); }
  void visit(const ast::Subquery& n) { add(n.select); }
  void visit(const ast::Exists& n) { add(n.select); }
  void visit(const ast::QuantifiedComparison& n) {
    add(n.operand);
    add(n.select);
  }
  void visit(const ast::Row& n) { add(n.items); }
  void visit(const ast::Cast& n) { add(n.operand); }
  void visit(const ast::Collate& n) { add(n.operand); }
  void visit(const auto& /*leaf*/) {}
};

/// Every literal of the tree is listed with its place and its value; what is listed beyond is no literal
/// there.
void expect_agreement(const std::string& sql, std::size_t not_in_tree) {
  auto result = grammar::parse(sql, {});
  ASSERT_TRUE(result.has_value()) << sql;
  const auto* select = std::get_if<ast::Select>(&result->statement);
  ASSERT_NE(select, nullptr);
  const auto f = print_of(sql);
  ASSERT_TRUE(f.cacheable) << sql;
  const Literals in_tree(*select);
  std::map<std::uint32_t, std::string> listed;
  for (const auto& literal : f.literals) listed[literal.offset] = literal.text();
  for (const auto& [offset, text] : in_tree.found) {
    ASSERT_TRUE(listed.contains(offset)) << sql << " at " << offset;
    EXPECT_EQ(listed[offset], text) << sql;
  }
  EXPECT_EQ(listed.size(), in_tree.found.size() + not_in_tree) << sql;
}

TEST(Fingerprint, AgreesWithTheParserAboutLiterals) {
  for (const std::string& sql : corpus()) {
    if (sql.starts_with("SELECT")) expect_agreement(sql, 0);
  }
  expect_agreement(
      "SELECT 'a\\'b', 1e5, .5, 1.5, 2., 0x41, x'42', b'1', N'n', _utf8mb4'u' FROM t1 WHERE 1a = `b'` AND "
      "c='d'",
      0);
  expect_agreement(
      "SELECT DATE '2020-01-01' + INTERVAL '1' DAY, CASE 1 WHEN 2 THEN '3' END, a LIKE 'x' ESCAPE '|'", 0);
  expect_agreement("SELECT @`v'`, @'w', @@x, -1, 1-1, 5 FROM t LIMIT 3, 4", 0);
  expect_agreement("SELECT 1 'alias', 2 AS 'x', CAST(a AS CHAR(10)), GROUP_CONCAT(a SEPARATOR ',')", 4);
  expect_agreement("(SELECT 1 -- '\n) UNION /* \" */ SELECT '2' # '3'", 0);
}

}  // namespace
}  // namespace breakwater::test
