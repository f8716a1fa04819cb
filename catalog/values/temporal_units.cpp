// Units and intervals: DATE_ADD, TIMESTAMPDIFF, EXTRACT.
#include <array>
#include <utility>

#include "catalog/values/temporal.h"

namespace breakwater::catalog::temporal {

namespace {

constexpr std::array<std::pair<std::string_view, Unit>, 20> kUnits = {{
    {"MICROSECOND", Unit::microsecond},
    {"SECOND", Unit::second},
    {"MINUTE", Unit::minute},
    {"HOUR", Unit::hour},
    {"DAY", Unit::day},
    {"WEEK", Unit::week},
    {"MONTH", Unit::month},
    {"QUARTER", Unit::quarter},
    {"YEAR", Unit::year},
    {"SECOND_MICROSECOND", Unit::second_microsecond},
    {"MINUTE_MICROSECOND", Unit::minute_microsecond},
    {"MINUTE_SECOND", Unit::minute_second},
    {"HOUR_MICROSECOND", Unit::hour_microsecond},
    {"HOUR_SECOND", Unit::hour_second},
    {"HOUR_MINUTE", Unit::hour_minute},
    {"DAY_MICROSECOND", Unit::day_microsecond},
    {"DAY_SECOND", Unit::day_second},
    {"DAY_MINUTE", Unit::day_minute},
    {"DAY_HOUR", Unit::day_hour},
    {"YEAR_MONTH", Unit::year_month},
}};

constexpr std::int64_t kMinute = 60 * kSecond, kHour = 60 * kMinute, kMonthsOfYear = 12;
constexpr std::int64_t kMaxIntervalNumber = 1'000'000'000'000;

/// The length of a simple unit, in microseconds; months for those of the calendar.
std::int64_t micros_of(Unit unit) {
  switch (unit) {
    case Unit::microsecond:
      return 1;
    case Unit::second:
      return kSecond;
    case Unit::minute:
      return kMinute;
    case Unit::hour:
      return kHour;
    case Unit::day:
      return kDay;
    case Unit::week:
      return 7 * kDay;
    default:
      return 0;
  }
}

std::int64_t months_of(Unit unit) {
  if (unit == Unit::month) return 1;
  if (unit == Unit::quarter) return 3;
  return unit == Unit::year ? kMonthsOfYear : 0;
}

/// The simple units that a compound unit consists of, from the largest.
struct Parts {
  std::array<Unit, 5> units;
  std::size_t count;
};

Parts parts_of(Unit unit) {
  constexpr std::array kOrder = {Unit::day, Unit::hour, Unit::minute, Unit::second, Unit::microsecond};
  const auto range = [&](std::size_t first, std::size_t last) {
    Parts parts{{}, last - first + 1};
    for (std::size_t i = first; i <= last; ++i) parts.units[i - first] = kOrder[i];
    return parts;
  };
  switch (unit) {
    case Unit::second_microsecond:
      return range(3, 4);
    case Unit::minute_microsecond:
      return range(2, 4);
    case Unit::minute_second:
      return range(2, 3);
    case Unit::hour_microsecond:
      return range(1, 4);
    case Unit::hour_second:
      return range(1, 3);
    case Unit::hour_minute:
      return range(1, 2);
    case Unit::day_microsecond:
      return range(0, 4);
    case Unit::day_second:
      return range(0, 3);
    case Unit::day_minute:
      return range(0, 2);
    case Unit::day_hour:
      return range(0, 1);
    case Unit::year_month:
      return {{Unit::year, Unit::month}, 2};
    default:
      return {{unit}, 1};
  }
}

struct Numbers {
  std::array<std::int64_t, 5> values{};
  std::array<std::size_t, 5> digits{};
  std::size_t count = 0;
  bool negative = false;
};

/// Reads numbers with any separators between them.
Numbers read_numbers(std::string_view text, std::size_t most) {
  Numbers n;
  std::size_t at = 0;
  const auto digit = [&] { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  for (; at < text.size() && !digit(); ++at) n.negative = n.negative || text[at] == '-';
  while (n.count < most && digit()) {
    std::int64_t& value = n.values[n.count];
    for (; digit(); ++at) {
      if (value >= kMaxIntervalNumber) continue;
      value = value * 10 + (text[at] - '0');
      ++n.digits[n.count];
    }
    ++n.count;
    while (at < text.size() && !digit()) ++at;
  }
  return n;
}

void add_part(Span& span, Unit unit, std::int64_t value) {
  span.months += months_of(unit) * value;
  std::int64_t micros = 0;
  const bool overflow = __builtin_mul_overflow(micros_of(unit), value, &micros) ||
                        __builtin_add_overflow(span.micros, micros, &span.micros);
  if (overflow) span.micros = kDay * 10'000'000;  // beyond any year
}

/// Microseconds from the digits after a point: 5 is half a million.
std::int64_t micros_of_fraction(std::int64_t micros, std::size_t digits) {
  for (std::size_t i = digits; i < 6; ++i) micros *= 10;
  for (std::size_t i = 6; i < digits; ++i) micros /= 10;
  return micros;
}

}  // namespace

std::optional<Unit> find_unit(std::string_view upper_name) {
  if (upper_name.starts_with("SQL_TSI_")) upper_name.remove_prefix(8);
  for (const auto& [name, unit] : kUnits) {
    if (name == upper_name) return unit;
  }
  return std::nullopt;
}

bool has_time_part(Unit unit) {
  switch (unit) {
    case Unit::day:
    case Unit::week:
    case Unit::month:
    case Unit::quarter:
    case Unit::year:
    case Unit::year_month:
      return false;
    default:
      return true;
  }
}

bool has_microseconds(Unit unit) {
  const Parts parts = parts_of(unit);
  return parts.units[parts.count - 1] == Unit::microsecond;
}

Span read_interval(std::string_view value, Unit unit) {
  const Parts parts = parts_of(unit);
  const Numbers n = read_numbers(value, parts.count == 1 ? 2 : parts.count);
  Span span;
  if (parts.count == 1) {
    add_part(span, unit, n.values[0]);
    if (unit == Unit::second && n.count > 1) span.micros += micros_of_fraction(n.values[1], n.digits[1]);
  }
  // If there are fewer numbers than parts, they are the last parts. Microseconds after other parts are a
  // fraction.
  for (std::size_t i = 0; parts.count > 1 && i < n.count; ++i) {
    const Unit part = parts.units[parts.count - n.count + i];
    const bool fraction = part == Unit::microsecond && n.count == parts.count;
    add_part(span, part, fraction ? micros_of_fraction(n.values[i], n.digits[i]) : n.values[i]);
  }
  if (n.negative) span = {-span.months, -span.micros};
  return span;
}

std::optional<std::int64_t> add(std::int64_t datetime, Span span, bool negative) {
  constexpr std::int64_t kMaxMonths = std::int64_t{12} * 20000;
  if (negative) span = {-span.months, -span.micros};
  if (span.months > kMaxMonths || span.months < -kMaxMonths) return std::nullopt;
  if (span.months != 0) {
    Civil c = to_civil(datetime);
    const std::int64_t months = c.year * kMonthsOfYear + c.month - 1 + span.months;
    if (months < 0) return std::nullopt;
    c.year = months / kMonthsOfYear;
    c.month = months % kMonthsOfYear + 1;
    c.day = std::min(c.day, days_in_month(c.year, c.month));
    const auto moved = from_civil(c);
    if (!moved) return std::nullopt;
    datetime = *moved;
  }
  std::int64_t result = 0;
  if (__builtin_add_overflow(datetime, span.micros, &result)) return std::nullopt;
  // Days are counted from the year 1, months from the year 0.
  static const std::int64_t kFirstMonth = days_from_civil(0, 1, 1) * kDay;
  static const std::int64_t kFirstDay = days_from_civil(1, 1, 1) * kDay;
  return result >= (span.micros == 0 ? kFirstMonth : kFirstDay) && result < kEnd ? std::optional(result)
                                                                                 : std::nullopt;
}

bool is_compound(Unit unit) {
  return parts_of(unit).count > 1;
}

std::optional<std::int64_t> difference(Unit unit, std::int64_t a, std::int64_t b) {
  if (is_compound(unit)) return std::nullopt;
  if (const std::int64_t micros = micros_of(unit); micros != 0) return (b - a) / micros;
  const bool backwards = b < a;
  if (backwards) std::swap(a, b);
  const Civil x = to_civil(a);
  const Civil y = to_civil(b);
  std::int64_t months = (y.year - x.year) * kMonthsOfYear + y.month - x.month;
  const std::int64_t in_month_a = a - days_from_civil(x.year, x.month, 1) * kDay;
  const std::int64_t in_month_b = b - days_from_civil(y.year, y.month, 1) * kDay;
  if (in_month_b < in_month_a) --months;
  return (backwards ? -months : months) / months_of(unit);
}

namespace {

std::int64_t extract_simple(Unit unit, std::int64_t datetime) {
  const Civil c = to_civil(datetime);
  switch (unit) {
    case Unit::microsecond:
      return c.micro;
    case Unit::second:
      return c.second;
    case Unit::minute:
      return c.minute;
    case Unit::hour:
      return c.hour;
    case Unit::day:
      return c.day;
    case Unit::week:
      return week(datetime, 0).week;
    case Unit::month:
      return c.month;
    case Unit::quarter:
      return (c.month + 2) / 3;
    default:
      return c.year;
  }
}

}  // namespace

std::int64_t extract(Unit unit, std::int64_t datetime) {
  const Parts parts = parts_of(unit);
  std::int64_t value = 0;
  for (std::size_t i = 0; i < parts.count; ++i) {
    const std::int64_t factor = parts.units[i] == Unit::microsecond ? 1'000'000 : 100;
    value = value * factor + extract_simple(parts.units[i], datetime);
  }
  return value;
}

}  // namespace breakwater::catalog::temporal
