// Text helpers that several rooms need. ASCII only where the name says so; the rest is UTF-8 by bytes.
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

/// The whole text as a decimal number, with '-' in front if Int has a sign; nothing else, and in Int's range.
template <class Int>
std::optional<Int> whole_number(std::string_view text) {
  Int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Equal but for the case of A to Z.
bool iequals(std::string_view a, std::string_view b);

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// The most of `text` that `max_bytes` hold, never a part of a UTF-8 character.
std::string_view whole_characters(std::string_view text, std::size_t max_bytes);

/// Transparent hash for maps keyed by std::string and looked up by std::string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace breakwater
