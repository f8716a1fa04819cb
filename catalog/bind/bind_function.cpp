// Function calls: finding the row, counting, binding and converting the arguments, and the result's type.
#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "catalog/bind/call_binder.h"
#include "catalog/bind/expression_binder.h"
#include "catalog/values/number.h"

namespace breakwater::catalog {

std::vector<FunctionFamily> callable_families() {
  std::vector<FunctionFamily> families = {session_calls(), choice_calls(), time_calls(), aggregate_calls(),
                                          oracle_calls()};
  const auto runnable = runnable_families();
  families.insert(families.end(), runnable.begin(), runnable.end());
  return families;
}

namespace {

using FunctionMap = std::unordered_map<std::string_view, const FunctionRow*>;

/// Oracle's own stand in for MySQL's of the same name.
FunctionMap map_of(bool oracle) {
  FunctionMap map;
  const auto add = [&](Dialects dialects) {
    for (const FunctionFamily& family : callable_families()) {
      for (const FunctionRow& row : family) {
        if (row.dialects == dialects) map.emplace(row.name, &row);
      }
    }
  };
  if (oracle) add(Dialects::oracle);
  add(Dialects::every);
  return map;
}

}  // namespace

const FunctionRow* find_function(std::string_view name, bool oracle) {
  static const FunctionMap kMysqls = map_of(false);
  static const FunctionMap kOracles = map_of(true);
  const FunctionMap& map = oracle ? kOracles : kMysqls;
  const auto found = map.find(name);
  return found == map.end() ? nullptr : found->second;
}

// ---- the result of a call without a hook

namespace {

constexpr std::uint32_t kFlagWidth = 1;

/// The integer that is written there, with or without a minus sign.
std::optional<std::int64_t> written_integer(const ast::Expr& node) {
  const auto* minus = std::get_if<ast::Unary>(&node.node);
  const bool negative = minus != nullptr && minus->op == ast::UnaryOp::minus;
  const auto* literal = std::get_if<ast::Literal>(&(negative ? *minus->operand : node).node);
  if (literal != nullptr && literal->kind == ast::LiteralKind::hex) {
    std::uint64_t bits = 0;
    for (const char byte : literal->text) bits = bits << 8U | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(bits) * (negative ? -1 : 1);
  }
  if (literal == nullptr || literal->kind != ast::LiteralKind::integer) return std::nullopt;
  const std::int64_t value = number::int64_of(literal->text);
  return negative ? -value : value;
}

SqlType rounded_type(const Args& args, const ast::FunctionCall& node) {
  const SqlType& type = args[0].type;
  if (type.kind == Kind::integer) return type;
  const auto digits = node.args.size() > 1 ? written_integer(*node.args[1]) : std::optional<std::int64_t>(0);
  const auto scale = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(digits.value_or(type.decimals), 0, kNotFixedDecimals));
  if (type.kind == Kind::real) return real_type(type.nullable, digits ? scale : kNotFixedDecimals);
  const std::uint32_t kept = std::min<std::uint32_t>(scale, kMaxDecimalScale);
  return decimal_type(digits_of(type) - type.decimals + kept + 1, kept, type.nullable);
}

/// FLOOR, CEILING: an integer where the digits in front of the point fit one.
SqlType whole_type(const SqlType& type, bool nullable) {
  constexpr std::uint32_t kWidestInteger = 20;  // with the sign and the point, as MySQL counts
  if (type.kind == Kind::real) return real_type(type.nullable, 0);
  if (type.kind != Kind::decimal) return type;
  const std::uint32_t whole = digits_of(type) - type.decimals;
  return whole + 2 < kWidestInteger ? integer_type(whole + 1, nullable) : decimal_type(whole, 0, nullable);
}

std::uint64_t summed_length(const Args& args) {
  std::uint64_t length = 0;
  for (const Bound& b : args) length += text_length(b.type);
  return length;
}

/// The count that is written as that argument; where none is, the most that a text has.
std::uint64_t written_count(const ast::FunctionCall& node, std::size_t i) {
  const auto count = written_integer(*node.args[i]);
  return count ? static_cast<std::uint64_t>(std::clamp<std::int64_t>(*count, 0, kLongTextLength))
               : kLongTextLength;
}

std::uint64_t replaced_length(const Args& args) {
  const std::uint64_t text = text_length(args[0].type);
  const std::uint64_t from = std::max<std::uint64_t>(text_length(args[1].type), 1);
  const std::uint64_t to = text_length(args[2].type);
  return to <= from ? text : text + text / from * (to - from);
}

/// The most characters that the functions which make a text longer can make of these arguments.
std::uint64_t longest_text(const ResultType& result, const Args& args, const ast::FunctionCall& node) {
  const std::uint64_t first = text_length(args[0].type);
  switch (result.rule) {
    case Rule::counted:
      return written_count(node, result.length);
    case Rule::repeated:
      return std::min<std::uint64_t>(first, kLongTextLength) * written_count(node, 1);
    case Rule::inserted:
      return first + text_length(args[3].type);
    case Rule::hex_digits:
      return 2 * std::max<std::uint64_t>(first, kBigintWidth);
    case Rule::quoted:
      return 2 * first + 2;
    case Rule::grouped_digits:
      return 2 * first + kMaxDecimalScale;
    case Rule::base64_digits: {
      constexpr std::uint64_t kLine = 76;
      const std::uint64_t digits =
          (first * (args[0].type.collation == Collation::binary ? 1 : 4) + 2) / 3 * 4;
      return digits + digits / kLine;
    }
    case Rule::listed:
      return summed_length(args) + args.size();
    case Rule::exported:
      return 64 * (std::max(text_length(args[1].type), text_length(args[2].type)) +
                   (args.size() > 3 ? text_length(args[3].type) : 1));
    default:
      return replaced_length(args);
  }
}

SqlType result_type(const FunctionRow& row, const Args& args, const ast::FunctionCall& node) {
  const bool null =
      row.traits.may_be_null ||
      (!row.traits.sees_null && std::ranges::any_of(args, [](const Bound& b) { return b.type.nullable; }));
  const std::uint32_t length = row.result.length;
  switch (row.result.rule) {
    case Rule::bound:
      break;
    case Rule::boolean:
      return integer_type(kFlagWidth, null);
    case Rule::integer:
      return integer_type(length == 0 ? kBigintWidth : length, null);
    case Rule::unsigned_integer:
      return integer_type(length, null, true);
    case Rule::real:
      return real_type(null);
    case Rule::same_number:
      return args[0].type;
    case Rule::rounded:
      return rounded_type(args, node);
    case Rule::whole_number:
      return whole_type(args[0].type, null);
    case Rule::text:
      return text_type(length == 0 ? text_length(args[0].type) : length,
                       length == 0 ? text_collation(args) : Collation::general_ci, null);
    case Rule::text_sum:
      return text_type(summed_length(args), text_collation(args), null);
    case Rule::hex_digits:
    case Rule::base64_digits:
      return text_type(longest_text(row.result, args, node), Collation::general_ci, null);
    case Rule::counted:
    case Rule::repeated:
    case Rule::inserted:
    case Rule::quoted:
    case Rule::grouped_digits:
    case Rule::listed:
    case Rule::exported:
    case Rule::replaced:
      return text_type(longest_text(row.result, args, node), text_collation(args), null);
    case Rule::binary:
      return text_type(length != 0 ? length : summed_length(args), Collation::binary, null);
    case Rule::datetime: {
      std::uint32_t decimals = second_decimals(args[0], length);
      // TIMESTAMP(date, time)
      if (args.size() == 2) decimals = std::max(decimals, second_decimals(args[1], length));
      return datetime_type(decimals, null);
    }
    case Rule::date:
      return date_type(true);
    case Rule::time: {
      std::uint32_t decimals = 0;
      for (const Bound& b : args) decimals = std::max(decimals, second_decimals(b, length));
      return time_type(decimals, true);
    }
  }
  return {};
}

std::string sql_of(const Bound& b, ArgKind kind) {
  switch (kind) {
    case ArgKind::text:
      return as_text(b);
    case ArgKind::integer:
      return as_integer(b);
    case ArgKind::count:
      return b.wide ? "bw_count_of(" + b.sql + ")" : as_integer(b);
    case ArgKind::decimal:
      return as_decimal(b);
    case ArgKind::unsigned_integer:
      return as_unsigned(b);
    case ArgKind::real:
      return as_real(b);
    case ArgKind::datetime:
      return as_datetime(b);
    case ArgKind::date:
      return as_date(b);
    case ArgKind::time:
      return as_time(b);
    case ArgKind::integer_or_text:
      if (b.type.kind == Kind::integer) return b.sql;
      return b.type.kind == Kind::real || b.type.kind == Kind::decimal ? as_integer(b) : as_text(b);
    case ArgKind::any_number:
    case ArgKind::as_is:
    case ArgKind::written:
      break;
  }
  return b.sql;
}

}  // namespace

