// Comparisons: which type both sides are compared in (MySQL 5.7, "Type Conversion in Expression Evaluation"),
// and constants made into it, so that an index still serves.
#include "catalog/bind/bind_parts.h"
#include "catalog/bind/expression_binder.h"
#include "catalog/bind/select_binder.h"

namespace breakwater::catalog {

struct ExpressionBinder::Pair {
  std::string left;
  std::string right;
  SqlType type;  ///< what they are compared as
};

namespace {

bool is_exact(Kind kind) {
  return kind == Kind::integer || kind == Kind::decimal;
}

/// What a constant is made into beside a value of another type; nothing where no constant helps.
std::optional<Convert> conversion_beside(const Bound& other, const Bound& constant) {
  const bool text = constant.type.kind == Kind::text;
  const bool moment = text || is_moment(constant.type.kind);
  const bool temporal = constant.type.kind >= Kind::timestamp;  // a parameter
  switch (other.type.kind) {
    case Kind::integer:
      return other.wide || temporal ? std::nullopt : std::optional(Convert::comparable_number);
    case Kind::real:
      return temporal ? std::nullopt : std::optional(Convert::real);
    case Kind::decimal:
      return is_exact(constant.type.kind) ? std::optional(Convert::decimal) : std::nullopt;
    case Kind::text:
      return text ? std::optional(Convert::text) : std::nullopt;
    case Kind::timestamp:
      return moment ? std::optional(Convert::timestamp) : std::nullopt;
    case Kind::datetime:
    case Kind::date:
      return moment ? std::optional(Convert::datetime) : std::nullopt;
    case Kind::time:
      return text || constant.type.kind == Kind::time ? std::optional(Convert::time) : std::nullopt;
    case Kind::null:
      return std::nullopt;
  }
  return std::nullopt;
}

Kind compared_as(const Bound& a, const Bound& b) {
  const Kind x = a.type.kind;
  const Kind y = b.type.kind;
  if (x == Kind::null) return y;
  if (y == Kind::null) return x;
  if (x == Kind::integer && y == Kind::integer) return a.wide || b.wide ? Kind::decimal : Kind::integer;
  if (x == y && x != Kind::date) return x;
  if (is_exact(x) && is_exact(y)) return Kind::decimal;
  const bool x_moment = is_moment(x);
  const bool y_moment = is_moment(y);
  if ((x_moment && (y_moment || y == Kind::text || y == Kind::time)) ||
      (y_moment && (x == Kind::text || x == Kind::time)))
    return Kind::datetime;
  if ((x == Kind::time && y == Kind::text) || (y == Kind::time && x == Kind::text)) return Kind::time;
  return Kind::real;
}

std::string_view operator_of(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::equal:
      return "=";
    case ast::BinaryOp::null_safe_equal:
      return " IS ";
    case ast::BinaryOp::not_equal:
      return "<>";
    case ast::BinaryOp::less:
      return "<";
    case ast::BinaryOp::less_equal:
      return "<=";
    case ast::BinaryOp::greater:
      return ">";
    default:
      return ">=";
  }
}

Bound boolean(std::string sql, bool nullable, bool aggregate) {
  Bound b;
  b.sql = std::move(sql);
  b.type = integer_type(1, nullable);
  b.aggregate = aggregate;
  b.display = "condition";
  return b;
}

/// Two COLLATEs that can't both hold. BINARY is no COLLATE.
bool explicitly_different(const Bound& a, const Bound& b) {
  return a.collated && b.collated && a.type.collation != b.type.collation &&
         a.type.collation != Collation::binary && b.type.collation != Collation::binary;
}

std::string as_kind(const Bound& b, Kind kind) {
  SqlType type = b.type;
  if (kind == Kind::decimal) return as_decimal(b);
  type.kind = kind;
  return as_type(b, type);
}

}  // namespace

std::string ExpressionBinder::constant_as(const Bound& constant, Convert convert) {
  Slot wanted{.convert = convert};
  if (constant.parameter) {
    wanted.from = From::parameter;
    wanted.index = *constant.parameter;
  } else if (state_.context.free_literals && frees_literals() &&
             constant.literal->offset != ast::Literal::kNotInText) {
    wanted.from = From::literal;
    wanted.index = static_cast<std::uint32_t>(state_.plan.free_literals.size());
    state_.plan.free_literals.push_back(
        {constant.literal->offset, constant.literal->kind, constant.literal->text});
    state_.code.literal_kinds.push_back(constant.literal->kind);
  } else {
    wanted.value = literal_value(constant.literal->kind, constant.literal->text);
  }
  return state_.slot(std::move(wanted));
}

