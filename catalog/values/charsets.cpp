#include "catalog/values/charsets.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace breakwater::catalog {
namespace {

constexpr std::array kCharacterSets = {
    CharacterSet{"ascii", "US ASCII", "ascii_general_ci", 1},
    CharacterSet{"binary", "Binary pseudo charset", "binary", 1},
    CharacterSet{"gb18030", "China National Standard GB18030", "gb18030_chinese_ci", 4},
    CharacterSet{"gbk", "GBK Simplified Chinese", "gbk_chinese_ci", 2},
    CharacterSet{"latin1", "cp1252 West European", "latin1_swedish_ci", 1},
    CharacterSet{"utf8", "UTF-8 Unicode", "utf8_general_ci", 3},
    CharacterSet{"utf8mb4", "UTF-8 Unicode", "utf8mb4_general_ci", 4},
};

constexpr std::array kCollations = {
    CollationInfo{"ascii_bin", "ascii", 65, 1},
    CollationInfo{"ascii_general_ci", "ascii", 11, 1},
    CollationInfo{"binary", "binary", 63, 1},
    CollationInfo{"gb18030_bin", "gb18030", 249, 1},
    CollationInfo{"gb18030_chinese_ci", "gb18030", 248, 2},
    CollationInfo{"gbk_bin", "gbk", 87, 1},
    CollationInfo{"gbk_chinese_ci", "gbk", 28, 1},
    CollationInfo{"latin1_bin", "latin1", 47, 1},
    CollationInfo{"latin1_swedish_ci", "latin1", 8, 1},
    CollationInfo{"utf8_bin", "utf8", 83, 1},
    CollationInfo{"utf8_general_ci", "utf8", 33, 1},
    CollationInfo{"utf8_unicode_ci", "utf8", 192, 8},
    CollationInfo{"utf8mb4_0900_ai_ci", "utf8mb4", 255, 0},
    CollationInfo{"utf8mb4_bin", "utf8mb4", 46, 1},
    CollationInfo{"utf8mb4_general_ci", "utf8mb4", 45, 1},
    CollationInfo{"utf8mb4_unicode_520_ci", "utf8mb4", 246, 8},
    CollationInfo{"utf8mb4_unicode_ci", "utf8mb4", 224, 8},
};

constexpr std::string_view kUtf8Alias = "utf8mb3";
constexpr std::string_view kUtf8 = "utf8";

/// Lower case, utf8mb3 as utf8.
std::string own_name(std::string_view name) {
  std::string lower = ascii_lower(name);
  if (lower.starts_with(kUtf8Alias)) lower.replace(0, kUtf8Alias.size(), kUtf8);
  return lower;
}

template <class Row, std::size_t n>
const Row* find_row(const std::array<Row, n>& rows, std::string_view name) {
  const auto* row = std::ranges::find(rows, own_name(name), &Row::name);
  return row == rows.end() ? nullptr : row;
}

}  // namespace

std::span<const CharacterSet> character_sets() {
  return kCharacterSets;
}

std::span<const CollationInfo> collations() {
  return kCollations;
}

const CharacterSet* find_character_set(std::string_view name) {
  return find_row(kCharacterSets, name);
}

const CollationInfo* find_collation_info(std::string_view name) {
  return find_row(kCollations, name);
}

const CollationInfo* find_collation_info(std::uint16_t id) {
  const auto* row = std::ranges::find(kCollations, id, &CollationInfo::id);
  return row == kCollations.end() ? nullptr : row;
}

}  // namespace breakwater::catalog
