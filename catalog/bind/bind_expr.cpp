// Operators, CASE, CAST and sub-queries.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "catalog/bind/bind_parts.h"
#include "catalog/bind/expression_binder.h"
#include "catalog/bind/select_binder.h"
#include "catalog/values/charsets.h"
#include "catalog/values/collation.h"
#include "catalog/values/decimal.h"
#include "catalog/values/number.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

std::string_view arithmetic_name(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::add:
      return " + ";
    case ast::BinaryOp::subtract:
      return " - ";
    case ast::BinaryOp::multiply:
      return " * ";
    case ast::BinaryOp::divide:
      return " / ";
    case ast::BinaryOp::integer_divide:
      return " DIV ";
    default:
      return " % ";
  }
}

decimal::Op decimal_op(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::add:
      return decimal::Op::add;
    case ast::BinaryOp::subtract:
      return decimal::Op::subtract;
    case ast::BinaryOp::multiply:
      return decimal::Op::multiply;
    case ast::BinaryOp::divide:
      return decimal::Op::divide;
    case ast::BinaryOp::integer_divide:
      return decimal::Op::integer_divide;
    default:
      return decimal::Op::modulo;
  }
}

std::string_view integer_function(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::add:
      return "bw_iadd";
    case ast::BinaryOp::subtract:
      return "bw_isub";
    case ast::BinaryOp::multiply:
      return "bw_imul";
    case ast::BinaryOp::integer_divide:
      return "bw_idiv";
    default:
      return "bw_imod";
  }
}

}  // namespace

Result<Bound> ExpressionBinder::bind(const ast::Expr& expr) {
  const Nesting nesting(state_);
  if (nesting.too_deep()) return fail(error::not_supported("an expression nested this deeply"));
  auto bound = std::visit([&](const auto& node) { return visit(node); }, expr.node);
  if (bound) BW_CHECK(check_size(bound->sql));
  return bound;
}

// ---- operators

Result<Bound> ExpressionBinder::minus(const ast::Unary& node) {
  if (const auto* literal = std::get_if<ast::Literal>(&node.operand->node);
      literal != nullptr && literal->kind == ast::LiteralKind::integer &&
      literal->text == "9223372036854775808")
    return bound_of(integer_sql(std::numeric_limits<std::int64_t>::min()), integer_type(20, false));
  BW_TRY(Bound operand, bind(*node.operand));
  if (operand.wide && operand.literal == nullptr && !operand.bits) {
    Bound b = bound_of("bw_uneg(" + operand.sql + "," + state_.text_slot(operand.display) + ")",
                       integer_type(kBigintWidth, operand.type.nullable));
    b.aggregate = operand.aggregate;
    b.display = "-" + operand.display;
    return b;
  }
  Bound b = as_number(operand);
  b.display = "-" + operand.display;
  b.literal = nullptr;
  b.parameter.reset();
  b.column = false;
  if (b.type.kind == Kind::integer && operand.literal == nullptr)
    b.sql = "bw_ineg(" + b.sql + ")";
  else if (b.type.kind == Kind::decimal)
    b.sql = "bw_dneg(" + b.sql + ")";
  else
    b.sql = "(-" + b.sql + ")";
  b.type.is_unsigned = false;
  if (b.type.kind == Kind::integer) ++b.type.length;
  return b;
}

Result<Bound> ExpressionBinder::visit(const ast::Unary& node) {
  if (node.op == ast::UnaryOp::minus) return minus(node);
  BW_TRY(Bound b, bind(*node.operand));
  if (node.op == ast::UnaryOp::plus) return b;
  const Bound operand = b;
  b.bits.reset();
  b.literal = nullptr;
  b.parameter.reset();
  b.column = false;
  if (node.op == ast::UnaryOp::logical_not) {
    b.sql = "(NOT " + truth(operand) + ")";
    b.type = integer_type(1, b.type.nullable);
    b.wide = false;
  } else if (node.op == ast::UnaryOp::bit_not) {
    b.sql = "bw_bit_not_op(" + as_unsigned(operand) + ")";
    b.type = integer_type(kBigintWidth, b.type.nullable, true);
    b.wide = true;
  } else {
    b.sql = as_text(b);
    b.type = text_type(text_length(b.type), Collation::binary, b.type.nullable);
    b.collated = true;
    b.wide = false;
  }
  return b;
}

