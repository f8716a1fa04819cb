// ALTER SYSTEM SET LOG_ARCHIVE_DEST and LOG_ARCHIVE_DEST_STATE (docs/spec/behaviour.md#log-archive-dest).
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "server/execute/backup/archive_dest_value.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/set_destination.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/parameters/parameter_rules.h"
#include "storage/destination/scheme.h"

namespace breakwater::server::execute {
namespace {

// In ARCHIVELOG mode a tenant with a destination is archiving there: NOARCHIVELOG comes first.
Result<> check_not_archiving(catalog::Reader& reader, catalog::TenantId tenant) {
  BW_TRY(const auto now, reader.tenants().find(tenant));
  BW_TRY(const auto archive, reader.archive().destination(tenant));
  if (!now || !now->archivelog || !archive) return {};
  return fail(error::not_supported("change archive dest when archive is running is")
                  .with_hint("ALTER SYSTEM NOARCHIVELOG for the tenant first"));
}

Task<Result<>> clear_archive(const Statement& statement, catalog::TenantId tenant) {
  return change_catalog(statement, [tenant](catalog::Transaction& transaction) -> Result<> {
    BW_CHECK(check_not_archiving(transaction.read(), tenant));
    return transaction.archive().clear_destination(tenant);
  });
}

// The rows of the setting: what isn't given is the default again.
catalog::ArchiveDest rows_of(const ArchiveDestValue& value) {
  catalog::ArchiveDest rows;
  rows.binding = value.binding;
  rows.piece_switch_interval = value.piece_switch_interval;
  return rows;
}

Task<Result<>> set(const Statement& statement, const catalog::Tenant& tenant, ArchiveDestValue value) {
  if (!value.destination) co_return fail(error::not_supported("set archive dest without location is"));
  BW_CO_CHECK(check_not_archiving(statement.reader(), tenant.id));
  const bool bounds_lag = storage::rules_of(value.destination->scheme).bounds_archive_lag;
  if (bounds_lag) BW_CO_CHECK(check_lag_of_s3(statement.reader().parameters(), tenant.id));
  for (const std::string& note : value.notes) statement.session.diagnostics.note(note);
  DestinationUse use{.kind = catalog::DestinationKind::log_archive_dest, .uri = value.uri};
  use.remember = [&](catalog::Transaction& transaction, std::int64_t dest_id,
                     const std::string& shown) -> Result<> {
    // Again: mode and parameter may have changed meanwhile.
    BW_CHECK(check_not_archiving(transaction.read(), tenant.id));
    if (bounds_lag) BW_CHECK(check_lag_of_s3(transaction.read().parameters(), tenant.id));
    catalog::ArchiveDest rows = rows_of(value);
    rows.path = shown;
    rows.dest_id = dest_id;
    return transaction.archive().set_destination(tenant.id, rows);
  };
  co_return co_await set_destination(statement, tenant, *std::move(value.destination), std::move(use));
}

}  // namespace

Task<Result<>> set_log_archive_dest(const Statement& statement, const catalog::Tenant& tenant,
                                    const Secret& value) {
  BW_CO_TRY(ArchiveDestValue parsed, parse_archive_dest(value, uri_rules(statement)));
  if (tenant.is_sys()) co_return fail(wants_user_tenant());
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  if (value.empty()) co_return co_await clear_archive(statement, tenant.id);
  co_return co_await set(statement, tenant, std::move(parsed));
}

Task<Result<>> set_log_archive_dest_state(const Statement& statement, const catalog::Tenant& tenant,
                                          const Secret& value) {
  // Kept as it was typed.
  std::string state(value.reveal());
  if (!iequals(state, "ENABLE") && !iequals(state, "DEFER"))
    co_return fail(error::invalid_argument().with_hint("LOG_ARCHIVE_DEST_STATE is ENABLE or DEFER"));
  if (tenant.is_sys()) co_return fail(wants_user_tenant());
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  co_return co_await change_catalog(statement, [&](catalog::Transaction& transaction) {
    return transaction.archive().set_state(tenant.id, state);
  });
}

}  // namespace breakwater::server::execute
