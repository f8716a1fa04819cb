// What a SELECT means in an Oracle tenant where it differs from MySQL's: ROWNUM, dates in arithmetic,
// NUMBER's division, Oracle's functions, and how results are shown. An empty text is NULL.
#include <algorithm>

#include "catalog/bind/bind_parts.h"
#include "catalog/dictionary/view.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

using Args = std::vector<Bound>;

constexpr std::uint32_t kNumberDigits = 38, kShownMoment = 128;
constexpr std::uint32_t kShownNumber = 64, kOracleNameLength = 128, kPaddedLength = 4000;

SqlType number_type(bool nullable) {
  return decimal_type(kMaxDecimalDigits, kMaxDecimalScale, nullable);
}

Bound number_of(std::string sql, bool nullable) {
  Bound b = bound_of(std::move(sql), number_type(nullable));
  b.unrounded = true;
  return b;
}

std::string call(std::string_view function, const std::vector<std::string>& args) {
  return "bw_oracle_" + std::string(function) + "(" + joined(args) + ")";
}

SqlType varchar2(std::uint64_t length) {
  return text_type(length, Collation::bin, true);
}

}  // namespace

/// Oracle's texts are never empty.
Bound Binder::never_empty(Bound b) const {
  if (!oracle_ || b.type.kind != Kind::text) return b;
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
Result<std::string> Binder::rownum_condition(const ast::Expr& condition, const std::string& rownum) {
  using enum ast::BinaryOp;
  std::string sql;
  for (const RownumLimit& limit : rownum_limits(condition)) {
    Scope scope;
    scope.clause = "where clause";
    BW_TRY(const Bound value, expr(*limit.limit, scope));
    const auto holds = [&](ast::BinaryOp op, const Bound& number) -> Result<std::string> {
      BW_TRY(const Bound same, compare(op, number, value, scope));
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

/// FROM and WHERE of a core that names ROWNUM, as one numbered table in place of those in scope.
Result<std::string> Binder::numbered_rows(const ast::SelectCore& core, const std::string& from,
                                          Scope& scope) {
  std::string plain;
  std::vector<const ast::Expr*> numbered;
  scope.clause = "where clause";
  scope.free_literals = true;
  for (const ast::Expr* condition : conjuncts_of(core.where)) {
    if (!rownum_limits(*condition).empty()) {
      numbered.push_back(condition);
      continue;
    }
    BW_TRY(const Bound bound, expr(*condition, scope));
    plain += (plain.empty() ? " WHERE " : " AND ") + truth(bound);
  }
  scope.free_literals = false;
  const std::string name = "t" + std::to_string(++tables_);
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
  return sql + where;
}

Result<Bound> Binder::visit(const ast::Rownum& /*node*/, Scope& scope) {
  for (const Scope* at = &scope; at != nullptr; at = at->parent) {
    if (at->rownum.empty()) continue;
    Bound b = whole(at->rownum);
    b.display = "ROWNUM";
    return b;
  }
  return fail(error::not_supported("ROWNUM here"));
}

// ---- arithmetic

/// With a date, and division; nothing: it is as MySQL's.
std::optional<Bound> Binder::oracle_arithmetic(ast::BinaryOp op, const Bound& a, const Bound& b) {
  using enum ast::BinaryOp;
  const bool nullable = a.type.nullable || b.type.nullable;
  std::optional<Bound> result;
  if (is_moment(a.type.kind) && is_moment(b.type.kind) && op == subtract) {
    result = number_of(call("days_between", {as_datetime(a), as_datetime(b)}), nullable);
  } else if (is_moment(a.type.kind) != is_moment(b.type.kind) &&
             (op == add || (op == subtract && is_moment(a.type.kind)))) {
    const Bound& moment = is_moment(a.type.kind) ? a : b;
    const Bound days = as_number(is_moment(a.type.kind) ? b : a);
    std::string count = as_text(days);
    if (op == subtract) count = "bw_dneg(" + count + ")";
    result = bound_of(call("add_days", {as_datetime(moment), count}), datetime_type(0, nullable));
  } else if (op == divide && a.type.kind != Kind::real && b.type.kind != Kind::real) {
    result = number_of(call("divide", {oracle_number(a), oracle_number(b)}), nullable);
  }
  if (result) result->aggregate = a.aggregate || b.aggregate;
  return result;
}

/// A decimal's text: of a text that is no number, an error.
std::string Binder::oracle_number(const Bound& b) {
  if (b.type.kind == Kind::text) return call("number_of", {as_text(b)});
  return as_decimal(as_number(b));
}

// ---- functions

/// DECODE(e, s, r, s, r ..., otherwise): NULL equals NULL.
Result<Bound> Binder::decode(const ast::FunctionCall& node, Scope& scope) {
  BW_TRY(const Args args, arguments(node, scope));
  const std::size_t pairs = (args.size() - 1) / 2;
  Args values;
  for (std::size_t i = 0; i < pairs; ++i) values.push_back(args[2 + 2 * i]);
  values.push_back(args.size() % 2 == 0 ? args.back() : bound_of("NULL", {}));
  Bound b = bound_of("(CASE", common_type(values));
  b.type.nullable = true;
  for (std::size_t i = 0; i < pairs; ++i) {
    BW_TRY(const Bound same, compare(ast::BinaryOp::null_safe_equal, args[0], args[1 + 2 * i], scope));
    b.sql += " WHEN " + truth(same) + " THEN " + as_operand(values[i], b);
    BW_CHECK(check_size(b.sql));
  }
  b.sql += " ELSE " + as_operand(values.back(), b) + " END)";
  b.aggregate = any_aggregate(args);
  return b;
}

/// The model that a call gives, or the session's own for such a value.
std::string Binder::model_of(const Args& args) {
  if (args.size() > 1) return as_text(args[1]);
  return slot({.from = args[0].type.decimals > 0 ? From::nls_timestamp_format : From::nls_date_format});
}

Bound Binder::to_char(const Args& args) {
  const Bound& value = args[0];
  if (is_moment(value.type.kind))
    return bound_of(call("date_text", {as_datetime(value), model_of(args)}), varchar2(kOracleNameLength));
  if (args.size() > 1)
    return bound_of(call("number_text", {oracle_number(value), as_text(args[1])}),
                    varchar2(kOracleNameLength));
  if (value.type.kind == Kind::text || value.type.kind == Kind::null)
    return bound_of(as_text(value), varchar2(text_length(value.type)));
  return bound_of(call("number", {as_text(value)}), varchar2(kShownNumber));
}

Bound Binder::to_moment(const Args& args, bool timestamp) {
  const std::uint32_t decimals = timestamp ? kMicros : 0;
  if (is_moment(args[0].type.kind)) return bound_of(as_datetime(args[0]), datetime_type(decimals, true));
  const From model = timestamp ? From::nls_timestamp_format : From::nls_date_format;
  const std::string format = args.size() > 1 ? as_text(args[1]) : slot({.from = model});
  return bound_of(call("date_of", {as_text(args[0]), format}), datetime_type(decimals, true));
}

namespace {

struct OracleFunction {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  Bound (*render)(const Args&);
};

Bound nvl2(const Args& a) {
  Bound b = bound_of("", common_type({a[1], a[2]}));
  b.sql = "(CASE WHEN " + a[0].sql + " IS NOT NULL THEN " + as_operand(a[1], b) + " ELSE " +
          as_operand(a[2], b) + " END)";
  b.type.nullable = true;
  return b;
}

Bound text_call(std::string_view function, const Args& a, std::uint64_t length,
                const std::string& more = {}) {
  std::vector<std::string> parts = {as_text(a[0])};
  for (std::size_t i = 1; i < a.size(); ++i)
    parts.push_back(a[i].type.kind == Kind::text ? as_text(a[i]) : as_integer(a[i]));
  if (!more.empty()) parts.push_back(more);
  return bound_of("bw_" + std::string(function) + "(" + joined(parts) + ")", varchar2(length));
}

/// bw_concat() and not SQLite's ||, which knows no limit. A call takes no more arguments than SQLite lets it.
Bound concat(const Args& a) {
  constexpr std::size_t kMostParts = 64;
  std::vector<std::string> parts;
  std::uint64_t length = 0;
  for (const Bound& part : a) {
    const bool moment_or_number = part.type.kind == Kind::decimal || part.type.kind == Kind::real;
    const std::string text = moment_or_number ? call("number", {as_text(part)}) : as_text(part);
    if (parts.size() == kMostParts) parts = {"bw_concat(" + joined(parts) + ")"};
    parts.push_back("coalesce(" + text + ",'')");
    length += text_length(part.type);
  }
  return bound_of("bw_concat(" + joined(parts) + ")", varchar2(length));
}

Bound trimmed(const Args& a, const char* side) {
  const std::string set = a.size() > 1 ? as_text(a[1]) : "' '";
  return bound_of(call(side, {as_text(a[0]), set}), varchar2(text_length(a[0].type)));
}

Bound padded(const Args& a, const char* function) {
  return text_call(function, a, kPaddedLength, a.size() > 2 ? "" : "' '");
}

const OracleFunction kOracleFunctions[] = {
    {"nvl2", 3, 3, nvl2},
    {"concat", 2, SIZE_MAX, concat},
    {"length", 1, 1,
     [](const Args& a) { return bound_of("bw_char_length(" + as_text(a[0]) + ")", integer_type(10, true)); }},
    {"lengthb", 1, 1,
     [](const Args& a) { return bound_of("bw_length(" + as_text(a[0]) + ")", integer_type(10, true)); }},
    {"substr", 2, 3, [](const Args& a) { return text_call("oracle_substr", a, text_length(a[0].type)); }},
    {"substring", 2, 3, [](const Args& a) { return text_call("oracle_substr", a, text_length(a[0].type)); }},
    {"instr", 2, 4,
     [](const Args& a) {
       return bound_of(call("instr", {as_text(a[0]), as_text(a[1]), a.size() > 2 ? as_integer(a[2]) : "1",
                                      a.size() > 3 ? as_integer(a[3]) : "1"}),
                       integer_type(kBigintWidth, true));
     }},
    {"ltrim", 1, 2, [](const Args& a) { return trimmed(a, "ltrim"); }},
    {"rtrim", 1, 2, [](const Args& a) { return trimmed(a, "rtrim"); }},
    {"initcap", 1, 1,
     [](const Args& a) {
       return bound_of(call("initcap", {as_text(a[0])}), varchar2(text_length(a[0].type)));
     }},
    {"lpad", 2, 3, [](const Args& a) { return padded(a, "lpad"); }},
    {"rpad", 2, 3, [](const Args& a) { return padded(a, "rpad"); }},
    {"chr", 1, 1, [](const Args& a) { return bound_of("char(" + as_integer(a[0]) + ")", varchar2(1)); }},
    {"add_months", 2, 2,
     [](const Args& a) {
       return bound_of(call("add_months", {as_datetime(a[0]), as_integer(a[1])}), datetime_type(0, true));
     }},
    {"months_between", 2, 2,
     [](const Args& a) {
       return bound_of(call("months_between", {as_datetime(a[0]), as_datetime(a[1])}), real_type(true));
     }},
};

/// What stands in the dictionary's SYS_CONTEXT('USERENV', name).
std::optional<From> userenv(std::string_view name) {
  if (iequals(name, "CURRENT_SCHEMA")) return From::database;
  if (iequals(name, "SESSION_USER") || iequals(name, "CURRENT_USER")) return From::user_name;
  if (iequals(name, "CON_NAME") || iequals(name, "DB_NAME")) return From::effective_tenant;
  if (iequals(name, "CON_ID")) return From::effective_tenant_id;
  if (iequals(name, "SID") || iequals(name, "SESSIONID")) return From::connection_id;
  return std::nullopt;
}

const std::string* literal_text(const ast::Expr& expr) {
  const auto* literal = std::get_if<ast::Literal>(&expr.node);
  return literal == nullptr || literal->kind != ast::LiteralKind::string ? nullptr : &literal->text;
}

}  // namespace

/// The clock, the user and the session: calls that take no value of a row.
Result<std::optional<Bound>> Binder::oracle_session_function(const ast::FunctionCall& node) {
  const std::string& name = node.name;
  if (name == "sys_context") {
    if (node.args.size() != 2) return fail(wrong_count(node));
    const std::string* space = literal_text(*node.args[0]);
    const std::string* what = literal_text(*node.args[1]);
    const auto from = what == nullptr ? std::nullopt : userenv(*what);
    if (space == nullptr || !iequals(*space, "USERENV") || !from)
      return fail(error::not_supported("this SYS_CONTEXT"));
    return bound_of("CAST(" + slot({.from = *from}) + " AS TEXT)", varchar2(kOracleNameLength));
  }
  if (!node.args.empty()) return std::nullopt;
  if (name == "sysdate" || name == "current_date")
    return bound_of(slot({.from = From::now_local}), datetime_type(0, false));
  if (name == "systimestamp" || name == "current_timestamp" || name == "localtimestamp") {
    SqlType type = datetime_type(kMicros, false);
    type.kind = Kind::timestamp;
    return bound_of(slot({.from = From::now}), type);
  }
  if (name == "user") return bound_of(slot({.from = From::user_name}), varchar2(kOracleNameLength));
  return std::nullopt;
}

/// Nothing: the call is one of MySQL's.
Result<std::optional<Bound>> Binder::oracle_function(const ast::FunctionCall& node, Scope& scope) {
  BW_TRY(std::optional<Bound> of_session, oracle_session_function(node));
  if (of_session) return of_session;
  const std::string& name = node.name;
  const std::size_t count = node.args.size();
  const auto takes = [&](std::size_t least, std::size_t most) { return count >= least && count <= most; };
  if (name == "decode") {
    if (!takes(3, SIZE_MAX)) return fail(wrong_count(node));
    return decode(node, scope);
  }
  const bool converts =
      name == "to_char" || name == "to_date" || name == "to_timestamp" || name == "to_number";
  if (converts || name == "trunc") {
    if (!takes(1, 2)) return fail(wrong_count(node));
    BW_TRY(const Args args, arguments(node, scope));
    Bound b;
    if (name == "to_char") {
      b = to_char(args);
    } else if (name == "to_number") {
      std::vector<std::string> parts = {args[0].type.kind == Kind::text ? as_text(args[0])
                                                                        : oracle_number(args[0])};
      if (count > 1) parts.push_back(as_text(args[1]));
      b = number_of(call("number_of", parts), true);
    } else if (name == "trunc") {
      b = truncated(args);
    } else {
      b = to_moment(args, name == "to_timestamp");
    }
    b.aggregate = any_aggregate(args);
    return never_empty(std::move(b));
  }
  for (const OracleFunction& function : kOracleFunctions) {
    if (function.name != name) continue;
    if (!takes(function.least, function.most)) return fail(wrong_count(node));
    BW_TRY(const Args args, arguments(node, scope));
    Bound b = function.render(args);
    b.aggregate = any_aggregate(args);
    b.display = name + "()";
    return never_empty(std::move(b));
  }
  return std::nullopt;
}

/// TRUNC of a date, or of a number.
Bound Binder::truncated(const Args& args) {
  if (!is_moment(args[0].type.kind)) {
    const std::string digits = args.size() > 1 ? as_integer(args[1]) : "0";
    return number_of(call("truncate", {oracle_number(args[0]), digits}), true);
  }
  const std::string unit = args.size() > 1 ? as_text(args[1]) : "'DD'";
  return bound_of(call("truncate_date", {as_datetime(args[0]), unit}), datetime_type(0, true));
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
    return call("date_text", {as_datetime(b), b.type.decimals > 0 ? timestamp_model : date_model});
  }
  if (b.type.kind == Kind::decimal || b.type.kind == Kind::real) return call("number", {as_text(b)});
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

void Binder::show_oracle_results(BoundSelect& bound) {
  const bool plain = std::ranges::all_of(bound.items, [](const Bound& b) {
    return b.type.kind == Kind::text || b.type.kind == Kind::null ||
           (b.type.kind == Kind::integer && !b.wide);
  });
  if (!plain) {
    const std::string date_model = slot({.from = From::nls_date_format});
    const std::string timestamp_model = slot({.from = From::nls_timestamp_format});
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
