// Binds one expression: it stands in a clause of a SELECT, sees that SELECT's names and, if it is a sub-query's, those that
// the expression around the sub-query sees. One is made for each expression and thrown away.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/bind/bind_state.h"
#include "catalog/bind/bound.h"
#include "catalog/functions/function_row.h"

namespace breakwater::catalog {

class ExpressionBinder {
 public:
  /// `outer`: the expression that the SELECT of `scope` is a sub-query of, or null. All outlive this.
  ExpressionBinder(BindState& state, const Scope& scope, const Clause& clause,
                   const ExpressionBinder* outer = nullptr)
      : state_(state), scope_(scope), clause_(clause), outer_(outer) {}
  ExpressionBinder(const ExpressionBinder&) = delete;
  ExpressionBinder& operator=(const ExpressionBinder&) = delete;

  Result<Bound> bind(const ast::Expr& expr);
  /// An item of a select list, or a value by itself. `may_sleep`: SLEEP(n) may be it (Bound::sleeps).
  Result<Bound> item(const ast::Expr& node, bool may_sleep);
  /// Whether a window function was in what was bound, without those of sub-queries.
  bool windowed() const { return windowed_; }
  /// How often columns were named, also in sub-queries: those of this SELECT, then those of the SELECTs around it.
  std::vector<std::size_t> named_so_far() const;
  /// A literal or a `?`, as a value of SQLite's.
  std::string constant_as(const Bound& constant, Convert convert);

  // ---- for the functions (CallBinder)

  BindState& state() { return state_; }
  Result<Bound> argument(const ast::Expr& node);
  Result<Bound> call(const FunctionRow& row, const ast::FunctionCall& node);
  Error unknown_function(const ast::FunctionCall& node) const;
  Result<Bound> compare(ast::BinaryOp op, const Bound& left, const Bound& right);
  Result<Bound> arithmetic(ast::BinaryOp op, const Bound& a, const Bound& b);
  Result<Bound> interval_sum(const ast::Expr& base, const ast::Expr& value, const std::string& unit,
                             bool subtract);

 private:
  // bind_value.cpp: literals, names, variables; bind_expr.cpp: the rest of expressions
  Result<Bound> visit(const ast::Literal& node);
  Result<Bound> visit(const ast::ColumnRef& node);
  Result<Bound> visit(const ast::Rownum& node);
  Result<Bound> visit(const ast::SystemVariable& node);
  Result<Bound> visit(const ast::UserVariable& node);
  Result<Bound> visit(const ast::UserVariableAssignment& node);
  Result<Bound> visit(const ast::Parameter& node);
  Result<Bound> visit(const ast::Unary& node);
  Result<Bound> visit(const ast::Binary& node);
  Result<Bound> visit(const ast::FunctionCall& node);
  Result<Bound> visit(const ast::Interval& node);
  Result<Bound> visit(const ast::Case& node);
  Result<Bound> visit(const ast::In& node);
  Result<Bound> visit(const ast::Between& node);
  Result<Bound> visit(const ast::Like& node);
  Result<Bound> visit(const ast::Regexp& node);
  Result<Bound> visit(const ast::Is& node);
  Result<Bound> visit(const ast::Subquery& node);
  Result<Bound> visit(const ast::Exists& node);
  Result<Bound> visit(const ast::QuantifiedComparison& node);
  Result<Bound> visit(const ast::Row& node);
  Result<std::string> as_characters(const Bound& operand, const std::string& charset);
  Result<Bound> visit(const ast::Cast& node);
  Result<Bound> visit(const ast::Collate& node);
  Result<Bound> alias(const ast::ColumnRef& node, bool inside, bool& found) const;
  Result<Bound> number_literal(const ast::Literal& node);
  Result<Bound> temporal_literal(const ast::Literal& node);
  Bound of_value(const Value& value, bool is_literal);
  Result<Bound> minus(const ast::Unary& node);
  Result<Bound> logic(const ast::Binary& node);
  Result<Bound> bit_operation(ast::BinaryOp op, const Bound& a, const Bound& b);

  // bind_compare.cpp
  struct Pair;
  Pair comparable(const Bound& left, const Bound& right);
  Result<Bound> compare(ast::BinaryOp op, const ast::Expr& left, const ast::Expr& right);
  struct RowOperand;
  Result<> add_row(const ast::Row& row, RowOperand& out);
  Result<RowOperand> row_operand(const ast::Expr& expr);
  void compare_within(const RowOperand& of, bool other_aggregate, Bound& comparison);
  Result<Bound> compare_rows(ast::BinaryOp op, const ast::Expr& left, const ast::Expr& right);
  Result<Bound> compare_items(ast::BinaryOp op, const std::vector<Bound>& left,
                              const std::vector<Bound>& right);
  Result<Bound> order_items(ast::BinaryOp op, const std::vector<Bound>& left,
                            const std::vector<Bound>& right);
  Result<Bound> in_subquery(const ast::In& node);

  // bind_aggregate.cpp: which SELECT computes an aggregate
  Result<Bound> aggregate(const FunctionRow& row, const ast::FunctionCall& node);
  const ExpressionBinder& home_of_aggregate(const ExpressionBinder& named) const;
  const ExpressionBinder& named_since(const std::vector<std::size_t>& before) const;
  std::string column_of_a_row() const;

  // bind_function.cpp; the functions themselves are rows (call_binder.h)
  Result<Bound> call(const FunctionRow& row, const ast::FunctionCall& node, const std::string& beside);
  Result<std::vector<Bound>> arguments(const ast::FunctionCall& node);
  Result<Bound> sleep(const ast::FunctionCall& node);

  // bind_window.cpp, and moving() of bind_aggregate.cpp
  Result<std::string> window_sql(const ast::Window& window);
  Result<Bound> moving_aggregate(const ast::FunctionCall& node, const std::string& over);
  Bound moving(const std::string& name, const Bound& argument, const std::string& over) const;
  Result<Bound> ranking(const ast::FunctionCall& node, const std::string& over);
  Result<Bound> window_function(const ast::FunctionCall& node);

  // bind_oracle.cpp
  Bound never_empty(Bound b) const;
  std::optional<Bound> oracle_arithmetic(ast::BinaryOp op, const Bound& a, const Bound& b);

  bool takes_aggregates() const { return clause_.aggregates && !inside_aggregate_; }
  bool takes_windows() const { return clause_.windows && !inside_window_ && !inside_aggregate_; }
  bool frees_literals() const { return clause_.free_literals && !inside_arguments_; }

  BindState& state_;
  const Scope& scope_;
  const Clause& clause_;
  const ExpressionBinder* outer_;
  // What the part that is being bound stands in:
  bool inside_aggregate_ = false;
  bool inside_window_ = false;
  bool inside_arguments_ = false;  ///< of a function, whose result's type they may shape
  bool windowed_ = false;
  mutable std::size_t named_ = 0;  ///< how often a column of the SELECT was named
};

}  // namespace breakwater::catalog
