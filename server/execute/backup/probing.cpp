#include "server/execute/backup/probing.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/execute/backup/intent_record.h"
#include "server/execute/backup/intents.h"
#include "server/execute/context/await.h"
#include "storage/destination/backup_destination.h"
#include "storage/destination/write_plan.h"
#include "storage/formats/plain_text.h"

namespace breakwater::server::execute {
namespace {

/// So many CHECKs of a tenant that could not clean up are remembered. What older ones left counts as nothing all the
/// same, and goes once it is stale.
constexpr std::size_t kMostLeftChecks = 16;

/// What is known of the place before anything is written.
struct Ground {
  OwnerFound& owner;
  std::optional<std::int64_t> free_bytes{};
  std::optional<storage::FileSystem> on{};  ///< where this tenant's format file is
};

Result<> keep_rows(catalog::Transaction& transaction, const Probing& probing, Timestamp now,
                   const storage::Proof& proof, const Ground& ground) {
  const catalog::DestinationKey key = key_of(probing.tenant.id, probing.destination);
  if (ground.on) BW_CHECK(transaction.destinations().remember_file_system(key, storage::encode(*ground.on)));
  return keep_checks(
      transaction, key, now, proof,
      {.seen_id = ground.owner.seen_id, .note = {.by = probing.by, .free_bytes = ground.free_bytes}});
}

// The checks that write. Each row is kept together with the intent's end.
class ProbingWork final : public IntendedWork {
 public:
  ProbingWork(const Statement& statement, const Probing& probing, storage::BackupDestination& place,
              storage::WritePlan plan, storage::Proof& proof, const Ground& ground)
      : statement_(statement),
        probing_(probing),
        place_(place),
        plan_(std::make_shared<const storage::WritePlan>(std::move(plan))),
        proof_(proof),
        ground_(ground) {}

  /// Whether the rows are the answer, however the rest went.
  bool answered() const { return answered_; }

  const storage::Destination& destination() const override { return probing_.destination; }

  Result<std::int64_t> open(catalog::Transaction& transaction) override {
    BW_CHECK(forget_oldest(transaction));
    catalog::IntentSpec spec;
    spec.key = key_of(probing_.tenant.id, probing_.destination);
    spec.kind = probing_.kind;
    spec.format = plan_->format_bytes;
    spec.record = encode_record(ProbeIntent{*plan_, probing_.destination.place_key()});
    return transaction.intents().open(spec, probing_.destination.is_file() ? nullptr : &probing_.uri);
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
    if (probing_.held && proof_.verdict()) BW_CHECK(probing_.held(transaction));
    return keep_rows(transaction, probing_, statement_.now, proof_, ground_);
  }