// ---- CallBinder

bool CallBinder::oracle() const {
  return binder_.state().oracle;
}

Result<Bound> CallBinder::bind_argument(std::size_t i, ArgKind kind) {
  BW_TRY(Bound b, binder_.argument(written(i)));
  if (kind == ArgKind::any_number) b = as_number(std::move(b));
  b.sql = sql_of(b, kind);
  // What is no date becomes NULL.
  if (kind == ArgKind::datetime || kind == ArgKind::date || kind == ArgKind::time) b.type.nullable = true;
  return b;
}

Result<> CallBinder::bind_arguments() {
  for (std::size_t i = 0; i < count(); ++i) {
    Bound b;
    if (row.args[i] != ArgKind::written) {
      BW_TRY(b, bind_argument(i, row.args[i]));
    }
    args.push_back(std::move(b));
  }
  return {};
}

void CallBinder::name_beside(const std::string& column) {
  for (Bound& b : args) {
    b.sql = "iif(1," + b.sql + "," + column + ")";
    b.literal = nullptr;
    b.parameter.reset();
    b.column = false;
  }
}

Result<Bound> CallBinder::bind(const ast::Expr& expr) {
  return binder_.bind(expr);
}

std::string CallBinder::rendered(std::string_view name) const {
  std::string sql = "bw_" + std::string(name) + "(";
  for (std::size_t i = 0; i < args.size(); ++i) sql += (i == 0 ? "" : ",") + args[i].sql;
  if (row.traits.collates) sql += "," + std::to_string(static_cast<int>(text_collation(args)));
  return sql + ")";
}

