// Function calls: the tables of call.h for most, and those whose rendering depends on types here.
#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "catalog/bind/bind_parts.h"
#include "catalog/values/number.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

constexpr std::uint32_t kFlagWidth = 1;
constexpr std::uint32_t kNameLength = 64, kAccountLength = 77, kVersionLength = 64;

bool any_nullable(const std::vector<Bound>& args) {
  return std::any_of(args.begin(), args.end(), [](const Bound& b) { return b.type.nullable; });
}

// ---- functions of the session: a bound value each

struct SessionValue {
  std::string_view name;
  From from;
  SqlType type;
};

const SessionValue kSessionValues[] = {
    {"database", From::database, text_type(kNameLength, Collation::general_ci, true)},
    {"schema", From::database, text_type(kNameLength, Collation::general_ci, true)},
    {"user", From::user, text_type(kAccountLength, Collation::general_ci, false)},
    {"session_user", From::user, text_type(kAccountLength, Collation::general_ci, false)},
    {"system_user", From::user, text_type(kAccountLength, Collation::general_ci, false)},
    {"current_user", From::account, text_type(kAccountLength, Collation::general_ci, false)},
    {"connection_id", From::connection_id, integer_type(10, false, true)},
    {"row_count", From::row_count, integer_type(kBigintWidth, false)},
    {"found_rows", From::found_rows, integer_type(kBigintWidth, false)},
    {"version", From::version, text_type(kVersionLength, Collation::general_ci, false)},
    {"ob_version", From::ob_version, text_type(kVersionLength, Collation::general_ci, false)},
    {"effective_tenant", From::effective_tenant, text_type(kNameLength, Collation::general_ci, false)},
    {"effective_tenant_id", From::effective_tenant_id, integer_type(kBigintWidth, false, true)},
};

// ---- NOW() and its kin

enum class Clock : std::uint8_t { moment, date, time };
struct ClockFunction {
  std::string_view name;
  From from;
  Clock what;
};
constexpr ClockFunction kClockFunctions[] = {
    {"now", From::now_local, Clock::moment},        {"current_timestamp", From::now_local, Clock::moment},
    {"localtime", From::now_local, Clock::moment},  {"localtimestamp", From::now_local, Clock::moment},
    {"sysdate", From::now_local, Clock::moment},    {"utc_timestamp", From::now_utc, Clock::moment},
    {"curdate", From::now_local, Clock::date},      {"current_date", From::now_local, Clock::date},
    {"utc_date", From::now_utc, Clock::date},       {"curtime", From::now_local, Clock::time},
    {"current_time", From::now_local, Clock::time}, {"utc_time", From::now_utc, Clock::time},
};

/// The integer that is written there, with or without a minus sign.
std::optional<std::int64_t> written_integer(const ast::Expr& node) {
  const auto* minus = std::get_if<ast::Unary>(&node.node);
  const bool negative = minus != nullptr && minus->op == ast::UnaryOp::minus;
  const auto* literal = std::get_if<ast::Literal>(&(negative ? *minus->operand : node).node);
  if (literal == nullptr || literal->kind != ast::LiteralKind::integer) return std::nullopt;
  const std::int64_t value = number::int64_of(literal->text);
  return negative ? -value : value;
}

SqlType rounded_type(const std::vector<Bound>& args, const ast::FunctionCall& node) {
  const SqlType& type = args[0].type;
  if (type.kind == Kind::integer) return type;
  const auto digits = node.args.size() > 1 ? written_integer(*node.args[1]) : std::optional<std::int64_t>(0);
  const auto scale = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(digits.value_or(type.decimals), 0, kNotFixedDecimals));
  if (type.kind == Kind::real) return real_type(type.nullable, digits ? scale : kNotFixedDecimals);
  const std::uint32_t kept = std::min<std::uint32_t>(scale, kMaxDecimalScale);
  return decimal_type(digits_of(type) - type.decimals + kept + 1, kept, type.nullable);
}

