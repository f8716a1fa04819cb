// The schemes of URIs, and the rules that each sets for the rest of the URI. The object stores are the rows
// of storage/destination/object_stores.inc.
//
// All functions are pure; any thread may call them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace breakwater::storage {

enum class Scheme : std::uint8_t {
  file,
#define BW_OBJECT_STORE(scheme, ...) scheme,
#include "storage/destination/object_stores.inc"
#undef BW_OBJECT_STORE
};

/// The rules of a scheme.
struct SchemeRules {
  std::string_view name{};          ///< "oss"
  bool needs_appid = false;         ///< appid= is required; the bucket's name at the store ends with it
  bool takes_s3_region = false;     ///< s3_region=
  bool takes_crc32 = false;         ///< checksum_type=crc32
  bool takes_worm = false;          ///< enable_worm=true, with checksum_type=md5
  bool bounds_archive_lag = false;  ///< LOG_ARCHIVE_DEST needs an archive_lag_target of at least 60 s
};
const SchemeRules& rules_of(Scheme scheme);

std::string_view scheme_name(Scheme scheme);  ///< "file", "oss", ...

/// The scheme that `uri` begins with, followed by "://". Lower case only.
std::optional<Scheme> scheme_of(std::string_view uri);

/// The object stores for which `rule` holds, or all, for a text: "oss://, cos:// or s3://".
std::string object_stores(bool SchemeRules::* rule = nullptr);

}  // namespace breakwater::storage
