// Comparisons: which type both sides are compared in (MySQL 5.7, "Type Conversion in Expression Evaluation"),
// and constants made into it, so that an index still serves.
#include "catalog/bind/bind_parts.h"

namespace breakwater::catalog {

struct Binder::Pair {
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

std::string Binder::constant_as(const Bound& constant, Convert convert, const Scope& scope) {
  Slot wanted{.convert = convert};
  if (constant.parameter) {
    wanted.from = From::parameter;
    wanted.index = *constant.parameter;
  } else if (context_.free_literals && scope.frees_literals() &&
             constant.literal->offset != ast::Literal::kNotInText) {
    wanted.from = From::literal;
    wanted.index = static_cast<std::uint32_t>(plan_.free_literals.size());
    plan_.free_literals.push_back({constant.literal->offset, constant.literal->kind, constant.literal->text});
    code_.literal_kinds.push_back(constant.literal->kind);
  } else {
    wanted.value = literal_value(constant.literal->kind, constant.literal->text);
  }
  return slot(std::move(wanted));
}

Binder::Pair Binder::comparable(const Bound& left, const Bound& right, const Scope& scope) {
  const bool left_constant = left.constant() && !right.constant() && left.type.kind != Kind::null;
  const bool right_constant = right.constant() && !left.constant() && right.type.kind != Kind::null;
  if (left_constant || right_constant) {
    const Bound& constant = left_constant ? left : right;
    const Bound& other = left_constant ? right : left;
    if (const auto convert = conversion_beside(other, constant)) {
      std::string value = constant_as(constant, *convert, scope);
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

Result<Bound> Binder::compare(ast::BinaryOp op, const Bound& left, const Bound& right, const Scope& scope) {
  if (left.bits && right.type.kind != Kind::text) return compare(op, as_number(left), right, scope);
  if (right.bits && left.type.kind != Kind::text) return compare(op, left, as_number(right), scope);
  const Pair pair = comparable(left, right, scope);
  std::string sql = "(" + pair.left + std::string(collate_suffix(pair.type)) + std::string(operator_of(op)) +
                    pair.right + ")";
  const bool nullable = op != ast::BinaryOp::null_safe_equal && (left.type.nullable || right.type.nullable);
  BW_CHECK(check_size(sql));
  return boolean(std::move(sql), nullable, left.aggregate || right.aggregate);
}

Result<Bound> Binder::compare(ast::BinaryOp op, const ast::Expr& left, const ast::Expr& right, Scope& scope) {
  const auto* left_row = std::get_if<ast::Row>(&left.node);
  const auto* right_row = std::get_if<ast::Row>(&right.node);
  if (left_row != nullptr && right_row != nullptr) return compare_rows(op, *left_row, *right_row, scope);
  BW_TRY(const Bound a, expr(left, scope));
  BW_TRY(const Bound b, expr(right, scope));
  return compare(op, a, b, scope);
}

Result<Bound> Binder::compare_rows(ast::BinaryOp op, const ast::Row& left, const ast::Row& right,
                                   Scope& scope) {
  const bool negated = op == ast::BinaryOp::not_equal;
  if (!negated && op != ast::BinaryOp::equal && op != ast::BinaryOp::null_safe_equal)
    return fail(error::not_supported("comparing rows by order"));
  if (left.items.size() != right.items.size())
    return fail(error::operand_columns(std::to_string(left.items.size())));
  std::string sql;
  bool aggregate = false;
  for (std::size_t i = 0; i < left.items.size(); ++i) {
    BW_TRY(const Bound one,
           compare(negated ? ast::BinaryOp::equal : op, *left.items[i], *right.items[i], scope));
    sql += (i == 0 ? "" : " AND ") + one.sql;
    aggregate = aggregate || one.aggregate;
  }
  return boolean(negated ? "(NOT(" + sql + "))" : "(" + sql + ")", true, aggregate);
}

Result<Bound> Binder::visit(const ast::Between& node, Scope& scope) {
  BW_TRY(const Bound operand, expr(*node.operand, scope));
  BW_TRY(const Bound low, expr(*node.low, scope));
  BW_TRY(const Bound high, expr(*node.high, scope));
  const Pair least = comparable(operand, low, scope);
  const Pair most = comparable(operand, high, scope);
  const bool aggregate = operand.aggregate || low.aggregate || high.aggregate;
  std::string sql;
  if (least.left == most.left && least.type.kind == most.type.kind) {
    sql = "(" + least.left + std::string(collate_suffix(least.type)) +
          (node.negated ? " NOT BETWEEN " : " BETWEEN ") + least.right + " AND " + most.right + ")";
  } else {
    BW_TRY(const Bound from, compare(ast::BinaryOp::greater_equal, operand, low, scope));
    BW_TRY(const Bound to, compare(ast::BinaryOp::less_equal, operand, high, scope));
    sql = std::string(node.negated ? "(NOT(" : "((") + from.sql + " AND " + to.sql + "))";
  }
  BW_CHECK(check_size(sql));
  return boolean(std::move(sql), operand.type.nullable || low.type.nullable || high.type.nullable, aggregate);
}

Result<Bound> Binder::visit(const ast::In& node, Scope& scope) {
  if (node.subquery != nullptr) return in_subquery(node, scope);
  std::string values;
  std::string chain;
  std::string left;
  const auto* row = std::get_if<ast::Row>(&node.operand->node);
  bool uniform = row == nullptr;
  bool nullable = false;
  bool aggregate = false;
  Bound operand;
  if (row == nullptr) {
    BW_TRY(operand, expr(*node.operand, scope));
  }
  for (const auto& item : node.list) {
    Bound one;
    if (row != nullptr) {
      BW_TRY(one, compare(ast::BinaryOp::equal, *node.operand, *item, scope));
    } else {
      BW_TRY(const Bound value, expr(*item, scope));
      const Pair pair = comparable(operand, value, scope);
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

Result<Bound> Binder::in_subquery(const ast::In& node, Scope& scope) {
  BW_TRY(const BoundSelect sub, select(*node.subquery, &scope));
  std::vector<const ast::Expr*> operands = {node.operand.get()};
  if (const auto* row = std::get_if<ast::Row>(&node.operand->node)) {
    operands.clear();
    for (const auto& item : row->items) operands.push_back(item.get());
  }
  if (operands.size() != sub.items.size())
    return fail(error::operand_columns(std::to_string(operands.size())));
  const std::string name = "s" + std::to_string(++tables_);
  std::string left;
  std::string columns;
  bool aggregate = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    BW_TRY(const Bound operand, expr(*operands[i], scope));
    Bound item = sub.items[i];
    item.literal = nullptr;
    item.parameter.reset();
    item.sql = name + ".c" + std::to_string(i + 1);
    item.unrounded = false;
    const Pair pair = comparable(operand, item, scope);
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
Result<Bound> Binder::visit(const ast::QuantifiedComparison& node, Scope& scope) {
  BW_TRY(const BoundSelect sub, select(*node.select, &scope));
  if (sub.items.size() != 1) return fail(error::operand_columns("1"));
  const std::string name = "s" + std::to_string(++tables_);
  BW_TRY(const Bound operand, expr(*node.operand, scope));
  Bound item = sub.items.front();
  item.literal = nullptr;
  item.parameter.reset();
  item.sql = name + ".c1";
  item.unrounded = false;
  BW_TRY(const Bound one, compare(node.op, operand, item, scope));
  const std::string each = node.all ? "NOT " + one.sql : one.sql;
  return boolean(std::string(node.all ? "(NOT " : "(") + "(SELECT bw_any(" + each + ") FROM (" + sub.sql +
                     ") AS " + name + "))",
                 true, operand.aggregate);
}

Result<Bound> Binder::visit(const ast::Like& node, Scope& scope) {
  BW_TRY(const Bound operand, expr(*node.operand, scope));
  BW_TRY(const Bound pattern, expr(*node.pattern, scope));
  std::string escape = text_slot("\\");
  if (node.escape != nullptr) {
    BW_TRY(const Bound written, expr(*node.escape, scope));
    escape = as_text(written);
  }
  const std::string wanted = pattern.constant() && pattern.type.kind == Kind::text
                                 ? constant_as(pattern, Convert::text, scope)
                                 : as_text(pattern);
  std::string sql = "bw_like(" + as_text(operand) + "," + wanted + "," + escape + "," +
                    std::to_string(static_cast<int>(common_collation(operand, pattern))) + ")";
  if (node.negated) sql = "(NOT " + sql + ")";
  return boolean(std::move(sql), operand.type.nullable || pattern.type.nullable,
                 operand.aggregate || pattern.aggregate);
}

Result<Bound> Binder::visit(const ast::Regexp& node, Scope& scope) {
  BW_TRY(const Bound operand, expr(*node.operand, scope));
  BW_TRY(const Bound pattern, expr(*node.pattern, scope));
  std::string sql = regexp(operand, pattern, "''");
  if (node.negated) sql = "(NOT " + sql + ")";
  return boolean(std::move(sql), operand.type.nullable || pattern.type.nullable,
                 operand.aggregate || pattern.aggregate);
}

Result<Bound> Binder::visit(const ast::Is& node, Scope& scope) {
  BW_TRY(const Bound operand, expr(*node.operand, scope));
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
