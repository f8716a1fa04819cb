// Reads numbers from texts and writes them, as MySQL does. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/values/sql_type.h"

namespace breakwater::catalog::number {

/// The number at the start of a text ("12abc" is 12, "abc" is 0), after blanks.
double real_of(std::string_view text);
/// The integer at the start of a text ("1.9" is 1), bounded by the type.
std::int64_t int64_of(std::string_view text);
std::uint64_t uint64_of(std::string_view text);
/// Rounded, bounded by the type.
std::int64_t int64_of(double value);

/// Whether a text begins with a number whose magnitude no double has.
bool is_too_great(std::string_view text);
/// Whether the whole text is a number that fits its type, except for blanks around it.
bool is_whole(std::string_view text, bool integer);

/// Writes a DOUBLE as MySQL prints it: with the fewest digits that read back as the same value or, if
/// `decimals` is below kNotFixedDecimals, with that many digits after the point; digits beyond the shortest
/// form are 0. Writes at most kMaxRealLength bytes and returns how many.
inline constexpr std::size_t kMaxRealLength = 350;
std::size_t write_real(double value, char* out);
std::size_t write_real(double value, unsigned decimals, char* out);
std::string text_of(double value);

/// A constant for a comparison with a BIGINT: an int64 if it is exactly the value, else a double.
Value comparable(std::string_view text);
Value comparable(double value);

}  // namespace breakwater::catalog::number
