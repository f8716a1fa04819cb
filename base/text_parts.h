// Parts of a text: trimmed, split, joined, matched against a pattern. By bytes; pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace breakwater {

/// Without what stands at either end of these characters.
std::string_view trim(std::string_view text, std::string_view characters = " \t");

/// What stands between the separators, trimmed, empty parts left out. Views of `text`.
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

/// Whether the whole text fits: '%' stands for any run of bytes, '_' for one; ASCII without case. The one
/// matcher beside SQL's LIKE: at most |text| × |text| + |pattern| steps, whatever the pattern, since only the
/// last '%' is ever taken up again.
bool wildcard_match(std::string_view pattern, std::string_view text);

}  // namespace breakwater
