// ALTER SYSTEM VALIDATE BACKUP, BACKUPSET and ARCHIVELOG_PIECE, and CANCEL VALIDATE BACKUP (docs/spec/behaviour.md#validate).
// The login tenant decides. These only write rows: server/jobs works on them.
#include <string>
#include <vector>

#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {
namespace {

constexpr std::size_t kMaxIds = 32;
constexpr std::size_t kMaxText = 4096;  ///< bytes: DESCRIPTION of the views

Result<bool> is_physical(const std::string& level) {
  if (level.empty() || level == "PHYSICAL") return true;
  if (level == "BASIC") return false;
  return fail(error::invalid_argument("validate level").with_hint("LEVEL is BASIC or PHYSICAL"));
}

catalog::ValidationKind kind_of(ast::ValidateBackup::What what) {
  switch (what) {
    case ast::ValidateBackup::What::sets:
      return catalog::ValidationKind::sets;
    case ast::ValidateBackup::What::pieces:
      return catalog::ValidationKind::pieces;
    case ast::ValidateBackup::What::all:
      break;
  }
  return catalog::ValidationKind::all;
}

Result<catalog::ValidationRequest> request_of(const Statement& statement,
                                              const ast::ValidateBackup& validate) {
  catalog::ValidationRequest request;
  BW_TRY(request.tenants, tenants_of_jobs(statement, validate.tenants));
  BW_TRY(request.physical, is_physical(validate.level));
  if (validate.ids.size() > kMaxIds) return fail(error::not_supported("more than 32 ids"));
  if (!validate.ids.empty() && request.tenants.size() != 1)
    return fail(error::not_supported("ids of more than one tenant"));
  if (validate.description.size() > kMaxText)
    return fail(error::size_overflow().with_hint("DESCRIPTION has at most 4096 bytes"));
  const bool from_sys = statement.session.identity().is_sys();
  request.initiator = from_sys ? catalog::kSysTenantId : request.tenants.front();
  request.kind = kind_of(validate.what);
  request.ids = validate.ids;
  request.description = validate.description;
  return request;
}

}  // namespace

Task<Result<Outcome>> validate_backup(const Statement& statement, const ast::ValidateBackup& validate) {
  BW_CO_TRY(const catalog::ValidationRequest request, request_of(statement, validate));
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) {
    return transaction.validations().begin(request);
  }));
  statement.services.job_bell().ring();
  co_return Outcome{};
}

Task<Result<Outcome>> cancel_validation(const Statement& statement, const ast::CancelValidation& cancel) {
  BW_CO_TRY(const auto tenants, tenants_of_jobs(statement, cancel.tenants));
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) -> Result<> {
    for (const catalog::TenantId tenant : tenants) BW_CHECK(transaction.validations().cancel(tenant));
    return {};
  }));
  statement.services.job_bell().ring();
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
