// Opens the deepest existing directory of a path, and finds out where it really is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/file/path_rules.h"
#include "storage/file/posix.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// How often a lookup is tried again if directories of the path vanish while it runs.
inline constexpr int kMaxLooks = 8;

/// Walks `path` (absolute) component by component and opens each one (O_PATH) from the one before. Returns
/// the deepest part that exists; the components below it go to `rest`. Follows symbolic links; with
/// `keep_link` not that of the last component.
posix::Io<posix::File> open_deepest(std::string_view path, bool keep_link, std::vector<std::string>& rest,
                                    const StopFlag& stop);

/// The place of an open directory, by its descriptor, whatever is at its path now. `rest`: the components to
/// be made below it.
posix::Io<PhysicalPlace> place_of(const posix::File& deepest, std::vector<std::string> rest,
                                  const MountsOnce& mounts, const StopFlag& stop);

/// Error: invalid_backup_dest (9026) with a hint if the path `rest` below `deepest` is outside every allowed
/// root, or is, contains or lies in the data directory.
Result<> check_path_rules(const posix::File& deepest, const std::vector<std::string>& rest,
                          const PathRules& rules, const StopFlag& stop);

}  // namespace breakwater::storage
