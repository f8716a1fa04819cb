// What a URI begins with, and what follows from that for the rest of it. The object stores are the rows of
// storage/destination/object_stores.inc.
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

/// Which rules of a URI hold for a scheme.
struct SchemeRules {
  std::string_view name{};          ///< "oss"
  bool needs_appid = false;         ///< appid=, and the bucket's name at the store ends with it
  bool takes_s3_region = false;     ///< s3_region=
  bool takes_crc32 = false;         ///< checksum_type=crc32
  bool takes_worm = false;          ///< enable_worm=true, with checksum_type=md5
  bool bounds_archive_lag = false;  ///< LOG_ARCHIVE_DEST there asks for an archive_lag_target of 60 s or more
};
const SchemeRules& rules_of(Scheme scheme);

std::string_view scheme_name(Scheme scheme);  ///< "file", "oss", ...

/// The scheme that `uri` begins with, followed by "://". Lower case only.
std::optional<Scheme> scheme_of(std::string_view uri);

/// The object stores for which `rule` holds, or all, for a text: "oss://, cos:// or s3://".
std::string object_stores(bool SchemeRules::* rule = nullptr);

}  // namespace breakwater::storage