Bound CallBinder::ordinary() const {
  Bound b = bound_of(rendered(row.name), result_type(row, args, node));
  const Rule rule = row.result.rule;
  if (rule == Rule::whole_number && args[0].type.kind == Kind::decimal && b.type.kind == Kind::integer)
    b.sql = "bw_int_of_decimal(" + b.sql + ")";
  b.unrounded = rule == Rule::same_number && args[0].unrounded;
  return b;
}

Result<Bound> CallBinder::as_in_mysql() {
  const FunctionRow* mysqls = find_function(node.name, false);
  if (mysqls == nullptr) return fail(binder_.unknown_function(node));
  return binder_.call(*mysqls, node);
}

Result<Bound> CallBinder::compare(ast::BinaryOp op, const Bound& a, const Bound& b) {
  return binder_.compare(op, a, b);
}

Result<Bound> CallBinder::arithmetic(ast::BinaryOp op, const Bound& a, const Bound& b) {
  return binder_.arithmetic(op, a, b);
}

Result<Bound> CallBinder::interval_sum(const ast::Expr& base, const ast::Expr& value, const std::string& unit,
                                       bool subtract) {
  return binder_.interval_sum(base, value, unit, subtract);
}

std::string CallBinder::slot(Slot slot) {
  return binder_.state().slot(std::move(slot));
}

std::string CallBinder::text_slot(std::string_view text) {
  return binder_.state().text_slot(text);
}

// ---- calls

Error ExpressionBinder::unknown_function(const ast::FunctionCall& node) const {
  const std::string schema(state_.context.database);
  return error::function_unknown((schema.empty() ? "" : schema + ".") + node.name);
}

Result<Bound> ExpressionBinder::call(const FunctionRow& row, const ast::FunctionCall& node) {
  return row.traits.aggregate ? aggregate(row, node) : call(row, node, {});
}

// `beside`: what the arguments name as well, without a meaning.
Result<Bound> ExpressionBinder::call(const FunctionRow& row, const ast::FunctionCall& node,
                                     const std::string& beside) {
  const Traits& traits = row.traits;
  if (traits.aggregate && !takes_aggregates()) return fail(error::invalid_group_func_use());
  const bool star = traits.aggregate && node.star;
  if (star && !traits.takes_star) return fail(error::parse_sql());
  if (!star && !row.arity.allows(node.args.size())) return fail(wrong_count(node));
  CallBinder call(*this, row, node);
  if (traits.aggregate) inside_aggregate_ = true;
  BW_CHECK(call.bind_arguments());
  if (!beside.empty()) call.name_beside(beside);
  BW_TRY(Bound b, row.bind == nullptr ? call.ordinary() : row.bind(call));
  if (traits.aggregate) inside_aggregate_ = false;
  b.aggregate = b.aggregate || any_aggregate(call.args);
  if (b.display.empty()) b.display = node.name + "()";
  return row.bind == nullptr || traits.empty_is_null ? never_empty(std::move(b)) : b;
}

Result<Bound> ExpressionBinder::visit(const ast::FunctionCall& node) {
  if (node.over != nullptr) return window_function(node);
  const FunctionRow* row = find_function(node.name, state_.oracle);
  if (row == nullptr) return fail(unknown_function(node));
  return call(*row, node);
}

Result<Bound> ExpressionBinder::argument(const ast::Expr& node) {
  const bool outside = std::exchange(inside_arguments_, true);
  auto b = bind(node);
  inside_arguments_ = outside;
  return b;
}

Result<std::vector<Bound>> ExpressionBinder::arguments(const ast::FunctionCall& node) {
  std::vector<Bound> args;
  for (const auto& arg : node.args) {
    BW_TRY(Bound b, argument(*arg));
    args.push_back(std::move(b));
  }
  return args;
}

Result<Bound> ExpressionBinder::item(const ast::Expr& node, bool may_sleep) {
  const auto* call = std::get_if<ast::FunctionCall>(&node.node);
  const bool sleeps = may_sleep && call != nullptr && call->name == "sleep" && call->over == nullptr;
  return sleeps ? sleep(*call) : bind(node);
}

Result<Bound> ExpressionBinder::sleep(const ast::FunctionCall& node) {
  if (node.args.size() != 1) return fail(wrong_count(node));
  BW_TRY(const Bound seconds, bind(*node.args[0]));
  Bound b = bound_of(as_real(seconds), integer_type(kBigintWidth, false));
  b.aggregate = seconds.aggregate;
  b.sleeps = true;
  return b;
}

}  // namespace breakwater::catalog
