// Binds a SELECT, clause by clause. What may stand in a clause is said by its Clause; its expressions are an
// ExpressionBinder's, its tables a FromBinder's.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/bind/bind_state.h"
#include "catalog/bind/bound.h"
#include "catalog/bind/expression_binder.h"

namespace breakwater::catalog {

class SelectBinder {
 public:
  /// `outer`: the expression that the SELECT is a sub-query of; null if it sees no names but its own.
  explicit SelectBinder(BindState& state, const ExpressionBinder* outer = nullptr)
      : state_(state), outer_(outer) {}

  Result<BoundSelect> bind(const ast::Select& select);
  /// The SELECTs of a recursive table; those from `first_step` on name the table itself.
  Result<BoundSelect> bind_recursive(const ast::CommonTable& table, std::size_t first_step,
                                     Recursion& recursion);

 private:
  struct Core;
  struct UnionPart;
  Result<BoundSelect> body(const ast::Select& select);
  /// `keeps_order`: the rows are numbered before they are grouped.
  Result<Core> core(const ast::SelectCore& core, bool keeps_order = false);
  Result<> select_list(const ast::SelectCore& core, Core& out);
  Result<> filter(const ast::SelectCore& core, Core& out);
  Result<std::string> group(const ast::SelectCore& core, Core& out);
  Result<std::string> group_term(const ast::Expr& key, const Core& out);
  Result<> having(const ast::SelectCore& core, Core& out);
  Result<> make_table_of_groups(const ast::SelectCore& core, Core& out);
  Result<std::string> order_of(const ast::Select& select, const ast::SelectCore& core, Core& parts);
  Result<std::string> order(const std::vector<ast::OrderItem>& items, const Scope& scope,
                            std::vector<Bound>& columns, const std::vector<std::string>& labels);
  Result<std::string> order_term(const ast::Expr& expr, const Scope& scope, std::vector<Bound>& columns,
                                 const std::vector<std::string>& labels);
  Result<std::string> limit(const std::optional<ast::LimitClause>& limit);
  Result<std::string> limit_value(const ast::Expr& expr);

  Result<BoundSelect> compound(const ast::Select& select);
  Result<UnionPart> union_part(const ast::Select::Part& part);
  static std::vector<SqlType> union_types(const std::vector<UnionPart>& parts, BoundSelect& out);
  Result<std::vector<UnionPart>> union_parts(std::span<const ast::Select::Part> parts);
  Result<std::string> ordered_union(const ast::Select& select, std::vector<Bound>& columns,
                                    const std::vector<std::string>& labels, const std::string& sql);
  Result<std::string> recursive_step(const ast::CommonTable& table, const ast::SelectCore& core,
                                     const std::vector<SqlType>& types, Recursion& recursion);
  Result<> open_with(const ast::Select& node);

  // bind_oracle.cpp
  Result<std::string> rownum_condition(const ast::Expr& condition, const std::string& rownum);
  Result<std::string> numbered_rows(const ast::SelectCore& core, const std::string& from, Scope& scope,
                                    bool& filtered);

  BindState& state_;
  const ExpressionBinder* outer_;
};

/// The statement's SELECT, its results shown as Oracle shows them. Of an Oracle tenant.
void show_oracle_results(BindState& state, BoundSelect& bound);

}  // namespace breakwater::catalog
