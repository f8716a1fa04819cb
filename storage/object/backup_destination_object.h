// A backup destination in a bucket (docs/spec/storage.md#one-claim).
//
// Who has the prefix is decided by the object `format`, which is only ever created. A store that honours
// create-only writes lets one creator through. Where the condition is ignored, reading back is not enough:
// who wrote first could read its own bytes before the second overwrites them, and both would believe. There,
// claims take turns by their tokens (object_probe.h), objects with unique names that are there from before a
// claim looks until after its format file is written:
//   write the token, list the tokens; another one with a smaller name: withdraw; another one with a larger
//   name: wait until it is gone; then `format` must still be absent; write it, read it back, remove the
//   token.
// Of two claims at least the one whose token came second sees the other's. If both see both, the larger
// withdraws. If only the second sees the first, it withdraws or waits, and then finds the first's `format`.
// So two never write at once. It may be that none gets through; the next SET does.
//
// That bytes which are found equal are one's own is safe to believe: besides ids and names they hold the time
// of the claim in microseconds, of which the last six digits are drawn at random.
#pragma once

#include <memory>

#include "storage/destination/backup_destination.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

/// Of `destination` it takes how things are deleted, and the region. `entropy` outlives it.
std::unique_ptr<BackupDestination> make_object_backup_destination(std::unique_ptr<ObjectStore> store,
                                                                  const Destination& destination,
                                                                  const Entropy& entropy);

}  // namespace breakwater::storage
