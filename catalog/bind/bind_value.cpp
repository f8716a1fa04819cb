// Literals, variables, parameters, columns and aliases.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "catalog/bind/bind_parts.h"
#include "catalog/bind/expression_binder.h"
#include "catalog/values/collation.h"
#include "catalog/values/decimal.h"
#include "catalog/values/number.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

Result<Bound> ExpressionBinder::number_literal(const ast::Literal& node) {
  const char* end = node.text.data() + node.text.size();
  std::uint64_t value = 0;
  const auto read = std::from_chars(node.text.data(), end, value);
  if (node.kind == ast::LiteralKind::integer && read.ec == std::errc() && read.ptr == end) {
    Bound b = bound_of(integer_sql(static_cast<std::int64_t>(value)),
                       integer_type(static_cast<std::uint32_t>(node.text.size()), false));
    b.wide = b.type.is_unsigned =
        value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return b;
  }
  if (node.kind == ast::LiteralKind::real && number::is_too_great(node.text))
    return fail(error::illegal_value_for_type("double", node.text));
  if (node.kind == ast::LiteralKind::real)
    return bound_of(state_.slot({.value = number::real_of(node.text)}), real_type(false));
  auto exact = decimal::parse(node.text);
  if (!exact) return bound_of(state_.slot({.value = number::real_of(node.text)}), real_type(false));
  const std::size_t point = exact->find('.');
  const std::size_t scale = point == std::string::npos ? 0 : exact->size() - point - 1;
  const std::size_t digits = exact->size() - (point == std::string::npos ? 0 : 1);
  return bound_of(state_.slot({.value = *std::move(exact)}),
                  decimal_type(static_cast<std::uint32_t>(digits), static_cast<std::uint32_t>(scale), false));
}

Result<Bound> ExpressionBinder::temporal_literal(const ast::Literal& node) {
  const bool time = node.kind == ast::LiteralKind::time;
  const auto read = time ? temporal::read_time_start(node.text) : temporal::read_datetime_start(node.text);
  const auto value = read.truncated ? std::nullopt : read.value;
  const char* type = time ? "TIME" : node.kind == ast::LiteralKind::date ? "DATE" : "DATETIME";
  if (!value && state_.oracle) return fail(error::invalid_argument(time ? "TIME" : "DATE"));
  if (!value) return fail(error::wrong_literal(type, whole_characters(node.text, kMaxErrorText)));
  const std::size_t point = node.text.find('.');
  const auto decimals = static_cast<std::uint32_t>(
      point == std::string::npos ? 0 : std::min<std::size_t>(node.text.size() - point - 1, 6));
  if (time) return bound_of(integer_sql(*value), time_type(decimals, false));
  if (node.kind == ast::LiteralKind::date) return bound_of(integer_sql(*value), date_type(false));
  return bound_of(integer_sql(*value), datetime_type(decimals, false));
}

namespace {

/// Of what a client sent, once.
std::size_t count_characters(std::string_view text) {
  Work work;
  return character_count(text, work);
}

/// A binary string among numbers: its last eight bytes, big-endian.
std::uint64_t bits_of(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
  return value;
}

std::string shown(const ast::Literal& literal) {
  if (literal.kind == ast::LiteralKind::null) return "NULL";
  const std::string text(whole_characters(literal.text, kMaxErrorText));
  return literal.kind == ast::LiteralKind::string ? "'" + text + "'" : text;
}

}  // namespace

Result<Bound> ExpressionBinder::visit(const ast::Literal& node) {
  Result<Bound> b;
  switch (node.kind) {
    case ast::LiteralKind::null:
      b = bound_of("NULL", {});
      break;
    case ast::LiteralKind::boolean:
      b = bound_of(node.text == "1" ? "1" : "0", integer_type(1, false));
      break;
    case ast::LiteralKind::integer:
    case ast::LiteralKind::decimal:
    case ast::LiteralKind::real:
      b = number_literal(node);
      break;
    case ast::LiteralKind::string:
      if (state_.oracle && node.text.empty()) return bound_of("NULL", {});
      b = bound_of(state_.text_slot(node.text),
                   text_type(count_characters(node.text), state_.context.connection_collation, false));
      break;
    case ast::LiteralKind::hex:
      b = bound_of(state_.text_slot(node.text), text_type(node.text.size(), Collation::binary, false));
      b->bits = bits_of(node.text);
      break;
    case ast::LiteralKind::date:
    case ast::LiteralKind::time:
    case ast::LiteralKind::timestamp:
      b = temporal_literal(node);
      break;
  }
  if (b && node.kind < ast::LiteralKind::hex) b->literal = &node;
  if (b) b->display = shown(node);
  return b;
}