/// FLOOR, CEILING: an integer where the digits in front of the point fit one.
SqlType whole_type(const SqlType& type, bool nullable) {
  constexpr std::uint32_t kWidestInteger = 20;  // with the sign and the point, as MySQL counts
  if (type.kind == Kind::real) return real_type(type.nullable, 0);
  if (type.kind != Kind::decimal) return type;
  const std::uint32_t whole = digits_of(type) - type.decimals;
  return whole + 2 < kWidestInteger ? integer_type(whole + 1, nullable) : decimal_type(whole, 0, nullable);
}

std::uint64_t summed_length(const std::vector<Bound>& args) {
  std::uint64_t length = 0;
  for (const Bound& b : args) length += text_length(b.type);
  return length;
}

/// Digits behind the second: a text constant has as many as are written, another text may have all six.
std::uint32_t second_decimals(const Bound& b, std::uint32_t unknown) {
  if (b.type.kind >= Kind::timestamp) return b.type.decimals;
  if (b.type.kind == Kind::decimal) return std::min<std::uint32_t>(b.type.decimals, kMicros);
  if (b.type.kind == Kind::real) return kMicros;
  if (b.type.kind == Kind::null) return 0;
  if (b.literal == nullptr || b.type.kind != Kind::text) return unknown;
  const std::size_t point = b.literal->text.find('.');
  const std::size_t digits = point == std::string::npos ? 0 : b.literal->text.size() - point - 1;
  return static_cast<std::uint32_t>(std::min<std::size_t>(digits, kMicros));
}

/// What the functions that make a text longer can make of these arguments, in characters, where the counts
/// among them are written as numbers.
std::uint64_t longest_text(std::string_view name, const std::vector<Bound>& args,
                           const ast::FunctionCall& node) {
  const std::uint64_t first = text_length(args[0].type);
  const auto written = [&](std::size_t i) -> std::uint64_t {
    const auto count = i < node.args.size() ? written_integer(*node.args[i]) : std::nullopt;
    return count ? static_cast<std::uint64_t>(std::clamp<std::int64_t>(*count, 0, kLongTextLength))
                 : kLongTextLength;
  };
  if (name == "space") return written(0);
  if (name == "repeat") return std::min<std::uint64_t>(first, kLongTextLength) * written(1);
  if (name == "lpad" || name == "rpad") return written(1);
  if (name == "insert") return first + text_length(args[3].type);
  if (name == "hex") return 2 * std::max<std::uint64_t>(first, kBigintWidth);
  if (name == "quote") return 2 * first + 2;
  if (name == "format") return 2 * first + kMaxDecimalScale;
  if (name != "replace") return kLongTextLength;
  const std::uint64_t from = std::max<std::uint64_t>(text_length(args[1].type), 1);
  const std::uint64_t to = text_length(args[2].type);
  return to <= from ? first : first + first / from * (to - from);
}

SqlType result_type(const Function& f, const std::vector<Bound>& args, const ast::FunctionCall& node) {
  const bool null = f.may_be_null || (!f.sees_null && any_nullable(args));
  switch (f.rule) {
    case Rule::boolean:
      return integer_type(kFlagWidth, null);
    case Rule::integer:
      return integer_type(f.length == 0 ? kBigintWidth : f.length, null);
    case Rule::unsigned_integer:
      return integer_type(f.length, null, true);
    case Rule::real:
      return real_type(null);
    case Rule::same_number:
      return args[0].type;
    case Rule::rounded:
      return rounded_type(args, node);
    case Rule::whole_number:
      return whole_type(args[0].type, null);
    case Rule::text:
      return text_type(f.length == 0 ? text_length(args[0].type) : f.length,
                       f.length == 0 ? text_collation(args) : Collation::general_ci, null);
    case Rule::text_sum:
      return text_type(summed_length(args), text_collation(args), null);
    case Rule::long_text:
      return text_type(longest_text(f.name, args, node), text_collation(args), null);
    case Rule::binary:
      return text_type(args.empty() ? 0 : summed_length(args), Collation::binary, null);
    case Rule::datetime:
      return datetime_type(second_decimals(args[0], f.length), null);
    case Rule::date:
      return date_type(true);
    case Rule::time: {
      std::uint32_t decimals = 0;
      for (const Bound& b : args) decimals = std::max(decimals, second_decimals(b, f.length));
      return time_type(decimals, true);
    }
  }
  return {};
}

