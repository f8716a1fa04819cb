// Parts of a text: trimmed, split, joined, matched against a pattern. By bytes; pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace breakwater {

/// `text` without these characters at either end.
std::string_view trim(std::string_view text, std::string_view characters = " \t");

/// The parts between the separators, trimmed, without empty ones. Views of `text`.
std::vector<std::string_view> split(std::string_view text, char separator = ',');

template <class Texts>
std::string join(const Texts& texts, std::string_view separator = ",") {
  std::string all;
  bool first = true;
  for (const auto& text : texts) {
    if (!first) all.append(separator);
    first = false;
    all.append(text);
  }
  return all;
}

/// Whether the whole text matches: '%' stands for any run of bytes, '_' for one byte; the case of ASCII
/// letters doesn't matter. Every match but SQL's LIKE uses it. It takes at most |text| × |text| + |pattern|
/// steps, since it backtracks to the last '%' only.
bool wildcard_match(std::string_view pattern, std::string_view text);

}  // namespace breakwater