namespace {

/// Balanced, so that a long chain isn't deep for SQLite.
std::string balanced(const std::vector<std::string>& terms, std::size_t from, std::size_t to,
                     std::string_view op) {
  if (to - from == 1) return terms[from];
  const std::size_t middle = from + (to - from) / 2;
  return "(" + balanced(terms, from, middle, op) + std::string(op) + balanced(terms, middle, to, op) + ")";
}

}  // namespace

Result<Bound> ExpressionBinder::logic(const ast::Binary& node) {
  const std::vector<const ast::Expr*> operands = chain_of(node);
  std::vector<std::string> terms;
  Bound result = bound_of("", integer_type(1, false));
  std::size_t size = 0;
  for (const ast::Expr* operand : operands) {
    BW_TRY(const Bound b, bind(*operand));
    result.type.nullable = result.type.nullable || b.type.nullable;
    result.aggregate = result.aggregate || b.aggregate;
    terms.push_back(node.op == ast::BinaryOp::logical_xor ? "(" + truth(b) + "<>0)" : truth(b));
    size += terms.back().size();
    if (size > kMaxRenderedSql) return fail(error::not_supported("an expression this large"));
  }
  const std::string_view op = node.op == ast::BinaryOp::logical_and
                                  ? " AND "
                                  : (node.op == ast::BinaryOp::logical_or ? " OR " : "<>");
  result.sql = balanced(terms, 0, terms.size(), op);
  return result;
}

Result<Bound> ExpressionBinder::visit(const ast::Binary& node) {
  using enum ast::BinaryOp;
  switch (node.op) {
    case logical_or:
    case logical_xor:
    case logical_and:
      return logic(node);
    case equal:
    case null_safe_equal:
    case not_equal:
    case less:
    case less_equal:
    case greater:
    case greater_equal:
      return compare(node.op, *node.left, *node.right);
    default:
      break;
  }
  if (const auto* interval = std::get_if<ast::Interval>(&node.right->node);
      interval != nullptr && (node.op == add || node.op == subtract))
    return interval_sum(*node.left, *interval->value, interval->unit, node.op == subtract);
  if (const auto* interval = std::get_if<ast::Interval>(&node.left->node);
      interval != nullptr && node.op == add)
    return interval_sum(*node.right, *interval->value, interval->unit, false);
  BW_TRY(const Bound a, bind(*node.left));
  BW_TRY(const Bound b, bind(*node.right));
  if (node.op >= bit_or && node.op <= bit_xor) return bit_operation(node.op, a, b);
  return arithmetic(node.op, a, b);
}

Result<Bound> ExpressionBinder::bit_operation(ast::BinaryOp op, const Bound& a, const Bound& b) {
  std::string_view name = "bw_bit_and_op(";
  if (op == ast::BinaryOp::bit_or) name = "bw_bit_or_op(";
  if (op == ast::BinaryOp::bit_xor) name = "bw_bit_xor_op(";
  if (op == ast::BinaryOp::shift_left) name = "bw_shift_left(";
  if (op == ast::BinaryOp::shift_right) name = "bw_shift_right(";
  Bound result = bound_of(std::string(name) + as_unsigned(a) + "," + as_unsigned(b) + ")",
                          integer_type(kBigintWidth, a.type.nullable || b.type.nullable, true));
  result.wide = true;
  result.aggregate = a.aggregate || b.aggregate;
  return result;
}

namespace {

SqlType decimal_result(ast::BinaryOp op, const SqlType& a, const SqlType& b, bool nullable) {
  const std::uint32_t whole_a = digits_of(a) - scale_of(a);
  const std::uint32_t whole_b = digits_of(b) - scale_of(b);
  const std::uint32_t scale = std::max(scale_of(a), scale_of(b));
  switch (op) {
    case ast::BinaryOp::multiply:
      return decimal_type(digits_of(a) + digits_of(b), scale_of(a) + scale_of(b), nullable);
    case ast::BinaryOp::divide: {
      const std::uint32_t wanted =
          std::min<std::uint32_t>(scale_of(a) + kDivPrecisionIncrement, kMaxDecimalScale);
      return decimal_type(whole_a + scale_of(b) + wanted, wanted, nullable);
    }
    case ast::BinaryOp::modulo:
      return decimal_type(std::max(whole_a, whole_b) + scale, scale, nullable);
    default:
      return decimal_type(std::max(whole_a, whole_b) + scale + 1, scale, nullable);
  }
}

}  // namespace

