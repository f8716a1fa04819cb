// ALTER SYSTEM BACKUP CATALOG KEY and RESTORE CATALOG KEY: the key that opens this installation's backups, saved outside of
// its catalogue and brought into another one. Only sessions whose login tenant is sys, with ALTER SYSTEM. The file is a key
// file (docs/backup-format.md#the-file-of-a-backup-key), by the same rules as BACKUP KEY's but that a password is a must.
#include <optional>
#include <string>
#include <utility>

#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/key_backup.h"
#include "server/execute/backup/key_source.h"
#include "server/execute/backup/statements.h"
#include "server/execute/context/change.h"
#include "server/execute/context/own_backup_key.h"
#include "server/execute/context/privileges.h"
#include "server/execute/context/serves_backups.h"
#include "storage/formats/set_key.h"

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kNeedsPassword =
    "whoever reads the file can open all backups of this installation: it is never written without ENCRYPTED "
    "BY 'password'";
constexpr std::string_view kFileAlgorithm = "aes-256";

Result<storage::KeyBackup> content_of_file(const storage::BackupKey& key, Timestamp now) {
  storage::KeyBackup backup;
  backup.tde_method = storage::kBackupKeyMethod;
  backup.versions.push_back(
      {.version = 1, .created = now, .algorithm = std::string(kFileAlgorithm), .key = key.key.clone()});
  return backup;
}

Task<Result<>> save_key(const Statement& statement, storage::Destination destination,
                        const ast::CatalogKey& parsed) {
  BW_CO_TRY(const auto sys, statement.reader().tenants().find(catalog::kSysTenantId));
  if (!sys) co_return fail(error::tenant_not_exist());
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(sys->id));
  BW_CO_TRY(
      const storage::BackupKey key,
      co_await own_backup_key(statement.services.store(), statement.reader(), statement.services.entropy()));
  KeyBackupWork work{.read = [&key, &statement] { return content_of_file(key, statement.now); },
                     .entered =
                         [&key](catalog::Transaction& transaction) {
                           return transaction.keys().note_backup_key_saved(key.fingerprint);
                         }};
  co_return co_await write_key_backup(statement, *sys, std::move(destination), *parsed.uri, parsed.password,
                                      std::move(work));
}

Result<storage::BackupKey> backup_key_of(const storage::KeyBackup& backup) {
  const bool of_catalog = backup.tde_method == storage::kBackupKeyMethod && backup.versions.size() == 1 &&
                          backup.versions.front().key.size() == crypto::kKeySize;
  if (!of_catalog) {
    return fail(error::invalid_argument("catalog key")
                    .with_hint("the file holds a tenant's master keys, not an installation's backup key"));
  }
  storage::BackupKey key;
  key.key = backup.versions.front().key.clone();
  BW_TRY(key.fingerprint, storage::fingerprint_of(key.key));
  return key;
}

Task<Result<>> bring_in(const Statement& statement, const storage::Destination& destination,
                        const ast::CatalogKey& parsed) {
  BW_CO_TRY(const storage::KeyBackup backup,
            co_await read_key_backup(statement, destination, *parsed.uri, parsed.password));
  BW_CO_TRY(const storage::BackupKey key, backup_key_of(backup));
  co_return co_await change_catalog(statement, [&](catalog::Transaction& transaction) {
    return transaction.keys().add_backup_key(key.fingerprint, key.key, false);
  });
}

}  // namespace

Task<Result<Outcome>> catalog_key(const Statement& statement, const ast::CatalogKey& parsed) {
  if constexpr (!kServesBackups) {
    co_return fail(error::not_supported(parsed.restore ? "ALTER SYSTEM RESTORE CATALOG KEY"
                                                       : "ALTER SYSTEM BACKUP CATALOG KEY"));
  }
  if (!statement.session.identity().is_sys()) co_return fail(error::no_privilege());
  BW_CO_CHECK(require_alter_system_and_super(statement));
  if (!parsed.password)
    co_return fail(error::invalid_argument("password").with_hint(std::string(kNeedsPassword)));
  BW_CO_CHECK(check_key_password(*parsed.password, kNeedsPassword));
  if (!parsed.uri || parsed.uri->empty()) co_return fail(error::invalid_backup_dest());
  BW_CO_TRY(storage::Destination destination, parse_destination(statement, *parsed.uri));
  if (parsed.restore) {
    BW_CO_CHECK(co_await bring_in(statement, destination, parsed));
  } else {
    BW_CO_CHECK(co_await save_key(statement, std::move(destination), parsed));
  }
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
