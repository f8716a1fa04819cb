// Text helpers that several rooms need. ASCII only where the name says so; the rest is UTF-8 by bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace breakwater {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string ascii_lower(std::string_view text);
std::string ascii_upper(std::string_view text);

/// Equal but for the case of A to Z.
bool iequals(std::string_view a, std::string_view b);

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// Transparent hash for maps keyed by std::string and looked up by std::string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace breakwater
