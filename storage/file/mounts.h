// Which file system is mounted where. It reads /proc/self/mountinfo only, so it never blocks on a dead mount.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace breakwater::storage {

struct Mount {
  std::string id;  ///< its number, as /proc/self/fdinfo has it
  std::string mount_point;
  std::string root;     ///< the directory of the file system that is mounted there
  std::string device;   ///< "major:minor"
  std::string source;   ///< "/dev/sda1", "server:/export"; with blanks as \040
  std::string type;     ///< "ext4", "nfs4", ...
  std::string options;  ///< the mount's options, then, after a comma, the superblock's

  bool has_option(std::string_view name) const;                ///< "soft"
  std::string_view option_value(std::string_view name) const;  ///< "vers" of "vers=4.1"; empty if absent
};

/// Parses the text of a mountinfo file (proc(5)) and skips lines that it can't read.
std::vector<Mount> parse_mountinfo(std::string_view text);

/// The mount of an absolute path, by spelling: the one with the longest mount point that is a prefix; of two
/// equal ones the later, which hides the other. An empty Mount if there is none.
Mount mount_of(std::string_view path, const std::vector<Mount>& mounts);

/// The mounts as they are now.
std::vector<Mount> current_mounts();

/// The mount that holds `path` now. Its mount_point serves as FilePool's group.
Mount current_mount_of(std::string_view path);

/// The mounts as they are at the first look, read once for all of a statement's questions. The first look has to come
/// after the path was walked, which is what makes an automounter mount. Any threads.
class MountsOnce {
 public:
  Mount of(std::string_view path) const {
    const std::scoped_lock lock(mutex_);
    if (!mounts_) mounts_ = current_mounts();
    return mount_of(path, *mounts_);
  }

 private:
  mutable std::mutex mutex_;
  mutable std::optional<std::vector<Mount>> mounts_;
};

/// The reasons why this mount is risky for backups (docs/spec/storage.md#mounts); empty if none is known.
std::vector<std::string> mount_warnings(const Mount& mount);

/// Whether other machines can change files without this machine's knowledge (nfs, cifs, fuse, ceph, 9p, ...).
bool is_network_type(std::string_view type);

}  // namespace breakwater::storage
