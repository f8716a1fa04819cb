// ALTER SYSTEM ROTATE, BACKUP and RESTORE CATALOG KEY: the key that the catalogue's secrets are sealed by, changed and saved
// outside; with it the key that opens this installation's backups, which can be brought into another installation. Only
// sessions whose login tenant is sys, with ALTER SYSTEM and SUPER. The file is a key file
// (docs/keys.md#the-catalogues-key), by the same rules as BACKUP KEY's but that a password is a must.
#include <algorithm>
#include <chrono>
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
#include "storage/formats/set_key.h"

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kNeedsPassword =
    "whoever reads the file can open this installation's catalogue and backups: it is never written without "
    "ENCRYPTED BY 'password'";
constexpr std::string_view kFileAlgorithm = "aes-256";
constexpr std::int64_t kCatalogKeyVersion = 1;
constexpr std::int64_t kBackupKeyVersion = 2;
constexpr std::chrono::seconds kSettleTime{30};
constexpr std::string_view kNotSettled =
    "the new key is in use, but its file hasn't taken the old one's place: keep both where they are; the "
    "next "
    "start, or the next ROTATE CATALOG KEY, tries again";
constexpr std::string_view kSaveIt =
    "the new key is in no backup: ALTER SYSTEM BACKUP CATALOG KEY TO 'uri' ENCRYPTED BY 'password'. Copies "
    "of "
    "the data directory from before need the old key";

// Reads or changes the catalogue's key where it comes from: a file, or a command. It may outlive the statement.
template <class T>
Task<Result<T>> on_source(const Statement& statement, storage::Call call,
                          std::move_only_function<Result<T>()> work) {
  storage::FilePool::Job<T> job = [work = std::move(work)](const storage::StopFlag&) mutable {
    return work();
  };
  auto done = co_await run_on<T>(statement.services.files(), call, "the catalogue's key", std::move(job));
  if (!done && done.error().is(Errc::backup_dest_not_connect))
    co_return fail(error::timeout().with_hint("reading or writing the catalogue's key takes too long"));
  co_return done;
}

Task<Result<Secret>> present_key(const Statement& statement) {
  catalog::Store& store = statement.services.store();
  std::move_only_function<Result<Secret>()> find = [source = store.key_source(), check = store.key_check()] {
    return source->find(check);
  };
  co_return co_await on_source<Secret>(statement, statement.storage_call(), std::move(find));
}

storage::KeyBackup content_of_file(const Secret& catalog_key, const storage::BackupKey& backup_key,
                                   Timestamp now) {
  storage::KeyBackup backup;
  backup.tde_method = storage::kCatalogKeyMethod;
  const auto add = [&](std::int64_t version, const Secret& key) {
    backup.versions.push_back(
        {.version = version, .created = now, .algorithm = std::string(kFileAlgorithm), .key = key.clone()});
  };
  add(kCatalogKeyVersion, catalog_key);
  add(kBackupKeyVersion, backup_key.key);
  return backup;
}

Task<Result<>> save_key(const Statement& statement, storage::Destination destination,
                        const ast::CatalogKey& parsed) {
  BW_CO_TRY(const auto sys, statement.reader().tenants().find(catalog::kSysTenantId));
  if (!sys) co_return fail(error::tenant_not_exist());
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(sys->id));
  BW_CO_TRY(const Secret catalog_key, co_await present_key(statement));
  BW_CO_TRY(
      const storage::BackupKey backup_key,
      co_await own_backup_key(statement.services.store(), statement.reader(), statement.services.entropy()));
  KeyBackupWork work{.read = [&]() -> Result<storage::KeyBackup> {
                       return content_of_file(catalog_key, backup_key, statement.now);
                     },
                     .entered =
                         [&](catalog::Transaction& transaction) {
                           return transaction.keys().note_backup_key_saved(backup_key.fingerprint);
                         }};
  co_return co_await write_key_backup(statement, *sys, std::move(destination), *parsed.uri, parsed.password,
                                      std::move(work));
}

Error no_backup_key(std::string hint) {
  return error::invalid_argument("catalog key").with_hint(std::move(hint));
}

Result<storage::BackupKey> backup_key_of(const storage::KeyBackup& backup) {
  if (!storage::is_of_installation(backup.tde_method))
    return fail(no_backup_key("the file holds a tenant's master keys, not an installation's keys"));
  // A file of an earlier version holds nothing else.
  const bool alone = backup.tde_method == storage::kBackupKeyMethod;
  const auto found =
      std::ranges::find(backup.versions, alone ? 1 : kBackupKeyVersion, &storage::MasterKey::version);
  if (found == backup.versions.end() || found->key.size() != crypto::kKeySize)
    return fail(no_backup_key("the file holds no backup key: its installation had made no backup"));
  storage::BackupKey key;
  key.key = found->key.clone();
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

// Whatever becomes of the statement: the catalogue has the new key by now.
Task<> settle_key(const Statement& statement) {
  catalog::Store& store = statement.services.store();
  std::move_only_function<Result<bool>()> settle = [source = store.key_source(),
                                                    check = store.key_check()]() -> Result<bool> {
    BW_CHECK(source->settle(check));
    return true;
  };
  const storage::Call call{.deadline = std::chrono::steady_clock::now() + kSettleTime};
  const auto settled = co_await on_source<bool>(statement, call, std::move(settle));
  if (settled) co_return;
  const std::string what = std::string(kNotSettled) + " (" + settled.error().text() + ")";
  statement.session.diagnostics.add(session::WarningLevel::warning, session::kHintCode, what);
  statement.services.log().warning(what, statement.connection.id());
}

}  // namespace

Task<Result<Outcome>> catalog_key(const Statement& statement, const ast::CatalogKey& parsed) {
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

// The lock of sys keeps others from changing or saving it meanwhile. From the commit on there is no way back.
Task<Result<Outcome>> rotate_catalog_key(const Statement& statement,
                                         const ast::RotateCatalogKey& /*parsed*/) {
  if (!statement.session.identity().is_sys()) co_return fail(error::no_privilege());
  BW_CO_CHECK(require_alter_system_and_super(statement));
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(catalog::kSysTenantId));
  catalog::Store& store = statement.services.store();
  std::move_only_function<Result<Secret>()> make = [source = store.key_source(), check = store.key_check(),
                                                    &entropy = statement.services.entropy()] {
    return source->next(check, entropy);
  };
  BW_CO_TRY(Secret key, co_await on_source<Secret>(statement, statement.storage_call(), std::move(make)));
  BW_CO_CHECK(co_await change_catalog_key(statement, std::move(key)));
  co_await settle_key(statement);
  statement.session.diagnostics.add(session::WarningLevel::warning, session::kHintCode, std::string(kSaveIt));
  statement.services.log().info("the catalogue's key was changed", statement.connection.id());
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
