// Where destinations and key files may lie. Paths are compared by spelling and by what they really are, so
// that a symbolic link or a bind mount can't put one inside another unseen.
//
// Everything but the comparisons of PhysicalPlace touches the file system and may block: run it on the file
// pool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// A path as the file system knows it at this moment: the directories that exist, by device and inode, and
/// the components that don't exist yet.
struct PhysicalPlace {
  using Identity = std::pair<std::uint64_t, std::uint64_t>;  ///< st_dev, st_ino
  std::vector<Identity> trail;      ///< from the deepest that exists up to "/", symbolic links resolved
  std::vector<std::string> rest;    ///< what doesn't exist yet
  std::string device;               ///< "major:minor" of the deepest's mount
  std::vector<std::string> within;  ///< the deepest's path inside its file system (mountinfo's root)

  /// This place is `outer` or lies below it.
  bool inside(const PhysicalPlace& outer) const;
};

/// `path`: absolute, without "..". Permission and I/O errors as in io_error.h; a file among the parents is
/// 4009.
Result<PhysicalPlace> physical_place(std::string_view path, const StopFlag& stop);

/// By spelling or physically. `outer` that can't be looked at counts by spelling alone.
Result<bool> inside(std::string_view path, std::string_view outer, const StopFlag& stop);

/// The settings' part in where files may lie. Judged by Anchor, on an open directory.
struct PathRules {
  bool restricted = false;         ///< backup_dest_allow isn't empty: only the roots that it names, if any
  std::vector<std::string> allow;  ///< its path roots
  std::string data_dir;            ///< the server's own; never a destination, nor above or below one
};

/// A backup_dest_allow list as written ("/backup,/nfs, oss.example.com") gives its path roots.
std::vector<std::string> allowed_roots(std::string_view setting);

}  // namespace breakwater::storage
