// Aggregates: COUNT, SUM, AVG, MIN, MAX, GROUP_CONCAT, the statistical ones.
#include <algorithm>

#include "catalog/bind/call_binder.h"
#include "catalog/bind/expression_binder.h"

namespace breakwater::catalog {

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

Bound extreme_of(const Bound& argument, std::string_view name) {
  Bound b = bound_of(extreme_sql(name, argument, sort_term(argument, argument.sql)), argument.type);
  b.type.nullable = true;
  b.wide = argument.wide;
  b.unrounded = argument.unrounded;
  return b;
}

Bound variance_of(const Bound& argument, bool sample, bool root) {
  return bound_of(
      "bw_variance(" + as_real(argument) + "," + (sample ? "1" : "0") + "," + (root ? "1" : "0") + ")",
      real_type(true, real_decimals(argument.type) + kDivPrecisionIncrement));
}

Bound count_of(const Args& args, const ast::FunctionCall& node) {
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

constexpr std::uint32_t kGroupConcatLength = 102400;

/// GROUP_CONCAT is a BLOB or TEXT, of group_concat_max_len's default, whatever the session has set: its plan is shared.
SqlType group_concat_type(Collation collation) {
  SqlType type = text_type(kGroupConcatLength, collation, true);
  type.is_blob = true;
  return type;
}

Result<Bound> group_concat(CallBinder& c) {
  const Args& args = c.args;
  constexpr int kNumberKey = 3;
  std::vector<std::string> texts;
  texts.reserve(args.size());
  for (const Bound& b : args) texts.push_back(as_text(b));
  const std::string value = texts.size() == 1 ? texts[0] : "bw_concat(" + joined(texts) + ")";
  const Collation collation = text_collation(args);
  std::vector<std::string> parts = {c.text_slot(c.node.separator.value_or(",")),
                                    std::to_string(static_cast<int>(collation)), c.node.distinct ? "1" : "0",
                                    value};
  for (const ast::OrderItem& item : c.node.order_by) {
    BW_TRY(Bound key, c.bind(*item.expr));
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

// ---- the rows' hooks

Result<Bound> count(CallBinder& c) {
  return count_of(c.args, c.node);
}

Result<Bound> sum(CallBinder& c) {
  return sum_of(c.args[0], c.node.distinct);
}

Result<Bound> average(CallBinder& c) {
  return c.oracle() ? oracle_average_of(c.args[0], c.node.distinct) : average_of(c.args[0], c.node.distinct);
}

/// MIN and MAX are SQLite's by their own names.
Result<Bound> extreme_value(CallBinder& c) {
  return extreme_of(c.args[0], c.row.name);
}

template <bool Sample, bool Root>
Result<Bound> variance(CallBinder& c) {
  return variance_of(c.args[0], Sample, Root);
}

Result<Bound> bits(CallBinder& c) {
  Bound b = bound_of(c.rendered(c.row.name), integer_type(kBigintWidth, false, true));
  b.wide = true;
  return b;
}

/// Not an aggregate to GROUP BY, though it stands only where one may.
Result<Bound> any_value(CallBinder& c) {
  Bound b = c.args[0];
  b.literal = nullptr;
  b.parameter.reset();
  b.display.clear();
  return b;
}

template <Result<Bound> (*F)(CallBinder&)>
Result<Bound> aggregated(CallBinder& c) {
  Result<Bound> b = F(c);
  if (b) b->aggregate = true;
  return b;
}

constexpr FunctionRow aggregate(BindHook bind, const char* name, Arity arity = {1, 1},
                                ArgKinds args = {ArgKind::as_is}) {
  return bound_by(bind, name, arity, args, {}, {.aggregate = true, .takes_star = bind == aggregated<count>});
}

const FunctionRow kAggregateCalls[] = {
    aggregate(aggregated<count>, "count", {1, kMany}),
    aggregate(aggregated<sum>, "sum"),
    aggregate(aggregated<average>, "avg"),
    aggregate(aggregated<extreme_value>, "min"),
    aggregate(aggregated<extreme_value>, "max"),
    aggregate(aggregated<group_concat>, "group_concat", {1, kMany}),
    aggregate(aggregated<bits>, "bit_and", {1, 1}, {ArgKind::unsigned_integer}),
    aggregate(aggregated<bits>, "bit_or", {1, 1}, {ArgKind::unsigned_integer}),
    aggregate(aggregated<bits>, "bit_xor", {1, 1}, {ArgKind::unsigned_integer}),
    aggregate(aggregated<variance<false, true>>, "std"),
    aggregate(aggregated<variance<false, true>>, "stddev"),
    aggregate(aggregated<variance<false, true>>, "stddev_pop"),
    aggregate(aggregated<variance<true, true>>, "stddev_samp"),
    aggregate(aggregated<variance<false, false>>, "variance"),
    aggregate(aggregated<variance<false, false>>, "var_pop"),
    aggregate(aggregated<variance<true, false>>, "var_samp"),
    aggregate(any_value, "any_value"),
};

}  // namespace

FunctionFamily aggregate_calls() {
  return kAggregateCalls;
}

// ---- whose it is

std::vector<std::size_t> ExpressionBinder::named_so_far() const {
  std::vector<std::size_t> counts;
  for (const ExpressionBinder* at = this; at != nullptr; at = at->outer_) counts.push_back(at->named_);
  return counts;
}

/// The innermost of which columns were named; this, if there are none.
const ExpressionBinder& ExpressionBinder::named_since(const std::vector<std::size_t>& before) const {
  const ExpressionBinder* at = this;
  for (std::size_t i = 0; at != nullptr; at = at->outer_, ++i)
    if (at->named_ != before[i]) return *at;
  return *this;
}

std::string ExpressionBinder::column_of_a_row() const {
  for (const ScopeTable& table : scope_.tables)
    if (!table.columns.empty()) return column_of(table, table.columns.front()).sql;
  if (scope_.groups->one_row.empty()) scope_.groups->one_row = state_.fresh_name("t");
  return scope_.groups->one_row + ".c1";
}

/// MySQL's rule: an aggregate is computed by the innermost SELECT of which its arguments name columns. Where it may not be,
/// by the next one outwards that is within that, and else by the one that it stands in.
const ExpressionBinder& ExpressionBinder::home_of_aggregate(const ExpressionBinder& named) const {
  const auto takes = [](const ExpressionBinder& at) {
    return at.takes_aggregates() && at.scope_.groups != nullptr;
  };
  if (takes(named)) return named;
  for (const ExpressionBinder* at = outer_; at != nullptr && at != &named; at = at->outer_)
    if (takes(*at)) return *at;
  return *this;
}

Result<Bound> ExpressionBinder::aggregate(const FunctionRow& row, const ast::FunctionCall& node) {
  if (inside_aggregate_) return fail(error::invalid_group_func_use());
  ExpressionBinder anywhere(state_, scope_, kSelectList, outer_);
  ExpressionBinder& first = takes_aggregates() ? *this : anywhere;
  const auto before = first.named_so_far();
  BW_TRY(Bound b, first.call(row, node, {}));
  const ExpressionBinder& named = first.named_since(before);
  const ExpressionBinder& home = &named == &first ? *this : home_of_aggregate(named);
  if (&home == this && !takes_aggregates()) return fail(error::invalid_group_func_use());
  if (!b.aggregate || home.scope_.groups == nullptr) return b;
  Groups& groups = *home.scope_.groups;
  groups.wanted = groups.wanted || &home != this;
  // What it names is of SELECTs around its own: without more SQLite would take it for theirs.
  const bool foreign = &named != &first && &named != &home;
  if (groups.rows != nullptr || (foreign && &home == this)) {
    BW_CHECK(state_.bind_again());
    ExpressionBinder over(state_, groups.rows != nullptr ? *groups.rows : scope_, kSelectList, home.outer_);
    BW_TRY(b, over.call(row, node, foreign ? over.column_of_a_row() : std::string()));
  }
  b.aggregate = &home == this && groups.rows == nullptr;
  if (groups.rows == nullptr) return b;
  groups.aggregates.push_back(b.sql);
  b.sql = groups.sql_name + ".a" + std::to_string(groups.aggregates.size());
  return b;
}

// ---- over a window

/// COUNT, SUM, AVG, MIN and MAX over a window.
Bound ExpressionBinder::moving(const std::string& name, const Bound& argument,
                               const std::string& over) const {
  if (name == "count")
    return bound_of("count(" + argument.sql + ")" + over, integer_type(kBigintWidth, false));
  if (name == "min" || name == "max") {
    Bound b = extreme_of(argument, name);
    const std::string call = name + "(" + sort_term(argument, argument.sql) + ")" + over;
    b.sql = b.wide ? sort_term(b, call) : call;
    return b;
  }
  if (name == "avg" && state_.oracle && as_number(argument).type.kind != Kind::real) {
    const std::string inner = as_number(argument).sql;
    Bound b = oracle_average_of(argument, false);
    b.sql = "bw_oracle_divide(bw_sum(" + inner + ")" + over + ",count(" + inner + ")" + over + ")";
    return b;
  }
  Bound b = name == "sum" ? sum_of(argument, false) : average_of(argument, false);
  b.sql += over;
  return b;
}

}  // namespace breakwater::catalog
