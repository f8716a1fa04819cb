// ALTER SYSTEM CHECK BACKUP DESTINATION: the proof of a SET, with a row for each check and nothing changed.
// It takes what DATA_BACKUP_DEST or LOG_ARCHIVE_DEST would be set to.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/execute/backup/archive_dest_value.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/await.h"
#include "server/execute/context/privileges.h"
#include "storage/destination/backup_destination.h"

namespace breakwater::server::execute {
namespace {

struct Wanted {
  storage::Destination destination;
  bool archive = false;  ///< written as LOG_ARCHIVE_DEST's value
  std::vector<std::string> notes;
};

Result<Wanted> read_value(const Statement& statement, const Secret& value) {
  if (!is_archive_dest(value.reveal())) {
    BW_TRY(auto destination, parse_destination(statement, value));
    std::vector<std::string> notes = destination.notes;
    return Wanted{.destination = std::move(destination), .archive = false, .notes = std::move(notes)};
  }
  BW_TRY(ArchiveDestValue parsed, parse_archive_dest(value, uri_rules(statement)));
  if (!parsed.destination) return fail(error::not_supported("set archive dest without location is"));
  std::ranges::copy(parsed.destination->notes, std::back_inserter(parsed.notes));
  return Wanted{
      .destination = *std::move(parsed.destination), .archive = true, .notes = std::move(parsed.notes)};
}

// A bare URI of the tenant's archive is about that.
catalog::DestinationKind kind_of(const Wanted& wanted, const std::optional<catalog::Destination>& row) {
  using catalog::DestinationKind;
  const bool known = row && row->kind == DestinationKind::log_archive_dest;
  return wanted.archive || known ? DestinationKind::log_archive_dest : DestinationKind::data_backup_dest;
}

struct Found {
  OwnerFound owner{};
  std::optional<storage::FileSystem> on{};  ///< where this tenant's format file is
};

// Failures are rows; an error is what kept the proof from being made at all.
Task<Result<>> prove(const Statement& statement, const catalog::Tenant& tenant, const Wanted& wanted,
                     storage::Proof& proof, Found& found) {
  const storage::Destination& destination = wanted.destination;
  BW_CO_TRY(const auto place, statement.services.open_destination(destination));
  BW_CO_TRY(const auto row, statement.reader().destinations().find(key_of(tenant.id, destination)));
  const storage::FormatFile format = own_format(statement, tenant, destination, kind_of(wanted, row), row);
  BW_CO_TRY(const auto known, known_at(statement, tenant.id, destination));
  const auto seen = co_await place->inspect(proof, statement.storage_call());
  if (!seen && proof.failure()) {
    remark_unmounted(proof, known, *place);
    co_return Result<>{};
  }
  BW_CO_CHECK(seen);
  // Nothing is tried out in what is another's.
  const WantedPlace place_wanted{
      .destination = destination, .place = *place, .row = row, .known = known, .expected = format};
  found.owner = prove_owner(proof, statement, place_wanted, *seen);
  if (!found.owner.verdict) co_return Result<>{};
  if (seen->empty && known) proof.remark(gone_from(*known));
  if (seen->format) found.on = place->file_system();
  BW_CO_TRY(storage::WritePlan plan,
            co_await place->plan(format, false, statement.now, statement.storage_call()));
  plan.formats = storage::FormatFiles::none;
  const auto shared = std::make_shared<const storage::WritePlan>(std::move(plan));
  BW_CO_CHECK(co_await place->probe(shared, proof, statement.storage_call()));
  co_return Result<>{};
}

// As a SET keeps them. That they can't be written down doesn't change the answer.
Task<> keep(const Statement& statement, const catalog::Tenant& tenant, const Wanted& wanted,
            const storage::Proof& proof, const Found& found) {
  const catalog::DestinationKey key = key_of(tenant.id, wanted.destination);
  const auto kept =
      co_await write_catalog(statement.services.store(), [&](catalog::Transaction& transaction) -> Result<> {
        if (found.on)
          BW_CHECK(transaction.destinations().remember_file_system(key, storage::encode(*found.on)));
        return keep_checks(transaction, key, statement.now, proof, found.owner.seen_id);
      });
  if (!kept) statement.services.log().warning("the rows of a CHECK are not kept: " + kept.error().text());
}

std::string milliseconds_text(double milliseconds) {
  constexpr double kThousand = 1000;
  const auto micro = std::llround(milliseconds * kThousand);
  const std::string fraction = std::to_string(1000 + micro % 1000).substr(1);
  return std::to_string(micro / 1000) + "." + fraction;
}

// With what the session may know of a place that isn't the tenant's.
ResultTable table_of(const storage::Proof& proof, const OwnerFound& owner) {
  constexpr catalog::ColumnDecl kColumns[] = {{"NAME", "varchar(64)", "NO"},
                                              {"OK", "varchar(3)", "NO"},
                                              {"MILLISECONDS", "decimal(20,3)", "NO"},
                                              {"SEEN", "varchar(4096)", "NO"},
                                              {"HINT", "varchar(4096)", "NO"}};
  ResultTable table{.columns = catalog::make_columns(kColumns), .rows = {}};
  for (const storage::CheckRow& row : proof.rows()) {
    const bool content = row.name == "content" && !owner.content.empty();
    const bool whose = row.name == "owner" && !owner.hint.empty();
    table.rows.push_back({row.name, row.ok ? "YES" : "NO", milliseconds_text(row.milliseconds),
                          content ? owner.content : row.seen, whose ? owner.hint : row.hint});
  }
  return table;
}

}  // namespace

Task<Result<Outcome>> check_destination(const Statement& statement, const ast::CheckDestination& check) {
  if (check.tenant && !statement.session.in_sys()) co_return fail(error::no_privilege());
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_TRY(const catalog::Tenant tenant, backup_tenant(statement, check.tenant));
  BW_CO_TRY(const Wanted wanted, read_value(statement, check.uri));
  if (tenant.is_sys()) co_return fail(error::not_supported());
  for (const std::string& note : wanted.notes) statement.session.diagnostics.note(note);
  BW_CO_CHECK(note_outer_destination(statement, tenant.id, wanted.destination));
  // Behind a SET that is under way, which the probes could disturb.
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  storage::Proof proof;
  Found found;
  const auto proved = co_await prove(statement, tenant, wanted, proof, found);
  if (statement.cancellation.cancelled()) co_return fail(statement.cancellation.why());
  if (!proof.rows().empty()) co_await keep(statement, tenant, wanted, proof, found);
  BW_CO_CHECK(proved);
  // A failure is a row, but that the session's own time ran out says nothing about the destination.
  if (proof.failure() && statement.ran_out(*proof.failure())) co_return fail(*proof.failure());
  Outcome outcome;
  outcome.table = table_of(proof, found.owner);
  co_return outcome;
}

}  // namespace breakwater::server::execute
