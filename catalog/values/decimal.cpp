#include "catalog/values/decimal.h"

#include <algorithm>
#include <charconv>

#include <boost/multiprecision/cpp_int.hpp>

#include "catalog/values/sql_type.h"

namespace breakwater::catalog::decimal {

namespace {

// Large enough for products of two 65-digit numbers, and for dividends scaled up by 90 digits.
using Wide = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<
    1024, 1024, boost::multiprecision::signed_magnitude, boost::multiprecision::unchecked, void>>;

constexpr std::int64_t kMaxExponent = 100;
constexpr std::size_t kMaxParsedDigits = 200;

struct Number {
  Wide digits = 0;
  std::int32_t scale = 0;
};

Wide power_of_ten(std::int32_t n) {
  Wide result = 1;
  for (; n > 0; --n) result *= 10;
  return result;
}

std::size_t digit_count(const Wide& value) {
  return value == 0 ? 1 : boost::multiprecision::abs(value).str().size();
}

Wide divide_rounding(const Wide& a, const Wide& b) {
  Wide quotient = a / b;
  const Wide rest = boost::multiprecision::abs(Wide(a % b)) * 2;
  if (rest < boost::multiprecision::abs(b)) return quotient;
  return (a < 0) != (b < 0) ? Wide(quotient - 1) : Wide(quotient + 1);
}

Number rescaled(const Number& n, std::int32_t scale, bool rounding) {
  if (scale >= n.scale) return {n.digits * power_of_ten(scale - n.scale), scale};
  const Wide unit = power_of_ten(n.scale - scale);
  return {rounding ? divide_rounding(n.digits, unit) : Wide(n.digits / unit), scale};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::int64_t read_exponent(std::string_view text) {
  if (text.empty() || (text.front() != 'e' && text.front() != 'E')) return 0;
  text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (read.ec == std::errc::result_out_of_range) return text.starts_with('-') ? -kMaxExponent : kMaxExponent;
  return std::clamp(exponent, -kMaxExponent, kMaxExponent);
}

/// Reads digits with at most one point; the rest stays in `text`.
std::optional<Number> read_digits(std::string_view& text) {
  Number n;
  bool point = false;
  std::size_t significant = 0;
  for (; !text.empty() && (is_digit(text.front()) || (text.front() == '.' && !point));
       text.remove_prefix(1)) {
    if (text.front() == '.') {
      point = true;
      continue;
    }
    if (significant > kMaxParsedDigits) {
      if (!point) return std::nullopt;
      continue;
    }
    // So many digits after the point can't change the rounded value.
    if (point && n.scale >= static_cast<std::int32_t>(kMaxParsedDigits)) continue;
    if (significant > 0 || text.front() != '0') {
      n.digits = n.digits * 10 + (text.front() - '0');
      ++significant;
    }
    if (point) ++n.scale;
  }
  return n;
}

std::optional<Number> read(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')))
    text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  auto n = read_digits(text);
  if (!n) return std::nullopt;
  const std::int64_t exponent = read_exponent(text);
  if (exponent > kMaxDecimalDigits && n->digits != 0) return std::nullopt;
  if (exponent > 0)
    n = rescaled({n->digits * power_of_ten(static_cast<std::int32_t>(exponent)), n->scale}, n->scale, false);
  if (exponent < 0) n->scale += static_cast<std::int32_t>(-exponent);
  if (negative) n->digits = -n->digits;
  return n;
}

std::string write(const Number& n) {
  std::string digits = boost::multiprecision::abs(n.digits).str();
  const auto scale = static_cast<std::size_t>(std::max(n.scale, 0));
  if (n.scale < 0) digits.append(static_cast<std::size_t>(-n.scale), '0');
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, ".");
  return n.digits < 0 ? "-" + digits : digits;
}

/// Fits the number into DECIMAL's limits, with fewer digits after the point if need be; nullopt if that isn't
/// enough.
std::optional<std::string> fitted(Number n) {
  if (n.scale > kMaxDecimalScale) n = rescaled(n, kMaxDecimalScale, true);
  // Rounding may carry into one digit more.
  for (std::size_t digits = digit_count(n.digits); digits > kMaxDecimalDigits;
       digits = digit_count(n.digits)) {
    const std::size_t excess = digits - kMaxDecimalDigits;
    if (n.scale < 0 || excess > static_cast<std::size_t>(n.scale)) return std::nullopt;
    n = rescaled(n, n.scale - static_cast<std::int32_t>(excess), true);
  }
  return write(n);
}

Number value_of(std::string_view text) {
  return read(text).value_or(Number{});
}

void align(Number& a, Number& b) {
  const std::int32_t scale = std::max(a.scale, b.scale);
  a = rescaled(a, scale, false);
  b = rescaled(b, scale, false);
}

/// The number of digits after the point of a quotient. MySQL counts them in words of nine (do_div_mod() of
/// its decimal library, with div_precision_increment 4).
std::int32_t quotient_scale(std::int32_t a, std::int32_t b) {
  constexpr std::int32_t kWord = 9, kIncrement = 4;
  const auto whole_words = [](std::int32_t digits) { return (digits + kWord - 1) / kWord * kWord; };
  const std::int32_t spare = whole_words(a) - a + whole_words(b) - b;
  const std::int32_t scale = whole_words(a) + whole_words(b) + std::max(kIncrement - spare, 0);
  return std::min<std::int32_t>(whole_words(scale), kMaxDecimalScale);
}

Number divide(Op op, Number a, Number b) {
  const std::int32_t scale = quotient_scale(std::max(a.scale, 0), std::max(b.scale, 0));
  align(a, b);
  if (op == Op::modulo) return {a.digits % b.digits, a.scale};
  if (op == Op::integer_divide) return {a.digits / b.digits, 0};
  return {a.digits * power_of_ten(scale) / b.digits, scale};
}

Number combine(Op op, Number a, Number b) {
  if (op == Op::multiply) return {a.digits * b.digits, a.scale + b.scale};
  align(a, b);
  return {op == Op::add ? Wide(a.digits + b.digits) : Wide(a.digits - b.digits), a.scale};
}

Number to_integer(const Number& n, bool up) {
  Number cut = rescaled(n, 0, false);
  if (rescaled(cut, std::max(n.scale, 0), false).digits == n.digits) return cut;
  if (up && n.digits > 0) return {cut.digits + 1, 0};
  if (!up && n.digits < 0) return {cut.digits - 1, 0};
  return cut;
}

template <class Int>
std::optional<Int> to_integer_type(std::string_view value) {
  const Number n = rescaled(value_of(value), 0, true);
  if (n.digits < Wide(std::numeric_limits<Int>::min()) || n.digits > Wide(std::numeric_limits<Int>::max()))
    return std::nullopt;
  return static_cast<Int>(n.digits);
}

}  // namespace

std::optional<std::string> parse(std::string_view text) {
  const auto n = read(text);
  return n ? fitted(*n) : std::nullopt;
}

std::string parse_or_most(std::string_view text) {
  const auto exact = parse(text);
  if (exact) return *exact;
  while (text.starts_with(' ')) text.remove_prefix(1);
  return (text.starts_with('-') ? "-" : "") + std::string(kMaxDecimalDigits, '9');
}

std::optional<std::string> calculate(Op op, std::string_view a, std::string_view b) {
  const Number x = value_of(a);
  const Number y = value_of(b);
  const bool division = op == Op::divide || op == Op::integer_divide || op == Op::modulo;
  if (division && y.digits == 0) return std::string();
  return fitted(division ? divide(op, x, y) : combine(op, x, y));
}

std::optional<std::string> quotient(std::string_view a, std::string_view b) {
  Number x = value_of(a);
  Number y = value_of(b);
  align(x, y);
  return fitted({divide_rounding(x.digits * power_of_ten(kMaxDecimalScale), y.digits), kMaxDecimalScale});
}

namespace {

/// No decimal has so many digits before the point that a smaller scale would make a difference.
constexpr std::int32_t kLeastScale = -100;

std::string to_scale(std::string_view value, std::int32_t scale, bool rounding) {
  const std::int32_t at = std::clamp<std::int32_t>(scale, kLeastScale, kMaxDecimalScale);
  return write(rescaled(rescaled(value_of(value), at, rounding), std::max(at, 0), false));
}

}  // namespace

std::string round(std::string_view value, std::int32_t scale) {
  return to_scale(value, scale, true);
}

std::string truncate(std::string_view value, std::int32_t scale) {
  return to_scale(value, scale, false);
}

std::string floor(std::string_view value) {
  return write(to_integer(value_of(value), false));
}

std::string ceiling(std::string_view value) {
  return write(to_integer(value_of(value), true));
}

std::string negate(std::string_view value) {
  Number n = value_of(value);
  n.digits = -n.digits;
  return write(n);
}

int compare(std::string_view a, std::string_view b) {
  Number x = value_of(a);
  Number y = value_of(b);
  align(x, y);
  return x.digits < y.digits ? -1 : (x.digits > y.digits ? 1 : 0);
}

bool is_zero(std::string_view value) {
  return value_of(value).digits == 0;
}

std::optional<std::int64_t> to_int64(std::string_view value) {
  return to_integer_type<std::int64_t>(value);
}

std::optional<std::uint64_t> to_uint64(std::string_view value) {
  return to_integer_type<std::uint64_t>(value);
}

}  // namespace breakwater::catalog::decimal
