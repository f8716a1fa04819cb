// The checks of a destination on a file system, each a row. They block: on the file pool.
#pragma once

#include <optional>
#include <string>

#include "storage/destination/backup_destination.h"
#include "storage/destination/proof.h"
#include "storage/file/file_destination.h"
#include "storage/file/path_rules.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// Those that write nothing: path, mount, free space, permission, content. `format` empty and not `empty`:
/// the directory holds something else, and the row says so. `destination` is opened, unless the row "path"
/// says why not.
Inspection inspect_directory(Proof& proof, const std::string& root, const PathRules& rules,
                             std::optional<FileDestination>& destination, const StopFlag& stop);

/// The row "directory": creates it where it is missing.
bool prove_creation(Proof& proof, const FileDestination& destination, Footprint& made, const StopFlag& stop);

/// The file operations that backups rely on, on probes named after the token, which are gone at the end.
/// `made.probes` says whether some may be left.
void prove_writing(Proof& proof, const FileDestination& destination, const std::string& token,
                   Footprint& made, const StopFlag& stop);

}  // namespace breakwater::storage
