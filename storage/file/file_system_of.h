// Finds out which file system a directory is on, as any user can.
#pragma once

#include <string_view>

#include "storage/destination/file_system.h"
#include "storage/file/posix.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// Of an open directory (O_PATH suffices). What can't be found out stays empty.
///
/// The UUID is asked of the file system itself (FS_IOC_GETFSUUID, or the calls that ext4, btrfs and xfs had before
/// there was that one), else looked up among the links of /dev/disk/by-uuid. f_fsid counts unless it is the device's
/// number, as xfs, vfat and others have it. Of NFS nothing is asked: mountinfo and /proc/fs/nfsfs/volumes say it, so
/// that no dead server is waited for.
FileSystem file_system_of(const posix::File& directory, const StopFlag& stop);

/// The fsid that the text of /proc/fs/nfsfs/volumes gives for a device, "0:45"; empty if none.
std::string nfs_fsid(std::string_view volumes, std::string_view device);

}  // namespace breakwater::storage
