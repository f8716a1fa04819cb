// A function call, as it is bound: the row is found by the function's name, the arguments are counted and bound in the
// forms that the row names, and then the row's hook makes SQL of them, or there is none and the row itself says what
// becomes of them. The families whose rows have hooks are in calls_*.cpp.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/bind/bind_parts.h"
#include "catalog/bind/bind_state.h"
#include "catalog/functions/function_row.h"

namespace breakwater::catalog {

class ExpressionBinder;

/// The function that a client calls by this lower-case name; null if there is none.
const FunctionRow* find_function(std::string_view name, bool oracle);
/// Every row that find_function() may give, family by family.
std::vector<FunctionFamily> callable_families();

FunctionFamily session_calls();
FunctionFamily choice_calls();
FunctionFamily time_calls();
FunctionFamily aggregate_calls();
FunctionFamily oracle_calls();

/// A row with a hook.
constexpr FunctionRow bound_by(BindHook bind, const char* name, Arity arity, ArgKinds args = {ArgKind::as_is},
                               ResultType result = {}, Traits traits = {}) {
  return {.name = name, .arity = arity, .args = args, .result = result, .traits = traits, .bind = bind};
}

/// One call, and what its function's hook may ask of the binder.
class CallBinder {
 public:
  CallBinder(ExpressionBinder& binder, const FunctionRow& of_row, const ast::FunctionCall& call)
      : row(of_row), node(call), binder_(binder) {}

  const FunctionRow& row;
  const ast::FunctionCall& node;
  /// In their forms. One that the row takes as it is written isn't bound.
  Args args;

  std::size_t count() const { return node.args.size(); }
  const ast::Expr& written(std::size_t i) const { return *node.args[i]; }
  bool oracle() const;

  Result<> bind_arguments();
  /// Lets the arguments name this column too, whatever they are: it tells SQLite which SELECT's aggregate this is.
  void name_beside(const std::string& column);
  Result<Bound> bind_argument(std::size_t i, ArgKind kind);
  Result<Bound> bind(const ast::Expr& expr);
  /// What a call of this row is that has no hook.
  Bound ordinary() const;
  /// bw_<name>() of the arguments.
  std::string rendered(std::string_view name) const;
  /// The call as one of MySQL's function of this name.
  Result<Bound> as_in_mysql();

  Result<Bound> compare(ast::BinaryOp op, const Bound& a, const Bound& b);
  Result<Bound> arithmetic(ast::BinaryOp op, const Bound& a, const Bound& b);
  Result<Bound> interval_sum(const ast::Expr& base, const ast::Expr& value, const std::string& unit,
                             bool subtract);
  std::string slot(Slot slot);
  std::string text_slot(std::string_view text);

 private:
  ExpressionBinder& binder_;
};

/// The hook of a function that is told by its arguments alone.
template <Bound (*F)(const Args&)>
Result<Bound> of_args(CallBinder& c) {
  return F(c.args);
}

}  // namespace breakwater::catalog