ExpressionBinder::Pair ExpressionBinder::comparable(const Bound& left, const Bound& right) {
  if (left.bits && right.type.kind != Kind::text) return comparable(as_number(left), right);
  if (right.bits && left.type.kind != Kind::text) return comparable(left, as_number(right));
  const bool left_constant = left.constant() && !right.constant() && left.type.kind != Kind::null;
  const bool right_constant = right.constant() && !left.constant() && right.type.kind != Kind::null;
  if (left_constant || right_constant) {
    const Bound& constant = left_constant ? left : right;
    const Bound& other = left_constant ? right : left;
    if (const auto convert = conversion_beside(other, constant)) {
      std::string value = constant_as(constant, *convert);
      SqlType type = other.type;
      type.collation = common_collation(left, right);
      return left_constant ? Pair{std::move(value), other.sql, type}
                           : Pair{other.sql, std::move(value), type};
    }
  }
  Pair pair;
  pair.type.kind = compared_as(left, right);
  pair.type.collation = common_collation(left, right);
  pair.left = as_kind(left, pair.type.kind);
  pair.right = as_kind(right, pair.type.kind);
  return pair;
}

Result<Bound> ExpressionBinder::compare(ast::BinaryOp op, const Bound& left, const Bound& right) {
  if (explicitly_different(left, right))
    return fail(error::illegal_mix_of_collations(collation_name(left.type.collation),
                                                 collation_name(right.type.collation), operator_of(op)));
  const Pair pair = comparable(left, right);
  std::string sql = "(" + pair.left + std::string(collate_suffix(pair.type)) + std::string(operator_of(op)) +
                    pair.right + ")";
  const bool nullable = op != ast::BinaryOp::null_safe_equal && (left.type.nullable || right.type.nullable);
  BW_CHECK(check_size(sql));
  return boolean(std::move(sql), nullable, left.aggregate || right.aggregate);
}

// ---- rows

/// A row of values: what (a, b) names, or what a sub-query of several columns gives.
struct ExpressionBinder::RowOperand {
  std::vector<Bound> items{};
  std::string shape{};  ///< "..": two values; ".(..)": a value and a row of two
  std::string from{};   ///< of a sub-query, whose columns the items are; else empty
  std::size_t columns = 0;

  bool aggregate() const { return any_aggregate(items); }
};

namespace {

/// How many columns a SELECT has by its text; a * counts as one.
std::size_t written_columns(const ast::Select& select) {
  const auto& first = select.parts.front().body;
  if (const auto* core = std::get_if<ast::SelectCore>(&first)) return core->items.size();
  return written_columns(*std::get<ast::SelectPtr>(first));
}

bool is_row(const ast::Expr& expr) {
  if (std::holds_alternative<ast::Row>(expr.node)) return true;
  const auto* subquery = std::get_if<ast::Subquery>(&expr.node);
  return subquery != nullptr && written_columns(*subquery->select) > 1;
}

/// A column of a sub-query that stands in FROM under this name.
Bound column_of_subquery(const Bound& item, const std::string& name, std::size_t number) {
  Bound b = item;
  b.literal = nullptr;
  b.parameter.reset();
  b.bits.reset();
  b.sql = name + ".c" + std::to_string(number);
  b.unrounded = false;
  return b;
}

}  // namespace

Result<> ExpressionBinder::add_row(const ast::Row& row, RowOperand& out) {
  for (const auto& item : row.items) {
    if (const auto* inner = std::get_if<ast::Row>(&item->node)) {
      const Nesting nesting(state_);
      if (nesting.too_deep()) return fail(error::not_supported("an expression nested this deeply"));
      out.shape += '(';
      BW_CHECK(add_row(*inner, out));
      out.shape += ')';
      continue;
    }
    BW_TRY(Bound b, bind(*item));
    out.items.push_back(std::move(b));
    out.shape += '.';
  }
  out.columns = row.items.size();
  return {};
}

