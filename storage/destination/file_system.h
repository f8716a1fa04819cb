// Which file system a directory is on, by what stays the same when it is mounted again, by whatever machine, and
// differs when another one is there: for NFS the server's address, the export's path and its fsid; for others the
// UUID, and f_fsid of statfs(2). Never st_dev or a device's name, which change with each mount or boot.
// docs/destinations.md#a-mount-that-is-away
#pragma once

#include <string>
#include <string_view>

namespace breakwater::storage {

struct FileSystem {
  std::string type{};  ///< "ext4", "nfs", …; a number where it has no name
  std::string uuid{};  ///< 32 hexadecimal digits, or fewer where the file system's own is shorter
  std::string fsid{};  ///< NFS: of the export, as the server says it; others: f_fsid, unless it is the device
  std::string server{};       ///< NFS: the server's address
  std::string export_path{};  ///< NFS: what is mounted of it, as mountinfo writes it

  bool operator==(const FileSystem&) const = default;
};

/// The form in which the catalogue keeps it: "type=nfs fsid=1:0 server=10.0.0.1 export=/data".
std::string encode(const FileSystem& system);
/// Unknown words are skipped, what is missing is empty.
FileSystem decode_file_system(std::string_view text);

/// Whether two are known to be different. What one of them doesn't say proves nothing.
bool is_another(const FileSystem& one, const FileSystem& other);

/// "NFS 10.0.0.1:/data (fsid 1:0)", "ext4 with the UUID 0123…"
std::string describe(const FileSystem& system);

}  // namespace breakwater::storage
