// Functions of time that take a unit or a format as it is written, or whose result depends on what is.
#include <algorithm>

#include "base/text.h"
#include "catalog/bind/call_binder.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

constexpr std::uint32_t kUnixWidth = 11, kFormattedLength = 100;

Result<Bound> unix_timestamp(CallBinder& c) {
  if (c.count() == 0)
    return bound_of("(" + c.slot({.from = From::now}) + "/1000000)", integer_type(kUnixWidth, false));
  const Bound& moment = c.args[0];
  const std::uint32_t decimals = second_decimals(moment, 0);
  const std::string when = "(CASE WHEN " + moment.sql + " IS NOT NULL THEN ";
  if (decimals == 0 || moment.type.kind == Kind::time)
    return bound_of(when + "bw_unix_time(" + as_datetime(moment) + ") END)", integer_type(kUnixWidth, true));
  return bound_of(
      when + "bw_unix_time_fraction(" + as_datetime(moment) + "," + std::to_string(decimals) + ") END)",
      decimal_type(kUnixWidth + decimals, decimals, true));
}

Bound from_unixtime(const Args& args) {
  const Bound seconds = as_number(args[0]);
  const std::string sql = "bw_from_unixtime(" + as_decimal(seconds);
  if (args.size() > 1)
    return bound_of(sql + "," + as_text(args[1]) + ")",
                    text_type(kFormattedLength, Collation::general_ci, true));
  const Kind kind = args[0].bits ? Kind::integer : args[0].type.kind;
  const bool exact = kind == Kind::integer || kind == Kind::decimal;
  return bound_of(sql + ")",
                  datetime_type(exact ? std::min(scale_of(seconds.type), kMicros) : kMicros, true));
}

/// The kind a format asks for: without %f, %H ... a date.
SqlType str_to_date_type(const ast::Expr& written) {
  const auto* format = std::get_if<ast::Literal>(&written.node);
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

Result<Bound> str_to_date(CallBinder& c) {
  const SqlType type = str_to_date_type(c.written(1));
  return bound_of(c.rendered(type.kind == Kind::time ? "str_to_time" : "str_to_date"), type);
}

// ---- units

/// The unit that is written there; null if it is none, or a compound one.
const std::string* simple_unit(const ast::Expr& written) {
  const auto* literal = std::get_if<ast::Literal>(&written.node);
  const auto unit = literal == nullptr ? std::nullopt : temporal::find_unit(ascii_upper(literal->text));
  return unit && !temporal::is_compound(*unit) ? &literal->text : nullptr;
}

Result<Bound> timestampdiff(CallBinder& c) {
  const std::string* unit = simple_unit(c.written(0));
  if (unit == nullptr) return fail(error::parse_sql());
  const std::string name = c.text_slot(*unit);
  BW_TRY(const Bound from, c.bind_argument(1, ArgKind::datetime));
  BW_TRY(const Bound to, c.bind_argument(2, ArgKind::datetime));
  Bound b = bound_of("bw_timestampdiff(" + joined({name, from.sql, to.sql}) + ")",
                     integer_type(kBigintWidth, from.type.nullable || to.type.nullable));
  b.aggregate = from.aggregate || to.aggregate;
  return b;
}

Result<Bound> timestampadd(CallBinder& c) {
  const std::string* unit = simple_unit(c.written(0));
  if (unit == nullptr) return fail(error::parse_sql());
  return c.interval_sum(c.written(2), c.written(1), ascii_upper(*unit), false);
}

/// DATE_ADD and DATE_SUB take an INTERVAL, ADDDATE and SUBDATE a number of days too.
template <bool Subtract, bool TakesDays>
Result<Bound> date_sum(CallBinder& c) {
  if (const auto* interval = std::get_if<ast::Interval>(&c.written(1).node))
    return c.interval_sum(c.written(0), *interval->value, interval->unit, Subtract);
  if (!TakesDays) return fail(error::parse_sql());
  return c.interval_sum(c.written(0), c.written(1), "DAY", Subtract);
}

/// Of a text, parts of the day are looked for in a time, which may stand alone.
Result<Bound> extract(CallBinder& c) {
  const auto* name = std::get_if<ast::Literal>(&c.written(0).node);
  const auto unit = name == nullptr ? std::nullopt : temporal::find_unit(ascii_upper(name->text));
  if (name == nullptr || !unit) return fail(error::parse_sql());
  BW_TRY(const Bound value, c.bind(c.written(1)));
  const bool days = ascii_upper(name->text).starts_with("DAY_");
  const bool time =
      temporal::has_time_part(*unit) && (value.type.kind == Kind::text || value.type.kind == Kind::time);
  const std::string from = time && days ? value.sql : (time ? as_time(value) : as_datetime(value));
  Bound b = bound_of(
      (time && days ? "bw_extract_days(" : "bw_extract(") + c.text_slot(name->text) + "," + from + ")",
      integer_type(kBigintWidth, true));
  b.aggregate = value.aggregate;
  return b;
}

const FunctionRow kTimeCalls[] = {
    bound_by(unix_timestamp, "unix_timestamp", {0, 1}),
    bound_by(of_args<from_unixtime>, "from_unixtime", {1, 2}),
    bound_by(str_to_date, "str_to_date", {2, 2}, {ArgKind::text}),
    bound_by(timestampdiff, "timestampdiff", {3, 3}, {ArgKind::written}),
    bound_by(timestampadd, "timestampadd", {3, 3}, {ArgKind::written}),
    bound_by(date_sum<false, false>, "date_add", {2, 2}, {ArgKind::written}),
    bound_by(date_sum<true, false>, "date_sub", {2, 2}, {ArgKind::written}),
    bound_by(date_sum<false, true>, "adddate", {2, 2}, {ArgKind::written}),
    bound_by(date_sum<true, true>, "subdate", {2, 2}, {ArgKind::written}),
    bound_by(extract, "extract", {2, 2}, {ArgKind::written}),
};

}  // namespace

FunctionFamily time_calls() {
  return kTimeCalls;
}

}  // namespace breakwater::catalog
