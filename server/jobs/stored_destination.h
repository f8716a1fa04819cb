// A tenant's destination as the catalogue has it, and its medium: what every job works in.
#pragma once

#include <string>

#include "base/task.h"
#include "catalog/store/store.h"
#include "server/execute/context/services.h"
#include "storage/destination/medium.h"
#include "storage/destination/uri.h"
#include "storage/formats/format_file.h"

namespace breakwater::server::jobs {

/// A destination that jobs may work in, with its access key.
struct StoredDestination {
  storage::Destination destination;
  storage::FormatFile
      format;               ///< what its format file must say: to be asked of the medium before anything else
  std::string file_system;  ///< what it was on when it was set or checked last; empty: not known, or a bucket
};

/// format_file_not_exist (9080) if the catalogue has no such destination any more; checksum_error (4103) for a key that
/// is damaged.
Result<StoredDestination> stored_destination(catalog::Reader& reader, const catalog::DestinationKey& key);

/// What hangs as one: the mount point of a directory, the host of a bucket. Looks at the mounts, not at the place.
std::string store_of(const catalog::DestinationKey& key);

/// A place whose format file has been looked at: format_file_not_exist (9080), format_file_not_match (9081).
Task<Result<storage::MediumPtr>> open_verified(execute::Services& services, catalog::Reader& reader,
                                               catalog::DestinationKey key, storage::Call call);

}  // namespace breakwater::server::jobs