Result<ExpressionBinder::RowOperand> ExpressionBinder::row_operand(const ast::Expr& expr) {
  RowOperand out;
  if (const auto* row = std::get_if<ast::Row>(&expr.node)) {
    BW_CHECK(add_row(*row, out));
    return out;
  }
  if (!is_row(expr)) {
    BW_TRY(Bound b, bind(expr));
    out.items.push_back(std::move(b));
    out.shape = ".";
    out.columns = 1;
    return out;
  }
  BW_TRY(const BoundSelect sub, SelectBinder(state_, this).bind(*std::get<ast::Subquery>(expr.node).select));
  const std::string name = state_.fresh_name("s");
  out.from = " FROM (" + sub.sql + ") AS " + name;
  out.columns = sub.items.size();
  out.shape.assign(out.columns, '.');
  for (std::size_t i = 0; i < sub.items.size(); ++i)
    out.items.push_back(column_of_subquery(sub.items[i], name, i + 1));
  return out;
}

/// A comparison with the row that a sub-query gives: of its only row, NULL if it has none.
void ExpressionBinder::compare_within(const RowOperand& of, bool other_aggregate, Bound& comparison) {
  if (of.from.empty()) return;
  if (other_aggregate && scope_.groups != nullptr) scope_.groups->wanted = true;
  comparison.sql = "(SELECT bw_only(" + comparison.sql + ")" + of.from + ")";
  comparison.type.nullable = true;
}

Result<Bound> ExpressionBinder::compare(ast::BinaryOp op, const ast::Expr& left, const ast::Expr& right) {
  if (is_row(left) || is_row(right)) return compare_rows(op, left, right);
  BW_TRY(const Bound a, bind(left));
  BW_TRY(const Bound b, bind(right));
  return compare(op, a, b);
}

Result<Bound> ExpressionBinder::compare_rows(ast::BinaryOp op, const ast::Expr& left,
                                             const ast::Expr& right) {
  BW_TRY(const RowOperand a, row_operand(left));
  BW_TRY(const RowOperand b, row_operand(right));
  if (a.shape != b.shape) return fail(error::operand_columns(std::to_string(a.columns)));
  BW_TRY(Bound result, compare_items(op, a.items, b.items));
  compare_within(b, a.aggregate(), result);
  compare_within(a, b.aggregate(), result);
  const bool may_lack_rows = !a.from.empty() || !b.from.empty();
  if (op == ast::BinaryOp::null_safe_equal && may_lack_rows) {
    std::string nulls;
    for (const RowOperand* side : {&a, &b}) {
      if (!side->from.empty()) continue;
      for (const Bound& item : side->items) nulls += (nulls.empty() ? "" : " AND ") + item.sql + " IS NULL";
    }
    result.sql = "ifnull(" + result.sql + "," + (nulls.empty() ? "1" : "(" + nulls + ")") + ")";
  }
  result.aggregate = a.aggregate() || b.aggregate();
  BW_CHECK(check_size(result.sql));
  return result;
}

Result<Bound> ExpressionBinder::compare_items(ast::BinaryOp op, const std::vector<Bound>& left,
                                              const std::vector<Bound>& right) {
  const bool negated = op == ast::BinaryOp::not_equal;
  if (!negated && op != ast::BinaryOp::equal && op != ast::BinaryOp::null_safe_equal)
    return order_items(op, left, right);
  std::string sql;
  for (std::size_t i = 0; i < left.size(); ++i) {
    BW_TRY(const Bound one, compare(negated ? ast::BinaryOp::equal : op, left[i], right[i]));
    sql += (i == 0 ? "" : " AND ") + one.sql;
    BW_CHECK(check_size(sql));
  }
  return boolean(negated ? "(NOT(" + sql + "))" : "(" + sql + ")", true,
                 any_aggregate(left) || any_aggregate(right));
}

// (a, b) < (x, y) is a < x OR (a = x AND b < y).
Result<Bound> ExpressionBinder::order_items(ast::BinaryOp op, const std::vector<Bound>& left,
                                            const std::vector<Bound>& right) {
  const bool less = op == ast::BinaryOp::less || op == ast::BinaryOp::less_equal;
  const ast::BinaryOp strictly = less ? ast::BinaryOp::less : ast::BinaryOp::greater;
  std::size_t i = left.size() - 1;
  BW_TRY(const Bound last, compare(op, left[i], right[i]));
  std::string sql = last.sql;
  while (i-- > 0) {
    BW_TRY(const Bound before, compare(strictly, left[i], right[i]));
    BW_TRY(const Bound same, compare(ast::BinaryOp::equal, left[i], right[i]));
    sql.insert(0, "(" + before.sql + " OR (" + same.sql + " AND ");
    sql += "))";
    BW_CHECK(check_size(sql));
  }
  return boolean(std::move(sql), true, any_aggregate(left) || any_aggregate(right));
}