/// An argument in the form that the function's table row asks for.
Bound argument_as(const Bound& b, char form) {
  Bound out = b;
  switch (form) {
    case 't':
      out.sql = as_text(b);
      break;
    case 'i':
      out.sql = as_integer(b);
      break;
    case 'u':
      out.sql = as_unsigned(b);
      break;
    case 'r':
      out.sql = as_real(b);
      break;
    case 'n':
      return as_number(b);
    case 'd':
      out.sql = as_datetime(b);
      break;
    case 'a':
      out.sql = as_date(b);
      break;
    case 'm':
      out.sql = as_time(b);
      break;
    case 'h':
      out.sql = b.type.kind == Kind::real || b.type.kind == Kind::decimal ? as_integer(b)
                : b.type.kind == Kind::integer                            ? b.sql
                                                                          : as_text(b);
      break;
    default:
      break;
  }
  return out;
}

}  // namespace

Result<std::vector<Bound>> Binder::arguments(const ast::FunctionCall& node, Scope& scope) {
  std::vector<Bound> args;
  const bool free = std::exchange(scope.free_literals, false);
  for (const auto& arg : node.args) {
    BW_TRY(Bound b, expr(*arg, scope));
    args.push_back(std::move(b));
  }
  scope.free_literals = free;
  return args;
}

namespace {

constexpr std::string_view kSleep = "sleep";

/// MySQL's functions that wait, lock, read files or burn time for their caller.
bool is_refused(std::string_view name) {
  static constexpr std::string_view kRefused[] = {"benchmark",    "get_lock",     "is_free_lock",
                                                  "is_used_lock", "load_file",    "master_pos_wait",
                                                  "password",     "release_lock", "release_all_locks"};
  return std::ranges::find(kRefused, name) != std::end(kRefused);
}

}  // namespace

Result<Bound> Binder::ordinary(const Function& function, const ast::FunctionCall& node, Scope& scope) {
  const auto count = static_cast<std::int64_t>(node.args.size());
  if (count < function.least || (function.most >= 0 && count > function.most)) return fail(wrong_count(node));
  BW_TRY(std::vector<Bound> args, arguments(node, scope));
  const std::string_view forms = function.arguments;
  std::vector<std::string> rendered;
  for (std::size_t i = 0; i < args.size(); ++i) {
    args[i] = argument_as(args[i], forms[std::min(i, forms.size() - 1)]);
    rendered.push_back(args[i].sql);
  }
  Bound b = bound_of("bw_" + std::string(function.name) + "(" + joined(rendered) + ")",
                     result_type(function, args, node));
  if (function.rule == Rule::whole_number && args[0].type.kind == Kind::decimal &&
      b.type.kind == Kind::integer)
    b.sql = "bw_int_of_decimal(" + b.sql + ")";
  b.unrounded = function.rule == Rule::same_number && args[0].unrounded;
  b.aggregate = any_aggregate(args);
  b.display = node.name + "()";
  return b;
}

