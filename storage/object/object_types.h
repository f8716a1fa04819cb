// Objects, tags and parts of object stores, as plain structs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace breakwater::storage {

struct ObjectInfo {
  std::string name{};  ///< relative to the destination, as operations take it
  std::uint64_t size = 0;
  std::string etag{};                              ///< without quotes, as the store spells it; may be empty
  std::optional<std::uint64_t> append_position{};  ///< of an appendable object; only head() sets it
  std::optional<Timestamp> modified{};  ///< when it was written, by the store's clock; only list() sets it
};

struct Tag {
  std::string key{};
  std::string value{};
  bool operator==(const Tag&) const = default;
};

/// A part of a multipart upload.
struct Part {
  std::uint32_t number = 0;  ///< 1 to 10000
  std::string etag{};
};

}  // namespace breakwater::storage
