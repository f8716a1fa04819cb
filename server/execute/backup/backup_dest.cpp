// ALTER SYSTEM SET DATA_BACKUP_DEST (docs/spec/behaviour.md#data-backup-dest).
#include <optional>
#include <utility>

#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/set_destination.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"

namespace breakwater::server::execute {
namespace {

// A backup that runs keeps the destination that it began with.
Result<> check_no_backup(catalog::Reader& reader, catalog::TenantId tenant) {
  BW_TRY(const bool running, reader.jobs().is_running(tenant));
  if (running) return fail(error::backup_in_progress());
  return {};
}

Task<Result<>> clear_data(const Statement& statement, catalog::TenantId tenant) {
  return change_catalog(statement, [tenant](catalog::Transaction& transaction) -> Result<> {
    BW_CHECK(check_no_backup(transaction.read(), tenant));
    return transaction.destinations().clear_current(tenant);
  });
}

}  // namespace

Task<Result<>> set_data_backup_dest(const Statement& statement, const catalog::Tenant& tenant,
                                    const Secret& value) {
  std::optional<storage::Destination> destination;
  if (!value.empty()) {
    BW_CO_TRY(destination, parse_destination(statement, value));
  }
  if (tenant.is_sys()) co_return fail(wants_user_tenant());
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  BW_CO_CHECK(check_no_backup(statement.reader(), tenant.id));
  if (!destination) co_return co_await clear_data(statement, tenant.id);
  DestinationUse use{.kind = catalog::DestinationKind::data_backup_dest, .uri = value};
  use.remember = [id = tenant.id](catalog::Transaction& transaction, std::int64_t, const std::string&) {
    return check_no_backup(transaction.read(), id);
  };
  co_return co_await set_destination(statement, tenant, *std::move(destination), std::move(use));
}

}  // namespace breakwater::server::execute
