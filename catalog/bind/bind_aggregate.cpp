// Aggregates: COUNT, SUM, AVG, MIN, MAX, GROUP_CONCAT, the statistical ones.
#include <algorithm>

#include "catalog/bind/bind_parts.h"

namespace breakwater::catalog {

bool is_aggregate(std::string_view name) {
  constexpr std::string_view kNames[] = {"count",        "sum",        "avg",         "min",      "max",
                                         "group_concat", "bit_and",    "bit_or",      "bit_xor",  "std",
                                         "stddev",       "stddev_pop", "stddev_samp", "variance", "var_pop",
                                         "var_samp",     "any_value"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

namespace {

std::string distinct_argument(const Bound& b) {
  return "DISTINCT " + settled(b) + std::string(collate_suffix(b.type));
}

Bound sum_of(const Bound& argument, bool distinct) {
  const Bound number = as_number(argument);
  const std::string inner = distinct ? distinct_argument(number) : number.sql;
  if (number.type.kind == Kind::real)
    return bound_of("sum(" + inner + ")", real_type(true, real_decimals(number.type)));
  Bound b = bound_of("bw_sum(" + inner + ")",
                     decimal_type(digits_of(number.type) + 22, scale_of(number.type), true));
  b.unrounded = number.unrounded;
  return b;
}

Bound average_of(const Bound& argument, bool distinct) {
  const Bound number = as_number(argument);
  const std::string inner = distinct ? distinct_argument(number) : number.sql;
  if (number.type.kind == Kind::real)
    return bound_of("avg(" + inner + ")",
                    real_type(true, real_decimals(number.type) + kDivPrecisionIncrement));
  const std::uint32_t scale =
      std::min<std::uint32_t>(scale_of(number.type) + kDivPrecisionIncrement, kMaxDecimalScale);
  const SqlType type = decimal_type(digits_of(number.type) + kDivPrecisionIncrement, scale, true);
  Bound b = bound_of("bw_avg(" + inner + ")", type);
  b.unrounded = true;
  return b;
}

/// Oracle's AVG: NUMBER's digits, not those of the argument.
Bound oracle_average_of(const Bound& argument, bool distinct) {
  const Bound number = as_number(argument);
  if (number.type.kind == Kind::real) return average_of(argument, distinct);
  const std::string inner = distinct ? distinct_argument(number) : number.sql;
  Bound b = bound_of("bw_oracle_divide(bw_sum(" + inner + "),count(" + inner + "))",
                     decimal_type(kMaxDecimalDigits, kMaxDecimalScale, true));
  b.unrounded = true;
  return b;
}

Bound extreme_of(const Bound& argument, const std::string& name) {
  Bound b = bound_of(extreme_sql(name, argument, sort_term(argument, argument.sql)), argument.type);
  b.type.nullable = true;
  b.wide = argument.wide;
  b.unrounded = argument.unrounded;
  return b;
}

Bound variance_of(const Bound& argument, std::string_view name) {
  const bool sample = name.ends_with("_samp");
  const bool root = name.starts_with("std");
  return bound_of(
      "bw_variance(" + as_real(argument) + "," + (sample ? "1" : "0") + "," + (root ? "1" : "0") + ")",
      real_type(true, real_decimals(argument.type) + kDivPrecisionIncrement));
}

Bound count_of(const std::vector<Bound>& args, const ast::FunctionCall& node) {
  if (node.star) return bound_of("count(*)", integer_type(kBigintWidth, false));
  if (args.size() == 1) {
    const std::string inner = node.distinct ? distinct_argument(args[0]) : args[0].sql;
    return bound_of("count(" + inner + ")", integer_type(kBigintWidth, false));
  }
  std::vector<std::string> parts;
  for (const Bound& b : args) {
    parts.push_back(as_text(b));
    parts.push_back(
        std::to_string(static_cast<int>(b.type.kind == Kind::text ? b.type.collation : Collation::binary)));
  }
  return bound_of("count(DISTINCT bw_tuple(" + joined(parts) + "))", integer_type(kBigintWidth, false));
}

constexpr std::uint32_t kGroupConcatLength = 1024;

/// GROUP_CONCAT is a BLOB or TEXT, however short, unless group_concat_max_len is at most 512.
SqlType group_concat_type(Collation collation) {
  SqlType type = text_type(kGroupConcatLength, collation, true);
  type.is_blob = true;
  return type;
}

}  // namespace

Result<Bound> Binder::group_concat(const ast::FunctionCall& node, const std::vector<Bound>& args,
                                   Scope& scope) {
  constexpr int kNumberKey = 3;
  std::vector<std::string> texts;
  texts.reserve(args.size());
  for (const Bound& b : args) texts.push_back(as_text(b));
  const std::string value = texts.size() == 1 ? texts[0] : "bw_concat(" + joined(texts) + ")";
  const Collation collation = text_collation(args);
  std::vector<std::string> parts = {text_slot(node.separator.value_or(",")),
                                    std::to_string(static_cast<int>(collation)), node.distinct ? "1" : "0",
                                    value};
  for (const ast::OrderItem& item : node.order_by) {
    BW_TRY(Bound key, expr(*item.expr, scope));
    if (const auto* literal = std::get_if<ast::Literal>(&item.expr->node);
        literal != nullptr && literal->kind == ast::LiteralKind::integer && literal->text == "1")
      key = args[0];
    parts.push_back(key.wide ? "bw_unsigned_key(" + key.sql + ")" : key.sql);
    parts.push_back(
        std::to_string(key.type.kind == Kind::text ? static_cast<int>(key.type.collation) : kNumberKey));
    parts.emplace_back(item.descending ? "1" : "0");
  }
  return bound_of("bw_group_concat(" + joined(parts) + ")", group_concat_type(collation));
}

/// COUNT, SUM, AVG, MIN and MAX over a window.
Bound Binder::moving(const std::string& name, const Bound& argument, const std::string& over) const {
  if (name == "count")
    return bound_of("count(" + argument.sql + ")" + over, integer_type(kBigintWidth, false));
  if (name == "min" || name == "max") {
    Bound b = extreme_of(argument, name);
    const std::string call = name + "(" + sort_term(argument, argument.sql) + ")" + over;
    b.sql = b.wide ? sort_term(b, call) : call;
    return b;
  }
  if (name == "avg" && oracle_ && as_number(argument).type.kind != Kind::real) {
    const std::string inner = as_number(argument).sql;
    Bound b = oracle_average_of(argument, false);
    b.sql = "bw_oracle_divide(bw_sum(" + inner + ")" + over + ",count(" + inner + ")" + over + ")";
    return b;
  }
  Bound b = name == "sum" ? sum_of(argument, false) : average_of(argument, false);
  b.sql += over;
  return b;
}

Result<Bound> Binder::aggregate(const ast::FunctionCall& node, Scope& scope) {
  if (!scope.aggregates || scope.inside_aggregate) return fail(error::invalid_group_func_use());
  const std::string& name = node.name;
  const bool many = (name == "count" && node.distinct) || name == "group_concat";
  if (!node.star && (node.args.empty() || (node.args.size() > 1 && !many))) return fail(wrong_count(node));
  if (node.star && name != "count") return fail(error::parse_sql());
  scope.inside_aggregate = true;
  BW_TRY(const std::vector<Bound> args, arguments(node, scope));
  Result<Bound> b;
  if (name == "count")
    b = count_of(args, node);
  else if (name == "sum")
    b = sum_of(args[0], node.distinct);
  else if (name == "avg")
    b = oracle_ ? oracle_average_of(args[0], node.distinct) : average_of(args[0], node.distinct);
  else if (name == "min" || name == "max")
    b = extreme_of(args[0], name);
  else if (name == "group_concat")
    b = group_concat(node, args, scope);
  else if (name == "any_value")
    b = args[0];
  else if (name.starts_with("bit_"))
    b = bound_of("bw_" + name + "(" + as_unsigned(args[0]) + ")", integer_type(kBigintWidth, false, true));
  else
    b = variance_of(args[0], name);
  scope.inside_aggregate = false;
  if (!b) return b;
  if (name.starts_with("bit_")) b->wide = true;
  b->aggregate = name != "any_value";
  b->literal = nullptr;
  b->parameter.reset();
  b->display = name + "()";
  return b;
}

}  // namespace breakwater::catalog
