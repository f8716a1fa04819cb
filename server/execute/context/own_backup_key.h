// The installation's own backup key, which wraps the data keys of its backups (storage/formats/set_key.h).
#pragma once

#include "base/crypto.h"
#include "base/task.h"
#include "catalog/store/store.h"
#include "storage/formats/set_key.h"

namespace breakwater::server::execute {

/// Made with the first backup, or the first time that it is to be saved. checksum_error (4103) if it is damaged.
Task<Result<storage::BackupKey>> own_backup_key(catalog::Store& store, catalog::Reader& reader,
                                                const Entropy& entropy);

}  // namespace breakwater::server::execute