Result<Bound> ExpressionBinder::arithmetic(ast::BinaryOp op, const Bound& left, const Bound& right) {
  if (left.bits) return arithmetic(op, integer_of_bits(left), right);
  if (right.bits) return arithmetic(op, left, integer_of_bits(right));
  if (state_.oracle) {
    if (auto result = oracle_arithmetic(op, left, right)) return *std::move(result);
  }
  const bool divides =
      op == ast::BinaryOp::divide || op == ast::BinaryOp::modulo || op == ast::BinaryOp::integer_divide;
  const bool nullable = divides || left.type.nullable || right.type.nullable;
  const bool integers =
      left.type.kind == Kind::integer && right.type.kind == Kind::integer && op != ast::BinaryOp::divide;
  Bound result;
  result.aggregate = left.aggregate || right.aggregate;
  result.display = "(" + left.display + std::string(arithmetic_name(op)) + right.display + ")";
  if (result.display.size() > kMaxErrorText) result.display.resize(kMaxErrorText);
  const std::string text = state_.text_slot(result.display);
  if (integers) {
    const bool is_unsigned =
        op == ast::BinaryOp::modulo ? left.type.is_unsigned : left.type.is_unsigned || right.type.is_unsigned;
    result.sql = std::string(integer_function(op)) + "(" + left.sql + "," + right.sql + "," +
                 (left.type.is_unsigned ? "1" : "0") + "," + (right.type.is_unsigned ? "1" : "0") + "," +
                 text + ")";
    result.type = integer_type(std::min(std::max(left.type.length, right.type.length) + 2, kBigintWidth),
                               nullable, is_unsigned);
    result.wide = result.type.is_unsigned;
    return result;
  }
  // DIV divides decimals whatever it is given, as MySQL does: a DOUBLE has too few digits for a BIGINT.
  const bool exact = op == ast::BinaryOp::integer_divide;
  const auto number = [&](const Bound& side) {
    return exact && side.type.kind == Kind::text && !side.bits ? side : as_number(side);
  };
  const Bound a = number(left);
  const Bound b = number(right);
  const std::string code = std::to_string(static_cast<int>(decimal_op(op)));
  const SqlType quotient = integer_type(kBigintWidth, true, left.type.is_unsigned || right.type.is_unsigned);
  if (!exact && (a.type.kind == Kind::real || b.type.kind == Kind::real)) {
    result.sql = "bw_rcalc(" + code + "," + as_real(a) + "," + as_real(b) + "," + text + ")";
    const std::uint32_t decimals = std::max(real_decimals(a.type), real_decimals(b.type)) +
                                   (op == ast::BinaryOp::divide ? kDivPrecisionIncrement : 0);
    result.type = real_type(nullable, decimals);
    return result;
  }
  result.type = exact ? quotient : decimal_result(op, a.type, b.type, nullable);
  result.sql = "bw_dcalc(" + code + "," + as_decimal(a) + "," + as_decimal(b) + "," +
               (quotient.is_unsigned ? "1" : "0") + "," + text + ")";
  result.unrounded = op == ast::BinaryOp::divide || a.unrounded || b.unrounded;
  result.wide = result.type.is_unsigned;
  return result;
}

Result<Bound> ExpressionBinder::visit(const ast::Interval& /*node*/) {
  return fail(error::parse_sql());
}

namespace {

/// What base + INTERVAL is for a text: a date as long as neither has a time.
bool looks_like_date(const Bound& base) {
  const std::size_t most = base.type.kind == Kind::integer ? 8 : 10;  // YYYYMMDD, YYYY-MM-DD
  return base.literal != nullptr && base.literal->text.size() <= most;
}

}  // namespace

