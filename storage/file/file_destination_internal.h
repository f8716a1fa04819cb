// What file_destination*.cpp share.
#pragma once

#include <optional>

#include "storage/file/file_destination.h"
#include "storage/file/posix.h"

namespace breakwater::storage::internal {

posix::Io<posix::File> open_check_directory(const Anchor& anchor, const StopFlag& stop);

/// FileDestination::read_format without retries, in an open directory.
Result<std::optional<FoundFormat>> read_format_in(const posix::File& directory, const StopFlag& stop);

}  // namespace breakwater::storage::internal
