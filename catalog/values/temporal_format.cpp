// DATE_FORMAT and STR_TO_DATE.
#include "base/text.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog::temporal {

namespace {

std::string padded(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

std::string_view ordinal_suffix(std::int64_t day) {
  if (day >= 11 && day <= 13) return "th";
  switch (day % 10) {
    case 1:
      return "st";
    case 2:
      return "nd";
    case 3:
      return "rd";
    default:
      return "th";
  }
}

std::int64_t hour12(std::int64_t hour) {
  return (hour + 11) % 12 + 1;
}

constexpr std::size_t kShortName = 3;

std::string format_one(char specifier, std::int64_t datetime, const Civil& c);

std::string format_clock(const Civil& c, bool twelve) {
  std::string out =
      padded(twelve ? hour12(c.hour) : c.hour, 2) + ":" + padded(c.minute, 2) + ":" + padded(c.second, 2);
  if (twelve) out += c.hour % 24 < 12 ? " AM" : " PM";
  return out;
}

std::string format_calendar(char specifier, std::int64_t datetime, const Civil& c) {
  switch (specifier) {
    case 'a':
      return std::string(weekday_name(weekday(datetime)).substr(0, kShortName));
    case 'W':
      return std::string(weekday_name(weekday(datetime)));
    case 'w':
      return std::to_string((weekday(datetime) + 1) % 7);
    case 'b':
      return std::string(month_name(c.month).substr(0, kShortName));
    case 'M':
      return std::string(month_name(c.month));
    case 'D':
      return std::to_string(c.day) + std::string(ordinal_suffix(c.day));
    case 'j':
      return padded(day_of_year(datetime), 3);
    case 'U':
      return padded(week(datetime, 0).week, 2);
    case 'u':
      return padded(week(datetime, 1).week, 2);
    case 'V':
      return padded(week(datetime, 2).week, 2);
    case 'v':
      return padded(week(datetime, 3).week, 2);
    case 'X':
      return padded(week(datetime, 2).year, 4);
    case 'x':
      return padded(week(datetime, 3).year, 4);
    default:
      return {specifier};
  }
}

std::string format_one(char specifier, std::int64_t datetime, const Civil& c) {
  switch (specifier) {
    case 'Y':
      return padded(c.year, 4);
    case 'y':
      return padded(c.year % 100, 2);
    case 'm':
      return padded(c.month, 2);
    case 'c':
      return std::to_string(c.month);
    case 'd':
      return padded(c.day, 2);
    case 'e':
      return std::to_string(c.day);
    case 'H':
      return padded(c.hour, 2);
    case 'k':
      return std::to_string(c.hour);
    case 'h':
    case 'I':
      return padded(hour12(c.hour), 2);
    case 'l':
      return std::to_string(hour12(c.hour));
    case 'i':
      return padded(c.minute, 2);
    case 's':
    case 'S':
      return padded(c.second, 2);
    case 'f':
      return padded(c.micro, 6);
    case 'p':
      return c.hour % 24 < 12 ? "AM" : "PM";
    case 'T':
      return format_clock(c, false);
    case 'r':
      return format_clock(c, true);
    default:
      return format_calendar(specifier, datetime, c);
  }
}

/// Parses a text by a pattern, one specifier after the other.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool run(std::string_view pattern) {
    for (; !pattern.empty(); pattern.remove_prefix(1)) {
      const char c = pattern.front();
      if (c == ' ') {
        skip_blanks();
        continue;
      }
      if (c == '%' && pattern.size() > 1) {
        pattern.remove_prefix(1);
        if (!specifier(pattern.front())) return false;
        continue;
      }
      if (!literal(c)) return false;
    }
    return true;
  }

  std::optional<Parsed> result() {
    if (afternoon_ >= 0) c_.hour = c_.hour % 12 + (afternoon_ == 1 ? 12 : 0);
    if (!date_) {
      if (c_.hour > 23 || c_.minute > 59 || c_.second > 59) return std::nullopt;
      return Parsed{(c_.hour * 3600 + c_.minute * 60 + c_.second) * kSecond + c_.micro, false};
    }
    if (day_of_year_ > 0) {
      const Civil found = to_civil((days_from_civil(c_.year, 1, 1) + day_of_year_ - 1) * kDay);
      c_.month = found.month;
      c_.day = found.day;
    }
    const auto value = from_civil(c_);
    return value ? std::optional(Parsed{*value, true}) : std::nullopt;
  }

 private:
  void skip_blanks() {
    while (text_.starts_with(' ')) text_.remove_prefix(1);
  }

