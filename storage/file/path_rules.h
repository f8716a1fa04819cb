// Where destinations and key files may be. Paths are compared by spelling and by the directories that they
// lead to, so that no symbolic link or bind mount can hide that one is inside another.
//
// physical_place() and inside() touch the file system and may block: call them on the file pool.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "storage/file/mounts.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// A path as the file system knows it now: the directories that exist, by device and inode, and the
/// components that don't exist yet.
struct PhysicalPlace {
  using Identity = std::pair<std::uint64_t, std::uint64_t>;  ///< st_dev, st_ino
  std::vector<Identity> trail;      ///< from the deepest directory up to "/", symbolic links resolved
  std::vector<std::string> rest;    ///< the components that don't exist yet
  std::string device;               ///< "major:minor" of the deepest directory's mount
  std::vector<std::string> within;  ///< the deepest directory's path inside its file system

  /// Whether this place is `outer` or lies below it. Doesn't touch the file system.
  bool inside(const PhysicalPlace& outer) const;
};

/// `path`: absolute, without "..". Errors: those of io_error.h; io_error (4009) too if a parent is a file.
Result<PhysicalPlace> physical_place(std::string_view path, const StopFlag& stop,
                                     const MountsOnce& mounts = MountsOnce());

/// Whether `path` is inside `outer`, by spelling or physically. If `outer` can't be looked at, only the
/// spelling counts.
Result<bool> inside(std::string_view path, std::string_view outer, const StopFlag& stop);

/// The settings' rules about where files may be. Anchor applies them to an open directory.
struct PathRules {
  bool restricted = false;         ///< backup_dest_allow isn't empty: only the roots in `allow` are permitted
  std::vector<std::string> allow;  ///< the path roots of backup_dest_allow
  std::string data_dir;            ///< the server's own; a destination may not be, contain or lie in it
  /// A statement's look at the mounts; null: each question reads them anew.
  std::shared_ptr<const MountsOnce> mounts{};

  Mount mount_of(std::string_view path) const { return mounts ? mounts->of(path) : current_mount_of(path); }
};

/// The path roots of a backup_dest_allow list as written ("/backup,/nfs, oss.example.com").
std::vector<std::string> allowed_roots(std::string_view setting);

}  // namespace breakwater::storage
