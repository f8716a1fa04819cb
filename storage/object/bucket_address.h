// Where a destination's bucket is found.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "storage/destination/uri.h"
#include "storage/http/http_connection.h"
#include "storage/http/network_rules.h"
#include "storage/object/provider.h"

namespace breakwater::storage {

/// Where a bucket answers, and how it is spoken to.
struct BucketAddress {
  const Provider* provider = nullptr;
  Origin origin{};
  std::string bucket{};  ///< as the store calls it: for COS with its appid
  bool path_style = false;
  std::string region{};  ///< of Provider::region_of()

  std::string host_header() const;                      ///< "bucket.endpoint[:port]", or the endpoint alone
  std::string path_of(std::string_view key) const;      ///< "/key" or "/bucket/key"; empty: the bucket itself
  std::string resource_of(std::string_view key) const;  ///< "/bucket/key"
};

/// Errors: not_supported (1235) for file://. invalid_backup_dest (9026), with a hint, for a bucket or an
/// endpoint that can't be, http:// or an endpoint that the rules forbid, a bucket with dots in its name over
/// TLS without addressing_model=path_style.
Result<BucketAddress> bucket_address(const Destination& destination, const NetworkRules& rules);

}  // namespace breakwater::storage