Bound ExpressionBinder::of_value(const Value& value, bool is_literal) {
  Bound b;
  b.type.nullable = true;
  if (std::holds_alternative<std::int64_t>(value))
    b.type = integer_type(kBigintWidth, true);
  else if (std::holds_alternative<std::uint64_t>(value))
    b.type = integer_type(kBigintWidth, true, true);
  else if (std::holds_alternative<double>(value))
    b.type = real_type(true);
  else if (const auto* text = std::get_if<std::string>(&value))
    b.type = text_type(is_literal ? count_characters(*text) : kLongTextLength,
                       state_.context.connection_collation, true);
  else
    b.type = text_type(kLongTextLength, state_.context.connection_collation, true);
  b.wide = b.type.is_unsigned;
  return b;
}

Result<Bound> ExpressionBinder::visit(const ast::SystemVariable& node) {
  if (state_.context.variables == nullptr) return fail(error::var_unknown(node.name));
  BW_TRY(const Value value, state_.context.variables->system_variable(node.scope, node.name));
  state_.plan.reads_system_variables = true;
  Bound b = of_value(value, true);
  b.wide = false;
  b.sql = "bw_system_variable(" + std::to_string(static_cast<int>(node.scope)) + "," +
          state_.text_slot(ascii_lower(node.name)) + ")";
  b.display = "@@" + node.name;
  return b;
}

Result<Bound> ExpressionBinder::visit(const ast::UserVariable& node) {
  state_.plan.cacheable = false;
  const Value value =
      state_.context.variables == nullptr ? Value{} : state_.context.variables->user_variable(node.name);
  Bound b = of_value(value, false);
  b.sql = "bw_user_variable(" + state_.text_slot(node.name) + ")";
  b.display = "(@`" + node.name + "`)";
  return b;
}

Result<Bound> ExpressionBinder::visit(const ast::UserVariableAssignment& node) {
  state_.plan.cacheable = false;
  BW_TRY(Bound b, bind(*node.value));
  const bool temporal = b.type.kind >= Kind::timestamp;
  if (temporal) b.sql = as_text(b);
  if (temporal) b.type = text_type(b.type.length, state_.context.connection_collation, b.type.nullable);
  b.sql = "bw_set_variable(" + state_.text_slot(node.name) + "," + b.sql + "," +
          (b.type.is_unsigned ? "1" : "0") + ")";
  b.literal = nullptr;
  b.parameter.reset();
  b.bits.reset();
  return b;
}

Result<Bound> ExpressionBinder::visit(const ast::Parameter& node) {
  const ParameterKind kind = node.index < state_.context.parameters.size()
                                 ? state_.context.parameters[node.index]
                                 : ParameterKind::unknown;
  Bound b;
  Convert convert = Convert::text;
  switch (kind) {
    case ParameterKind::integer:
      b.type = integer_type(kBigintWidth, true);
      convert = Convert::integer;
      break;
    case ParameterKind::unsigned_integer:
      b.type = integer_type(kBigintWidth, true, true);
      b.wide = true;
      convert = Convert::unsigned_integer;
      break;
    case ParameterKind::real:
      b.type = real_type(true);
      convert = Convert::real;
      break;
    case ParameterKind::decimal:
      b.type = decimal_type(kMaxDecimalDigits, kMaxDecimalScale, true);
      convert = Convert::decimal;
      break;
    case ParameterKind::bytes:
      b.type = text_type(kLongTextLength, Collation::binary, true);
      break;
    case ParameterKind::date:
      b.type = date_type(true);
      convert = Convert::date;
      break;
    case ParameterKind::datetime:
    case ParameterKind::datetime_fraction:
      b.type = datetime_type(kind == ParameterKind::datetime ? 0 : kMicros, true);
      convert = Convert::datetime;
      break;
    case ParameterKind::time:
    case ParameterKind::time_fraction:
      b.type = time_type(kind == ParameterKind::time ? 0 : kMicros, true);
      convert = Convert::time;
      break;
    default:
      b.type = text_type(kLongTextLength, state_.context.connection_collation, true);
      break;
  }
  b.sql = state_.slot({.from = From::parameter, .convert = convert, .index = node.index});
  b.parameter = node.index;
  b.display = "?";
  return b;
}

