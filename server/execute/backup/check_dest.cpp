// ALTER SYSTEM CHECK BACKUP DESTINATION: the proof of a SET, with a row for each check and nothing changed.
// It takes what DATA_BACKUP_DEST or LOG_ARCHIVE_DEST would be set to.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/execute/backup/archive_dest_value.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/probing.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {
namespace {

struct Wanted {
  storage::Destination destination;
  bool archive = false;  ///< written as LOG_ARCHIVE_DEST's value
  Secret uri;
  std::vector<std::string> notes;
};

Result<Wanted> read_value(const Statement& statement, const Secret& value) {
  if (!is_archive_dest(value.reveal())) {
    BW_TRY(auto destination, parse_destination(statement, value));
    std::vector<std::string> notes = destination.notes;
    return Wanted{.destination = std::move(destination),
                  .archive = false,
                  .uri = value.clone(),
                  .notes = std::move(notes)};
  }
  BW_TRY(ArchiveDestValue parsed, parse_archive_dest(value, uri_rules(statement)));
  if (!parsed.destination) return fail(error::not_supported("set archive dest without location is"));
  std::ranges::copy(parsed.destination->notes, std::back_inserter(parsed.notes));
  return Wanted{.destination = *std::move(parsed.destination),
                .archive = true,
                .uri = std::move(parsed.uri),
                .notes = std::move(parsed.notes)};
}

// A bare URI of the tenant's archive is about that.
catalog::DestinationKind kind_of(const Wanted& wanted, const std::optional<catalog::Destination>& row) {
  using catalog::DestinationKind;
  const bool known = row && row->kind == DestinationKind::log_archive_dest;
  return wanted.archive || known ? DestinationKind::log_archive_dest : DestinationKind::data_backup_dest;
}

// Behind a SET that is under way, whose half-made claim isn't what the answer is about. Nothing is held afterwards: a
// store that stalls delays its own CHECK, and no SET.
Task<Result<>> await_settings(const Statement& statement, catalog::TenantId tenant) {
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant));
  co_return Result<>{};
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
  if (tenant.is_sys()) co_return fail(wants_user_tenant());
  for (const std::string& note : wanted.notes) statement.session.diagnostics.note(note);
  BW_CO_CHECK(note_outer_destination(statement, tenant.id, wanted.destination));
  BW_CO_CHECK(co_await await_settings(statement, tenant.id));
  storage::Proof proof;
  OwnerFound owner;
  Probing probing{.tenant = tenant, .destination = wanted.destination, .uri = wanted.uri};
  BW_CO_TRY(const auto row, statement.reader().destinations().find(key_of(tenant.id, wanted.destination)));
  probing.kind = kind_of(wanted, row);
  BW_CO_CHECK(co_await prove_by_probes(statement, probing, proof, owner));
  // A failure is a row, but that the session's own time ran out says nothing about the destination.
  if (proof.failure() && statement.ran_out(*proof.failure())) co_return fail(*proof.failure());
  Outcome outcome;
  outcome.table = table_of(proof, owner);
  co_return outcome;
}

}  // namespace breakwater::server::execute
