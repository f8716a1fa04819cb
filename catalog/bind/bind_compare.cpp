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
  switch (other.type.kind) {
    case Kind::integer:
      return other.wide ? std::nullopt : std::optional(Convert::comparable_number);
    case Kind::real:
      return Convert::real;
    case Kind::decimal:
      return is_exact(constant.type.kind) ? std::optional(Convert::decimal) : std::nullopt;
    case Kind::text:
      return text ? std::optional(Convert::text) : std::nullopt;
    case Kind::timestamp:
      return text ? std::optional(Convert::timestamp) : std::nullopt;
    case Kind::datetime:
    case Kind::date:
      return text ? std::optional(Convert::datetime) : std::nullopt;
    case Kind::time:
      return text ? std::optional(Convert::time) : std::nullopt;
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
  if (left.bits && right.type.kind != Kind::text) return compare(op, as_number(left), right);
  if (right.bits && left.type.kind != Kind::text) return compare(op, left, as_number(right));
  const Pair pair = comparable(left, right);
  std::string sql = "(" + pair.left + std::string(collate_suffix(pair.type)) + std::string(operator_of(op)) +
                    pair.right + ")";
  const bool nullable = op != ast::BinaryOp::null_safe_equal && (left.type.nullable || right.type.nullable);
  BW_CHECK(check_size(sql));
  return boolean(std::move(sql), nullable, left.aggregate || right.aggregate);
}

Result<Bound> ExpressionBinder::compare(ast::BinaryOp op, const ast::Expr& left, const ast::Expr& right) {
  const auto* left_row = std::get_if<ast::Row>(&left.node);
  const auto* right_row = std::get_if<ast::Row>(&right.node);
  if (left_row != nullptr && right_row != nullptr) return compare_rows(op, *left_row, *right_row);
  BW_TRY(const Bound a, bind(left));
  BW_TRY(const Bound b, bind(right));
  return compare(op, a, b);
}

Result<Bound> ExpressionBinder::compare_rows(ast::BinaryOp op, const ast::Row& left, const ast::Row& right) {
  const bool negated = op == ast::BinaryOp::not_equal;
  if (!negated && op != ast::BinaryOp::equal && op != ast::BinaryOp::null_safe_equal)
    return fail(error::not_supported("comparing rows by order"));
  if (left.items.size() != right.items.size())
    return fail(error::operand_columns(std::to_string(left.items.size())));
  std::string sql;
  bool aggregate = false;
  for (std::size_t i = 0; i < left.items.size(); ++i) {
    BW_TRY(const Bound one, compare(negated ? ast::BinaryOp::equal : op, *left.items[i], *right.items[i]));
    sql += (i == 0 ? "" : " AND ") + one.sql;
    aggregate = aggregate || one.aggregate;
  }
  return boolean(negated ? "(NOT(" + sql + "))" : "(" + sql + ")", true, aggregate);
}

Result<Bound> ExpressionBinder::visit(const ast::Between& node) {
  BW_TRY(const Bound operand, bind(*node.operand));
  BW_TRY(const Bound low, bind(*node.low));
  BW_TRY(const Bound high, bind(*node.high));
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
  const auto* row = std::get_if<ast::Row>(&node.operand->node);
  bool uniform = row == nullptr;
  bool nullable = false;
  bool aggregate = false;
  Bound operand;
  if (row == nullptr) {
    BW_TRY(operand, bind(*node.operand));
  }
  for (const auto& item : node.list) {
    Bound one;
    if (row != nullptr) {
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
  std::vector<const ast::Expr*> operands = {node.operand.get()};
  if (const auto* row = std::get_if<ast::Row>(&node.operand->node)) {
    operands.clear();
    for (const auto& item : row->items) operands.push_back(item.get());
  }
  if (operands.size() != sub.items.size())
    return fail(error::operand_columns(std::to_string(operands.size())));
  const std::string name = state_.fresh_name("s");
  std::string left;
  std::string columns;
  bool aggregate = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    BW_TRY(const Bound operand, bind(*operands[i]));
    Bound item = sub.items[i];
    item.literal = nullptr;
    item.parameter.reset();
    item.sql = name + ".c" + std::to_string(i + 1);
    item.unrounded = false;
    const Pair pair = comparable(operand, item);
    left += (i == 0 ? "" : ",") + pair.left + std::string(collate_suffix(pair.type));
    columns += (i == 0 ? "" : ",") + pair.right;
    aggregate = aggregate || operand.aggregate;
  }
  if (operands.size() > 1) left = "(" + left + ")";
  std::string sql = "(" + left + (node.negated ? " NOT IN (SELECT " : " IN (SELECT ") + columns + " FROM (" +
                    sub.sql + ") AS " + name + "))";
  BW_CHECK(check_size(sql));
  return boolean(std::move(sql), true, aggregate);
}

// op ANY is true if any row's comparison is, unknown if one is unknown; op ALL is NOT (the opposite ANY).
Result<Bound> ExpressionBinder::visit(const ast::QuantifiedComparison& node) {
  BW_TRY(const BoundSelect sub, SelectBinder(state_, this).bind(*node.select));
  if (sub.items.size() != 1) return fail(error::operand_columns("1"));
  const std::string name = state_.fresh_name("s");
  BW_TRY(const Bound operand, bind(*node.operand));
  Bound item = sub.items.front();
  item.literal = nullptr;
  item.parameter.reset();
  item.sql = name + ".c1";
  item.unrounded = false;
  BW_TRY(const Bound one, compare(node.op, operand, item));
  const std::string each = node.all ? "NOT " + one.sql : one.sql;
  return boolean(std::string(node.all ? "(NOT " : "(") + "(SELECT bw_any(" + each + ") FROM (" + sub.sql +
                     ") AS " + name + "))",
                 true, operand.aggregate);
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
