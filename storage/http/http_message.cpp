#include "storage/http/http_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include "base/text.h"

namespace breakwater::storage {
namespace {

constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kHex = "0123456789ABCDEF";

bool unreserved(char c) {
  return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

std::chrono::sys_seconds seconds_of(Timestamp when) {
  return std::chrono::floor<std::chrono::seconds>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(when)));
}

struct CivilTime {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::seconds> time;
  unsigned weekday;
};

CivilTime civil(Timestamp when) {
  const auto at = seconds_of(when);
  const auto day = std::chrono::floor<std::chrono::days>(at);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss(at - day),
          std::chrono::weekday(day).c_encoding()};
}

std::optional<int> number(std::string_view text) {
  const auto value = whole_number<int>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

std::optional<unsigned> month_number(std::string_view name) {
  for (unsigned i = 0; i < kMonths.size(); ++i)
    if (name == kMonths.at(i)) return i + 1;
  return std::nullopt;
}

std::optional<Timestamp> moment(std::chrono::year_month_day date, int hour, int minute, int second) {
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto at = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                  std::chrono::seconds(second);
  return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

}  // namespace

std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name) {
  const auto found =
      std::ranges::find_if(headers, [&](const HttpHeader& header) { return header.name == name; });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (unreserved(c) || (keep_slash && c == '/')) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    encoded += '%';
    encoded += kHex[byte >> 4U];
    encoded += kHex[byte & 0x0FU];
  }
  return encoded;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const auto [end, problem] = std::from_chars(text.data() + std::min(i + 1, text.size()),
                                                text.data() + std::min(i + 3, text.size()), byte, 16);
    if (text[i] == '%' && i + 2 < text.size() && problem == std::errc() && end == text.data() + i + 3) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string request_target(const HttpRequest& request) {
  std::string target = percent_encode(request.path, true);
  char separator = '?';
  for (const QueryItem& item : request.query) {
    target += separator;
    target += percent_encode(item.name, false);
    if (item.value) target.append("=").append(percent_encode(*item.value, false));
    separator = '&';
  }
  return target;
}

std::string http_date(Timestamp when) {
  const CivilTime now = civil(when);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays.at(now.weekday),
                unsigned{now.date.day()}, kMonths.at(unsigned{now.date.month()} - 1), int{now.date.year()},
                static_cast<int>(now.time.hours().count()), static_cast<int>(now.time.minutes().count()),
                static_cast<int>(now.time.seconds().count()));
  return text.data();
}

// "Fri, 24 May 2013 00:00:00 GMT": the one form that servers may send today.
std::optional<Timestamp> parse_http_date(std::string_view text) {
  constexpr std::string_view kShape = "Fri, 24 May 2013 00:00:00 GMT";
  if (text.size() != kShape.size() || !text.ends_with(" GMT") || text.substr(3, 2) != ", ")
    return std::nullopt;
  const auto day = number(text.substr(5, 2));
  const auto month = month_number(text.substr(8, 3));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (!day || !month || !year || !hour || !minute || !second) return std::nullopt;
  return moment(
      {std::chrono::year(*year), std::chrono::month(*month), std::chrono::day(static_cast<unsigned>(*day))},
      *hour, *minute, *second);
}

std::optional<Timestamp> parse_iso_time(std::string_view text) {
  constexpr std::string_view kShape = "2013-05-24T00:00:00";
  if (text.size() <= kShape.size() || text.back() != 'Z' || text[4] != '-' || text[7] != '-' ||
      text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  const auto hour = number(text.substr(11, 2));
  const auto minute = number(text.substr(14, 2));
  const auto second = number(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  return moment({std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                 std::chrono::day(static_cast<unsigned>(*day))},
                *hour, *minute, *second);
}

std::string iso_basic_time(Timestamp when) {
  const CivilTime now = civil(when);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", int{now.date.year()},
                unsigned{now.date.month()}, unsigned{now.date.day()},
                static_cast<int>(now.time.hours().count()), static_cast<int>(now.time.minutes().count()),
                static_cast<int>(now.time.seconds().count()));
  return text.data();
}

}  // namespace breakwater::storage
