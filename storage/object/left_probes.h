// Probe objects that a proof could not remove: another server's, or of a program that was killed. They count as
// nothing, and go once they are stale (docs/spec/behaviour.md#left-probes).
#pragma once

#include <string_view>

#include "storage/destination/uri.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

/// Whether `name` is that of a probe object, of this server or another.
bool is_probe_object_name(std::string_view name);

/// Whether the object, from a list, may be a probe by its name and size.
bool may_be_left_probe(const ObjectInfo& object);

/// Whether a probe is so old, by the store's clock, that nobody works with it any more.
bool is_stale(const ObjectInfo& object, const ObjectList& page);

/// Whether such an object holds a probe, or is gone. Reads its beginning.
Task<Result<bool>> holds_left_probe(ObjectStore& store, std::string_view name, const Call& call);

/// Removes, as discard() does, those probes of the page that are stale by the store's clock.
Task<Result<>> discard_stale_probes(ObjectStore& store, DeleteMode mode, const ObjectList& page,
                                    const Call& call);

}  // namespace breakwater::storage
