// What stands in place of the format file of a destination that was retired: a text that says so, to whoever reads it.
// It is no format file, to Breakwater nor to OceanBase, so nobody takes the place.
//
//   Breakwater tombstone 1
//   retired: 2026-11-29 16:00:00 UTC
//   by: root@sys
//   was: data backup of cluster c (1), tenant t (1002), destination 1001
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"

namespace breakwater::storage {

struct Tombstone {
  std::string retired;  ///< when
  std::string by;       ///< whom
  std::string was;      ///< describe() of the format file

  bool operator==(const Tombstone&) const = default;
};

/// Control characters become '?'.
Bytes encode(const Tombstone& tombstone);

/// Nothing: the bytes are something else. Unknown lines are skipped; what is missing is empty. Each part is shortened.
std::optional<Tombstone> decode_tombstone(std::span<const std::uint8_t> bytes);

/// "retired on 2026-11-29 16:00:00 UTC by root@sys; was data backup of …"
std::string describe(const Tombstone& tombstone);

}  // namespace breakwater::storage