Result<Bound> ExpressionBinder::interval_sum(const ast::Expr& base_expr, const ast::Expr& value_expr,
                                             const std::string& unit_name, bool subtract) {
  const auto unit = temporal::find_unit(unit_name);
  if (!unit) return fail(error::parse_sql());
  BW_TRY(const Bound base, bind(base_expr));
  BW_TRY(const Bound value, bind(value_expr));
  const bool fraction =
      temporal::has_microseconds(*unit) ||
      (base.type.kind == Kind::text && base.literal != nullptr && base.literal->text.contains('.')) ||
      (*unit == temporal::Unit::second && value.type.decimals > 0 && value.type.kind == Kind::decimal);
  const std::uint32_t own = base.type.kind >= Kind::timestamp ? base.type.decimals : 0;
  const bool date =
      !temporal::has_time_part(*unit) &&
      (base.type.kind == Kind::date || (base.type.kind < Kind::timestamp && looks_like_date(base)));
  const std::string count = as_text(value.bits ? as_number(value) : value);
  Bound b = bound_of("bw_date_add(" + as_datetime(base) + "," + count + ",'" + unit_name + "'," +
                         (subtract ? "1" : "0") + ")",
                     date ? date_type(true) : datetime_type(fraction ? 6 : own, true));
  b.aggregate = base.aggregate || value.aggregate;
  if (base.type.kind >= Kind::timestamp) return b;
  b.sql = as_text(b);
  b.type = text_type(b.type.length, state_.context.connection_collation, true);
  return b;
}

// ---- CASE, CAST, COLLATE, sub-queries

Result<Bound> ExpressionBinder::visit(const ast::Case& node) {
  std::vector<Bound> values;
  std::vector<std::string> conditions;
  std::optional<Bound> operand;
  bool aggregate = false;
  if (node.operand != nullptr) {
    BW_TRY(operand, bind(*node.operand));
  }
  for (const ast::CaseBranch& branch : node.branches) {
    BW_TRY(Bound when, bind(*branch.when));
    if (operand) {
      BW_TRY(when, compare(ast::BinaryOp::equal, *operand, when));
    }
    BW_TRY(Bound then, bind(*branch.then));
    aggregate = aggregate || when.aggregate || then.aggregate || (operand && operand->aggregate);
    conditions.push_back(truth(when));
    values.push_back(std::move(then));
  }
  Bound otherwise = bound_of("NULL", {});
  if (node.otherwise != nullptr) {
    BW_TRY(otherwise, bind(*node.otherwise));
  }
  aggregate = aggregate || otherwise.aggregate;
  values.push_back(otherwise);
  Bound b = bound_of("(CASE", common_type(values));
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    b.sql += " WHEN " + conditions[i] + " THEN " + as_operand(values[i], b);
    BW_CHECK(check_size(b.sql));
  }
  b.sql += " ELSE " + as_operand(values.back(), b) + " END)";
  b.wide = b.type.is_unsigned && b.type.kind == Kind::integer;
  b.aggregate = aggregate;
  return b;
}

namespace {

Result<> check_digits(std::uint32_t digits, std::uint32_t scale, const std::string& of) {
  if (scale > kMaxDecimalScale)
    return fail(error::too_big_scale(std::to_string(scale), of, std::to_string(kMaxDecimalScale)));
  if (digits > kMaxDecimalDigits)
    return fail(error::too_big_precision(std::to_string(digits), of, std::to_string(kMaxDecimalDigits)));
  if (scale > digits) return fail(error::scale_above_precision(""));
  return {};
}

std::string cast_text(const Bound& operand, const std::string& type) {
  return "cast(" + operand.display + " as " + type + ")";
}

}  // namespace

// Of bytes and of another character set something may have to be replaced.
Result<std::string> ExpressionBinder::as_characters(const Bound& operand, const std::string& charset) {
  constexpr std::string_view kConnection = "utf8mb4";
  const auto* const known = find_character_set(charset.empty() ? kConnection : std::string_view(charset));
  if (known == nullptr) return fail(error::charset_unknown(charset));
  const bool bytes = operand.type.kind == Kind::text && operand.type.collation == Collation::binary;
  if (!bytes && known->name.starts_with("utf8")) return as_text(operand);
  return "bw_as_characters(" + as_text(operand) + "," + state_.text_slot(std::string(known->name)) + "," +
         (bytes ? "1" : "0") + ")";
}

