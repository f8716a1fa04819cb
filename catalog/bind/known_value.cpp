// Values that are there without a run of the engine: what SET is mostly given.
#include <limits>
#include <type_traits>
#include <utility>

#include "base/text.h"
#include "catalog/bind/plan.h"
#include "catalog/bind/query.h"
#include "catalog/values/decimal.h"
#include "catalog/values/number.h"

namespace breakwater::catalog {
namespace {

std::optional<Value> value_of(const ast::Literal& literal, bool oracle) {
  switch (literal.kind) {
    case ast::LiteralKind::decimal:
      if (auto exact = decimal::parse(literal.text)) return *std::move(exact);
      return number::real_of(literal.text);
    case ast::LiteralKind::string:
      if (oracle && literal.text.empty()) return Value{};
      return literal_value(literal.kind, literal.text);
    case ast::LiteralKind::null:
    case ast::LiteralKind::boolean:
    case ast::LiteralKind::real:
    case ast::LiteralKind::hex:
      return literal_value(literal.kind, literal.text);
    case ast::LiteralKind::integer:
      if (!whole_number<std::uint64_t>(literal.text)) return std::nullopt;
      return literal_value(literal.kind, literal.text);
    case ast::LiteralKind::date:
    case ast::LiteralKind::time:
    case ast::LiteralKind::timestamp:
      break;
  }
  return std::nullopt;
}

/// Of integers alone: what a sign makes of others is the engine's business.
std::optional<Value> value_of(const ast::Unary& unary) {
  const auto* literal = std::get_if<ast::Literal>(&unary.operand->node);
  if (literal == nullptr || literal->kind != ast::LiteralKind::integer) return std::nullopt;
  const auto number = whole_number<std::int64_t>(literal->text);
  if (!number) return std::nullopt;
  if (unary.op == ast::UnaryOp::minus) return Value(-*number);
  if (unary.op == ast::UnaryOp::plus) return Value(*number);
  return std::nullopt;
}

}  // namespace

std::optional<Result<Value>> known_value(const ast::Expr& expr, const Variables& variables, bool oracle) {
  std::optional<Value> value;
  if (const auto* literal = std::get_if<ast::Literal>(&expr.node)) {
    value = value_of(*literal, oracle);
  } else if (const auto* unary = std::get_if<ast::Unary>(&expr.node)) {
    value = value_of(*unary);
  } else if (const auto* user = std::get_if<ast::UserVariable>(&expr.node)) {
    value = variables.user_variable(user->name);
  } else if (const auto* system = std::get_if<ast::SystemVariable>(&expr.node)) {
    return variables.system_variable(system->scope, system->name);
  }
  if (!value) return std::nullopt;
  return Result<Value>(*std::move(value));
}

}  // namespace breakwater::catalog
