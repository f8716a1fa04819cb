// The checks of a destination on a file system; each adds a row to the proof. They block: call them on the
// file pool.
#pragma once

#include <optional>
#include <string>

#include "storage/destination/backup_destination.h"
#include "storage/destination/proof.h"
#include "storage/file/file_destination.h"
#include "storage/file/path_rules.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// The checks that write nothing: path, mount, free space if room is needed, permission, content. If the result has no `format`
/// and isn't `empty`, the directory holds something else, and the row says so. Opens `destination`, or the
/// row "path" says why it can't be opened.
Inspection inspect_directory(Proof& proof, const std::string& root, const PathRules& rules,
                             BackupDestination::Room room, std::optional<FileDestination>& destination,
                             const StopFlag& stop);

/// The row "directory": creates the directory if it is missing.
bool prove_creation(Proof& proof, const FileDestination& destination, Footprint& made, const StopFlag& stop);

/// Tries the file operations that backups rely on, with probe files named after the token, and removes those
/// at the end, and then what other proofs left that is stale. `made.probes` says whether some may be left.
void prove_writing(Proof& proof, const FileDestination& destination, const WritePlan& plan, Footprint& made,
                   const StopFlag& stop);

}  // namespace breakwater::storage