Result<Bound> ExpressionBinder::visit(const ast::Cast& node) {
  constexpr std::uint32_t kDefaultDigits = 10;
  constexpr const char* kTypeNames[] = {"signed", "unsigned", "char",     "binary", "decimal",
                                        "date",   "time",     "datetime", "double"};
  std::string type_name = kTypeNames[static_cast<std::size_t>(node.type)];
  BW_TRY(const Bound operand, bind(*node.operand));
  const bool null = operand.type.nullable;
  const bool timed = node.type == ast::CastType::time || node.type == ast::CastType::datetime;
  if (!state_.oracle && timed && node.length > kMicros)
    return fail(
        error::too_big_precision(std::to_string(*node.length), operand.display, std::to_string(kMicros)));
  const std::uint32_t width = std::clamp<std::uint32_t>(text_length(operand.type), 1, kBigintWidth);
  Bound b;
  switch (node.type) {
    case ast::CastType::signed_integer:
      b = bound_of(as_integer(operand), integer_type(width, null));
      break;
    case ast::CastType::unsigned_integer:
      b = bound_of(as_unsigned(operand), integer_type(width, null, true));
      b.wide = true;
      break;
    case ast::CastType::character:
    case ast::CastType::binary: {
      const bool binary = node.type == ast::CastType::binary;
      const std::string_view cut = binary ? "bw_cast_as_binary(" : "bw_cast_as_char(";
      BW_TRY(const std::string text, binary ? as_text(operand) : as_characters(operand, node.charset));
      b = bound_of(node.length ? std::string(cut) + text + "," + std::to_string(*node.length) + ")" : text,
                   text_type(node.length.value_or(text_length(operand.type)),
                             binary ? Collation::binary : state_.context.connection_collation, null));
      break;
    }
    case ast::CastType::decimal: {
      const std::uint32_t digits = node.length.value_or(kDefaultDigits);
      const std::uint32_t scale = node.scale.value_or(0);
      if (!state_.oracle) BW_CHECK(check_digits(digits, scale, operand.display));
      const SqlType type = decimal_type(digits, scale, null);
      type_name += "(" + std::to_string(digits) + "," + std::to_string(scale) + ")";
      b = bound_of(fit_decimal(as_decimal(operand), type, state_.text_slot(cast_text(operand, type_name))),
                   type);
      break;
    }
    case ast::CastType::date:
      b = bound_of(as_date(operand), date_type(true));
      break;
    case ast::CastType::time:
      b = bound_of("bw_round_time(" + as_time(operand) + "," + std::to_string(node.length.value_or(0)) + ")",
                   time_type(node.length.value_or(0), true));
      break;
    case ast::CastType::datetime:
      b = bound_of(
          "bw_round_time(" + as_datetime(operand) + "," + std::to_string(node.length.value_or(0)) + ")",
          datetime_type(node.length.value_or(0), true));
      break;
    case ast::CastType::real:
      b = bound_of(as_real(operand), real_type(null));
      break;
  }
  b.aggregate = operand.aggregate;
  b.column = operand.column;
  b.display = cast_text(operand, type_name);
  return b;
}

Result<Bound> ExpressionBinder::visit(const ast::Collate& node) {
  Collation collation{};
  if (!find_collation(node.collation, collation)) return fail(error::collation_unknown(node.collation));
  BW_TRY(Bound b, bind(*node.operand));
  b.sql = as_text(b);
  b.bits.reset();
  b.type = text_type(text_length(b.type), collation, b.type.nullable);
  b.collated = true;
  b.wide = false;
  b.literal = nullptr;
  b.parameter.reset();
  return b;
}

Result<Bound> ExpressionBinder::visit(const ast::Subquery& node) {
  BW_TRY(BoundSelect sub, SelectBinder(state_, this).bind(*node.select));
  if (sub.items.size() != 1) return fail(error::operand_columns("1"));
  Bound b = std::move(sub.items.front());
  const std::string name = state_.fresh_name("s");
  b.sql = sub.single_row ? "(" + sub.sql + ")"
                         : "(SELECT bw_only(" + name + ".c1) FROM (" + sub.sql + ") AS " + name + ")";
  b.type.nullable = true;
  b.unrounded = false;
  b.literal = nullptr;
  b.parameter.reset();
  b.bits.reset();
  b.aggregate = false;
  b.origin = {};
  return b;
}

Result<Bound> ExpressionBinder::visit(const ast::Exists& node) {
  BW_TRY(const BoundSelect sub, SelectBinder(state_, this).bind(*node.select));
  return bound_of("(EXISTS (" + sub.sql + "))", integer_type(1, false));
}

Result<Bound> ExpressionBinder::visit(const ast::Row& /*node*/) {
  return fail(error::operand_columns("1"));
}

}  // namespace breakwater::catalog