namespace {

using Args = std::vector<Bound>;

Bound coalesce(const Args& args) {
  Bound b = bound_of("", common_type(args));
  b.type.nullable = std::all_of(args.begin(), args.end(),
                                [](const Bound& a) { return a.type.nullable || a.type.kind == Kind::null; });
  std::vector<std::string> parts;
  for (const Bound& a : args) parts.push_back(as_operand(a, b));
  if (parts.size() == 1) parts.emplace_back("NULL");
  b.sql = "coalesce(" + joined(parts) + ")";
  b.wide = b.type.kind == Kind::integer && b.type.is_unsigned;
  return b;
}

Bound extreme(const Args& args, std::string_view function) {
  Bound b = bound_of("", common_type(args));
  b.wide = b.type.kind == Kind::integer && b.type.is_unsigned;
  if (b.type.kind == Kind::text && std::any_of(args.begin(), args.end(), [](const Bound& a) {
        return a.type.kind != Kind::text && a.type.kind < Kind::timestamp;
      }))
    b.type = real_type(b.type.nullable);
  std::vector<std::string> parts;
  for (const Bound& a : args) parts.push_back(sort_term(b, as_operand(a, b)));
  b.sql = extreme_sql(function, b, joined(parts));
  return b;
}

Bound conditional(const Args& args) {
  Bound b = bound_of("", common_type({args[1], args[2]}));
  b.sql = "(CASE WHEN " + truth(args[0]) + " THEN " + as_operand(args[1], b) + " ELSE " +
          as_operand(args[2], b) + " END)";
  b.wide = b.type.kind == Kind::integer && b.type.is_unsigned;
  return b;
}

Bound unix_timestamp_of(const Bound& arg) {
  const std::uint32_t decimals = second_decimals(arg, 0);
  if (decimals == 0 || arg.type.kind == Kind::time)
    return bound_of("bw_unix_time(" + as_datetime(arg) + ")", integer_type(11, true));
  return bound_of("bw_unix_time_fraction(" + as_datetime(arg) + "," + std::to_string(decimals) + ")",
                  decimal_type(11 + decimals, decimals, true));
}

Bound from_unixtime(const Args& args) {
  const std::string sql = "bw_from_unixtime(" + as_decimal(as_number(args[0]));
  if (args.size() > 1)
    return bound_of(sql + "," + as_text(args[1]) + ")", text_type(100, Collation::general_ci, true));
  const Kind kind = args[0].type.kind;
  const bool exact = kind == Kind::integer || kind == Kind::decimal;
  return bound_of(sql + ")",
                  datetime_type(exact ? std::min(scale_of(args[0].type), kMicros) : kMicros, true));
}

/// The kind a format asks for: without %f, %H ... a date.
SqlType str_to_date_type(const ast::FunctionCall& node) {
  const auto* format = std::get_if<ast::Literal>(&node.args[1]->node);
  if (format == nullptr) return datetime_type(kMicros, true);
  const auto asks = [&](std::string_view specifiers) {
    for (std::size_t i = 0; i + 1 < format->text.size(); ++i) {
      if (format->text[i] == '%' && specifiers.contains(format->text[i + 1])) return true;
    }
    return false;
  };
  const std::uint32_t decimals = asks("f") ? kMicros : 0;
  const bool time = asks("HkhIlisSfTrp");
  if (time && !asks("YymcdeDMbj")) return time_type(decimals, true);
  return time ? datetime_type(decimals, true) : date_type(true);
}

std::optional<SessionValue> session_value(std::string_view name) {
  for (const SessionValue& value : kSessionValues) {
    if (value.name == name) return value;
  }
  return std::nullopt;
}

/// Those that take their arguments bound and have a number of them in a range.
struct Typed {
  std::string_view name;
  std::size_t least, most;
  Bound (*render)(const Args&);
};
const Typed kTyped[] = {
    {"if", 3, 3, conditional},
    {"ifnull", 2, 2, coalesce},
    {"nvl", 2, 2, coalesce},
    {"coalesce", 1, SIZE_MAX, coalesce},
    {"greatest", 2, SIZE_MAX, [](const Args& a) { return extreme(a, "max"); }},
    {"least", 2, SIZE_MAX, [](const Args& a) { return extreme(a, "min"); }},
    {"isnull", 1, 1,
     [](const Args& a) { return bound_of("(" + a[0].sql + " IS NULL)", integer_type(kFlagWidth, false)); }},
    {"from_unixtime", 1, 2, from_unixtime},
    {"regexp_like", 2, 3,
     [](const Args& a) {
       const bool nullable = std::ranges::any_of(a, [](const Bound& b) { return b.type.nullable; });
       return bound_of(regexp(a[0], a[1], a.size() == 3 ? as_text(a[2]) : "''"),
                       integer_type(kFlagWidth, nullable));
     }},
    {"pi", 0, 0,
     [](const Args&) {
       Bound b = bound_of("3.141592653589793", real_type(false));
       b.type.decimals = 6;
       b.type.length = 8;
       return b;
     }},
};

}  // namespace

