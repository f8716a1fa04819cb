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
#include "server/execute/backup/intent_record.h"
#include "server/execute/backup/intents.h"
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

/// So many CHECKs of a tenant that could not clean up are remembered. What older ones left counts as nothing all the
/// same, and goes once it is stale.
constexpr std::size_t kMostLeftChecks = 16;

// The checks that write. Each row is kept together with the intent's end.
class Probing final : public IntendedWork {
 public:
  Probing(const Statement& statement, const catalog::Tenant& tenant, const Wanted& wanted,
          catalog::DestinationKind kind, storage::BackupDestination& place, storage::WritePlan plan,
          storage::Proof& proof)
      : statement_(statement),
        tenant_(tenant),
        wanted_(wanted),
        kind_(kind),
        place_(place),
        plan_(std::make_shared<const storage::WritePlan>(std::move(plan))),
        proof_(proof) {}

  /// Whether the rows are the answer, however the rest went.
  bool answered() const { return answered_; }

  const storage::Destination& destination() const override { return wanted_.destination; }

  Result<std::int64_t> open(catalog::Transaction& transaction) override {
    BW_CHECK(forget_oldest(transaction));
    catalog::IntentSpec spec;
    spec.key = key_of(tenant_.id, wanted_.destination);
    spec.kind = kind_;
    spec.format = plan_->format_bytes;
    spec.record = encode_record(ProbeIntent{*plan_, wanted_.destination.place_key()});
    return transaction.intents().open(spec, wanted_.destination.is_file() ? nullptr : &wanted_.uri);
  }

  Task<Result<Made>> make(storage::EndedLate late) override {
    const auto probed = co_await place_.probe(plan_, proof_, statement_.storage_call(), late);
    answered_ = probed || proof_.failure();
    if (!probed) co_return fail(probed.error());
    if (!probed->undone) {
      const Error why = proof_.failure().value_or(error::internal_error());
      co_return Made{.refused = why, .left = Made::Left::stuck};
    }
    // It doesn't change the answer whether what others left goes now or with the next proof.
    if (proof_.verdict()) (void)co_await place_.tidy({}, statement_.storage_call());
    co_return Made{};
  }

  Result<> finish(catalog::Transaction& transaction, std::int64_t intent) override {
    BW_CHECK(transaction.intents().abandon(intent));
    return transaction.destinations().record_checks(key_of(tenant_.id, wanted_.destination), statement_.now,
                                                    checks_of(proof_));
  }

 private:
  Result<> forget_oldest(catalog::Transaction& transaction) {
    BW_TRY(const auto intents, transaction.read().intents().all(tenant_.id));
    std::vector<std::int64_t> left;
    for (const catalog::Intent& intent : intents) {
      const bool runs = statement_.services.busy_intents()->contains(intent.id);
      if (is_probe(intent) && !runs) left.push_back(intent.id);
    }
    for (std::size_t i = 0; i + kMostLeftChecks <= left.size(); ++i)
      BW_CHECK(transaction.intents().abandon(left[i]));
    return {};
  }

  const Statement& statement_;
  const catalog::Tenant& tenant_;
  const Wanted& wanted_;
  const catalog::DestinationKind kind_;
  storage::BackupDestination& place_;
  const storage::PlanPtr plan_;
  storage::Proof& proof_;
  bool answered_ = false;
};

/// How far a CHECK came.
struct Proved {
  bool kept = false;  ///< the rows are in the catalogue
};

// Behind a SET that is under way, whose half-made claim isn't what the answer is about. Nothing is held afterwards: a
// store that stalls delays its own CHECK, and no SET.
Task<Result<>> await_settings(const Statement& statement, catalog::TenantId tenant) {
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant));
  co_return Result<>{};
}

// Failures are rows; an error is what kept the proof from being made at all.
Task<Result<Proved>> prove(const Statement& statement, const catalog::Tenant& tenant, const Wanted& wanted,
                           storage::Proof& proof) {
  const storage::Destination& destination = wanted.destination;
  BW_CO_TRY(const auto place, statement.services.open_destination(destination));
  BW_CO_TRY(const auto row, statement.reader().destinations().find(key_of(tenant.id, destination)));
  const catalog::DestinationKind kind = kind_of(wanted, row);
  const storage::FormatFile format = own_format(statement, tenant, destination, kind, row);
  const auto seen = co_await place->inspect(proof, statement.storage_call());
  if (!seen && proof.failure()) co_return Proved{};
  BW_CO_CHECK(seen);
  // Nothing is tried out in what is another's.
  if (!prove_owner(proof, statement, destination, *seen, row, format)) co_return Proved{};
  BW_CO_TRY(storage::WritePlan plan,
            co_await place->plan(format, false, statement.now, statement.storage_call()));
  plan.make_only_probes();
  Probing work(statement, tenant, wanted, kind, *place, std::move(plan), proof);
  const auto done =
      co_await settling_after(statement.services, tenant.id, run_with_intent(statement, tenant.id, work));
  if (!done && !work.answered()) co_return fail(done.error());
  co_return Proved{.kept = done.has_value()};
}

// As a SET keeps them. That they can't be written down doesn't change the answer.
Task<> keep(const Statement& statement, const catalog::Tenant& tenant, const Wanted& wanted,
            const storage::Proof& proof) {
  const auto kept =
      co_await write_catalog(statement.services.store(), [&](catalog::Transaction& transaction) {
        return transaction.destinations().record_checks(key_of(tenant.id, wanted.destination), statement.now,
                                                        checks_of(proof));
      });
  if (!kept) statement.services.log().warning("the rows of a CHECK are not kept: " + kept.error().text());
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
  BW_CO_TRY(const Wanted wanted, read_value(statement, check.uri));
  if (tenant.is_sys()) co_return fail(error::not_supported());
  for (const std::string& note : wanted.notes) statement.session.diagnostics.note(note);
  BW_CO_CHECK(note_outer_destination(statement, tenant.id, wanted.destination));
  BW_CO_CHECK(co_await await_settings(statement, tenant.id));
  storage::Proof proof;
  const auto proved = co_await prove(statement, tenant, wanted, proof);
  if (statement.cancellation.cancelled()) co_return fail(statement.cancellation.why());
  const bool kept = proved && proved->kept;
  if (!kept && !proof.rows().empty()) co_await keep(statement, tenant, wanted, proof);
  BW_CO_CHECK(proved);
  // A failure is a row, but that the session's own time ran out says nothing about the destination.
  if (proof.failure() && statement.ran_out(*proof.failure())) co_return fail(*proof.failure());
  Outcome outcome;
  outcome.table = table_of(proof);
  co_return outcome;
}

}  // namespace breakwater::server::execute