 private:
  Result<> forget_oldest(catalog::Transaction& transaction) {
    BW_TRY(const auto intents, transaction.read().intents().all(probing_.tenant.id));
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
  const Probing& probing_;
  storage::BackupDestination& place_;
  const storage::PlanPtr plan_;
  storage::Proof& proof_;
  const Ground& ground_;
  bool answered_ = false;
};

// Whether the rows are kept already.
Task<Result<bool>> prove(const Statement& statement, const Probing& probing, storage::Proof& proof,
                         Ground& ground) {
  const storage::Destination& destination = probing.destination;
  const catalog::TenantId tenant = probing.tenant.id;
  BW_CO_TRY(const auto place, statement.services.open_destination(destination));
  BW_CO_TRY(const auto row, statement.reader().destinations().find(key_of(tenant, destination)));
  const storage::FormatFile format = own_format(statement, probing.tenant, destination, probing.kind, row);
  BW_CO_TRY(const auto known, known_at(statement, tenant, destination));
  const auto seen =
      co_await place->inspect(proof, storage::BackupDestination::Room::needed, statement.storage_call());
  if (!seen && proof.failure()) {
    remark_unmounted(proof, known, *place);
    co_return false;
  }
  BW_CO_CHECK(seen);
  if (seen->free_bytes) ground.free_bytes = static_cast<std::int64_t>(*seen->free_bytes);
  // Nothing is tried out in what is another's.
  const WantedPlace wanted{
      .destination = destination, .place = *place, .row = row, .known = known, .expected = format};
  ground.owner = prove_owner(proof, statement, wanted, *seen);
  if (!ground.owner.verdict) co_return false;
  if (seen->empty && probing.is_set) {
    proof.run("format file", [&]() -> Result<std::string> {
      return fail(
          error::format_file_not_exist().with_hint("The place is empty: was it removed, or another file "
                                                   "system mounted? SET makes it the tenant's again."));
    });
    co_return false;
  }
  if (seen->empty && known) proof.remark(gone_from(*known));
  if (seen->format) ground.on = place->file_system();
  if (probing.held && !seen->format) {
    co_return fail(error::format_file_not_exist().with_hint(
        "the place is empty, and no destination of this tenant any more: set it anew"));
  }
  BW_CO_TRY(storage::WritePlan plan,
            co_await place->plan(format, false, statement.now, statement.storage_call()));
  plan.make_only_probes(probing.probes);
  ProbingWork work(statement, probing, *place, std::move(plan), proof, ground);
  const auto done =
      co_await settling_after(statement.services, tenant, run_with_intent(statement, tenant, work));
  // The rows say what was refused; that they, or what was held, can't be written down no row says.
  const bool told = work.answered() && (!probing.held || proof.failure());
  if (!done && !told) co_return fail(done.error());
  co_return done.has_value();
}

// As a SET keeps them. That they can't be written down doesn't change the answer.
Task<> keep(const Statement& statement, const Probing& probing, const storage::Proof& proof,
            const Ground& ground) {
  const auto kept =
      co_await write_catalog(statement.services.store(), [&](catalog::Transaction& transaction) {
        return keep_rows(transaction, probing, statement.now, proof, ground);
      });
  if (!kept) statement.services.log().warning("the rows of a proof are not kept: " + kept.error().text());
}

// The storage gives no answer, which says something about what is set there.
bool is_silence(const Statement& statement, const Error& why) {
  return why.is(Errc::backup_dest_not_connect) && !statement.ran_out(why);
}

// Of a destination that is there.
void log_change(const Statement& statement, const catalog::DestinationKey& key,
                const Result<std::optional<catalog::DestinationStatus>>& before) {
  const auto now = statement.reader().dest_status().find(key);
  if (!now || !*now || !(*now)->ok) return;
  const bool ok = *(*now)->ok;
  const bool was_ok = !before || !*before || (*before)->ok.value_or(true);
  if (ok == was_ok) return;
  const std::string what =
      "destination " + storage::without_control(key.path) + " of tenant " + std::to_string(key.tenant_id);
  if (ok) {
    statement.services.log().info(what + " holds again");
  } else {
    statement.services.log().warning(what +
                                     " doesn't hold any more: " + storage::without_control((*now)->error));
  }
}

}  // namespace

Task<Result<>> await_settings(const Statement& statement, catalog::TenantId tenant) {
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant));
  co_return Result<>{};
}

Task<Result<>> prove_by_probes(const Statement& statement, const Probing& probing, storage::Proof& proof,
                               OwnerFound& owner) {
  const catalog::DestinationKey key = key_of(probing.tenant.id, probing.destination);
  const auto before = statement.reader().dest_status().find(key);
  Ground ground{.owner = owner};
  auto kept = co_await prove(statement, probing, proof, ground);
  if (statement.cancellation.cancelled()) co_return fail(statement.cancellation.why());
  if (!kept && probing.is_set && is_silence(statement, kept.error())) {
    if (!proof.failure()) proof.run("answer", [&]() -> Result<std::string> { return fail(kept.error()); });
    kept = false;
  }
  const bool missing = !kept || !*kept;
  if (missing && !proof.rows().empty()) co_await keep(statement, probing, proof, ground);
  log_change(statement, key, before);
  BW_CO_CHECK(kept);
  co_return Result<>{};
}

}  // namespace breakwater::server::execute
