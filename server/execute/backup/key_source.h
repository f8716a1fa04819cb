// A key backup as statements read it back, from a file or a bucket.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/secret.h"
#include "server/execute/context/statement.h"
#include "storage/destination/uri.h"
#include "storage/formats/key_file.h"

namespace breakwater::server::execute {

/// What lies where BACKUP KEY wrote to `destination`, which was parsed from `uri`: whatever it is. Errors: those of the
/// storage; invalid_backup_dest (9026), the rules forbid the path, or it is no file's; backup_file_not_exist (9011).
Task<Result<Bytes>> read_key_bytes(const Statement& statement, const storage::Destination& destination,
                                   const Secret& uri);

/// The keys that BACKUP KEY has written to `destination`, which was parsed from `uri`. Errors, beside those of the storage:
///   invalid_backup_dest (9026)      the rules forbid the path, or it is no file's
///   backup_file_not_exist (9011)    there is no such file or object
///   backup_invalid_password (9047)  the password is wrong, missing or needless, the file is damaged, or it is no key
///                                   backup: the hint says which
/// The key is derived on the pool of derivations, the file read on the file pool.
Task<Result<storage::KeyBackup>> read_key_backup(const Statement& statement,
                                                 const storage::Destination& destination, const Secret& uri,
                                                 const std::optional<Secret>& password);

}  // namespace breakwater::server::execute
