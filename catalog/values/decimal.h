// Exact decimals like MySQL's DECIMAL: at most 65 digits, 30 of them after the point. Views and SQLite keep a
// value as text; these functions compute with it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace breakwater::catalog::decimal {

enum class Op : std::uint8_t { add, subtract, multiply, divide, integer_divide, modulo };

/// The number at the start of `text` ("12.50abc" is 12.50, "abc" is 0), with an exponent if there is one,
/// rounded to kMaxDecimalScale digits after the point. Nullopt if it has too many digits.
std::optional<std::string> parse(std::string_view text);
/// The same, but a number with too many digits gives the largest decimal.
std::string parse_or_most(std::string_view text);

/// Nullopt on overflow; an empty text for a division by zero. `divide` gives the digits with which MySQL
/// computes, which are more than it shows of a quotient; the other operations give their natural scale.
std::optional<std::string> calculate(Op op, std::string_view a, std::string_view b);

/// a / b with kMaxDecimalScale digits after the point; b must not be 0. Nullopt on overflow.
std::optional<std::string> quotient(std::string_view a, std::string_view b);

/// To `scale` digits after the point (negative: tens, hundreds ...). round() rounds half away from zero;
/// truncate() cuts.
std::string round(std::string_view value, std::int32_t scale);
std::string truncate(std::string_view value, std::int32_t scale);
std::string floor(std::string_view value);
std::string ceiling(std::string_view value);
std::string negate(std::string_view value);

int compare(std::string_view a, std::string_view b);
bool is_zero(std::string_view value);

/// Rounded to an integer; nullopt if it doesn't fit.
std::optional<std::int64_t> to_int64(std::string_view value);
std::optional<std::uint64_t> to_uint64(std::string_view value);

}  // namespace breakwater::catalog::decimal
