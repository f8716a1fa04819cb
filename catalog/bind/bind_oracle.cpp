// What a SELECT means in an Oracle tenant where it differs from MySQL's: ROWNUM, dates in arithmetic,
// NUMBER's division, and how results are shown. An empty text is NULL. Oracle's functions: calls_oracle.cpp.
#include <algorithm>

#include "catalog/bind/bind_parts.h"
#include "catalog/bind/select_binder.h"
#include "catalog/dictionary/view.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

constexpr std::uint32_t kNumberDigits = 38, kShownMoment = 128;

}  // namespace

Bound oracle_number_of(std::string sql, bool nullable) {
  Bound b = bound_of(std::move(sql), decimal_type(kMaxDecimalDigits, kMaxDecimalScale, nullable));
  b.unrounded = true;
  return b;
}

std::string oracle_sql(std::string_view function, const std::vector<std::string>& args) {
  return "bw_oracle_" + std::string(function) + "(" + joined(args) + ")";
}

SqlType varchar2(std::uint64_t length) {
  return text_type(length, Collation::bin, true);
}

/// Oracle's texts are never empty.
Bound ExpressionBinder::never_empty(Bound b) const {
  if (!state_.oracle || b.type.kind != Kind::text) return b;
  b.sql = "nullif(" + b.sql + ",'')";
  b.type.nullable = true;
  return b;
}

// ---- ROWNUM

namespace {

std::vector<const ast::Expr*> conjuncts_of(const ast::ExprPtr& where) {
  if (where == nullptr) return {};
  const auto* both = std::get_if<ast::Binary>(&where->node);
  if (both == nullptr || both->op != ast::BinaryOp::logical_and) return {where.get()};
  return chain_of(*both);
}

bool is_rownum(const ast::ExprPtr& node) {
  return std::holds_alternative<ast::Rownum>(node->node);
}

ast::BinaryOp mirrored(ast::BinaryOp op) {
  using enum ast::BinaryOp;
  switch (op) {
    case less:
      return greater;
    case less_equal:
      return greater_equal;
    case greater:
      return less;
    case greater_equal:
      return less_equal;
    default:
      return op;
  }
}

/// ROWNUM <op> limit, whichever side it stands on.
struct RownumLimit {
  ast::BinaryOp op;
  const ast::Expr* limit;
};
std::vector<RownumLimit> rownum_limits(const ast::Expr& condition) {
  if (const auto* between = std::get_if<ast::Between>(&condition.node);
      between != nullptr && !between->negated && is_rownum(between->operand))
    return {{ast::BinaryOp::greater_equal, between->low.get()},
            {ast::BinaryOp::less_equal, between->high.get()}};
  const auto* binary = std::get_if<ast::Binary>(&condition.node);
  const bool compares = binary != nullptr && binary->op >= ast::BinaryOp::equal &&
                        binary->op <= ast::BinaryOp::greater_equal &&
                        binary->op != ast::BinaryOp::null_safe_equal;
  if (!compares) return {};
  if (is_rownum(binary->left)) return {{binary->op, binary->right.get()}};
  if (is_rownum(binary->right)) return {{mirrored(binary->op), binary->left.get()}};
  return {};
}

Bound whole(std::string sql) {
  return bound_of(std::move(sql), integer_type(kBigintWidth, false));
}

}  // namespace

/// A row that is refused for its ROWNUM leaves the number to the next, so that what the first row doesn't
/// pass none does: = 2 and > 1 give no row. Of a condition that has rownum_limits().
Result<std::string> SelectBinder::rownum_condition(const ast::Expr& condition, const std::string& rownum) {
  using enum ast::BinaryOp;
  std::string sql;
  for (const RownumLimit& limit : rownum_limits(condition)) {
    const Scope nothing;
    ExpressionBinder binder(state_, nothing, kRownumLimit);
    BW_TRY(const Bound value, binder.bind(*limit.limit));
    const auto holds = [&](ast::BinaryOp op, const Bound& number) -> Result<std::string> {
      BW_TRY(const Bound same, binder.compare(op, number, value));
      return truth(same);
    };
    BW_TRY(const std::string first, holds(limit.op, whole("1")));
    std::string one = first;
    if (limit.op == less || limit.op == less_equal) {
      BW_TRY(one, holds(limit.op, whole(rownum)));
    } else if (limit.op == equal) {
      one = "(" + rownum;
      one.append("=1 AND ").append(first).append(")");
    } else if (limit.op == not_equal) {
      BW_TRY(const std::string below, holds(less, whole(rownum)));
      BW_TRY(const std::string none, holds(greater, whole("1")));
      one = "(" + below;
      one.append(" OR ").append(none).append(")");
    }
    sql += (sql.empty() ? "" : " AND ") + one;
  }
  return sql;
}