namespace {

/// A text under the collation that is written with another of the texts that it is compared with, too.
void collate_like(const Bound& other, Bound& b) {
  if (!other.collated || b.collated || b.type.kind != Kind::text) return;
  b.type.collation = other.type.collation;
  b.collated = true;
}

/// Whether an expression may be Bound::collated.
bool names_collation(const ast::Expr& expr) {
  const auto* unary = std::get_if<ast::Unary>(&expr.node);
  return std::holds_alternative<ast::Collate>(expr.node) ||
         (unary != nullptr && unary->op == ast::UnaryOp::binary);
}

}  // namespace

Result<Bound> ExpressionBinder::visit(const ast::Between& node) {
  BW_TRY(Bound operand, bind(*node.operand));
  BW_TRY(const Bound low, bind(*node.low));
  BW_TRY(const Bound high, bind(*node.high));
  collate_like(low, operand);
  collate_like(high, operand);
  const Pair least = comparable(operand, low);
  const Pair most = comparable(operand, high);
  const bool aggregate = operand.aggregate || low.aggregate || high.aggregate;
  std::string sql;
  if (least.left == most.left && least.type.kind == most.type.kind) {
    sql = "(" + least.left + std::string(collate_suffix(least.type)) +
          (node.negated ? " NOT BETWEEN " : " BETWEEN ") + least.right + " AND " + most.right + ")";
  } else {
    BW_TRY(const Bound from, compare(ast::BinaryOp::greater_equal, operand, low));
    BW_TRY(const Bound to, compare(ast::BinaryOp::less_equal, operand, high));
    sql = std::string(node.negated ? "(NOT(" : "((") + from.sql + " AND " + to.sql + "))";
  }
  BW_CHECK(check_size(sql));
  return boolean(std::move(sql), operand.type.nullable || low.type.nullable || high.type.nullable, aggregate);
}

Result<Bound> ExpressionBinder::visit(const ast::In& node) {
  if (node.subquery != nullptr) return in_subquery(node);
  std::string values;
  std::string chain;
  std::string left;
  const bool row = is_row(*node.operand);
  bool uniform = !row;
  bool nullable = false;
  bool aggregate = false;
  Bound operand;
  if (!row) {
    BW_TRY(operand, bind(*node.operand));
    const auto collated =
        std::ranges::find_if(node.list, [](const auto& item) { return names_collation(*item); });
    if (collated != node.list.end()) {
      BW_TRY(const Bound other, bind(**collated));
      collate_like(other, operand);
    }
  }
  for (const auto& item : node.list) {
    Bound one;
    if (row) {
      BW_TRY(one, compare(ast::BinaryOp::equal, *node.operand, *item));
    } else {
      BW_TRY(const Bound value, bind(*item));
      const Pair pair = comparable(operand, value);
      const std::string head = pair.left + std::string(collate_suffix(pair.type));
      uniform = uniform && (left.empty() || left == head);
      left = head;
      values += (values.empty() ? "" : ",") + pair.right;
      one = boolean("(" + head + "=" + pair.right + ")", operand.type.nullable || value.type.nullable,
                    operand.aggregate || value.aggregate);
    }
    nullable = nullable || one.type.nullable;
    aggregate = aggregate || one.aggregate;
    if (!uniform || chain.size() < kMaxRenderedSql) chain += (chain.empty() ? "" : " OR ") + one.sql;
    BW_CHECK(check_size(uniform ? values : chain));
  }
  if (!uniform) return boolean((node.negated ? "(NOT(" : "((") + chain + "))", nullable, aggregate);
  return boolean("(" + left + (node.negated ? " NOT IN (" : " IN (") + values + "))", nullable, aggregate);
}

Result<Bound> ExpressionBinder::in_subquery(const ast::In& node) {
  BW_TRY(const BoundSelect sub, SelectBinder(state_, this).bind(*node.subquery));
  BW_TRY(const RowOperand row, row_operand(*node.operand));
  if (row.shape.size() != sub.items.size() || row.columns != sub.items.size())
    return fail(error::operand_columns(std::to_string(row.columns)));
  const std::string name = state_.fresh_name("s");
  std::string left;
  std::string columns;
  for (std::size_t i = 0; i < row.items.size(); ++i) {
    const Pair pair = comparable(row.items[i], column_of_subquery(sub.items[i], name, i + 1));
    left += (i == 0 ? "" : ",") + pair.left + std::string(collate_suffix(pair.type));
    columns += (i == 0 ? "" : ",") + pair.right;
  }
  if (row.items.size() > 1) left = "(" + left + ")";
  Bound result = boolean("(" + left + (node.negated ? " NOT IN (SELECT " : " IN (SELECT ") + columns +
                             " FROM (" + sub.sql + ") AS " + name + "))",
                         true, row.aggregate());
  compare_within(row, false, result);
  BW_CHECK(check_size(result.sql));
  return result;
}

