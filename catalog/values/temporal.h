// MySQL's dates and times: reading, writing and calculating. A DATETIME is microseconds since 1970-01-01
// 00:00:00 of a wall clock, a DATE the same at midnight, a TIME signed microseconds. Years are 0 to 9999.
// Dates with a zero month or day ('2024-00-00') can't be represented and are read as no date. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace breakwater::catalog::temporal {

inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr std::int64_t kDay = 86400 * kSecond;
inline constexpr std::int64_t kEnd =
    253402300800 * kSecond;  ///< 10000-01-01, after all that a DATETIME holds
inline constexpr std::int64_t kMaxTime = (838LL * 3600 + 59LL * 60 + 59) * kSecond;  ///< 838:59:59

struct Civil {
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::int64_t day = 0;
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t micro = 0;
};

/// Days since 1970-01-01 (proleptic Gregorian).
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day);
std::int64_t days_in_month(std::int64_t year, std::int64_t month);
Civil to_civil(std::int64_t datetime);
/// Nullopt if a field is out of range.
std::optional<std::int64_t> from_civil(const Civil& civil);

struct TemporalText {
  std::optional<std::int64_t> value{};  ///< nothing for what begins with no date, or with one that isn't
  bool truncated = false;               ///< something other than blanks follows
};
/// 'YYYY-MM-DD[ |T]hh:mm:ss[.ffffff]', 'YYMMDD...', only digits, or any punctuation between them, as MySQL
/// reads it, and what follows it.
TemporalText read_datetime_start(std::string_view text);
/// The same, of a text that nothing else stands in.
std::optional<std::int64_t> read_datetime(std::string_view text);
/// 20240131, 240131, 20240131123059.
std::optional<std::int64_t> read_datetime(std::int64_t number);
/// '[-][D ]hh:mm[:ss[.ffffff]]', only digits (hhmmss), or a date and time, of which the time is taken.
TemporalText read_time_start(std::string_view text);
/// The same, whatever follows.
std::optional<std::int64_t> read_time(std::string_view text);

/// Write into `out`, which must have 32 bytes, and return the length.
std::size_t write_datetime(std::int64_t datetime, unsigned decimals, char* out);
std::size_t write_date(std::int64_t datetime, char* out);
std::size_t write_time(std::int64_t time, unsigned decimals, char* out);
inline constexpr std::size_t kBufferSize = 32;

/// 20240131123059[.ffffff]: a temporal value as a number.
std::string number_of_datetime(std::int64_t datetime, unsigned decimals);
std::string number_of_time(std::int64_t time, unsigned decimals);

/// Cuts the fraction of the second to `decimals` digits, 0 to 6.
std::int64_t cut(std::int64_t value, unsigned decimals);
/// The same, but rounds half away from zero.
std::int64_t rounded(std::int64_t value, unsigned decimals);

enum class Unit : std::uint8_t {
  microsecond,
  second,
  minute,
  hour,
  day,
  week,
  month,
  quarter,
  year,
  second_microsecond,
  minute_microsecond,
  minute_second,
  hour_microsecond,
  hour_second,
  hour_minute,
  day_microsecond,
  day_second,
  day_minute,
  day_hour,
  year_month,
};
std::optional<Unit> find_unit(std::string_view upper_name);
bool has_time_part(Unit unit);
bool has_microseconds(Unit unit);

/// INTERVAL 'value' unit, as months and microseconds.
struct Span {
  std::int64_t months = 0;
  std::int64_t micros = 0;
};
Span read_interval(std::string_view value, Unit unit);
/// Nullopt beyond the year 9999.
std::optional<std::int64_t> add(std::int64_t datetime, Span span, bool negative);
/// DAY_HOUR and the like.
bool is_compound(Unit unit);
/// TIMESTAMPDIFF: whole units from a to b; nullopt for a compound unit.
std::optional<std::int64_t> difference(Unit unit, std::int64_t a, std::int64_t b);
/// EXTRACT(unit FROM datetime).
std::int64_t extract(Unit unit, std::int64_t datetime);

/// DATE_FORMAT, in English. It stops soon after the text is longer than `most` bytes.
std::string format(std::int64_t datetime, std::string_view pattern, std::size_t most);
/// TIME_FORMAT; nullopt if the pattern has something that only a date has.
std::optional<std::string> format_time(std::int64_t time, std::string_view pattern, std::size_t most);
struct Parsed {
  std::int64_t value = 0;
  bool has_date = false;
};
std::optional<Parsed> parse(std::string_view text, std::string_view pattern);

std::int64_t day_of_year(std::int64_t datetime);
std::int64_t weekday(std::int64_t datetime);  ///< 0 Monday
/// WEEK(date, mode), with the year that the week belongs to.
struct Week {
  std::int64_t year;
  std::int64_t week;
};
Week week(std::int64_t datetime, unsigned mode);
std::string_view month_name(std::int64_t month);      ///< 1 to 12
std::string_view weekday_name(std::int64_t weekday);  ///< 0 Monday

}  // namespace breakwater::catalog::temporal
