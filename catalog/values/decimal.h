// Exact decimals as MySQL's DECIMAL: at most 65 digits, 30 of them behind the point. A value is kept as text
// in the views and in SQLite; this is what computes with it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace breakwater::catalog::decimal {

enum class Op : std::uint8_t { add, subtract, multiply, divide, integer_divide, modulo };

/// The number at the start of `text` ("12.50abc" is 12.50, "abc" is 0), with an exponent if there is one,
/// rounded to kMaxDecimalScale digits behind the point. Nothing if it has too many digits.
std::optional<std::string> parse(std::string_view text);
/// The same, where too many digits give the greatest decimal there is.
std::string parse_or_most(std::string_view text);

/// Nothing on overflow. Division by zero is an empty text. `divide` gives more digits than MySQL shows of a
/// quotient, as many as MySQL goes on with; the other operations give their natural scale.
std::optional<std::string> calculate(Op op, std::string_view a, std::string_view b);

/// a / b with kMaxDecimalScale digits behind the point, b not 0. Nothing on overflow.
std::optional<std::string> quotient(std::string_view a, std::string_view b);

/// To `scale` digits behind the point (negative: tens, hundreds ...), half away from zero or cut.
std::string round(std::string_view value, std::int32_t scale);
std::string truncate(std::string_view value, std::int32_t scale);
std::string floor(std::string_view value);
std::string ceiling(std::string_view value);
std::string negate(std::string_view value);

int compare(std::string_view a, std::string_view b);
bool is_zero(std::string_view value);

/// Rounded to an integer; nothing if it doesn't fit.
std::optional<std::int64_t> to_int64(std::string_view value);
std::optional<std::uint64_t> to_uint64(std::string_view value);

}  // namespace breakwater::catalog::decimal
