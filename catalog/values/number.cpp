#include "catalog/values/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace breakwater::catalog::number {

namespace {

std::string_view skip_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')))
    text.remove_prefix(1);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  return text;
}

bool starts_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.starts_with('.')) text.remove_prefix(1);
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

/// Reads only digits: no point, no exponent.
template <class Int>
std::optional<Int> plain_integer(std::string_view text) {
  Int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc()) return std::nullopt;
  const bool more =
      read.ptr != text.data() + text.size() && (*read.ptr == '.' || *read.ptr == 'e' || *read.ptr == 'E');
  return more ? std::nullopt : std::optional(value);
}

/// Of a number too great for a double, the greatest; of one too small, zero or nearly so. from_chars() doesn't say which.
double out_of_range(std::string_view text) {
  const double value = std::strtod(std::string(text).c_str(), nullptr);
  return std::clamp(value, std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max());
}

constexpr double kTwoTo63 = 9223372036854775808.0;
// MySQL's my_gcvt: plain digits for exponents from -15 to 14 or with a fraction; else the form 1e20.
constexpr int kLeastPlainExponent = -15, kMostPlainExponent = 15;

}  // namespace

double real_of(std::string_view text) {
  text = skip_blanks(text);
  if (!starts_number(text)) return 0;
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc::result_out_of_range ? out_of_range(text) : value;
}

bool is_too_great(std::string_view text) {
  text = skip_blanks(text);
  if (!starts_number(text)) return false;
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc::result_out_of_range && std::fabs(out_of_range(text)) > 1;
}

bool is_whole(std::string_view text, bool integer) {
  text = skip_blanks(text);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (!starts_number(text)) return false;
  if (integer)
    return text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0) == std::string_view::npos;
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ptr == text.data() + text.size() && !is_too_great(text);
}

std::int64_t int64_of(double value) {
  const double rounded = std::rint(value);
  if (!(rounded < kTwoTo63)) return std::numeric_limits<std::int64_t>::max();
  return rounded < -kTwoTo63 ? std::numeric_limits<std::int64_t>::min() : static_cast<std::int64_t>(rounded);
}

std::int64_t int64_of(std::string_view text) {
  text = skip_blanks(text);
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc::result_out_of_range) return value;
  return text.starts_with('-') ? std::numeric_limits<std::int64_t>::min()
                               : std::numeric_limits<std::int64_t>::max();
}

std::uint64_t uint64_of(std::string_view text) {
  text = skip_blanks(text);
  if (text.starts_with('-')) return static_cast<std::uint64_t>(int64_of(text));
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc::result_out_of_range ? std::numeric_limits<std::uint64_t>::max() : value;
}

namespace {

/// The fewest digits that read back as the same value, as d.ddd times ten to the exponent.
struct Shortest {
  explicit Shortest(double value) {
    const auto written = std::to_chars(text_, text_ + sizeof text_, value, std::chars_format::scientific);
    const char* e = std::find(static_cast<const char*>(text_), static_cast<const char*>(written.ptr), 'e');
    mantissa = std::string_view(text_, static_cast<std::size_t>(e - text_));
    std::from_chars(e + (e[1] == '+' ? 2 : 1), written.ptr, exponent);
    count = static_cast<int>(
        std::count_if(mantissa.begin(), mantissa.end(), [](char c) { return c >= '0' && c <= '9'; }));
  }
  Shortest(const Shortest&) = delete;
  Shortest& operator=(const Shortest&) = delete;

  std::string_view mantissa;  ///< with its sign and point
  int exponent = 0;
  int count = 0;  ///< the number of digits

 private:
  char text_[40];
};

}  // namespace

std::size_t write_real(double value, char* out) {
  if (value == 0) {
    *out = '0';
    return 1;
  }
  const Shortest shortest(value);
  const bool fraction = shortest.count > shortest.exponent + 1;
  if (shortest.exponent >= kLeastPlainExponent && (shortest.exponent < kMostPlainExponent || fraction)) {
    const auto plain = std::to_chars(out, out + 32, value, std::chars_format::fixed);
    if (plain.ec == std::errc()) return static_cast<std::size_t>(plain.ptr - out);
  }
  char* end = std::copy(shortest.mantissa.begin(), shortest.mantissa.end(), out);
  *end++ = 'e';
  return static_cast<std::size_t>(std::to_chars(end, end + 8, shortest.exponent).ptr - out);
}

std::string text_of(double value) {
  char text[32];
  return {text, write_real(value, text)};
}

std::size_t write_real(double value, unsigned decimals, char* out) {
  if (decimals >= kNotFixedDecimals) return write_real(value, out);
  if (value == 0) value = 0;  // zero has no sign
  // MySQL shows the shortest digits, then zeros: 1e23 is 1 and 23 zeros.
  const Shortest shortest(value);
  const int exponent = shortest.exponent;
  if (shortest.count - 1 - exponent > static_cast<int>(decimals) || exponent < 0) {
    const auto rounded =
        std::to_chars(out, out + kMaxRealLength, value, std::chars_format::fixed, static_cast<int>(decimals));
    return static_cast<std::size_t>(rounded.ptr - out);
  }
  char* end = out;
  int written = 0;
  for (auto at = shortest.mantissa.begin();
       at != shortest.mantissa.end() || written <= exponent + static_cast<int>(decimals);) {
    const char c = at != shortest.mantissa.end() ? *at++ : '0';
    if (c == '.') continue;
    *end++ = c;
    if (c == '-') continue;
    if (written++ == exponent && decimals > 0) *end++ = '.';
  }
  return static_cast<std::size_t>(end - out);
}

Value comparable(double value) {
  if (value == std::trunc(value) && value >= -kTwoTo63 && value < kTwoTo63)
    return static_cast<std::int64_t>(value);
  return value;
}

Value comparable(std::string_view text) {
  text = skip_blanks(text);
  if (const auto whole = plain_integer<std::int64_t>(text)) return *whole;
  return comparable(real_of(text));
}

}  // namespace breakwater::catalog::number