Result<std::optional<Bound>> Binder::special(const ast::FunctionCall& node, Scope& scope) {
  const std::size_t count = node.args.size();
  if (const auto value = session_value(node.name)) {
    if (count != 0) return fail(wrong_count(node));
    Bound b = bound_of(slot({.from = value->from}), value->type);
    b.display = node.name + "()";
    return b;
  }
  for (const ClockFunction& clock : kClockFunctions) {
    if (clock.name != node.name) continue;
    std::uint32_t decimals = 0;
    if (count == 1) {
      const auto* literal = std::get_if<ast::Literal>(&node.args[0]->node);
      if (literal == nullptr || literal->text.size() != 1 || literal->text[0] < '0' || literal->text[0] > '6')
        return fail(error::invalid_argument(node.name));
      decimals = static_cast<std::uint32_t>(literal->text[0] - '0');
    } else if (count > 1) {
      return fail(wrong_count(node));
    }
    Bound moment = bound_of(slot({.from = clock.from, .index = decimals}), datetime_type(decimals, false));
    if (clock.what == Clock::moment) return moment;
    SqlType type = clock.what == Clock::date ? date_type(false) : time_type(decimals, false);
    return bound_of(clock.what == Clock::date ? as_date(moment) : as_time(moment), type);
  }
  for (const Typed& typed : kTyped) {
    if (typed.name != node.name) continue;
    if (count < typed.least || count > typed.most) return fail(wrong_count(node));
    BW_TRY(const std::vector<Bound> args, arguments(node, scope));
    Bound b = typed.render(args);
    b.aggregate = any_aggregate(args);
    b.display = node.name + "()";
    return b;
  }
  return special_syntax(node, scope);
}

namespace {

/// The unit that is a call's first argument; null if it is none, or a compound one.
const std::string* simple_unit(const ast::FunctionCall& node) {
  const auto* written = std::get_if<ast::Literal>(&node.args[0]->node);
  const auto unit = written == nullptr ? std::nullopt : temporal::find_unit(ascii_upper(written->text));
  return unit && !temporal::is_compound(*unit) ? &written->text : nullptr;
}

}  // namespace

Result<std::optional<Bound>> Binder::special_syntax(const ast::FunctionCall& node, Scope& scope) {
  const std::string& name = node.name;
  const std::size_t count = node.args.size();
  if (name == "mod") {
    if (count != 2) return fail(wrong_count(node));
    BW_TRY(const std::vector<Bound> args, arguments(node, scope));
    return arithmetic(ast::BinaryOp::modulo, args[0], args[1]);
  }
  if (name == "nullif") {
    if (count != 2) return fail(wrong_count(node));
    BW_TRY(const std::vector<Bound> args, arguments(node, scope));
    BW_TRY(const Bound same, compare(ast::BinaryOp::equal, args[0], args[1], scope));
    Bound b = bound_of("(CASE WHEN " + same.sql + " THEN NULL ELSE " + args[0].sql + " END)", args[0].type);
    b.type.nullable = true;
    b.wide = args[0].wide;
    b.unrounded = args[0].unrounded;
    b.aggregate = any_aggregate(args);
    return b;
  }
  if (name == "date_add" || name == "date_sub" || name == "adddate" || name == "subdate" ||
      name == "timestampadd")
    return date_sum(node, scope);
  if (name == "unix_timestamp") {
    if (count > 1) return fail(wrong_count(node));
    if (count == 0) return bound_of("(" + slot({.from = From::now}) + "/1000000)", integer_type(11, false));
    BW_TRY(const std::vector<Bound> args, arguments(node, scope));
    Bound b = unix_timestamp_of(args[0]);
    b.aggregate = any_aggregate(args);
    return b;
  }
  if (name == "str_to_date" && count == 2) {
    BW_TRY(Bound b, ordinary(*find_function(name), node, scope));
    b.type = str_to_date_type(node);
    if (b.type.kind == Kind::time)
      b.sql.replace(0, std::string_view("bw_str_to_date").size(), "bw_str_to_time");
    return b;
  }
  if (name == "extract" && count == 2) return extract(node, scope);
  if (name == "timestampdiff" && count == 3 && simple_unit(node) == nullptr) return fail(error::parse_sql());
  if (name == "last_insert_id") {
    if (count > 0) return fail(error::not_supported("LAST_INSERT_ID(expr)"));
    return bound_of(slot({.from = From::last_insert_id}), integer_type(kBigintWidth, false, true));
  }
  if (name == "rand" && count == 0)
    return bound_of("bw_rand(" + slot({.from = From::random_seed}) + ")", real_type(false));
  if (name == "field") return field(node, scope);
  if (name == "interval" || name == "convert" || name == "charset" || name == "collation")
    return type_function(node, scope);
  return std::nullopt;
}

