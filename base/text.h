// Text helpers that several rooms need. Functions whose name says so handle ASCII only; the others treat text
// as the bytes of UTF-8.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace breakwater {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string ascii_lower(std::string_view text);
std::string ascii_upper(std::string_view text);

/// The number that the whole text spells in decimal digits, with a '-' in front if Int is signed. Nullopt if
/// the text has anything else or the number is out of Int's range.
template <class Int>
std::optional<Int> whole_number(std::string_view text) {
  Int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Compares without the case of A to Z.
bool iequals(std::string_view a, std::string_view b);

/// How many of the first bytes are ASCII.
std::size_t ascii_prefix(std::string_view text);

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
/// With a '?' for each byte that belongs to no character.
std::string as_utf8(std::string_view text);

/// The longest beginning of `text` of at most `max_bytes` bytes that doesn't cut a UTF-8 character.
std::string_view whole_characters(std::string_view text, std::size_t max_bytes);

/// Transparent hash for maps keyed by std::string and looked up by std::string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace breakwater
