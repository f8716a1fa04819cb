// Numeric functions. A number is an INTEGER, a REAL, or a decimal's TEXT, and the result has the same form.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "catalog/functions/call.h"
#include "catalog/values/decimal.h"
#include "catalog/values/number.h"

namespace breakwater::catalog {

namespace {

void give_finite(Call& c, double value) {
  std::isfinite(value) ? c.give(value) : c.give_null();
}

template <double (*F)(double)>
void real_function(Call& c) {
  give_finite(c, F(c.real(0)));
}

void abs_function(Call& c) {
  if (c.is_real(0)) return c.give(std::fabs(c.real(0)));
  if (!c.is_integer(0)) return c.give(c.text(0).starts_with('-') ? c.text(0).substr(1) : c.text(0));
  if (c.integer(0) == std::numeric_limits<std::int64_t>::min())
    return c.fail(error::data_out_of_range("BIGINT", "abs(-9223372036854775808)"));
  c.give(c.integer(0) < 0 ? -c.integer(0) : c.integer(0));
}

void sign(Call& c) {
  if (c.is_real(0)) return c.give(std::int64_t{(c.real(0) > 0) - (c.real(0) < 0)});
  if (c.is_integer(0)) return c.give(std::int64_t{(c.integer(0) > 0) - (c.integer(0) < 0)});
  if (decimal::is_zero(c.text(0))) return c.give(std::int64_t{0});
  c.give(std::int64_t{c.text(0).starts_with('-') ? -1 : 1});
}

void whole(Call& c, double (*real)(double), std::string (*exact)(std::string_view)) {
  if (c.is_integer(0)) return c.give_argument(0);
  if (c.is_real(0)) return c.give(real(c.real(0)));
  c.give(exact(c.text(0)));
}

std::int32_t digits_argument(Call& c) {
  constexpr std::int64_t kMost = 60;
  return c.size() > 1 ? static_cast<std::int32_t>(std::clamp(c.integer(1), -kMost, kMost)) : 0;
}

double round_real(double value, std::int32_t digits, bool cut) {
  const double unit = std::pow(10.0, std::abs(digits));
  const double scaled = digits < 0 ? value / unit : value * unit;
  if (!std::isfinite(scaled)) return value;
  const double whole = cut ? std::trunc(scaled) : std::rint(scaled);
  return digits < 0 ? whole * unit : whole / unit;
}

void round_to(Call& c, bool cut) {
  const std::int32_t digits = digits_argument(c);
  if (c.is_real(0)) return c.give(round_real(c.real(0), digits, cut));
  if (c.is_integer(0) && digits >= 0) return c.give_argument(0);
  const std::string value = cut ? decimal::truncate(c.text(0), digits) : decimal::round(c.text(0), digits);
  if (!c.is_integer(0)) return c.give(value);
  const auto integer = decimal::to_int64(value);
  integer ? c.give(*integer) : c.fail(error::data_out_of_range("BIGINT", "round"));
}

void log_function(Call& c) {
  const double x = c.real(c.size() - 1);
  const double base = c.size() > 1 ? c.real(0) : std::numbers::e;
  if (x <= 0 || base <= 0 || base == 1) return c.give_null();
  give_finite(c, c.size() > 1 ? std::log(x) / std::log(base) : std::log(x));
}

template <double (*F)(double)>
void logarithm(Call& c) {
  c.real(0) <= 0 ? c.give_null() : give_finite(c, F(c.real(0)));
}

/// As MySQL computes it, to the last digit.
double log_2(double value) {
  return std::log(value) / std::numbers::ln2;
}

void power(Call& c) {
  const double value = std::pow(c.real(0), c.real(1));
  if (std::isfinite(value)) return c.give(value);
  c.fail(error::data_out_of_range(
      "DOUBLE", "pow(" + number::text_of(c.real(0)) + "," + number::text_of(c.real(1)) + ")"));
}

/// NAME(x) of one argument, where what is no number is an error, as MySQL's check_float_overflow() has it.
void give_in_range(Call& c, const char* name, double value) {
  if (std::isfinite(value)) return c.give(value);
  c.fail(error::data_out_of_range("DOUBLE", std::string(name) + "(" + number::text_of(c.real(0)) + ")"));
}

/// ATAN(x), or the angle of the point (x, y): ATAN(y, x).
void arc_tangent(Call& c) {
  c.give(c.size() > 1 ? std::atan2(c.real(0), c.real(1)) : std::atan(c.real(0)));
}

/// MySQL's generator (my_rnd_init and Item_func_rand): the same seed gives the same numbers as there.
struct Random {
  static constexpr std::uint64_t kMost = 0x3FFFFFFF;
  std::uint64_t first;
  std::uint64_t second;
  explicit Random(std::uint64_t seed)
      : first((seed * 0x10001U + 55555555U) % 0x100000000U % kMost),
        second(seed * 0x10000001U % 0x100000000U % kMost) {}
  double next() {
    first = (first * 3 + second) % kMost;
    second = (first + second + 33) % kMost;
    return static_cast<double>(first) / static_cast<double>(kMost);
  }
};

/// Every RAND(n) of a statement goes on from row to row by itself. SQLite keeps what belongs to a call with
/// constant arguments.
void rand(Call& c) {
  auto* random = static_cast<Random*>(sqlite3_get_auxdata(c.sqlite(), 0));
  if (random != nullptr) return c.give(random->next());
  auto fresh = std::make_unique<Random>(static_cast<std::uint64_t>(c.integer(0)));
  c.give(fresh->next());
  sqlite3_set_auxdata(c.sqlite(), 0, fresh.release(), [](void* p) { delete static_cast<Random*>(p); });
}

void bit_count(Call& c) {
  c.give(std::int64_t{std::popcount(static_cast<std::uint64_t>(c.integer(0)))});
}

void crc32(Call& c) {
  std::uint32_t crc = 0xFFFFFFFFU;
  std::string_view text = c.text(0);
  walk_through(text, c.work(), [&](std::string_view& rest) {
    crc ^= static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0);
    return true;
  });
  c.give(std::int64_t{crc ^ 0xFFFFFFFFU});
}

/// FORMAT(x, d): 12,345.67
void format(Call& c) {
  const std::int32_t digits = std::max(digits_argument(c), 0);
  const auto exact = decimal::parse(c.is_real(0) ? number::text_of(c.real(0)) : std::string(c.text(0)));
  if (!exact) return c.give_null();
  std::string text = decimal::round(*exact, std::min<std::int32_t>(digits, kMaxDecimalScale));
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (std::size_t at = point; at > first + 3;) text.insert(at -= 3, ",");
  c.give(text);
}

/// The integer at the start of `text` in the base `from`, written in the base `to`, with a sign if that is
/// negative. Nothing for a base that is none.
std::optional<std::string> in_base(std::string_view text, std::int64_t from_base, std::int64_t to_base) {
  constexpr auto is_base = [](std::int64_t base) {
    return (base >= 2 && base <= 36) || (base >= -36 && base <= -2);
  };
  if (!is_base(from_base) || !is_base(to_base)) return std::nullopt;
  const std::int64_t from = std::abs(from_base);
  const std::int64_t to = std::abs(to_base);
  while (text.starts_with(' ')) text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::uint64_t value = 0;
  for (const char byte : text) {
    const char low = static_cast<char>(byte | 0x20);
    const int digit =
        byte >= '0' && byte <= '9' ? byte - '0' : (low >= 'a' && low <= 'z' ? low - 'a' + 10 : 99);
    if (digit >= from) break;
    if (__builtin_mul_overflow(value, static_cast<std::uint64_t>(from), &value) ||
        __builtin_add_overflow(value, static_cast<std::uint64_t>(digit), &value))
      value = std::numeric_limits<std::uint64_t>::max();
  }
  if (negative) value = 0 - value;
  std::string out;
  const bool sign = to_base < 0 && static_cast<std::int64_t>(value) < 0;
  if (sign) value = 0 - value;
  do {
    out.insert(out.begin(), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % static_cast<std::uint64_t>(to)]);
    value /= static_cast<std::uint64_t>(to);
  } while (value != 0);
  return sign ? "-" + out : out;
}

