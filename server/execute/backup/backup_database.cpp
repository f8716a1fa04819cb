// ALTER SYSTEM BACKUP DATABASE and BACKUP TENANT (docs/spec/behaviour.md#backup), and cancelling them
// (docs/spec/behaviour.md#cancel-backup). The login tenant decides. These only write rows: server/jobs works on them.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/backup_target.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {
namespace {

// The character U+FFFC before "please" is OceanBase's.
constexpr std::string_view kNoTenant =
    "no tenant meets the backup condition, \xEF\xBF\xBCplease check the tenant status, log archive status, "
    "backup "
    "data dest, and backup status for each tenant";
constexpr std::size_t kMaxDescription = 4096;  ///< bytes: DESCRIPTION of the views

// Whose backup it is to be, in the statement's order, each once.
struct BackupTenants {
  std::vector<catalog::Tenant> tenants{};
  bool from_sys = false;
  bool all = false;  ///< those that can be backed up, whichever they are
};

Result<BackupTenants> of_own_tenant(const Statement& statement, const ast::BackupDatabase& backup) {
  if (!backup.database)
    return fail(error::not_supported("user tenant cannot specify tenant names")
                    .with_hint(std::string(kLeaveTenantOut)));
  BackupTenants wanted;
  BW_TRY(catalog::Tenant own, login_tenant(statement));
  wanted.tenants.push_back(std::move(own));
  return wanted;
}

Result<BackupTenants> of_sys(const Statement& statement, const ast::BackupDatabase& backup) {
  BackupTenants wanted{.from_sys = true, .all = backup.database};
  if (!backup.database && backup.tenants.empty())
    return fail(error::not_supported("No tenant name specified"));
  const std::vector<std::string> names = backup.database ? std::vector<std::string>{"ALL"} : backup.tenants;
  BW_TRY(const auto tenants, listed_tenants(statement, names));
  for (const catalog::Tenant& tenant : tenants) {
    if (std::ranges::find(wanted.tenants, tenant.id, &catalog::Tenant::id) == wanted.tenants.end())
      wanted.tenants.push_back(tenant);
  }
  return wanted;
}

Result<BackupTenants> whose(const Statement& statement, const ast::BackupDatabase& backup) {
  return statement.session.identity().is_sys() ? of_sys(statement, backup) : of_own_tenant(statement, backup);
}

Result<> check_clauses(const ast::BackupDatabase& backup) {
  if (backup.to && !backup.to->empty())
    return fail(error::not_supported("backup do not support using specify path"));
  if (backup.description.size() > kMaxDescription)
    return fail(error::size_overflow().with_hint("DESCRIPTION has at most 4096 bytes"));
  return {};
}

// The backup has begun: whatever is wrong with the key, the job says it.
void note_unsaved_key(const Statement& statement) {
  const auto own = statement.reader().keys().own_backup_key();
  if (own && *own && (*own)->saved) return;
  statement.session.diagnostics.note(
      "the backup is made without a password, and the key that opens it lies in this server's catalogue "
      "alone: "
      "ALTER SYSTEM BACKUP CATALOG KEY TO 'uri' ENCRYPTED BY 'password' saves it");
}

bool stands_in_the_way(const Error& error) {
  return error.is(Errc::backup_can_not_start) || error.is(Errc::backup_in_progress);
}

// On the writer's thread.
Result<std::vector<catalog::BackupTarget>> targets_of(catalog::Reader& reader, const BackupTenants& wanted) {
  std::vector<catalog::BackupTarget> targets;
  for (const catalog::Tenant& tenant : wanted.tenants) {
    auto target = wanted.from_sys ? listed_target(reader, tenant.id) : own_target(reader, tenant.id);
    if (target) {
      targets.push_back(*std::move(target));
    } else if (!wanted.all || !stands_in_the_way(target.error())) {
      return fail(std::move(target).error());
    }
  }
  if (targets.empty()) return fail(error::backup_can_not_start(kNoTenant));
  return targets;
}

catalog::BackupRequest request_of(const Statement& statement, const ast::BackupDatabase& backup,
                                  const BackupTenants& wanted) {
  catalog::BackupRequest request;
  request.initiator = wanted.from_sys ? catalog::kSysTenantId : wanted.tenants.front().id;
  request.incremental = backup.incremental;
  request.plus_archivelog = backup.plus_archivelog;
  request.description = backup.description;
  const Secret& password = statement.session.backup_password;
  if (!password.empty()) request.password = password.clone();
  return request;
}

}  // namespace

Task<Result<Outcome>> backup_database(const Statement& statement, const ast::BackupDatabase& backup) {
  BW_CO_TRY(const BackupTenants wanted, whose(statement, backup));
  BW_CO_CHECK(check_clauses(backup));
  BW_CO_CHECK(require_alter_system(statement));
  catalog::BackupRequest request = request_of(statement, backup, wanted);
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) -> Result<> {
    BW_TRY(request.targets, targets_of(transaction.read(), wanted));
    BW_CHECK(transaction.jobs().begin(request));
    return {};
  }));
  statement.services.job_bell().ring();
  if (!request.password) note_unsaved_key(statement);
  co_return Outcome{};
}

namespace {

Result<std::vector<catalog::Tenant>> tenants_to_cancel(const Statement& statement,
                                                       const ast::CancelBackup& cancel) {
  if (statement.session.identity().is_sys())
    return listed_tenants(statement,
                          cancel.tenants.empty() ? std::vector<std::string>{"ALL"} : cancel.tenants);
  if (!cancel.tenants.empty()) return fail(error::not_supported());
  BW_TRY(catalog::Tenant own, login_tenant(statement));
  std::vector<catalog::Tenant> tenants;
  tenants.push_back(std::move(own));
  return tenants;
}

}  // namespace

// No deletion runs in this server: there is never one to cancel.
Task<Result<Outcome>> cancel_backup(const Statement& statement, const ast::CancelBackup& cancel) {
  BW_CO_TRY(const auto tenants, tenants_to_cancel(statement, cancel));
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) -> Result<> {
    for (const catalog::Tenant& tenant : tenants) {
      BW_CHECK(cancel.of_deletion ? transaction.deletions().cancel(tenant.id)
                                  : transaction.jobs().cancel(tenant.id));
    }
    return {};
  }));
  statement.services.job_bell().ring();
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
