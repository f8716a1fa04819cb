// Functions that an Oracle tenant has beside MySQL's, or in place of them. An empty text is NULL.
#include "base/text.h"
#include "catalog/bind/call_binder.h"

namespace breakwater::catalog {

namespace {

constexpr std::uint32_t kShownNumber = 64, kOracleNameLength = 128, kPaddedLength = 4000;

Bound number_of(std::string sql) {
  return oracle_number_of(std::move(sql), true);
}

// ---- the clock, the user and the session

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

Result<Bound> sys_context(CallBinder& c) {
  const std::string* space = literal_text(c.written(0));
  const std::string* what = literal_text(c.written(1));
  const auto from = what == nullptr ? std::nullopt : userenv(*what);
  if (space == nullptr || !iequals(*space, "USERENV") || !from)
    return fail(error::not_supported("this SYS_CONTEXT"));
  return bound_of("CAST(" + c.slot({.from = *from}) + " AS TEXT)", varchar2(kOracleNameLength));
}

// With digits, as in NOW(3), these are MySQL's.

Result<Bound> oracle_date(CallBinder& c) {
  if (c.count() > 0) return c.as_in_mysql();
  return bound_of(c.slot({.from = From::now_local}), datetime_type(0, false));
}

Result<Bound> oracle_timestamp(CallBinder& c) {
  if (c.count() > 0) return c.as_in_mysql();
  SqlType type = datetime_type(kMicros, false);
  type.kind = Kind::timestamp;
  return bound_of(c.slot({.from = From::now}), type);
}

Result<Bound> oracle_user(CallBinder& c) {
  if (c.count() > 0) return c.as_in_mysql();
  return bound_of(c.slot({.from = From::user_name}), varchar2(kOracleNameLength));
}

// ---- choices

/// DECODE(e, s, r, s, r ..., otherwise): NULL equals NULL.
Result<Bound> decode(CallBinder& c) {
  const Args& args = c.args;
  const std::size_t pairs = (args.size() - 1) / 2;
  Args values;
  for (std::size_t i = 0; i < pairs; ++i) values.push_back(args[2 + 2 * i]);
  values.push_back(args.size() % 2 == 0 ? args.back() : bound_of("NULL", {}));
  Bound b = bound_of("(CASE", common_type(values));
  b.type.nullable = true;
  for (std::size_t i = 0; i < pairs; ++i) {
    BW_TRY(const Bound same, c.compare(ast::BinaryOp::null_safe_equal, args[0], args[1 + 2 * i]));
    b.sql += " WHEN " + truth(same) + " THEN " + as_operand(values[i], b);
    BW_CHECK(check_size(b.sql));
  }
  b.sql += " ELSE " + as_operand(values.back(), b) + " END)";
  return b;
}

Bound nvl2(const Args& a) {
  Bound b = bound_of("", common_type({a[1], a[2]}));
  b.sql = "(CASE WHEN " + a[0].sql + " IS NOT NULL THEN " + as_operand(a[1], b) + " ELSE " +
          as_operand(a[2], b) + " END)";
  b.type.nullable = true;
  return b;
}

// ---- conversions

/// The model that the call gives, else the session's own.
std::string model_of(CallBinder& c, bool timestamp) {
  if (c.count() > 1) return as_text(c.args[1]);
  return c.slot({.from = timestamp ? From::nls_timestamp_format : From::nls_date_format});
}

Result<Bound> to_char(CallBinder& c) {
  const Bound& value = c.args[0];
  if (is_moment(value.type.kind)) {
    const std::string model = model_of(c, value.type.decimals > 0);
    return bound_of(oracle_sql("date_text", {as_datetime(value), model}), varchar2(kOracleNameLength));
  }
  if (c.count() > 1)
    return bound_of(oracle_sql("number_text", {oracle_number(value), as_text(c.args[1])}),
                    varchar2(kOracleNameLength));
  if (value.type.kind == Kind::text || value.type.kind == Kind::null)
    return bound_of(as_text(value), varchar2(text_length(value.type)));
  return bound_of(oracle_sql("number", {as_text(value)}), varchar2(kShownNumber));
}

template <bool Timestamp>
Result<Bound> to_moment(CallBinder& c) {
  const SqlType type = datetime_type(Timestamp ? kMicros : 0, true);
  const Bound& value = c.args[0];
  if (is_moment(value.type.kind)) return bound_of(as_datetime(value), type);
  return bound_of(oracle_sql("date_of", {as_text(value), model_of(c, Timestamp)}), type);
}

Bound to_number(const Args& a) {
  std::vector<std::string> parts = {a[0].type.kind == Kind::text ? as_text(a[0]) : oracle_number(a[0])};
  if (a.size() > 1) parts.push_back(as_text(a[1]));
  return number_of(oracle_sql("number_of", parts));
}

/// TRUNC of a date, or of a number.
Bound trunc(const Args& a) {
  if (!is_moment(a[0].type.kind)) {
    const std::string digits = a.size() > 1 ? as_integer(a[1]) : "0";
    return number_of(oracle_sql("truncate", {oracle_number(a[0]), digits}));
  }
  const std::string unit = a.size() > 1 ? as_text(a[1]) : "'DD'";
  return bound_of(oracle_sql("truncate_date", {as_datetime(a[0]), unit}), datetime_type(0, true));
}

// ---- texts

Bound text_call(std::string_view function, const Args& a, std::uint64_t length,
                const std::string& more = {}) {
  std::vector<std::string> parts = {as_text(a[0])};
  for (std::size_t i = 1; i < a.size(); ++i)
    parts.push_back(a[i].type.kind == Kind::text ? as_text(a[i]) : as_integer(a[i]));
  if (!more.empty()) parts.push_back(more);
  const FunctionRow* row = find_function(function, false);
  if (row != nullptr && row->traits.collates)
    parts.push_back(std::to_string(static_cast<int>(text_collation(a))));
  return bound_of("bw_" + std::string(function) + "(" + joined(parts) + ")", varchar2(length));
}

/// bw_concat() and not SQLite's ||, which knows no limit. A call takes no more arguments than SQLite lets it.
Bound concat(const Args& a) {
  constexpr std::size_t kMostParts = 64;
  std::vector<std::string> parts;
  std::uint64_t length = 0;
  for (const Bound& part : a) {
    const bool moment_or_number = part.type.kind == Kind::decimal || part.type.kind == Kind::real;
    const std::string text = moment_or_number ? oracle_sql("number", {as_text(part)}) : as_text(part);
    if (parts.size() == kMostParts) parts = {"bw_concat(" + joined(parts) + ")"};
    parts.push_back("coalesce(" + text + ",'')");
    length += text_length(part.type);
  }
  return bound_of("bw_concat(" + joined(parts) + ")", varchar2(length));
}

Bound length(const Args& a) {
  return bound_of("bw_char_length(" + as_text(a[0]) + ",0)", integer_type(10, true));
}

Bound lengthb(const Args& a) {
  return bound_of("bw_length(" + as_text(a[0]) + ")", integer_type(10, true));
}

Bound substr(const Args& a) {
  return text_call("oracle_substr", a, text_length(a[0].type));
}

Bound instr(const Args& a) {
  const std::string position = a.size() > 2 ? as_integer(a[2]) : "1";
  const std::string occurrence = a.size() > 3 ? as_integer(a[3]) : "1";
  return bound_of(oracle_sql("instr", {as_text(a[0]), as_text(a[1]), position, occurrence}),
                  integer_type(kBigintWidth, true));
}

Bound trimmed(const Args& a, const char* side) {
  const std::string set = a.size() > 1 ? as_text(a[1]) : "' '";
  return bound_of(oracle_sql(side, {as_text(a[0]), set}), varchar2(text_length(a[0].type)));
}

Bound ltrim(const Args& a) {
  return trimmed(a, "ltrim");
}

Bound rtrim(const Args& a) {
  return trimmed(a, "rtrim");
}

Bound padded(const Args& a, const char* function) {
  return text_call(function, a, kPaddedLength, a.size() > 2 ? "" : "' '");
}

Bound lpad(const Args& a) {
  return padded(a, "lpad");
}

Bound rpad(const Args& a) {
  return padded(a, "rpad");
}

Bound initcap(const Args& a) {
  return bound_of(oracle_sql("initcap", {as_text(a[0])}), varchar2(text_length(a[0].type)));
}

Bound chr(const Args& a) {
  return bound_of("char(" + as_integer(a[0]) + ")", varchar2(1));
}

// ---- dates

Bound add_months(const Args& a) {
  return bound_of(oracle_sql("add_months", {as_datetime(a[0]), as_integer(a[1])}), datetime_type(0, true));
}

Bound months_between(const Args& a) {
  return bound_of(oracle_sql("months_between", {as_datetime(a[0]), as_datetime(a[1])}), real_type(true));
}

constexpr FunctionRow own(BindHook bind, const char* name, Arity arity, ArgKinds args = {ArgKind::as_is}) {
  FunctionRow row = bound_by(bind, name, arity, args);
  row.dialects = Dialects::oracle;
  return row;
}

/// A text without characters is NULL.
constexpr FunctionRow own_text(BindHook bind, const char* name, Arity arity) {
  FunctionRow row = own(bind, name, arity);
  row.traits.empty_is_null = true;
  return row;
}

const FunctionRow kOracleCalls[] = {
    own(sys_context, "sys_context", {2, 2}, {ArgKind::written}),
    own(oracle_date, "sysdate", {0, kMany}, {ArgKind::written}),
    own(oracle_date, "current_date", {0, kMany}, {ArgKind::written}),
    own(oracle_timestamp, "systimestamp", {0, kMany}, {ArgKind::written}),
    own(oracle_timestamp, "current_timestamp", {0, kMany}, {ArgKind::written}),
    own(oracle_timestamp, "localtimestamp", {0, kMany}, {ArgKind::written}),
    own(oracle_user, "user", {0, kMany}, {ArgKind::written}),
    own(decode, "decode", {3, kMany}),
    own_text(of_args<nvl2>, "nvl2", {3, 3}),
    own_text(to_char, "to_char", {1, 2}),
    own(to_moment<false>, "to_date", {1, 2}),
    own(to_moment<true>, "to_timestamp", {1, 2}),
    own(of_args<to_number>, "to_number", {1, 2}),
    own(of_args<trunc>, "trunc", {1, 2}),
    own_text(of_args<concat>, "concat", {2, kMany}),
    own(of_args<length>, "length", {1, 1}),
    own(of_args<lengthb>, "lengthb", {1, 1}),
    own_text(of_args<substr>, "substr", {2, 3}),
    own_text(of_args<substr>, "substring", {2, 3}),
    own(of_args<instr>, "instr", {2, 4}),
    own_text(of_args<ltrim>, "ltrim", {1, 2}),
    own_text(of_args<rtrim>, "rtrim", {1, 2}),
    own_text(of_args<lpad>, "lpad", {2, 3}),
    own_text(of_args<rpad>, "rpad", {2, 3}),
    own_text(of_args<initcap>, "initcap", {1, 1}),
    own_text(of_args<chr>, "chr", {1, 1}),
    own(of_args<add_months>, "add_months", {2, 2}),
    own(of_args<months_between>, "months_between", {2, 2}),
};

}  // namespace

FunctionFamily oracle_calls() {
  return kOracleCalls;
}

}  // namespace breakwater::catalog