  bool literal(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool number(std::int64_t& out, std::size_t most) {
    std::size_t count = 0;
    for (out = 0; count < most && !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; ++count) {
      out = out * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    digits_ = count;
    return count > 0;
  }

  bool name_of(std::int64_t& out, std::int64_t count, std::string_view (*name)(std::int64_t),
               std::int64_t first, bool shortened) {
    for (std::int64_t i = 0; i < count; ++i) {
      std::string_view wanted = name(first + i);
      if (shortened) wanted = wanted.substr(0, kShortName);
      if (!iequals(text_.substr(0, wanted.size()), wanted)) continue;
      text_.remove_prefix(wanted.size());
      out = first + i;
      return true;
    }
    return false;
  }

  bool specifier(char s) {
    skip_blanks();
    date_ = date_ || std::string_view("YymcdeDMbjWaw").contains(s);
    std::int64_t ignored = 0;
    switch (s) {
      case 'Y':
        return number(c_.year, 4) && (digits_ > 2 || two_digit_year());
      case 'y':
        return number(c_.year, 2) && two_digit_year();
      case 'm':
      case 'c':
        return number(c_.month, 2);
      case 'd':
      case 'e':
        return number(c_.day, 2);
      case 'D':
        return number(c_.day, 2) && text_.size() >= 2 && (text_.remove_prefix(2), true);
      case 'M':
        return name_of(c_.month, 12, month_name, 1, false);
      case 'b':
        return name_of(c_.month, 12, month_name, 1, true);
      case 'W':
        return name_of(ignored, 7, weekday_name, 0, false);
      case 'a':
        return name_of(ignored, 7, weekday_name, 0, true);
      case 'w':
        return number(ignored, 1);
      case 'j':
        return number(day_of_year_, 3);
      default:
        return time_specifier(s);
    }
  }

  bool time_specifier(char s) {
    switch (s) {
      case 'H':
      case 'k':
      case 'h':
      case 'I':
      case 'l':
        return number(c_.hour, 2);
      case 'i':
        return number(c_.minute, 2);
      case 's':
      case 'S':
        return number(c_.second, 2);
      case 'f':
        return fraction();
      case 'p':
        return half_day();
      case 'T':
        return run("%H:%i:%S");
      case 'r':
        return run("%I:%i:%S %p");
      case '%':
        return literal('%');
      default:
        return false;
    }
  }

  bool two_digit_year() {
    c_.year += c_.year < 70 ? 2000 : 1900;
    return true;
  }

  bool fraction() {
    if (!number(c_.micro, 6)) return false;
    for (; digits_ < 6; ++digits_) c_.micro *= 10;
    return true;
  }

  bool half_day() {
    const std::string_view word = text_.substr(0, 2);
    afternoon_ = iequals(word, "PM") ? 1 : 0;
    if (afternoon_ == 0 && !iequals(word, "AM")) return false;
    text_.remove_prefix(2);
    return true;
  }

  std::string_view text_;
  Civil c_;
  std::size_t digits_ = 0;
  std::int64_t day_of_year_ = 0;
  int afternoon_ = -1;
  bool date_ = false;
};

}  // namespace

std::string format(std::int64_t datetime, std::string_view pattern, std::size_t most) {
  const Civil c = to_civil(datetime);
  std::string out;
  for (std::size_t i = 0; i < pattern.size() && out.size() <= most; ++i) {
    if (pattern[i] == '%' && i + 1 < pattern.size())
      out += format_one(pattern[++i], datetime, c);
    else
      out.push_back(pattern[i]);
  }
  return out;
}

std::optional<std::string> format_time(std::int64_t time, std::string_view pattern, std::size_t most) {
  constexpr std::string_view kOfDates = "abjuvwxMUVWX";
  const std::int64_t magnitude = time < 0 ? -time : time;
  const std::int64_t seconds = magnitude / kSecond;
  const Civil c{.year = 0,
                .month = 0,
                .day = 0,
                .hour = seconds / 3600,
                .minute = seconds / 60 % 60,
                .second = seconds % 60,
                .micro = magnitude % kSecond};
  std::string out = time < 0 ? "-" : "";
  for (std::size_t i = 0; i < pattern.size() && out.size() <= most; ++i) {
    if (pattern[i] != '%' || i + 1 == pattern.size()) {
      out.push_back(pattern[i]);
      continue;
    }
    if (kOfDates.contains(pattern[++i])) return std::nullopt;
    out += format_one(pattern[i], 0, c);
  }
  return out;
}

std::optional<Parsed> parse(std::string_view text, std::string_view pattern) {
  Reader reader(text);
  if (!reader.run(pattern)) return std::nullopt;
  return reader.result();
}

}  // namespace breakwater::catalog::temporal
