// Where an open directory really is, and the walk that opens it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/file/path_rules.h"
#include "storage/file/posix.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// How often a path is looked up whose directories vanish meanwhile.
inline constexpr int kMaxLooks = 8;

/// Walks `path` (absolute) component by component, each opened from the one before (O_PATH). The deepest part
/// that exists; the components behind it go to `rest`. Symbolic links are followed, the last component's only
/// if not `keep_link`.
posix::Io<posix::File> open_deepest(std::string_view path, bool keep_link, std::vector<std::string>& rest,
                                    const StopFlag& stop);

/// What the descriptor says, whatever stands at its path meanwhile. `rest`: what shall be made below.
posix::Io<PhysicalPlace> place_of(const posix::File& deepest, std::vector<std::string> rest,
                                  const StopFlag& stop);

/// invalid_backup_dest (9026) with a hint if what `rest` names below `deepest` is outside every allowed root,
/// or is, holds or lies in the data directory.
Result<> check_path_rules(const posix::File& deepest, const std::vector<std::string>& rest,
                          const PathRules& rules, const StopFlag& stop);

}  // namespace breakwater::storage
