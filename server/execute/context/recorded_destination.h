// A destination of the catalogue as somebody works in it, with the keys of now. Its URI is put together from the columns of
// its row; the access key stays in a Secret.
#pragma once

#include <string>

#include "base/secret.h"
#include "catalog/store/store.h"
#include "storage/destination/uri.h"

namespace breakwater::server::execute {

struct RecordedDestination {
  storage::Destination destination;
  Secret uri;  ///< as a SET would be given it
};

/// checksum_error (4103) for a key that is damaged; those of parse_recorded_destination().
Result<RecordedDestination> recorded_destination(catalog::Reader& reader, const catalog::Destination& row);

/// What hangs as one: the mount point of a directory, the host of a bucket. Looks at the mounts, not at the place.
std::string store_of(const catalog::DestinationKey& key);

}  // namespace breakwater::server::execute
