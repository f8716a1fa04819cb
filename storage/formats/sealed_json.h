// JSON files of backups: one object, whose last members are a sum and, where there is a key, a MAC of all bytes before
// them. What is read is bounded in size, depth and number of values before it is a tree in memory.
//
// Internal to this room: it shows nlohmann_json. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/error.h"
#include "storage/formats/set_key.h"

namespace breakwater::storage {

/// Its members are sorted by name. (Not ordered_json, which looks at all members for each that it adds.)
using Json = nlohmann::json;

inline constexpr std::size_t kMaxJsonDepth = 8;
inline constexpr std::size_t kMaxJsonValues = 262'144;
inline constexpr std::size_t kMaxJsonText =
    65'536;  ///< bytes of one text, but for those that have a limit of their own

/// checksum_error (4103): "the <what> is damaged or isn't one".
Error damaged_backup(std::string_view what);

/// `{…,"sha256":"…","mac":"…"}` and a line's end. `body`: an object with at least one member. `key`: null for no MAC.
Bytes seal_json(const Json& body, const DataKey* key);

/// Undoes it; the sum is checked, the MAC is not. `what`: for the error.
Result<Json> open_json(std::span<const std::uint8_t> bytes, std::size_t limit, std::string_view what);

/// Whether the MAC is `key`'s.
bool has_mac_of(std::span<const std::uint8_t> bytes, const DataKey& key);

/// A text as JSON, bounded. checksum_error (4103).
Result<Json> parse_json(std::string_view text, std::string_view what);

/// Reads members one after the other. After the first that is missing or of another type all later ones are empty.
class JsonFields {
 public:
  explicit JsonFields(const Json& object) : object_(object), failed_(!object.is_object()) {}

  std::string text(const char* name, std::size_t limit = kMaxJsonText);
  /// Not negative.
  std::int64_t number(const char* name);
  std::int64_t signed_number(const char* name);
  bool flag(const char* name);
  Bytes hex(const char* name, std::size_t limit = kMaxJsonText);
  crypto::Sha256 sha256(const char* name);
  /// A digest in hexadecimal, or nothing.
  std::string digest(const char* name);
  /// 32 hexadecimal digits, or nothing.
  std::string mark(const char* name);
  bool has(const char* name) const { return object_.is_object() && object_.contains(name); }
  const Json& member(const char* name);

  void fail_if(bool bad) { failed_ = failed_ || bad; }
  bool failed() const { return failed_; }

 private:
  std::string hexadecimal(const char* name, std::size_t size);

  const Json& object_;
  bool failed_;
};

Json json_of(const WrappedKey& key);
WrappedKey wrapped_key(JsonFields fields, bool& failed);

}  // namespace breakwater::storage
