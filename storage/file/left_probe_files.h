// Probe files that a proof could not remove: another server's, or of a program that was killed. They count as nothing,
// and go once they are stale (docs/spec/behaviour.md#left-probes).
//
// The functions block: call them on the file pool.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/file/posix.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// By its name and type.
bool may_be_left_probe(const posix::Entry& entry);

/// When the file of that name was written last, if it holds a probe; 0 if it is gone. Nullopt: it is something else.
posix::Io<std::optional<Timestamp>> find_left_probe(const posix::File& directory, const std::string& name,
                                                    const StopFlag& stop);

/// Removes those of `names` that hold a probe which is stale at `now`, by the file system's clock. What can't be
/// removed stays: it counts as nothing all the same.
void remove_stale_probe_files(const posix::File& directory, const std::vector<std::string>& names,
                              Timestamp now, const StopFlag& stop);

/// A file's time of change.
Timestamp modified_at(const struct stat& status);

}  // namespace breakwater::storage
