// RESTORE KEY puts the master keys of a key backup into a tenant that lacks them; FORGET KEY removes those of a tenant that
// is dropped (docs/keys.md).
#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/limits.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/key_backup.h"
#include "server/execute/backup/key_source.h"
#include "server/execute/backup/master_key.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"
#include "storage/formats/plain_text.h"

namespace breakwater::server::execute {
namespace {

constexpr const char* kMethod = "tde_method";
constexpr std::string_view kLeaveOut = "leave ENCRYPTED BY out for a file without a password";

Result<> require_root_of_sys(const Statement& statement) {
  if (!statement.session.identity().is_sys()) return fail(error::no_privilege());
  return require_alter_system_and_super(statement);
}

catalog::KeyBackupNote note_of(const storage::KeyBackup& backup, const catalog::DestinationKey& key,
                               bool is_protected) {
  return {.version = backup.versions.back().version,
          .time = backup.created,
          .path = key.path,
          .endpoint = key.endpoint,
          .is_protected = is_protected};
}

constexpr std::string_view kMethods[] = {"none", "internal", "bkmi"};
constexpr Timestamp kLastTime = 253'402'300'799'999'999;  ///< the end of the year 9999

bool is_time(Timestamp time) {
  return time >= 0 && time <= kLastTime;
}

// Without a password anybody can have written it: what a statement would refuse comes in by no file.
Result<> check_content(const storage::KeyBackup& backup) {
  const bool whole = !backup.versions.empty() && is_time(backup.created) &&
                     std::ranges::all_of(backup.versions, [](const storage::MasterKey& key) {
                       return key.key.size() == crypto::kKeySize && is_time(key.created);
                     });
  if (whole && std::ranges::find(kMethods, backup.tde_method) != std::end(kMethods)) return {};
  return fail(
      error::invalid_argument("key backup").with_hint("the file holds what no tenant's key backup holds"));
}

/// How the method of encryption follows the file's. Returns the method that was there, if it changes.
Result<std::optional<std::string>> follow_method(catalog::Transaction& transaction, catalog::TenantId tenant,
                                                 const storage::KeyBackup& backup) {
  if (backup.tde_method == "none") return std::nullopt;
  BW_TRY(const auto had, transaction.read().parameters().find(tenant, kMethod));
  if (!backup.external_kms_info.empty())
    BW_CHECK(transaction.parameters().set_secret(tenant, "external_kms_info", backup.external_kms_info));
  if (had && *had == backup.tde_method) return std::nullopt;
  BW_CHECK(transaction.parameters().set(tenant, kMethod, backup.tde_method));
  return had.value_or("none");
}

struct Restored {
  std::size_t added = 0;
  std::optional<std::string> method_before{};
};

void tell(const Statement& statement, const catalog::Tenant& tenant, const storage::KeyBackup& backup,
          const Restored& restored) {
  session::Diagnostics& diagnostics = statement.session.diagnostics;
  const catalog::Cluster cluster = statement.services.store().cluster();
  if (backup.cluster_id != cluster.id || backup.cluster_name != cluster.name) {
    diagnostics.note("the key backup is of cluster " + storage::without_control(backup.cluster_name) + " (" +
                     std::to_string(backup.cluster_id) + ")");
  }
  if (backup.tenant_id != static_cast<std::uint64_t>(tenant.id) || backup.tenant_name != tenant.name) {
    diagnostics.note(
        "the key backup is of tenant " +
        (backup.tenant_name.empty() ? std::string() : storage::without_control(backup.tenant_name) + " ") +
        "(" + std::to_string(backup.tenant_id) + ")");
  }
  if (restored.method_before) {
    diagnostics.note(std::string(kMethod) + " was " + *restored.method_before + " and is " +
                     backup.tde_method + " now, as in the key backup");
  }
  if (restored.added == 0) diagnostics.note("the tenant has every key of this backup already");
}

}  // namespace

Task<Result<Outcome>> restore_key(const Statement& statement, const ast::RestoreKey& restore) {
  BW_CO_CHECK(require_root_of_sys(statement));
  if (restore.tenant && !statement.session.in_sys()) co_return fail(error::no_privilege());
  BW_CO_TRY(const catalog::Tenant tenant, backup_tenant(statement, restore.tenant));
  if (restore.password) BW_CO_CHECK(check_key_password(*restore.password, kLeaveOut));
  BW_CO_TRY(const storage::Destination destination, parse_destination(statement, restore.from));
  if (tenant.is_sys()) co_return fail(wants_user_tenant());
  for (const std::string& note : destination.notes) statement.session.diagnostics.note(note);
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  BW_CO_TRY(storage::KeyBackup backup,
            co_await read_key_backup(statement, destination, restore.from, restore.password));
  if (storage::is_of_installation(backup.tde_method)) {
    co_return fail(error::invalid_argument("key backup")
                       .with_hint("the file holds the keys of an installation, not a tenant's: docs/keys.md "
                                  "says who takes it"));
  }
  BW_CO_CHECK(check_content(backup));
  std::vector<catalog::MasterKey> keys;
  for (storage::MasterKey& key : backup.versions)
    keys.push_back({.version = key.version, .created = key.created, .key = std::move(key.key)});
  const auto note = note_of(backup, key_of(tenant.id, destination), restore.password.has_value());
  BW_CO_TRY(const Restored restored,
            co_await change_catalog<Restored>(
                statement, [&](catalog::Transaction& transaction) -> Result<Restored> {
                  Restored done;
                  BW_TRY(done.added, transaction.keys().restore(tenant.id, keys));
                  BW_TRY(done.method_before, follow_method(transaction, tenant.id, backup));
                  BW_CHECK(transaction.keys().note_backup(tenant.id, note));
                  return done;
                }));
  tell(statement, tenant, backup, restored);
  note_of_limit(statement, note.version);
  co_return Outcome{};
}

Task<Result<Outcome>> forget_key(const Statement& statement, const ast::ForgetKey& forget) {
  BW_CO_CHECK(require_root_of_sys(statement));
  const auto id = static_cast<catalog::TenantId>(forget.tenant_id);
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(id));
  BW_CO_CHECK(co_await change_catalog(
      statement, [id](catalog::Transaction& transaction) { return transaction.keys().forget(id); }));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
