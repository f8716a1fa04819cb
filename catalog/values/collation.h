// utf8mb4_general_ci and utf8mb4_bin: comparing, LIKE and changing case. For Latin, Greek and Cyrillic the
// weights are those of MySQL's general_ci: one for each character, upper case, Latin accents folded, blanks
// at the end ignored. The weight of other characters is their code point; beyond U+FFFF it is U+FFFD.
//
// Any thread. A function that walks a whole text takes the Work that counts it and stops when that says so;
// its result means nothing then. Callers outside a statement pass a Work of their own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/values/sql_type.h"
#include "catalog/values/work.h"

namespace breakwater::catalog {

/// Takes one character off `text`; a byte that isn't UTF-8 counts as one character.
std::uint32_t next_character(std::string_view& text);
void append_character(std::string& out, std::uint32_t character);
std::size_t character_count(std::string_view text, Work& work);
/// Byte position of the n-th character; the size if there are fewer.
std::size_t character_offset(std::string_view text, std::size_t n, Work& work);

/// Negative, 0, positive.
int compare(std::string_view a, std::string_view b, Collation collation, Work& work);
/// Whether the texts are equal, without blanks added to the shorter one.
bool equal_unpadded(std::string_view a, std::string_view b, Collation collation, Work& work);
/// A key whose bytes are equal exactly for equal texts.
std::string sort_key(std::string_view text, Collation collation, Work& work);

/// LIKE. escape: 0 for none. It takes linear time, except for a part between two % with a _ in its middle:
/// then at most the product of the lengths of that part and of the text.
bool like(std::string_view text, std::string_view pattern, std::uint32_t escape, Collation collation,
          Work& work);

/// Byte position of `needle` at or after `from` (bytes); npos if there is none. Linear. As in MySQL, the text
/// found has as many bytes as `needle`.
std::size_t find_text(std::string_view text, std::string_view needle, std::size_t from, Collation collation,
                      Work& work);

/// The result has as many bytes as the text.
std::string to_upper(std::string_view text, Work& work);
std::string to_lower(std::string_view text, Work& work);

/// Maps a collation name of MySQL to one of ours: *_bin, binary, *_ci of utf8, utf8mb3, utf8mb4. False if it
/// can't.
bool find_collation(std::string_view name, Collation& out);

}  // namespace breakwater::catalog
