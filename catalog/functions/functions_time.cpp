// Dates and times. NOW() and its kin are bound values, not functions: see From::now_local.
#include <algorithm>

#include "base/text.h"
#include "catalog/functions/call.h"
#include "catalog/values/decimal.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

namespace {

using temporal::Unit;

template <Unit U>
void field_of(Call& c) {
  c.give(temporal::extract(U, c.integer(0)));
}

std::int64_t date_of(std::int64_t datetime) {
  const std::int64_t days = datetime / temporal::kDay - (datetime % temporal::kDay < 0 ? 1 : 0);
  return days * temporal::kDay;
}

std::int64_t magnitude(std::int64_t time) {
  return time < 0 ? -time : time;
}

/// Of what is no TIMESTAMP, a text that is no date among it, it is 0.
Timestamp unix_micros(Call& c) {
  constexpr Timestamp kEnd = (std::int64_t{1} << 31U) * temporal::kSecond;
  if (c.null(0)) return 0;
  const Timestamp utc = c.context().time_zone.to_utc(c.integer(0));
  return utc < 0 || utc >= kEnd ? 0 : utc;
}

void unix_timestamp(Call& c) {
  c.give(unix_micros(c) / temporal::kSecond);
}

std::string fraction_text(std::int64_t micros) {
  std::string text = std::to_string(micros);
  text.insert(0, 7 - std::min<std::size_t>(text.size(), 7), '0');
  return text.insert(text.size() - 6, ".");
}

void unix_timestamp_fraction(Call& c) {
  c.give(decimal::round(fraction_text(unix_micros(c)), static_cast<std::int32_t>(c.integer(1))));
}

/// Microseconds of a number of seconds, exactly.
std::optional<std::int64_t> micros_of(Call& c, std::size_t i) {
  const auto micros =
      decimal::calculate(decimal::Op::multiply, decimal::parse(c.text(i)).value_or("0"), "1000000");
  return micros ? decimal::to_int64(*micros) : std::nullopt;
}

constexpr std::int64_t kUnixTimeEnd = (std::int64_t{1} << 31U) * temporal::kSecond;  // MySQL 5.7's

void from_unixtime(Call& c) {
  const auto micros = micros_of(c, 0);
  if (!micros || *micros < 0 || *micros >= kUnixTimeEnd) return c.give_null();
  const std::int64_t local = c.context().time_zone.to_local(*micros);
  c.size() > 1 ? c.give(temporal::format(local, c.text(1), c.most_bytes())) : c.give(local);
}

void str_to_date(Call& c) {
  const auto parsed = temporal::parse(c.text(0), c.text(1));
  if (!parsed || !parsed->has_date) return c.give_null();
  c.give(parsed->value);
}

void str_to_time(Call& c) {
  const auto parsed = temporal::parse(c.text(0), c.text(1));
  parsed && !parsed->has_date ? c.give(parsed->value) : c.give_null();
}

/// A text is a moment when it has a date in it.
std::optional<std::int64_t> moment_or_time(std::string_view text, bool& moment) {
  moment = text.find('-', 1) != std::string_view::npos;
  return moment ? temporal::read_datetime(text) : temporal::read_time(text);
}

/// Two moments or two times of the day.
void timediff(Call& c) {
  bool moments[2] = {false, false};
  const auto a = moment_or_time(c.text(0), moments[0]);
  const auto b = moment_or_time(c.text(1), moments[1]);
  if (!a || !b || moments[0] != moments[1]) return c.give_null();
  c.give(std::clamp(*a - *b, -temporal::kMaxTime, temporal::kMaxTime));
}

void date_format(Call& c) {
  c.text(1).empty() ? c.give_null() : c.give(temporal::format(c.integer(0), c.text(1), c.most_bytes()));
}

/// INTERVAL arithmetic: (datetime, value, unit, subtract)
void date_add(Call& c) {
  const auto unit = temporal::find_unit(c.text(2));
  if (!unit) return c.give_null();
  const auto sum = temporal::add(c.integer(0), temporal::read_interval(c.text(1), *unit), c.integer(3) != 0);
  if (!sum) warn_of_overflow(c.context());
  c.give(sum);
}

void timestampdiff(Call& c) {
  const auto unit = temporal::find_unit(ascii_upper(c.text(0)));
  unit ? c.give(temporal::difference(*unit, c.integer(1), c.integer(2))) : c.give_null();
}

void extract(Call& c) {
  const auto unit = temporal::find_unit(ascii_upper(c.text(0)));
  unit ? c.give(temporal::extract(*unit, c.integer(1))) : c.give_null();
}

/// EXTRACT(DAY_HOUR FROM ...) and its kin of a TIME, or of a text that may be one: its hours are days too.
void extract_days(Call& c) {
  const auto unit = temporal::find_unit(ascii_upper(c.text(0)));
  bool moment = false;
  const auto value = c.is_integer(1) ? std::optional(c.integer(1)) : moment_or_time(c.text(1), moment);
  if (!unit || !value) return c.give_null();
  if (moment) return c.give(temporal::extract(*unit, *value));
  const std::int64_t time = magnitude(*value);
  const std::int64_t hours = time % temporal::kDay / (3600 * temporal::kSecond);
  // What stands behind the hours in the number.
  const std::int64_t scale = *unit == Unit::day_hour     ? 1
                             : *unit == Unit::day_minute ? 100
                             : *unit == Unit::day_second ? 10000
                                                         : 10000 * temporal::kSecond;
  const std::int64_t rest = temporal::extract(*unit, time % temporal::kDay) % scale;
  const std::int64_t number = (time / temporal::kDay * 100 + hours) * scale + rest;
  c.give(*value < 0 ? -number : number);
}

void last_day(Call& c) {
  temporal::Civil civil = temporal::to_civil(c.integer(0));
  civil.day = temporal::days_in_month(civil.year, civil.month);
  c.give(temporal::days_from_civil(civil.year, civil.month, civil.day) * temporal::kDay);
}

/// YYMM or YYYYMM as a count of months; nothing for what is no period.
std::optional<std::int64_t> months_of_period(std::int64_t period) {
  const std::int64_t year = period / 100;
  const std::int64_t month = period % 100;
  if (period < 0 || month < 1 || month > 12 || year > 9999) return std::nullopt;
  return (year < 70 ? year + 2000 : (year < 100 ? year + 1900 : year)) * 12 + month - 1;
}

void period_add(Call& c) {
  constexpr std::int64_t kMost = 9999 * 12;
  const auto months = months_of_period(c.integer(0));
  if (!months) return c.give_null();
  const std::int64_t moved = *months + std::clamp(c.integer(1), -kMost, kMost);
  moved < 0 ? c.give_null() : c.give(moved / 12 * 100 + moved % 12 + 1);
}

void period_diff(Call& c) {
  const auto a = months_of_period(c.integer(0));
  const auto b = months_of_period(c.integer(1));
  a&& b ? c.give(*a - *b) : c.give_null();
}

constexpr std::int64_t kDaysToEpoch = 719528;  // TO_DAYS('1970-01-01')

void makedate(Call& c) {
  const std::int64_t year = c.integer(0);
  if (year < 0 || year > 9999 || c.integer(1) < 1 || c.integer(1) > 3660000) return c.give_null();
  const std::int64_t full = year < 70 ? year + 2000 : (year < 100 ? year + 1900 : year);
  c.give(temporal::add(temporal::days_from_civil(full, 1, 1) * temporal::kDay,
                       {0, (c.integer(1) - 1) * temporal::kDay}, false));
}

void maketime(Call& c) {
  constexpr std::int64_t kMinute = 60 * temporal::kSecond;
  const std::int64_t minute = c.integer(1);
  const auto second = micros_of(c, 2);
  if (minute < 0 || minute > 59 || !second || *second < 0 || *second >= kMinute) return c.give_null();
  constexpr std::int64_t kTooMany = 839;
  const std::int64_t hours = std::clamp(c.integer(0), -kTooMany, kTooMany);
  const std::int64_t rest = minute * kMinute + *second;
  const std::int64_t time = hours * 60 * kMinute + (hours < 0 ? -rest : rest);
  c.give(std::clamp(time, -temporal::kMaxTime, temporal::kMaxTime));
}

void sec_to_time(Call& c) {
  const std::int64_t most = c.text(0).starts_with('-') ? -temporal::kMaxTime : temporal::kMaxTime;
  c.give(std::clamp(micros_of(c, 0).value_or(most), -temporal::kMaxTime, temporal::kMaxTime));
}

constexpr Timestamp kTimestampEnd = (std::int64_t{1} << 31U) * temporal::kSecond;

/// '+08:00', 'SYSTEM': the zones parse_time_zone() knows. What no TIMESTAMP holds stays as it is.
void convert_tz(Call& c) {
  const auto from = parse_time_zone(c.text(1));
  const auto to = parse_time_zone(c.text(2));
  if (!from || !to) return c.give_null();
  const Timestamp utc = from->to_utc(c.integer(0));
  utc > 0 && utc < kTimestampEnd ? c.give(to->to_local(utc)) : c.give_argument(0);
}

std::int64_t year_week(const temporal::Week& week) {
  return week.year * 100 + week.week;
}

unsigned mode_argument(Call& c) {
  return c.size() > 1 ? static_cast<unsigned>(c.integer(1) & 7) : 0U;
}

using enum ArgKind;

constexpr std::uint32_t kMicros = 6, kNameLength = 9, kFormatLength = 100;

const FunctionRow kFunctions[] = {
    ordinary("year", {1, 1}, {datetime}, {Rule::integer, 4}, field_of<Unit::year>),
    ordinary("quarter", {1, 1}, {datetime}, {Rule::integer, 1}, field_of<Unit::quarter>),
    ordinary("month", {1, 1}, {datetime}, {Rule::integer, 2}, field_of<Unit::month>),
    ordinary("day", {1, 1}, {datetime}, {Rule::integer, 2}, field_of<Unit::day>),
    ordinary("dayofmonth", {1, 1}, {datetime}, {Rule::integer, 2}, field_of<Unit::day>),
    ordinary("hour", {1, 1}, {time}, {Rule::integer, 3},  // of a TIME: to 838
             [](Call& c) { c.give(magnitude(c.integer(0)) / (3600 * temporal::kSecond)); }),
    ordinary("minute", {1, 1}, {time}, {Rule::integer, 2},
             [](Call& c) { c.give(magnitude(c.integer(0)) / (60 * temporal::kSecond) % 60); }),
    ordinary("second", {1, 1}, {time}, {Rule::integer, 2},
             [](Call& c) { c.give(magnitude(c.integer(0)) / temporal::kSecond % 60); }),
    ordinary("microsecond", {1, 1}, {time}, {Rule::integer, 6},
             [](Call& c) { c.give(magnitude(c.integer(0)) % temporal::kSecond); }),
    ordinary("dayofweek", {1, 1}, {datetime}, {Rule::integer, 1},
             [](Call& c) { c.give((temporal::weekday(c.integer(0)) + 1) % 7 + 1); }),
    ordinary("weekday", {1, 1}, {datetime}, {Rule::integer, 1},
             [](Call& c) { c.give(temporal::weekday(c.integer(0))); }),
    ordinary("dayofyear", {1, 1}, {datetime}, {Rule::integer, 3},
             [](Call& c) { c.give(temporal::day_of_year(c.integer(0))); }),
    ordinary("week", {1, 2}, {datetime, integer}, {Rule::integer, 2},
             [](Call& c) { c.give(temporal::week(c.integer(0), mode_argument(c)).week); }),
    ordinary("weekofyear", {1, 1}, {datetime}, {Rule::integer, 2},
             [](Call& c) { c.give(temporal::week(c.integer(0), 3).week); }),
    ordinary("yearweek", {1, 2}, {datetime, integer}, {Rule::integer, 6},
             [](Call& c) { c.give(year_week(temporal::week(c.integer(0), mode_argument(c) | 2U))); }),
    ordinary("monthname", {1, 1}, {datetime}, {Rule::text, kNameLength},
             [](Call& c) { c.give(temporal::month_name(temporal::to_civil(c.integer(0)).month)); }),
    ordinary("dayname", {1, 1}, {datetime}, {Rule::text, kNameLength},
             [](Call& c) { c.give(temporal::weekday_name(temporal::weekday(c.integer(0)))); }),
    ordinary("date", {1, 1}, {date}, {Rule::date}, [](Call& c) { c.give_argument(0); }),
    ordinary("time", {1, 1}, {time}, {Rule::time, kMicros}, [](Call& c) { c.give_argument(0); }),
    ordinary("timestamp", {1, 2}, {datetime, time}, {Rule::datetime, kMicros},
             [](Call& c) { c.give(c.integer(0) + (c.size() > 1 ? c.integer(1) : 0)); }),
    ordinary("last_day", {1, 1}, {date}, {Rule::date}, last_day),
    ordinary("to_days", {1, 1}, {date}, {Rule::integer, 6},
             [](Call& c) { c.give(date_of(c.integer(0)) / temporal::kDay + kDaysToEpoch); }),
    ordinary("from_days", {1, 1}, {count}, {Rule::date},
             [](Call& c) {
               c.give((std::clamp<std::int64_t>(c.integer(0), 0, 3652424) - kDaysToEpoch) * temporal::kDay);
             }),
    ordinary("to_seconds", {1, 1}, {datetime}, {Rule::integer, 12},
             [](Call& c) { c.give(c.integer(0) / temporal::kSecond + kDaysToEpoch * 86400); }),
    ordinary("datediff", {2, 2}, {date}, {Rule::integer, 7},
             [](Call& c) { c.give((c.integer(0) - c.integer(1)) / temporal::kDay); }),
    ordinary("timediff", {2, 2}, {text}, {Rule::time, kMicros}, timediff, {.may_be_null = true}),
    ordinary("date_format", {2, 2}, {datetime, text}, {Rule::text, kFormatLength}, date_format,
             {.may_be_null = true}),
    ordinary("time_format", {2, 2}, {time, text}, {Rule::text, kFormatLength},
             [](Call& c) { c.give(temporal::format_time(c.integer(0), c.text(1), c.most_bytes())); },
             {.may_be_null = true}),
    ordinary("time_to_sec", {1, 1}, {time}, {Rule::integer, 10},
             [](Call& c) { c.give(c.integer(0) / temporal::kSecond); }),
    ordinary("sec_to_time", {1, 1}, {decimal}, {Rule::time}, sec_to_time),
    ordinary("makedate", {2, 2}, {integer}, {Rule::date}, makedate, {.may_be_null = true}),
    ordinary("maketime", {3, 3}, {count, integer, decimal}, {Rule::time}, maketime, {.may_be_null = true}),
    ordinary("convert_tz", {3, 3}, {datetime, text, text}, {Rule::datetime, kMicros}, convert_tz,
             {.may_be_null = true}),
    ordinary("period_add", {2, 2}, {integer}, {Rule::integer, 6}, period_add, {.may_be_null = true}),
    ordinary("period_diff", {2, 2}, {integer}, {Rule::integer, 6}, period_diff, {.may_be_null = true}),
    ordinary("time_to_usec", {1, 1}, {datetime}, {Rule::integer, 20},
             [](Call& c) { c.give(c.context().time_zone.to_utc(c.integer(0))); }),
    ordinary("usec_to_time", {1, 1}, {integer}, {Rule::datetime, kMicros},
             [](Call& c) { c.give(c.context().time_zone.to_local(c.integer(0))); }),
    // What the functions that the binder has hooks for are rendered to.
    rendered_to("date_add", {4, 4}, date_add),
    rendered_to("timestampdiff", {3, 3}, timestampdiff),
    rendered_to("extract", {2, 2}, extract),
    rendered_to("extract_days", {2, 2}, extract_days),
    rendered_to("str_to_date", {2, 2}, str_to_date),
    rendered_to("str_to_time", {2, 2}, str_to_time),
    rendered_to("unix_time", {1, 1}, unix_timestamp, {.sees_null = true}),
    rendered_to("unix_time_fraction", {2, 2}, unix_timestamp_fraction, {.sees_null = true}),
    rendered_to("from_unixtime", {1, 2}, from_unixtime),
};

}  // namespace

FunctionFamily time_functions() {
  return kFunctions;
}

}  // namespace breakwater::catalog
