#include "base/spelling.h"

#include <algorithm>
#include <utility>

namespace breakwater {
namespace {

/// What is longer is no slip of anybody's fingers.
constexpr std::size_t kLongest = 64;
constexpr std::size_t kNear = 2;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

std::string did_you_mean(std::string_view given, const std::vector<std::string>& names) {
  std::string text;
  if (given.size() > kLongest) return text;
  for (const std::string& name : names) {
    // Of a short name nearly everything is near.
    const std::size_t near = std::min(kNear, name.size() / 2);
    if (edit_distance(given, name) > near) continue;
    text.append(text.empty() ? "; did you mean " : ", ").append(name);
  }
  return text;
}

}  // namespace breakwater
