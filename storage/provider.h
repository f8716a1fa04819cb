// What differs between OSS, COS and S3, as a table, and where a destination's bucket is found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "storage/http_connection.h"
#include "storage/network_rules.h"
#include "storage/uri.h"

namespace breakwater::storage {

struct Provider {
  Scheme scheme = Scheme::s3;
  std::string_view name{};                ///< "S3"
  std::string_view create_only_header{};  ///< with create_only_value: fail if the object is there
  std::string_view create_only_value{};
  std::string_view range_header{};  ///< what makes ranges mean what RFC 9110 says; empty: they do
  std::string_view range_value{};
  std::string_view append_method{};         ///< empty: there is no append
  std::string_view next_position_header{};  ///< of an appendable object
  std::string_view request_id_header{};
  std::string_view encryption_header{};  ///< in answers: the ETag may be no MD5 then
  bool list_v2 = false;                  ///< pages by continuation-token; otherwise by marker
  bool list_may_lag = false;             ///< a list may miss what was just written
  std::uint64_t min_part_size = 0;       ///< of a multipart upload, all parts but the last
  Errc other_error = Errc::s3_error;     ///< for what no other code fits
};

/// Not for Scheme::file.
const Provider& provider_of(Scheme scheme);

enum class Signing : std::uint8_t { aws_v4, oss_v1, oss_v4, cos };

/// Where a bucket answers, and how requests to it are signed.
struct BucketAddress {
  Origin origin{};
  std::string bucket{};  ///< as the store calls it: for COS with its appid
  bool path_style = false;
  std::string region{};  ///< for Signing::aws_v4 and oss_v4
  Signing signing = Signing::aws_v4;

  std::string host_header() const;                      ///< "bucket.endpoint[:port]", or the endpoint alone
  std::string path_of(std::string_view key) const;      ///< "/key" or "/bucket/key"; empty: the bucket itself
  std::string resource_of(std::string_view key) const;  ///< "/bucket/key"
};

/// Errors: invalid_backup_dest (9026) with a hint for a bucket or an endpoint that can't be, http:// or an
/// endpoint that the rules forbid, a bucket with dots in its name over TLS without
/// addressing_model=path_style.
Result<BucketAddress> bucket_address(const Destination& destination, const NetworkRules& rules);

}  // namespace breakwater::storage