/// Of a text, parts of the day are looked for in a time, which may stand alone.
Result<std::optional<Bound>> Binder::extract(const ast::FunctionCall& node, Scope& scope) {
  const auto* name = std::get_if<ast::Literal>(&node.args[0]->node);
  const auto unit = name == nullptr ? std::nullopt : temporal::find_unit(ascii_upper(name->text));
  if (name == nullptr || !unit) return fail(error::parse_sql());
  BW_TRY(const Bound value, expr(*node.args[1], scope));
  const bool of_day = temporal::has_time_part(*unit) && !ascii_upper(name->text).starts_with("DAY");
  const bool time = of_day && (value.type.kind == Kind::text || value.type.kind == Kind::time);
  Bound b = bound_of(
      "bw_extract(" + text_slot(name->text) + "," + (time ? as_time(value) : as_datetime(value)) + ")",
      integer_type(kBigintWidth, value.type.nullable));
  b.aggregate = value.aggregate;
  return b;
}

Result<std::optional<Bound>> Binder::date_sum(const ast::FunctionCall& node, Scope& scope) {
  const std::string& name = node.name;
  const bool subtract = name == "date_sub" || name == "subdate";
  if (name == "timestampadd") {
    if (node.args.size() != 3) return fail(wrong_count(node));
    const std::string* unit = simple_unit(node);
    if (unit == nullptr) return fail(error::parse_sql());
    return interval_sum(*node.args[2], *node.args[1], ascii_upper(*unit), false, scope);
  }
  if (node.args.size() != 2) return fail(wrong_count(node));
  const auto* interval = std::get_if<ast::Interval>(&node.args[1]->node);
  if (interval != nullptr)
    return interval_sum(*node.args[0], *interval->value, interval->unit, subtract, scope);
  if (name == "date_add" || name == "date_sub") return fail(error::parse_sql());
  return interval_sum(*node.args[0], *node.args[1], "DAY", subtract, scope);
}

/// The position of the first of the others that equals the first: as texts, as exact numbers, or else as
/// doubles.
Result<std::optional<Bound>> Binder::field(const ast::FunctionCall& node, Scope& scope) {
  if (node.args.size() < 2) return fail(wrong_count(node));
  BW_TRY(std::vector<Bound> args, arguments(node, scope));
  const auto exact = [](const Bound& b) {
    return b.type.kind == Kind::integer || b.type.kind == Kind::decimal;
  };
  const bool texts =
      std::ranges::none_of(args, [&](const Bound& b) { return exact(b) || b.type.kind == Kind::real; });
  const bool reals = !texts && !std::ranges::all_of(args, [&](const Bound& b) {
    return exact(b) || b.type.kind == Kind::null;
  });
  std::string sql = "(CASE";
  for (Bound& b : args) {
    if (texts) b = bound_of(as_text(b), text_type(text_length(b.type), text_collation({b}), b.type.nullable));
    if (reals) b = bound_of(as_real(b), real_type(b.type.nullable));
  }
  for (std::size_t i = 1; i < args.size(); ++i) {
    BW_TRY(const Bound same, compare(ast::BinaryOp::equal, args[0], args[i], scope));
    sql += " WHEN " + same.sql + " THEN " + std::to_string(i);
    BW_CHECK(check_size(sql));
  }
  Bound b = bound_of(sql + " ELSE 0 END)", integer_type(3, false));
  b.aggregate = any_aggregate(args);
  return b;
}

