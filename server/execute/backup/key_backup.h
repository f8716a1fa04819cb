// Writing a key file to a URI, in a directory or in a bucket: what BACKUP KEY and BACKUP CATALOG KEY share.
#pragma once

#include <functional>
#include <optional>

#include "base/secret.h"
#include "catalog/store/store.h"
#include "server/execute/context/statement.h"
#include "storage/destination/uri.h"
#include "storage/formats/key_file.h"

namespace breakwater::server::execute {

struct KeyBackupWork {
  /// Reads what is to be written, behind the checks of the place.
  std::function<Result<storage::KeyBackup>()> read;
  /// In the transaction that enters the file, on the writer's thread; empty: nothing more.
  std::function<Result<>(catalog::Transaction&)> entered{};
};

/// Checks the place, writes the file or object with an intent (intents.h), reads it back and enters it. The caller holds the
/// tenant's lock. `uri`: what `destination` was parsed from. Errors: invalid_backup_dest (9026), file_already_exist (1086),
/// the storage's.
Task<Result<>> write_key_backup(const Statement& statement, catalog::Tenant tenant,
                                storage::Destination destination, const Secret& uri,
                                const std::optional<Secret>& password, KeyBackupWork work);

/// invalid_argument (1210): empty, or longer than passwords may be.
Result<> check_key_password(const Secret& password, std::string_view hint);

}  // namespace breakwater::server::execute
