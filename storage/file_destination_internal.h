// What file_destination*.cpp share. Internal to storage/.
#pragma once

#include <optional>
#include <string>

#include "storage/file_destination.h"
#include "storage/posix.h"

namespace breakwater::storage::internal {

posix::Io<posix::File> open_root(const std::string& root, const StopFlag& stop);
posix::Io<posix::File> open_check_directory(const std::string& root, const StopFlag& stop);

/// FileDestination::read_format without retries.
Result<std::optional<FoundFormat>> read_format_once(const std::string& root, const StopFlag& stop);

}  // namespace breakwater::storage::internal
