// A destination's objects on a file system. Everything that touches the file system runs on the file pool, in the group of its mount.
#pragma once

#include <string>

#include "storage/destination/medium.h"
#include "storage/file/path_rules.h"
#include "storage/pool/file_pool.h"

namespace breakwater::storage {

/// `root`: Destination::local_path. `pool` and `entropy` must outlive it.
MediumPtr make_file_medium(std::string root, PathRules rules, FilePool& pool, const Entropy& entropy);

}  // namespace breakwater::storage
