// Numbers as MySQL reads them from texts and writes them. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/values/sql_type.h"

namespace breakwater::catalog::number {

/// The number a text starts with ("12abc" is 12, "abc" is 0); blanks in front are skipped.
double real_of(std::string_view text);
/// The integer that a text starts with ("1.9" is 1), bounded by the type.
std::int64_t int64_of(std::string_view text);
std::uint64_t uint64_of(std::string_view text);
/// Rounded, bounded by the type.
std::int64_t int64_of(double value);

/// Whether the text is a number to its end, but for blanks around it.
bool is_whole(std::string_view text, bool integer);

/// As MySQL prints a DOUBLE: the fewest digits that read back as the same value; with `decimals` below
/// kNotFixedDecimals that many digits behind the point, of which those that say nothing are 0. Writes at most
/// kMaxRealLength bytes.
inline constexpr std::size_t kMaxRealLength = 350;
std::size_t write_real(double value, char* out);
std::size_t write_real(double value, unsigned decimals, char* out);
std::string text_of(double value);

/// A constant for a comparison with a BIGINT: an int64 where the value is one exactly, else a double.
Value comparable(std::string_view text);
Value comparable(double value);

}  // namespace breakwater::catalog::number
