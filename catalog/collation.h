// utf8mb4_general_ci and utf8mb4_bin: comparing, LIKE and changing case. Weights are those of MySQL's
// general_ci (one weight for each character, upper case, Latin accents folded, blanks at the end ignored) for
// Latin, Greek and Cyrillic; other characters weigh their code point, those beyond U+FFFF weigh U+FFFD.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/cell.h"

namespace breakwater::catalog {

/// Takes one character off `text`; a byte that isn't UTF-8 counts as one character.
std::uint32_t next_character(std::string_view& text);
void append_character(std::string& out, std::uint32_t character);
std::size_t character_count(std::string_view text);
/// Byte position of the n-th character; the size if there are fewer.
std::size_t character_offset(std::string_view text, std::size_t n);

/// Negative, 0, positive.
int compare(std::string_view a, std::string_view b, Collation collation);
/// Equal without blanks added to the shorter.
bool equal_unpadded(std::string_view a, std::string_view b, Collation collation);
/// A key whose bytes are equal exactly for equal texts.
std::string sort_key(std::string_view text, Collation collation);

/// LIKE. escape: 0 for none. Time is at most proportional to the product of the lengths.
bool like(std::string_view text, std::string_view pattern, std::uint32_t escape, Collation collation);

/// Byte position of `needle` at or after `from` (bytes); npos if there is none.
std::size_t find_text(std::string_view text, std::string_view needle, std::size_t from, Collation collation);

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);

/// Any collation name of MySQL's we map to one of ours: *_bin, binary, *_ci of utf8, utf8mb3, utf8mb4.
bool find_collation(std::string_view name, Collation& out);

}  // namespace breakwater::catalog
