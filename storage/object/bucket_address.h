// The address of a destination's bucket.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "storage/destination/uri.h"
#include "storage/http/http_connection.h"
#include "storage/http/network_rules.h"
#include "storage/object/provider.h"

namespace breakwater::storage {

/// The address of a bucket and how requests name it.
struct BucketAddress {
  const Provider* provider = nullptr;
  Origin origin{};
  std::string bucket{};  ///< its name at the store: for COS with the appid
  bool path_style = false;
  std::string region{};  ///< from Provider::region_of()

  std::string host_header() const;                      ///< "bucket.endpoint[:port]", or the endpoint alone
  std::string path_of(std::string_view key) const;      ///< "/key" or "/bucket/key"; empty: the bucket itself
  std::string resource_of(std::string_view key) const;  ///< "/bucket/key"
};

/// Errors: not_supported (1235) for file://. invalid_backup_dest (9026), with a hint, for an impossible
/// bucket or endpoint, for http:// or an endpoint that the rules forbid, and for a bucket with dots in its
/// name over TLS without addressing_model=path_style.
Result<BucketAddress> bucket_address(const Destination& destination, const NetworkRules& rules);

}  // namespace breakwater::storage