/// Those that only look at types, and INTERVAL(n, a, b ...).
Result<std::optional<Bound>> Binder::type_function(const ast::FunctionCall& node, Scope& scope) {
  const std::size_t count = node.args.size();
  if (node.name == "interval" ? count < 2 : count != 1) return fail(wrong_count(node));
  BW_TRY(const std::vector<Bound> args, arguments(node, scope));
  if (node.name == "interval") {
    std::string sql = "(CASE WHEN " + args[0].sql + " IS NULL THEN -1";
    for (std::size_t i = 1; i < args.size(); ++i) {
      BW_TRY(const Bound below, compare(ast::BinaryOp::less, args[0], args[i], scope));
      sql += " WHEN " + below.sql + " THEN " + std::to_string(i - 1);
      BW_CHECK(check_size(sql));
    }
    Bound b = bound_of(sql + " ELSE " + std::to_string(args.size() - 1) + " END)", integer_type(10, false));
    b.aggregate = any_aggregate(args);
    return b;
  }
  const bool text = args[0].type.kind == Kind::text && args[0].type.collation != Collation::binary;
  const std::string value = node.name == "charset"
                                ? (text ? "utf8mb4" : "binary")
                                : std::string(text ? collation_name(args[0].type.collation) : "binary");
  Bound b = bound_of(text_slot(value), text_type(kNameLength, Collation::general_ci, false));
  b.aggregate = any_aggregate(args);
  return b;
}

/// An item of a select list, or a value by itself: where SLEEP(n) may stand, as itself.
Result<Bound> Binder::item(const ast::Expr& node, Scope& scope, bool may_sleep) {
  const auto* call = std::get_if<ast::FunctionCall>(&node.node);
  const bool sleeps = may_sleep && call != nullptr && call->name == kSleep && call->over == nullptr;
  return sleeps ? sleep(*call, scope) : expr(node, scope);
}

Result<Bound> Binder::sleep(const ast::FunctionCall& node, Scope& scope) {
  if (node.args.size() != 1) return fail(wrong_count(node));
  BW_TRY(const Bound seconds, expr(*node.args[0], scope));
  Bound b = bound_of(as_real(seconds), integer_type(kBigintWidth, false));
  b.aggregate = seconds.aggregate;
  b.sleeps = true;
  return b;
}

Result<Bound> Binder::visit(const ast::FunctionCall& node, Scope& scope) {
  if (node.over != nullptr) return windowed(node, scope);
  if (is_aggregate(node.name)) return aggregate(node, scope);
  const auto named = [&](Bound b) {
    if (b.display.empty()) b.display = node.name + "()";
    return b;
  };
  if (oracle_) {
    BW_TRY(std::optional<Bound> own, oracle_function(node, scope));
    if (own) return named(*std::move(own));
  }
  BW_TRY(std::optional<Bound> b, special(node, scope));
  if (b) return named(*std::move(b));
  const Function* function = find_function(node.name);
  if (function != nullptr) {
    BW_TRY(Bound called, ordinary(*function, node, scope));
    return never_empty(std::move(called));
  }
  if (node.name == kSleep) return fail(misplaced_sleep());
  if (is_refused(node.name)) return fail(error::not_supported(ascii_upper(node.name) + "()"));
  const std::string schema(context_.database);
  return fail(error::function_unknown((schema.empty() ? "" : schema + ".") + node.name));
}

}  // namespace breakwater::catalog
