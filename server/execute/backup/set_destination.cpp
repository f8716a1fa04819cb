// In the order of docs/spec/behaviour.md#order-of-a-set: checks that write nothing, the intent, what is made,
// the catalogue, the answer.
#include "server/execute/backup/set_destination.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/destination_limit.h"
#include "server/execute/backup/intent_record.h"
#include "server/execute/backup/intents.h"
#include "server/execute/backup/ownership.h"
#include "server/execute/context/await.h"
#include "storage/destination/backup_destination.h"
#include "storage/destination/uri.h"
#include "storage/formats/format_file.h"

namespace breakwater::server::execute {
namespace {

constexpr Timestamp kSecond = 1'000'000;

class SetDestination final : private IntendedWork {
 public:
  SetDestination(const Statement& statement, const catalog::Tenant& tenant,
                 const storage::Destination& destination, const DestinationUse& use)
      : statement_(statement),
        services_(statement.services),
        tenant_(tenant),
        destination_(destination),
        use_(use),
        key_(key_of(tenant.id, destination_)) {}

  Task<Result<>> run() {
    const auto done = co_await prove_and_set();
    tell_answer(statement_, proof_);
    log_remarks();
    if (done || proof_.rows().empty()) co_return done;
    // A refusal is what one wants to look up. That it can't be written down doesn't change the answer.
    const auto kept = co_await write_catalog(services_.store(), [this](catalog::Transaction& transaction) {
      return keep_checks(transaction, key_, statement_.now, proof_, {.seen_id = seen_id_, .note = note_});
    });
    if (!kept)
      services_.log().warning("the checks of a refused destination are not kept: " + kept.error().text());
    co_return done;
  }

 private:
  Task<Result<>> prove_and_set() {
    BW_CO_TRY(place_, services_.open_destination(destination_));
    BW_CO_TRY(row_, statement_.reader().destinations().find(key_));
    BW_CO_CHECK(check_destination_limit(statement_, key_));
    const storage::FormatFile format = own_format(statement_, tenant_, destination_, use_.kind, row_);
    BW_CO_TRY(known_, known_at(statement_, tenant_.id, destination_));
    const auto seen = co_await look();
    if (!seen) co_return fail(refused_at_content(seen.error()));
    const WantedPlace wanted{
        .destination = destination_, .place = *place_, .row = row_, .known = known_, .expected = format};
    const OwnerFound owner = prove_owner(proof_, statement_, wanted, *seen);
    seen_id_ = owner.seen_id;
    if (seen->free_bytes) note_.free_bytes = static_cast<std::int64_t>(*seen->free_bytes);
    BW_CO_CHECK(owner.verdict);
    const bool link = services_.settings()->format_obbak_link;
    BW_CO_TRY(plan_, co_await place_->plan(format, link, planned_at(), statement_.storage_call()));
    BW_CO_TRY(entry_, destination_entry(services_, destination_, key_, statement_.now));
    if (const auto on = place_->file_system()) entry_.row.file_system = storage::encode(*on);
    if (seen->empty) co_return co_await claim(seen->probes);
    co_return co_await confirm(seen->format->bytes);
  }

  Task<Result<storage::Inspection>> inspect() {
    return place_->inspect(proof_, storage::BackupDestination::Room::needed, statement_.storage_call());
  }

  // A format file of a SET that was given up may come late. It goes: the place is as if it had never come.
  Task<Result<storage::Inspection>> look() {
    auto seen = co_await inspect();
    if (!seen || !seen->format) co_return seen;
    storage::Call call = statement_.storage_call();
    BW_CO_TRY(const bool late, statement_.reader().intents().is_void(tenant_.id, destination_.place_key(),
                                                                     seen->format->bytes));
    if (!late) co_return seen;
    BW_CO_CHECK(co_await place_->discard_format(std::move(seen->format->bytes), call));
    statement_.session.diagnostics.note(
        "a format file of an earlier SET that was given up had come late; it was removed");
    proof_ = storage::Proof();
    co_return co_await inspect();
  }

  // Where the mount is away and something lies in its mount point, that is what the note is about.
  Error refused_at_content(Error why) {
    remark_unmounted(proof_, known_, *place_);
    if (!why.is(Errc::format_file_not_exist)) return why;
    const auto mounted = check_mounted(known_, *place_);
    return mounted ? why : mounted.error();
  }

  // A check file's name is of a second: one that is there from a SET of just now is not this plan's.
  Timestamp planned_at() const {
    const std::string name = storage::check_file_name(static_cast<std::uint64_t>(tenant_.id), statement_.now);
    return row_ && row_->check_file_name == name ? statement_.now + kSecond : statement_.now;
  }

  // The destination is empty: ours from now on, under a new number, also one that was ours before
  // (docs/spec/behaviour.md#emptied-destination).
  Task<Result<>> claim(bool left_probes) {
    BW_CO_CHECK(co_await run_with_intent(statement_, tenant_.id, *this));
    if (left_probes) (void)co_await place_->tidy({}, statement_.storage_call());
    if (known_) statement_.session.diagnostics.note(told_gone());
    co_return Result<>{};
  }

  std::string told_gone() const {
    return gone_from(*known_) + ". It is claimed anew, as destination " + std::to_string(dest_id_);
  }

