// A backup destination on a file system. Everything that touches the file system runs on the file pool, in
// the group of its mount.
#pragma once

#include <memory>

#include "storage/destination/backup_destination.h"
#include "storage/file/path_rules.h"
#include "storage/pool/file_pool.h"

namespace breakwater::storage {

/// `pool` and `entropy` must outlive it.
std::unique_ptr<BackupDestination> make_file_backup_destination(std::string root, PathRules rules,
                                                                FilePool& pool, const Entropy& entropy);

}  // namespace breakwater::storage
