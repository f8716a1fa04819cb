// A backup destination in a bucket (docs/spec/storage.md#one-claim).
//
// The object `format` decides who owns the prefix. It is created and never overwritten. A store that honours
// create-only writes accepts one creator. If a store ignores the condition, reading back is not enough: the
// first writer could read its own bytes before the second overwrites them, and both would believe that they
// own the prefix. There, claims take turns by their tokens (object_probe.h): objects with unique names, which
// exist from before a claim looks until after it has written its format file:
//   1. Write the token and list the tokens.
//   2. If there is another token with a smaller name, withdraw. If there is one with a larger name, wait
//      until it is gone.
//   3. Check that `format` is still absent, write it, read it back, remove the token.
// Of two claims at least the one whose token was written second sees the other's. If both see both, the one
// with the larger name withdraws. If only the second sees the first, it withdraws or waits, and then finds
// the first's `format`. So two claims never write at once. It may happen that both withdraw; the next SET
// succeeds.
//
// A claim that reads back equal bytes may believe that they are its own: besides ids and names they hold the
// time of the claim in microseconds, whose last six digits are random.
#pragma once

#include <memory>

#include "storage/destination/backup_destination.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

/// It uses the delete mode and the region of `destination`. `entropy` must outlive it.
std::unique_ptr<BackupDestination> make_object_backup_destination(std::unique_ptr<ObjectStore> store,
                                                                  const Destination& destination,
                                                                  const Entropy& entropy);

}  // namespace breakwater::storage