/// FROM and WHERE of a core that names ROWNUM, as one numbered table in place of those in scope. `filtered`: it ends in
/// a WHERE.
Result<std::string> SelectBinder::numbered_rows(const ast::SelectCore& core, const std::string& from,
                                                Scope& scope, bool& filtered) {
  std::string plain;
  std::vector<const ast::Expr*> numbered;
  for (const ast::Expr* condition : conjuncts_of(core.where)) {
    if (!rownum_limits(*condition).empty()) {
      numbered.push_back(condition);
      continue;
    }
    BW_TRY(const Bound bound, ExpressionBinder(state_, scope, kWhere, outer_).bind(*condition));
    plain += (plain.empty() ? " WHERE " : " AND ") + truth(bound);
  }
  const std::string name = state_.fresh_name("t");
  std::string inner = "SELECT row_number() OVER () AS rn";
  std::size_t columns = 0;
  for (ScopeTable& table : scope.tables) {
    for (const ScopeColumn& column : table.columns)
      inner += ", " + column_of(table, column).sql + " AS c" + std::to_string(++columns);
  }
  columns = 0;
  for (ScopeTable& table : scope.tables) {
    table.sql_name = name;
    table.numbered = true;
    table.first = columns;
    columns += table.columns.size();
  }
  scope.rownum = name + ".rn";
  std::string sql = " FROM (" + inner + from + plain + ") AS " + name;
  std::string where;
  for (const ast::Expr* condition : numbered) {
    BW_TRY(const std::string one, rownum_condition(*condition, scope.rownum));
    where += (where.empty() ? " WHERE " : " AND ") + one;
  }
  filtered = !where.empty();
  return sql + where;
}

Result<Bound> ExpressionBinder::visit(const ast::Rownum& /*node*/) {
  for (const ExpressionBinder* at = this; at != nullptr; at = at->outer_) {
    if (at->scope_.rownum.empty()) continue;
    Bound b = whole(at->scope_.rownum);
    b.display = "ROWNUM";
    return b;
  }
  return fail(error::not_supported("ROWNUM here"));
}

// ---- arithmetic

/// With a date, and division; nothing: it is as MySQL's.
std::optional<Bound> ExpressionBinder::oracle_arithmetic(ast::BinaryOp op, const Bound& a, const Bound& b) {
  using enum ast::BinaryOp;
  const bool nullable = a.type.nullable || b.type.nullable;
  std::optional<Bound> result;
  if (is_moment(a.type.kind) && is_moment(b.type.kind) && op == subtract) {
    result = oracle_number_of(oracle_sql("days_between", {as_datetime(a), as_datetime(b)}), nullable);
  } else if (is_moment(a.type.kind) != is_moment(b.type.kind) &&
             (op == add || (op == subtract && is_moment(a.type.kind)))) {
    const Bound& moment = is_moment(a.type.kind) ? a : b;
    const Bound days = as_number(is_moment(a.type.kind) ? b : a);
    std::string count = as_text(days);
    if (op == subtract) count = "bw_dneg(" + count + ")";
    result = bound_of(oracle_sql("add_days", {as_datetime(moment), count}), datetime_type(0, nullable));
  } else if (op == divide && a.type.kind != Kind::real && b.type.kind != Kind::real) {
    result = oracle_number_of(oracle_sql("divide", {oracle_number(a), oracle_number(b)}), nullable);
  }
  if (result) result->aggregate = a.aggregate || b.aggregate;
  return result;
}

std::string oracle_number(const Bound& b) {
  if (b.type.kind == Kind::text) return oracle_sql("number_of", {as_text(b)});
  return as_decimal(as_number(b));
}

// ---- results

namespace {

/// As a client gets it: NUMBERs without needless zeros, moments as the session's formats say.
std::string shown(const std::string& column, const Bound& item, const std::string& date_model,
                  const std::string& timestamp_model) {
  Bound b = item;
  b.sql = column;
  b.unrounded = false;
  if (is_moment(b.type.kind)) {
    return oracle_sql("date_text", {as_datetime(b), b.type.decimals > 0 ? timestamp_model : date_model});
  }
  if (b.type.kind == Kind::decimal || b.type.kind == Kind::real) return oracle_sql("number", {as_text(b)});
  return b.wide ? as_text(b) : column;
}

}  // namespace

SqlType oracle_result_type(const SqlType& type) {
  switch (type.kind) {
    case Kind::integer:
      return decimal_type(kNumberDigits, 0, type.nullable);
    case Kind::real:
    case Kind::decimal: {
      SqlType number = decimal_type(kNumberDigits, 0, type.nullable);
      number.decimals = kNotFixedDecimals;
      return number;
    }
    case Kind::text: {
      SqlType text = type;
      if (text.collation == Collation::general_ci) text.collation = Collation::bin;
      return text;
    }
    case Kind::null:
      return type;
    default: {
      SqlType text = varchar2(kShownMoment);
      text.nullable = type.nullable;
      return text;
    }
  }
}

void show_oracle_results(BindState& state, BoundSelect& bound) {
  const bool plain = std::ranges::all_of(bound.items, [](const Bound& b) {
    return b.type.kind == Kind::text || b.type.kind == Kind::null ||
           (b.type.kind == Kind::integer && !b.wide);
  });
  if (!plain) {
    const std::string date_model = state.slot({.from = From::nls_date_format});
    const std::string timestamp_model = state.slot({.from = From::nls_timestamp_format});
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < bound.items.size(); ++i) {
      const std::string column = "o.c" + std::to_string(i + 1);
      sql += (i == 0 ? "" : ", ") + shown(column, bound.items[i], date_model, timestamp_model);
    }
    bound.sql = sql + " FROM (" + bound.sql + ") AS o";
  }
  for (Bound& item : bound.items) item.type = oracle_result_type(item.type);
}

}  // namespace breakwater::catalog