using enum ArgKind;

constexpr std::uint32_t kConvLength = 64;

const FunctionRow kFunctions[] = {
    ordinary("abs", {1, 1}, {any_number}, {Rule::same_number}, abs_function),
    ordinary("sign", {1, 1}, {any_number}, {Rule::integer, 2}, sign),
    ordinary("floor", {1, 1}, {any_number}, {Rule::whole_number},
             [](Call& c) { whole(c, std::floor, decimal::floor); }),
    ordinary("ceil", {1, 1}, {any_number}, {Rule::whole_number},
             [](Call& c) { whole(c, std::ceil, decimal::ceiling); }),
    ordinary("ceiling", {1, 1}, {any_number}, {Rule::whole_number},
             [](Call& c) { whole(c, std::ceil, decimal::ceiling); }),
    ordinary("round", {1, 2}, {any_number, count}, {Rule::rounded}, [](Call& c) { round_to(c, false); }),
    ordinary("truncate", {2, 2}, {any_number, count}, {Rule::rounded}, [](Call& c) { round_to(c, true); }),
    ordinary("pow", {2, 2}, {real}, {Rule::real}, power),
    ordinary("power", {2, 2}, {real}, {Rule::real}, power),
    ordinary("sqrt", {1, 1}, {real}, {Rule::real}, real_function<std::sqrt>, {.may_be_null = true}),
    ordinary("exp", {1, 1}, {real}, {Rule::real},
             [](Call& c) { give_in_range(c, "exp", std::exp(c.real(0))); }),
    ordinary("ln", {1, 1}, {real}, {Rule::real}, logarithm<std::log>, {.may_be_null = true}),
    ordinary("log", {1, 2}, {real}, {Rule::real}, log_function, {.may_be_null = true}),
    ordinary("log2", {1, 1}, {real}, {Rule::real}, logarithm<log_2>, {.may_be_null = true}),
    ordinary("log10", {1, 1}, {real}, {Rule::real}, logarithm<std::log10>, {.may_be_null = true}),
    ordinary("sin", {1, 1}, {real}, {Rule::real}, real_function<std::sin>, {.may_be_null = true}),
    ordinary("cos", {1, 1}, {real}, {Rule::real}, real_function<std::cos>, {.may_be_null = true}),
    ordinary("tan", {1, 1}, {real}, {Rule::real}, real_function<std::tan>, {.may_be_null = true}),
    ordinary("asin", {1, 1}, {real}, {Rule::real}, real_function<std::asin>, {.may_be_null = true}),
    ordinary("acos", {1, 1}, {real}, {Rule::real}, real_function<std::acos>, {.may_be_null = true}),
    ordinary("cot", {1, 1}, {real}, {Rule::real},
             [](Call& c) { give_in_range(c, "cot", 1 / std::tan(c.real(0))); }),
    ordinary("atan", {1, 2}, {real}, {Rule::real}, arc_tangent),
    ordinary("atan2", {1, 2}, {real}, {Rule::real}, arc_tangent),
    ordinary("radians", {1, 1}, {real}, {Rule::real},
             [](Call& c) { c.give(c.real(0) * (std::numbers::pi / 180)); }),
    ordinary("degrees", {1, 1}, {real}, {Rule::real},
             [](Call& c) { give_in_range(c, "degrees", c.real(0) * (180 / std::numbers::pi)); }),
    rendered_to("rand", {1, 1}, rand, {.varies = true}),
    ordinary("bit_count", {1, 1}, {unsigned_integer}, {Rule::integer, 2}, bit_count),
    ordinary("crc32", {1, 1}, {text}, {Rule::unsigned_integer, 10}, crc32),
    ordinary("format", {2, 2}, {any_number, count}, {Rule::grouped_digits}, format, {.may_be_null = true}),
    ordinary("conv", {3, 3}, {text, integer, integer}, {Rule::text, kConvLength},
             [](Call& c) { c.give(in_base(c.text(0), c.integer(1), c.integer(2))); }, {.may_be_null = true}),
    ordinary("bin", {1, 1}, {text}, {Rule::text, kConvLength},
             [](Call& c) { c.give(in_base(c.text(0), 10, 2)); }),
    ordinary("oct", {1, 1}, {text}, {Rule::text, kConvLength},
             [](Call& c) { c.give(in_base(c.text(0), 10, 8)); }),
};

}  // namespace

FunctionFamily math_functions() {
  return kFunctions;
}

}  // namespace breakwater::catalog
