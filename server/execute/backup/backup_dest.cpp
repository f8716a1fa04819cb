// ALTER SYSTEM SET DATA_BACKUP_DEST (docs/spec/behaviour.md#data-backup-dest).
#include <optional>
#include <utility>

#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/set_destination.h"
#include "server/execute/backup/statements.h"
#include "server/execute/context/await.h"

namespace breakwater::server::execute {
namespace {

Task<Result<>> clear_data(const Statement& statement, catalog::TenantId tenant) {
  return write_catalog(statement.services.store(), [tenant](catalog::Transaction& transaction) {
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
  if (tenant.is_sys()) co_return fail(error::not_supported());
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  if (!destination) co_return co_await clear_data(statement, tenant.id);
  DestinationUse use{.kind = catalog::DestinationKind::data_backup_dest, .uri = value};
  co_return co_await set_destination(statement, tenant, *std::move(destination), std::move(use));
}

}  // namespace breakwater::server::execute