// ---- names

namespace {

bool is_name(const std::string& a, const std::string& b) {
  return iequals(a, b);
}

std::string full_name(const ast::ColumnRef& node) {
  std::string name = node.column;
  if (!node.table.empty()) name = node.table + "." + name;
  return node.schema.empty() ? name : node.schema + "." + name;
}

bool is_of(const ast::ColumnRef& node, const ScopeTable& table) {
  if (node.table.empty()) return true;
  if (!is_name(node.table, table.alias)) return false;
  return node.schema.empty() || is_name(node.schema, table.schema);
}

}  // namespace

Bound column_of(const ScopeTable& table, const ScopeColumn& column) {
  const std::size_t number = static_cast<std::size_t>(&column - table.columns.data()) + 1;
  const std::string name =
      table.numbered ? "c" + std::to_string(table.first + number) : "\"" + column.name + "\"";
  Bound b = bound_of(table.sql_name + "." + name, column.type);
  b.column = true;
  b.wide = column.wide;
  b.display = "`" + table.alias + "`.`" + column.name + "`";
  b.origin = {.label = column.name,
              .org_name = column.name,
              .table = table.alias,
              .org_table = table.org_name,
              .schema = table.schema,
              .type = column.type};
  return b;
}

/// Columns of one label must be the same one; of what else is labelled so the first is meant.
Result<std::optional<std::size_t>> find_label(const std::string& label, const std::vector<Bound>& items,
                                              const std::vector<std::string>& labels, const char* clause) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!is_name(labels[i], label)) continue;
    if (!items[i].column) return found ? found : i;
    if (found && items[*found].sql != items[i].sql) return fail(error::column_ambiguous(label, clause));
    if (!found) found = i;
  }
  return found;
}

/// `inside`: a sub-query of the expression names it.
Result<Bound> ExpressionBinder::alias(const ast::ColumnRef& node, bool inside, bool& found) const {
  found = false;
  if (scope_.items == nullptr || !node.table.empty()) return Bound{};
  BW_TRY(const auto at, find_label(node.column, *scope_.items, scope_.labels, clause_.name));
  if (!at) return Bound{};
  const Bound& item = (*scope_.items)[*at];
  const std::string& label = scope_.labels[*at];
  if (item.aggregate && inside) return fail(error::illegal_reference(label, "reference to group function"));
  if (item.aggregate && !clause_.aggregates) return fail(error::invalid_group_func_use());
  if (item.sleeps) return fail(misplaced_sleep());
  if (item.windowed && (inside || !takes_windows())) return fail(error::window_function_misplaced(label));
  found = true;
  Bound b = item;
  b.literal = nullptr;
  b.parameter.reset();
  return b;
}

/// What an expression doesn't see itself, the one sees that its SELECT is a sub-query of.
Result<Bound> ExpressionBinder::visit(const ast::ColumnRef& node) {
  for (const ExpressionBinder* at = this; at != nullptr; at = at->outer_) {
    bool found = false;
    const Clause::Aliases aliases = at->clause_.aliases;
    if (aliases == Clause::Aliases::before_columns && !at->inside_aggregate_) {
      BW_TRY(Bound b, at->alias(node, at != this, found));
      if (found) ++at->named_;
      if (found) return b;
    }
    const ScopeTable* table = nullptr;
    const ScopeColumn* column = nullptr;
    for (const ScopeTable& t : at->scope_.tables) {
      if (!is_of(node, t)) continue;
      for (const ScopeColumn& c : t.columns) {
        if (!is_name(c.name, node.column) || (c.merged && node.table.empty())) continue;
        if (column != nullptr) return fail(error::column_ambiguous(full_name(node), clause_.name));
        table = &t;
        column = &c;
      }
    }
    if (column != nullptr) ++at->named_;
    if (column != nullptr) return column_of(*table, *column);
    const bool of_list = aliases == Clause::Aliases::for_subqueries && at != this && !at->inside_aggregate_;
    if (aliases == Clause::Aliases::after_columns || of_list) {
      BW_TRY(Bound b, at->alias(node, at != this, found));
      if (found) ++at->named_;
      if (found) return b;
    }
  }
  return fail(error::column_not_found(full_name(node), clause_.name));
}

}  // namespace breakwater::catalog
