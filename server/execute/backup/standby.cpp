// ACTIVATE and RECOVER STANDBY TENANT, RUN UPGRADE JOB: what follows a RESTORE (docs/spec/behaviour.md#activate-standby).
#include <string>
#include <vector>

#include "base/text.h"
#include "server/execute/backup/moment.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {

Task<Result<Outcome>> activate_standby(const Statement& statement, const ast::ActivateStandby& activate) {
  BW_CO_CHECK(require_sys(statement));
  BW_CO_CHECK(require_alter_system(statement));
  auto job = [&](catalog::Transaction& transaction) -> Result<> {
    BW_TRY(const auto tenant, transaction.read().tenants().find(activate.tenant));
    if (!tenant) return fail(error::tenant_not_exist(activate.tenant));
    return transaction.tenants().activate(tenant->id);
  };
  BW_CO_CHECK(co_await change_catalog(statement, std::move(job)));
  co_return Outcome{};
}

// A restored tenant has no log to follow: this says only how far it might be followed.
Task<Result<Outcome>> recover_standby(const Statement& statement, const ast::RecoverStandby& recover) {
  BW_CO_CHECK(require_sys(statement));
  BW_CO_TRY(const catalog::Scn until, moment_of(statement, recover.until_scn, recover.until_time));
  BW_CO_CHECK(require_alter_system(statement));
  auto job = [&](catalog::Transaction& transaction) -> Result<> {
    BW_TRY(const auto tenant, transaction.read().tenants().find(recover.tenant));
    if (!tenant) return fail(error::tenant_not_exist(recover.tenant));
    if (tenant->role != catalog::TenantRole::standby)
      return fail(error::op_not_allow("tenant role is not STANDBY, recover standby tenant"));
    return transaction.restores().recover_until(tenant->id, until);
  };
  BW_CO_CHECK(co_await change_catalog(statement, std::move(job)));
  co_return Outcome{};
}

// Every tenant here has the version of the program: there is nothing to do, and that it was asked for is told.
Task<Result<Outcome>> run_upgrade_job(const Statement& statement, const ast::RunUpgradeJob& run) {
  BW_CO_CHECK(require_sys(statement));
  if (!iequals(run.job, "UPGRADE_ALL"))
    co_return fail(error::invalid_argument("upgrade job").with_hint("the job is 'UPGRADE_ALL'"));
  const std::vector<std::string> names = run.tenants.empty() ? std::vector<std::string>{"ALL"} : run.tenants;
  BW_CO_TRY(const auto tenants, listed_tenants(statement, names));
  BW_CO_CHECK(require_alter_system(statement));
  auto job = [&](catalog::Transaction& transaction) -> Result<> {
    for (const catalog::Tenant& tenant : tenants) BW_CHECK(transaction.restores().note_upgraded(tenant.id));
    return {};
  };
  BW_CO_CHECK(co_await change_catalog(statement, std::move(job)));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
