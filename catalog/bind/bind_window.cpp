// Window functions.
#include <algorithm>

#include "base/text.h"
#include "catalog/bind/bind_parts.h"
#include "catalog/bind/expression_binder.h"

namespace breakwater::catalog {

namespace {

bool is_moving_aggregate(std::string_view name) {
  return name == "count" || name == "sum" || name == "avg" || name == "min" || name == "max";
}

std::string bound_sql(const ast::FrameBound& bound) {
  using enum ast::FrameBound::Kind;
  switch (bound.kind) {
    case unbounded_preceding:
      return "UNBOUNDED PRECEDING";
    case preceding:
      return std::to_string(std::min<std::uint64_t>(bound.rows, INT64_MAX)) + " PRECEDING";
    case current_row:
      return "CURRENT ROW";
    case following:
      return std::to_string(std::min<std::uint64_t>(bound.rows, INT64_MAX)) + " FOLLOWING";
    case unbounded_following:
      return "UNBOUNDED FOLLOWING";
  }
  return {};
}

bool counts_rows(const ast::FrameBound& bound) {
  return bound.kind == ast::FrameBound::Kind::preceding || bound.kind == ast::FrameBound::Kind::following;
}

/// The literal that NTILE, NTH_VALUE, LAG and LEAD take; nothing for anything else.
std::optional<std::int64_t> literal_count(const ast::Expr& node) {
  const auto* literal = std::get_if<ast::Literal>(&node.node);
  if (literal == nullptr || literal->kind != ast::LiteralKind::integer) return std::nullopt;
  return whole_number<std::int64_t>(literal->text);
}

struct WindowFunction {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  enum class Gives : std::uint8_t { number, fraction, argument } gives;
};
constexpr WindowFunction kWindowFunctions[] = {
    {"row_number", 0, 0, WindowFunction::Gives::number},
    {"rank", 0, 0, WindowFunction::Gives::number},
    {"dense_rank", 0, 0, WindowFunction::Gives::number},
    {"ntile", 1, 1, WindowFunction::Gives::number},
    {"percent_rank", 0, 0, WindowFunction::Gives::fraction},
    {"cume_dist", 0, 0, WindowFunction::Gives::fraction},
    {"lag", 1, 3, WindowFunction::Gives::argument},
    {"lead", 1, 3, WindowFunction::Gives::argument},
    {"first_value", 1, 1, WindowFunction::Gives::argument},
    {"last_value", 1, 1, WindowFunction::Gives::argument},
    {"nth_value", 2, 2, WindowFunction::Gives::argument},
};

constexpr std::uint32_t kFractionDecimals = 10;  ///< what PERCENT_RANK and CUME_DIST show

}  // namespace

Result<std::string> ExpressionBinder::window_sql(const ast::Window& window) {
  std::string sql = " OVER (";
  const auto term = [&](const ast::Expr& node) -> Result<std::string> {
    BW_TRY(const Bound b, bind(node));
    const bool same_for_all = b.constant() || is_position(b.sql) || b.type.kind == Kind::null;
    return same_for_all ? std::string("NULL") : sort_term(b, settled(b));
  };
  for (const auto& key : window.partition_by) {
    BW_TRY(const std::string one, term(*key));
    sql += (sql.ends_with('(') ? "PARTITION BY " : ", ") + one;
  }
  bool first = true;
  for (const ast::OrderItem& item : window.order_by) {
    BW_TRY(const std::string one, term(*item.expr));
    sql += (first ? " ORDER BY " : ", ") + one + (item.descending ? " DESC" : "");
    first = false;
  }
  if (window.frame) {
    if (!window.frame->rows && (counts_rows(window.frame->from) || counts_rows(window.frame->to)))
      return fail(error::not_supported("RANGE by a number"));
    sql += (window.frame->rows ? " ROWS BETWEEN " : " RANGE BETWEEN ") + bound_sql(window.frame->from) +
           " AND " + bound_sql(window.frame->to);
  }
  return sql + ")";
}

Result<Bound> ExpressionBinder::moving_aggregate(const ast::FunctionCall& node, const std::string& over) {
  if (node.distinct) return fail(error::not_supported("DISTINCT in a window function"));
  if (node.star ? node.name != "count" : node.args.size() != 1) return fail(wrong_count(node));
  if (node.star) return bound_of("count(*)" + over, integer_type(kBigintWidth, false));
  BW_TRY(const std::vector<Bound> args, arguments(node));
  Bound b = moving(node.name, args[0], over);
  b.aggregate = args[0].aggregate;
  return b;
}

Result<Bound> ExpressionBinder::ranking(const ast::FunctionCall& node, const std::string& over) {
  using Gives = WindowFunction::Gives;
  const auto* function = std::ranges::find(kWindowFunctions, node.name, &WindowFunction::name);
  if (function == std::end(kWindowFunctions))
    return fail(error::not_supported(ascii_upper(node.name) + " as a window function"));
  if (node.star || node.args.size() < function->least || node.args.size() > function->most)
    return fail(wrong_count(node));
  const bool counts = node.name == "ntile" || node.args.size() > 1;
  const std::size_t at = node.name == "ntile" ? 0 : 1;
  std::string count;
  if (counts) {
    const auto written = literal_count(*node.args[at]);
    const std::int64_t least = node.name == "lag" || node.name == "lead" ? 0 : 1;
    if (!written || *written < least) return fail(error::invalid_argument(node.name));
    count = std::to_string(*written);
  }
  if (function->gives == Gives::fraction)
    return bound_of(node.name + "()" + over, real_type(false, kFractionDecimals));
  if (function->gives == Gives::number)
    return bound_of(node.name + "(" + count + ")" + over, integer_type(kBigintWidth, false));
  BW_TRY(const std::vector<Bound> args, arguments(node));
  std::vector<Bound> values = {args[0]};
  if (args.size() == 3) values.push_back(args[2]);
  Bound b = bound_of("", values.size() == 1 ? args[0].type : common_type(values));
  b.wide = args[0].wide && b.type.kind == Kind::integer;
  std::vector<std::string> parts = {values.size() == 1 ? settled(args[0]) : as_operand(args[0], b)};
  if (counts) parts.push_back(count);
  if (args.size() == 3) parts.push_back(as_operand(args[2], b));
  b.sql = node.name + "(" + joined(parts) + ")" + over;
  b.type.nullable = true;
  b.aggregate = any_aggregate(args);
  return b;
}

/// f(...) OVER (...), which stands in a select list or in ORDER BY.
Result<Bound> ExpressionBinder::window_function(const ast::FunctionCall& node) {
  if (!takes_windows()) return fail(error::window_function_misplaced(node.name));
  ++state_.windows;
  windowed_ = true;
  inside_window_ = true;  // they don't nest
  BW_TRY(const std::string over, window_sql(*node.over));
  BW_TRY(Bound b, is_moving_aggregate(node.name) ? moving_aggregate(node, over) : ranking(node, over));
  inside_window_ = false;
  b.display = node.name + "()";
  return b;
}

}  // namespace breakwater::catalog
