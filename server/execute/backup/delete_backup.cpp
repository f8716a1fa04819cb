// ALTER SYSTEM DELETE BACKUPSET, ARCHIVELOG_PIECE, OBSOLETE BACKUP and BACKUP ALL (docs/spec/behaviour.md#clean-up). The login
// tenant decides. These only write rows: server/jobs works on them.
#include <string>
#include <vector>

#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"
#include "server/execute/parameters/recovery_window.h"

namespace breakwater::server::execute {
namespace {

using catalog::DeletionKind;
using catalog::DeletionRequest;

constexpr std::size_t kMaxIds = 32;
constexpr std::size_t kMaxText = 4096;  ///< bytes: DESCRIPTION

DeletionKind kind_of(ast::DeleteBackup::What what) {
  switch (what) {
    case ast::DeleteBackup::What::sets:
      return DeletionKind::sets;
    case ast::DeleteBackup::What::pieces:
      return DeletionKind::pieces;
    case ast::DeleteBackup::What::path:
      return DeletionKind::path;
    case ast::DeleteBackup::What::obsolete:
      break;
  }
  return DeletionKind::obsolete;
}

Result<> check_sizes(const ast::DeleteBackup& deletion, std::size_t tenants) {
  if (deletion.ids.size() > kMaxIds) return fail(error::not_supported("more than 32 ids"));
  if (deletion.what != ast::DeleteBackup::What::obsolete && tenants != 1)
    return fail(error::not_supported("deleting named backups of more than one tenant"));
  if (!deletion.parameter.empty() && deletion.parameter != "data_backup_dest")
    return fail(error::not_supported("deleting all backups of another parameter than data_backup_dest"));
  if (deletion.description.size() > kMaxText)
    return fail(error::size_overflow().with_hint("DESCRIPTION has at most 4096 bytes"));
  return {};
}

// Of DELETE OBSOLETE, those of tenants that have a policy.
Result<std::vector<DeletionRequest>> requests_of(const Statement& statement,
                                                 const ast::DeleteBackup& deletion,
                                                 const std::vector<catalog::TenantId>& tenants) {
  const bool from_sys = statement.session.identity().is_sys();
  BW_TRY(const auto reader, statement.services.store().open_reader());
  std::vector<DeletionRequest> requests;
  for (const catalog::TenantId tenant : tenants) {
    DeletionRequest request{.tenant = tenant,
                            .initiator = from_sys ? catalog::kSysTenantId : tenant,
                            .kind = kind_of(deletion.what),
                            .ids = deletion.ids,
                            .path = std::string(deletion.path.reveal())};
    if (request.kind == DeletionKind::obsolete) {
      BW_TRY(const auto policy, reader->policies().find(tenant));
      if (!policy) continue;
      request.expire = expire_time(*policy, statement.services.clock().now());
    }
    requests.push_back(std::move(request));
  }
  if (requests.empty() && !deletion.tenants.empty()) {
    return fail(
        error::entry_not_exist("a delete policy of these tenants")
            .with_hint("what is obsolete is what a policy says: ALTER SYSTEM ADD DELETE BACKUP POLICY"));
  }
  return requests;
}

}  // namespace

Task<Result<Outcome>> delete_backup(const Statement& statement, const ast::DeleteBackup& deletion) {
  BW_CO_TRY(const auto tenants, tenants_of_jobs(statement, deletion.tenants));
  BW_CO_CHECK(check_sizes(deletion, tenants.size()));
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_TRY(const auto requests, requests_of(statement, deletion, tenants));
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) -> Result<> {
    for (const DeletionRequest& request : requests) BW_CHECK(transaction.deletions().begin(request));
    return {};
  }));
  statement.services.job_bell().ring();
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
