// The character sets and collations that clients may name, in one table for SET NAMES, information_schema and
// SHOW. All text is UTF-8 inside. An alias (utf8mb3) is accepted and shown by the name that it stands for.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace breakwater::catalog {

struct CharacterSet {
  std::string_view name;
  std::string_view description;
  std::string_view default_collation;
  std::uint8_t max_length;  ///< bytes of a character
};

struct CollationInfo {
  std::string_view name;
  std::string_view charset;
  std::uint16_t id;  ///< MySQL's number, as the protocol sends it
  std::uint8_t sort_length;
};

/// Both sorted by name.
std::span<const CharacterSet> character_sets();
std::span<const CollationInfo> collations();

/// Finds by name or alias, in any case. Null if it is unknown.
const CharacterSet* find_character_set(std::string_view name);
const CollationInfo* find_collation_info(std::string_view name);
/// Finds a collation by its number; null if it is unknown.
const CollationInfo* find_collation_info(std::uint16_t id);

}  // namespace breakwater::catalog