// op ANY is true if any row's comparison is, unknown if one is unknown; op ALL is NOT (the opposite ANY).
Result<Bound> ExpressionBinder::visit(const ast::QuantifiedComparison& node) {
  BW_TRY(const BoundSelect sub, SelectBinder(state_, this).bind(*node.select));
  BW_TRY(const RowOperand row, row_operand(*node.operand));
  // Of rows there are IN and NOT IN alone.
  const bool takes_rows = node.op == (node.all ? ast::BinaryOp::not_equal : ast::BinaryOp::equal);
  if (row.columns > 1 && !takes_rows) return fail(error::operand_columns("1"));
  if (row.shape.size() != sub.items.size() || row.columns != sub.items.size())
    return fail(error::operand_columns(std::to_string(row.columns)));
  const std::string name = state_.fresh_name("s");
  if (row.aggregate() && scope_.groups != nullptr) scope_.groups->wanted = true;
  std::vector<Bound> columns;
  for (std::size_t i = 0; i < sub.items.size(); ++i)
    columns.push_back(column_of_subquery(sub.items[i], name, i + 1));
  BW_TRY(const Bound one, compare_items(node.op, row.items, columns));
  const std::string each = node.all ? "NOT " + one.sql : one.sql;
  Bound result = boolean(std::string(node.all ? "(NOT " : "(") + "(SELECT bw_any(" + each + ") FROM (" +
                             sub.sql + ") AS " + name + "))",
                         true, row.aggregate());
  compare_within(row, false, result);
  BW_CHECK(check_size(result.sql));
  return result;
}

Result<Bound> ExpressionBinder::visit(const ast::Like& node) {
  BW_TRY(const Bound operand, bind(*node.operand));
  BW_TRY(const Bound pattern, bind(*node.pattern));
  std::string escape = state_.text_slot("\\");
  if (node.escape != nullptr) {
    BW_TRY(const Bound written, bind(*node.escape));
    escape = as_text(written);
  }
  const std::string wanted = pattern.constant() && pattern.type.kind == Kind::text
                                 ? constant_as(pattern, Convert::text)
                                 : as_text(pattern);
  std::string sql = "bw_like(" + as_text(operand) + "," + wanted + "," + escape + "," +
                    std::to_string(static_cast<int>(common_collation(operand, pattern))) + ")";
  if (node.negated) sql = "(NOT " + sql + ")";
  return boolean(std::move(sql), operand.type.nullable || pattern.type.nullable,
                 operand.aggregate || pattern.aggregate);
}

Result<Bound> ExpressionBinder::visit(const ast::Regexp& node) {
  BW_TRY(const Bound operand, bind(*node.operand));
  BW_TRY(const Bound pattern, bind(*node.pattern));
  std::string sql = regexp(operand, pattern, "''");
  if (node.negated) sql = "(NOT " + sql + ")";
  return boolean(std::move(sql), operand.type.nullable || pattern.type.nullable,
                 operand.aggregate || pattern.aggregate);
}

Result<Bound> ExpressionBinder::visit(const ast::Is& node) {
  BW_TRY(const Bound operand, bind(*node.operand));
  const std::string value = truth(operand);
  std::string sql;
  switch (node.what) {
    case ast::IsWhat::null:
      sql = "(" + operand.sql + (node.negated ? " IS NOT NULL)" : " IS NULL)");
      break;
    case ast::IsWhat::unknown:
      sql = "(" + value + (node.negated ? " IS NOT NULL)" : " IS NULL)");
      break;
    case ast::IsWhat::yes:
      sql = "(" + value + (node.negated ? " IS NOT TRUE)" : " IS TRUE)");
      break;
    case ast::IsWhat::no:
      sql = "(" + value + (node.negated ? " IS NOT FALSE)" : " IS FALSE)");
      break;
  }
  return boolean(std::move(sql), false, operand.aggregate);
}

}  // namespace breakwater::catalog
