#include "catalog/values/temporal.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.h"

namespace breakwater::catalog {

namespace temporal {

namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

constexpr std::int64_t kPowers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_punctuation(char c) {
  return c > ' ' && c < 127 && !is_digit(c) && !(ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

/// Takes up to `most` digits; `count` becomes how many there were.
std::int64_t take_number(std::string_view& text, std::size_t most, std::size_t& count) {
  std::int64_t value = 0;
  for (count = 0; count < most && !text.empty() && is_digit(text.front()); ++count, text.remove_prefix(1))
    value = value * 10 + (text.front() - '0');
  return value;
}

/// '.5' -> 500000; a seventh digit rounds (up to a whole second, which the caller carries).
std::int64_t take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  text.remove_prefix(1);
  std::size_t count = 0;
  std::int64_t micro = take_number(text, 6, count) * kPowers[6 - count];
  if (count == 6 && !text.empty() && text.front() >= '5' && is_digit(text.front())) ++micro;
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
  return micro;
}

std::int64_t full_year(std::int64_t year) {
  return year < 70 ? year + 2000 : year + 1900;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t leading_digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

std::optional<std::int64_t> joined(Civil c, std::int64_t micro) {
  const auto whole = from_civil(c);
  return whole && *whole + micro < kEnd ? std::optional(*whole + micro) : std::nullopt;
}

/// What str_to_datetime() of MySQL 5.7 reads from a text, field by field.
struct DatetimeFields {
  std::array<std::int64_t, 7> value{};  ///< year, month, day, hour, minute, second, microseconds
  std::size_t count = 0;                ///< how many fields were there
  std::size_t year_digits = 0;
  std::string_view rest;  ///< behind the last of them
};

constexpr std::size_t kYear = 0, kDayField = 2, kSecondField = 5, kMicroField = 6;

/// The number of digits in front, a T among them, and whether nothing but a fraction follows.
bool is_compact(std::string_view text, std::size_t& digits) {
  digits = 0;
  while (digits < text.size() && (is_digit(text[digits]) || text[digits] == 'T')) ++digits;
  return digits == text.size() || text[digits] == '.';
}

/// Punctuation, and blanks where a date or a fraction ends. False: a blank elsewhere.
bool skip_separators(std::string_view& text, bool takes_blanks) {
  while (!text.empty() && (is_punctuation(text.front()) || is_space(text.front()))) {
    if (is_space(text.front()) && !takes_blanks) return false;
    text.remove_prefix(1);
  }
  return true;
}

/// Nothing for what no date begins with.
std::optional<DatetimeFields> read_fields(std::string_view text) {
  constexpr std::int64_t kMostField = 999999;
  DatetimeFields out;
  std::size_t digits = 0;
  const bool compact = is_compact(text, digits);
  std::size_t width = 4;
  if (compact) width = digits == 4 || digits == 8 || digits >= 14 ? 4 : 2;
  const std::size_t year_width = width;
  while (out.count <= kMicroField && !text.empty() && is_digit(text.front())) {
    const std::size_t field = out.count++;
    const bool fraction = field == kMicroField;
    const std::size_t most = compact || fraction ? width : text.size();
    std::size_t length = 0;
    std::int64_t& value = out.value[field];
    for (; length < most && !text.empty() && is_digit(text.front()); ++length, text.remove_prefix(1)) {
      value = value * 10 + (text.front() - '0');
      if (value > kMostField) return std::nullopt;
    }
    if (field == kYear) out.year_digits = compact ? year_width : length;
    if (fraction) value *= kPowers[6 - length];
    width = 2;
    out.rest = text;
    if (text.empty()) break;
    if (field == kDayField && text.front() == 'T') {
      text.remove_prefix(1);
    } else if (field == kSecondField) {
      if (text.front() != '.') break;
      text.remove_prefix(1);
      out.rest = text;
      width = 6;
    } else if (!skip_separators(text, field == kDayField || field == kMicroField)) {
      return std::nullopt;
    } else {
      out.rest = text;
    }
  }
  return out;
}

}  // namespace

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = floor_div(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  constexpr std::array<std::int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

Civil to_civil(std::int64_t datetime) {
  const std::int64_t days = floor_div(datetime, kDay);
  std::int64_t rest = datetime - days * kDay;
  const std::int64_t z = days + 719468;
  const std::int64_t era = floor_div(z, 146097);
  const std::int64_t doe = z - era * 146097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t mp = (5 * doy + 2) / 153;
  Civil c;
  c.day = doy - (153 * mp + 2) / 5 + 1;
  c.month = mp < 10 ? mp + 3 : mp - 9;
  c.year = yoe + era * 400 + (c.month <= 2 ? 1 : 0);
  c.micro = rest % kSecond;
  rest /= kSecond;
  c.hour = rest / 3600;
  c.minute = rest / 60 % 60;
  c.second = rest % 60;
  return c;
}

std::optional<std::int64_t> from_civil(const Civil& c) {
  if (c.year < 0 || c.year > 9999 || c.month < 1 || c.month > 12 || c.day < 1 ||
      c.day > days_in_month(c.year, c.month) || c.hour > 23 || c.minute > 59 || c.second > 59)
    return std::nullopt;
  return days_from_civil(c.year, c.month, c.day) * kDay +
         (c.hour * 3600 + c.minute * 60 + c.second) * kSecond + c.micro;
}

TemporalText read_datetime_start(std::string_view text) {
  text = trimmed(text);
  auto fields = read_fields(text);
  if (!fields || fields->count < 3) return {};
  auto& [year, month, day, hour, minute, second, micro] = fields->value;
  const bool zero = std::ranges::all_of(fields->value, [](std::int64_t value) { return value == 0; });
  if (fields->year_digits == 2 && !zero) year = full_year(year);
  std::string_view rest = fields->rest;
  // A seventh digit of a fraction rounds.
  if (fields->count == fields->value.size() && !rest.empty() && is_digit(rest.front())) {
    if (rest.front() >= '5') ++micro;
    rest.remove_prefix(leading_digits(rest));
  }
  return {joined({year, month, day, hour, minute, second, 0}, micro), !trimmed(rest).empty()};
}

std::optional<std::int64_t> read_datetime(std::string_view text) {
  const TemporalText read = read_datetime_start(text);
  return read.truncated ? std::nullopt : read.value;
}

std::optional<std::int64_t> read_datetime(std::int64_t number) {
  if (number <= 0) return std::nullopt;
  std::string digits = std::to_string(number);
  const bool with_time = digits.size() > 8;
  const std::size_t whole = with_time ? (digits.size() > 12 ? 14 : 12) : (digits.size() > 6 ? 8 : 6);
  if (digits.size() > whole) return std::nullopt;
  digits.insert(0, whole - digits.size(), '0');
  return read_datetime(std::string_view(digits));
}

TemporalText read_time_start(std::string_view text) {
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  constexpr std::size_t kLongNumber = 11;
  constexpr std::int64_t kMostHours = 1000;  // more than a TIME holds
  if (!negative && text.size() > 10 && (text[4] == '-' || leading_digits(text) > kLongNumber)) {
    const auto [whole, truncated] = read_datetime_start(text);
    return {whole ? std::optional(*whole - floor_div(*whole, kDay) * kDay) : std::nullopt, truncated};
  }
  std::size_t count = 0;
  std::int64_t days = 0;
  std::int64_t first = take_number(text, kLongNumber, count);
  if (count == 0) return {};
  const bool has_days = text.size() > 1 && text[0] == ' ' && is_digit(text[1]);
  if (has_days) {
    days = std::min(first, kMostHours);
    text.remove_prefix(1);
    first = take_number(text, 3, count) * 10000;
  }
  std::int64_t hours = first / 10000;
  std::int64_t minutes = first / 100 % 100;
  std::int64_t seconds = first % 100;
  if (text.starts_with(':')) {
    hours = std::min(has_days ? hours : first, kMostHours);
    text.remove_prefix(1);
    minutes = take_number(text, 2, count);
    seconds = 0;
    if (text.starts_with(':')) {
      text.remove_prefix(1);
      seconds = take_number(text, 2, count);
    }
  }
  // The rest is dropped, as in MySQL: '2026-02-28' is 20 minutes and 26 seconds.
  const std::int64_t micro = take_fraction(text);
  if (minutes > 59 || seconds > 59) return {};
  const std::int64_t total =
      std::min(((days * 24 + hours) * 3600 + minutes * 60 + seconds) * kSecond + micro, kMaxTime);
  return {negative ? -total : total, !trimmed(text).empty()};
}

std::optional<std::int64_t> read_time(std::string_view text) {
  return read_time_start(text).value;
}

namespace {

char* put(char* out, std::int64_t value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + width;
}

char* put_fraction(char* out, std::int64_t micro, unsigned decimals) {
  if (decimals == 0) return out;
  *out++ = '.';
  return put(out, micro / kPowers[6 - decimals], static_cast<int>(decimals));
}

char* put_date(char* out, const Civil& c) {
  out = put(out, c.year, 4);
  *out++ = '-';
  out = put(out, c.month, 2);
  *out++ = '-';
  return put(out, c.day, 2);
}

char* put_clock(char* out, std::int64_t minute, std::int64_t second) {
  *out++ = ':';
  out = put(out, minute, 2);
  *out++ = ':';
  return put(out, second, 2);
}

unsigned at_most_six(unsigned decimals) {
  return std::min(decimals, 6U);
}

}  // namespace

std::size_t write_datetime(std::int64_t datetime, unsigned decimals, char* out) {
  const Civil c = to_civil(datetime);
  char* end = put_date(out, c);
  *end++ = ' ';
  end = put_clock(put(end, c.hour, 2), c.minute, c.second);
  return static_cast<std::size_t>(put_fraction(end, c.micro, at_most_six(decimals)) - out);
}

std::size_t write_date(std::int64_t datetime, char* out) {
  return static_cast<std::size_t>(put_date(out, to_civil(datetime)) - out);
}

std::size_t write_time(std::int64_t time, unsigned decimals, char* out) {
  char* end = out;
  if (time < 0) *end++ = '-';
  const std::int64_t t = std::min(time < 0 ? -time : time, kMaxTime);
  const std::int64_t seconds = t / kSecond;
  const std::int64_t hours = seconds / 3600;
  end = put_clock(put(end, hours, hours > 99 ? 3 : 2), seconds / 60 % 60, seconds % 60);
  return static_cast<std::size_t>(put_fraction(end, t % kSecond, at_most_six(decimals)) - out);
}

std::string number_of_datetime(std::int64_t datetime, unsigned decimals) {
  const Civil c = to_civil(datetime);
  char text[kBufferSize];
  char* end = put(put(put(text, c.year, 4), c.month, 2), c.day, 2);
  end = put(put(put(end, c.hour, 2), c.minute, 2), c.second, 2);
  return {text, put_fraction(end, c.micro, at_most_six(decimals))};
}

std::string number_of_time(std::int64_t time, unsigned decimals) {
  const std::int64_t t = time < 0 ? -time : time;
  const std::int64_t seconds = t / kSecond;
  const std::int64_t number = seconds / 3600 * 10000 + seconds / 60 % 60 * 100 + seconds % 60;
  char fraction[kBufferSize];
  char* end = put_fraction(fraction, t % kSecond, at_most_six(decimals));
  return (time < 0 ? "-" : "") + std::to_string(number) + std::string(fraction, end);
}

std::int64_t cut(std::int64_t value, unsigned decimals) {
  return floor_div(value, kPowers[6 - at_most_six(decimals)]) * kPowers[6 - at_most_six(decimals)];
}

std::int64_t rounded(std::int64_t value, unsigned decimals) {
  const std::int64_t half = kPowers[6 - at_most_six(decimals)] / 2;
  return value < 0 ? -cut(-value + half, decimals) : cut(value + half, decimals);
}

std::int64_t weekday(std::int64_t datetime) {
  constexpr std::int64_t kEpochWasThursday = 3;
  const std::int64_t days = floor_div(datetime, kDay) + kEpochWasThursday;
  return days - floor_div(days, 7) * 7;
}

std::int64_t day_of_year(std::int64_t datetime) {
  return floor_div(datetime, kDay) - days_from_civil(to_civil(datetime).year, 1, 1) + 1;
}

namespace {

std::int64_t first_week_start(std::int64_t year, bool monday_first, bool four_days) {
  const std::int64_t january_first = days_from_civil(year, 1, 1);
  const std::int64_t from_monday = weekday(january_first * kDay);
  const std::int64_t at = monday_first ? from_monday : (from_monday + 1) % 7;
  const bool same_week = four_days ? at <= 3 : at == 0;
  return same_week ? january_first - at : january_first - at + 7;
}

}  // namespace

// The eight modes of MySQL's manual: bit 0 Monday first, bit 1 weeks 1 to 53, bit 2 flips "four days or
// more".
Week week(std::int64_t datetime, unsigned mode) {
  const bool monday_first = (mode & 1U) != 0;
  const bool four_days = monday_first != ((mode & 4U) != 0);
  const std::int64_t year = to_civil(datetime).year;
  const std::int64_t day = floor_div(datetime, kDay);
  const std::int64_t start = first_week_start(year, monday_first, four_days);
  if (day < start) {
    if ((mode & 2U) == 0) return {year, 0};
    return {year - 1, (day - first_week_start(year - 1, monday_first, four_days)) / 7 + 1};
  }
  if ((mode & 2U) != 0 && day >= first_week_start(year + 1, monday_first, four_days)) return {year + 1, 1};
  return {year, (day - start) / 7 + 1};
}

std::string_view month_name(std::int64_t month) {
  constexpr std::array<std::string_view, 12> kNames = {"January",   "February", "March",    "April",
                                                       "May",       "June",     "July",     "August",
                                                       "September", "October",  "November", "December"};
  return kNames[static_cast<std::size_t>(month - 1)];
}

std::string_view weekday_name(std::int64_t weekday) {
  constexpr std::array<std::string_view, 7> kNames = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                      "Friday", "Saturday", "Sunday"};
  return kNames[static_cast<std::size_t>(weekday)];
}

}  // namespace temporal
}  // namespace breakwater::catalog