  // It is ours already: only the setting and the check move.
  Task<Result<>> confirm(Bytes format_bytes) {
    renews_ = true;
    plan_.format_bytes = std::move(format_bytes);
    plan_.check_proof = proof_of_place(services_.store(), plan_.format_bytes);
    plan_.formats = storage::FormatFiles::none;
    BW_CO_CHECK(co_await run_with_intent(statement_, tenant_.id, *this));
    // It doesn't change the answer whether what is stale goes now or after the next SET.
    storage::BackupDestination::Kept kept;
    kept.tenant_id = static_cast<std::uint64_t>(tenant_.id);
    kept.check_name = check_name_;
    (void)co_await place_->tidy(std::move(kept), statement_.storage_call());
    co_return Result<>{};
  }

  // ---- IntendedWork ----

  const storage::Destination& destination() const override { return destination_; }

  Result<std::int64_t> open(catalog::Transaction& transaction) override {
    DestinationIntent record;
    if (renews_) {
      dest_id_ = row_->dest_id;
      record.plan = plan_;
      record.plan.format_bytes = row_->format;
    } else {
      BW_TRY(dest_id_, transaction.destinations().reserve_id(tenant_.id));
      BW_CHECK(plan_.assign_dest_id(dest_id_));
      plan_.check_proof = proof_of_place(services_.store(), plan_.format_bytes);
      record.plan = plan_;
    }
    catalog::IntentSpec spec;
    spec.key = key_;
    spec.kind = use_.kind;
    spec.path_key = destination_.place_key();
    spec.dest_id = dest_id_;
    spec.format = record.plan.format_bytes;
    spec.record = encode_record(record);
    return transaction.intents().open(spec, destination_.is_file() ? nullptr : &use_.uri);
  }

  Task<Result<Made>> make(storage::EndedLate late) override {
    const auto plan = std::make_shared<const storage::WritePlan>(plan_);
    if (!renews_) {
      const auto claimed = co_await place_->claim(plan, proof_, statement_.storage_call(), late);
      if (!claimed) co_return fail(claimed.error());
      check_name_ = plan_.check_name;
      co_return made(claimed->refused, claimed->undone);
    }
    const auto renewed =
        co_await place_->renew(plan, row_->check_file_name, proof_, statement_.storage_call(), late);
    if (!renewed) co_return fail(renewed.error());
    check_name_ = renewed->check_name;
    co_return made(renewed->refused, renewed->undone);
  }

  Result<> finish(catalog::Transaction& transaction, std::int64_t intent) override {
    entry_.row.check_file_name = check_name_;
    const std::string value = destination_.display_value(entry_.shown);
    BW_CHECK(transaction.intents().finish(intent, entry_.row, value, entry_.access_key));
    if (!renews_ && known_) BW_CHECK(transaction.destinations().record_gone(known_->key, known_->dest_id));
    if (use_.remember) BW_CHECK(use_.remember(transaction, dest_id_, value));
    return transaction.destinations().record_checks(key_, statement_.now, checks_of(proof_), note_);
  }

  // What was refused behind the proof is a row too.
  Made made(const std::optional<Error>& refused, bool undone) {
    if (refused && !proof_.failure())
      proof_.run("claim", [&]() -> Result<std::string> { return fail(*refused); });
    return {.refused = refused, .left = undone ? Made::Left::nothing : Made::Left::stuck};
  }

  // What holds and is to be looked at all the same: a clock that is off, a mount that isn't as it should be.
  void log_remarks() const {
    for (const storage::CheckRow& row : proof_.rows()) {
      if (row.ok && !row.hint.empty())
        services_.log().warning("tenant " + std::to_string(tenant_.id) + "'s destination: " + row.name +
                                ": " + row.hint);
    }
  }

  const Statement& statement_;
  Services& services_;
  const catalog::Tenant& tenant_;
  const storage::Destination& destination_;
  const DestinationUse& use_;
  const catalog::DestinationKey key_;
  std::unique_ptr<storage::BackupDestination> place_;
  std::optional<catalog::Destination> row_;
  std::optional<catalog::Destination> known_;  ///< what the catalogue has at this place
  catalog::ProofNote note_ = kProvedBySet;
  std::optional<std::int64_t> seen_id_;  ///< of a format file with this tenant's ids
  std::int64_t dest_id_ = 0;
  storage::WritePlan plan_;
  bool renews_ = false;  ///< the place is the tenant's already
  DestinationEntry entry_;
  std::string check_name_;
  storage::Proof proof_;
};

}  // namespace

Task<Result<>> set_destination(const Statement& statement, const catalog::Tenant& tenant,
                               storage::Destination destination, DestinationUse use) {
  for (const std::string& note : destination.notes) statement.session.diagnostics.note(note);
  BW_CO_CHECK(note_outer_destination(statement, tenant.id, destination));
  for (int beginning = 1;; ++beginning) {
    BW_CO_CHECK(co_await settle_tenant(statement.services, tenant.id, destination.place_key(),
                                       statement.storage_call(), &destination));
    SetDestination work(statement, tenant, destination, use);
    const auto done = co_await settling_after(statement.services, tenant.id, work.run());
    // A CHECK that had made the directory may have removed it meanwhile.
    const bool removed = !done && destination.is_file() && done.error().is(Errc::backup_file_not_exist);
    if (!removed || beginning == storage::BackupDestination::kMostBeginnings) co_return done;
  }
}

}  // namespace breakwater::server::execute
