// ALTER SYSTEM CHECK BACKUP DESTINATION: the proof of a SET, with a row for each check and nothing changed.
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/execute/backup_proof.h"
#include "server/execute/families.h"
#include "server/execute/privileges.h"
#include "storage/backup_destination.h"

namespace breakwater::server::execute {
namespace {

// Failures are rows; an error is what kept the proof from being made at all.
Task<Result<>> prove(const Statement& statement, const catalog::Tenant& tenant,
                     const storage::Destination& destination, storage::Proof& proof) {
  BW_CO_TRY(const auto place, statement.services.open_destination(destination));
  BW_CO_TRY(const auto row, statement.reader().destination(key_of(tenant.id, destination)));
  const storage::FormatFile format = own_format(statement, tenant, destination, row);
  const auto seen = co_await place->inspect(proof, statement.storage_call());
  if (!seen && proof.failure()) co_return Result<>{};
  BW_CO_CHECK(seen);
  // Nothing is tried out in what is another's.
  if (!prove_owner(proof, statement, destination, *seen, row, format)) co_return Result<>{};
  BW_CO_TRY(storage::WritePlan plan,
            co_await place->plan(format, false, statement.now, statement.storage_call()));
  plan.renews = true;  // no format file is made, nor taken back
  const auto shared = std::make_shared<const storage::WritePlan>(std::move(plan));
  BW_CO_CHECK(co_await place->probe(shared, proof, statement.storage_call()));
  co_return Result<>{};
}

std::string milliseconds_text(double milliseconds) {
  constexpr double kThousand = 1000;
  const auto micro = std::llround(milliseconds * kThousand);
  const std::string fraction = std::to_string(1000 + micro % 1000).substr(1);
  return std::to_string(micro / 1000) + "." + fraction;
}

ResultTable table_of(const storage::Proof& proof) {
  constexpr catalog::ColumnDecl kColumns[] = {{"NAME", "varchar(64)", "NO"},
                                              {"OK", "varchar(3)", "NO"},
                                              {"MILLISECONDS", "decimal(20,3)", "NO"},
                                              {"SEEN", "varchar(4096)", "NO"},
                                              {"HINT", "varchar(4096)", "NO"}};
  ResultTable table{.columns = catalog::make_columns(kColumns), .rows = {}};
  for (const storage::CheckRow& row : proof.rows()) {
    table.rows.push_back(
        {row.name, row.ok ? "YES" : "NO", milliseconds_text(row.milliseconds), row.seen, row.hint});
  }
  return table;
}

}  // namespace

Task<Result<Outcome>> check_destination(const Statement& statement, const ast::CheckDestination& check) {
  if (check.tenant && !statement.session.in_sys()) co_return fail(error::no_privilege());
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_TRY(const catalog::Tenant tenant, backup_tenant(statement, check.tenant));
  BW_CO_TRY(const storage::Destination destination, parse_destination(statement, check.uri));
  if (tenant.is_sys()) co_return fail(error::not_supported());
  for (const std::string& note : destination.notes) statement.session.diagnostics.note(note);
  // Behind a SET that is under way, which the probes could disturb.
  BW_CO_TRY(const TenantLocks::Guard guard,
            co_await statement.services.tenant_locks().acquire(tenant.id, statement.connection.executor(),
                                                               statement.storage_call()));
  storage::Proof proof;
  BW_CO_CHECK(co_await prove(statement, tenant, destination, proof));
  Outcome outcome;
  outcome.table = table_of(proof);
  co_return outcome;
}

}  // namespace breakwater::server::execute
