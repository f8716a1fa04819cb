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
#include "server/execute/context/await.h"
#include "storage/destination/backup_destination.h"
#include "storage/destination/uri.h"
#include "storage/formats/format_file.h"

namespace breakwater::server::execute {
namespace {

constexpr Timestamp kSecond = 1'000'000;

class SetDestination {
 public:
  SetDestination(const Statement& statement, const catalog::Tenant& tenant, storage::Destination destination,
                 DestinationUse use)
      : statement_(statement),
        services_(statement.services),
        tenant_(tenant),
        destination_(std::move(destination)),
        use_(std::move(use)),
        key_(key_of(tenant.id, destination_)) {}

  Task<Result<>> run() {
    const auto done = co_await prove_and_set();
    log_remarks();
    if (done || recorded_ || proof_.rows().empty()) co_return done;
    // A refusal is what one wants to look up. That it can't be written down doesn't change the answer.
    const auto kept = co_await write_catalog(services_.store(), [this](catalog::Transaction& transaction) {
      return transaction.destinations().record_checks(key_, statement_.now, checks_of(proof_));
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
    BW_CO_TRY(const storage::Inspection seen, co_await place_->inspect(proof_, statement_.storage_call()));
    BW_CO_CHECK(prove_owner(proof_, statement_, destination_, seen, row_, format));
    const bool link = services_.settings()->format_obbak_link;
    BW_CO_TRY(plan_, co_await place_->plan(format, link, planned_at(), statement_.storage_call()));
    if (seen.empty) co_return co_await claim();
    co_return co_await confirm(seen.format->bytes);
  }

  // A check file's name is of a second: one that is there from a SET of just now is not this plan's.
  Timestamp planned_at() const {
    const std::string name = storage::check_file_name(static_cast<std::uint64_t>(tenant_.id), statement_.now);
    return row_ && row_->check_file_name == name ? statement_.now + kSecond : statement_.now;
  }

  // The destination is empty: ours from now on, under a new number, also one that was ours before
  // (docs/spec/behaviour.md#emptied-destination).
  Task<Result<>> claim() {
    const auto intent = co_await write_catalog<std::int64_t>(
        services_.store(), [this](catalog::Transaction& transaction) -> Result<std::int64_t> {
          BW_TRY(dest_id_, transaction.destinations().reserve_id(tenant_.id));
          BW_CHECK(plan_.assign_dest_id(dest_id_));
          return open_intent(transaction, plan_.format_bytes);
        });
    BW_CO_CHECK(intent);
    const auto plan = std::make_shared<const storage::WritePlan>(plan_);
    const BusyIntent busy(services_.busy_intents(), *intent);
    const storage::EndedLate late = settle_late(busy);
    const auto claimed = co_await place_->claim(plan, proof_, statement_.storage_call(), late);
    if (!claimed) co_return fail(claimed.error());
    busy.end();
    if (claimed->refused) {
      co_await take_back(*intent, claimed->undone);
      co_return refusal(*claimed->refused);
    }
    co_return co_await finish(*intent, plan_.check_name);
  }

  // It is ours already: only the setting and the check move.
  Task<Result<>> confirm(Bytes format_bytes) {
    plan_.format_bytes = std::move(format_bytes);
    plan_.formats = storage::FormatFiles::none;
    dest_id_ = row_->dest_id;
    const auto intent = co_await write_catalog<std::int64_t>(
        services_.store(),
        [this](catalog::Transaction& transaction) { return open_intent(transaction, row_->format); });
    BW_CO_CHECK(intent);
    const auto plan = std::make_shared<const storage::WritePlan>(plan_);
    const BusyIntent busy(services_.busy_intents(), *intent);
    const storage::EndedLate late = settle_late(busy);
    const auto renewed =
        co_await place_->renew(plan, row_->check_file_name, proof_, statement_.storage_call(), late);
    if (!renewed) co_return fail(renewed.error());
    busy.end();
    if (renewed->refused) {
      co_await take_back(*intent, renewed->undone);
      co_return refusal(*renewed->refused);
    }
    BW_CO_CHECK(co_await finish(*intent, renewed->check_name));
    // It doesn't change the answer whether what is stale goes now or after the next SET.
    (void)co_await place_->tidy(static_cast<std::uint64_t>(tenant_.id), renewed->check_name,
                                statement_.storage_call());
    co_return Result<>{};
  }

  // Nobody waited for the end: nobody knows what was made. The intent stays open, and is settled after it.
  storage::EndedLate settle_late(const BusyIntent& busy) const {
    return [services = &services_, busy, tenant = tenant_.id] {
      busy.end();
      settle_soon(*services, tenant);
    };
  }

  // What holds and is to be looked at all the same: a clock that is off, a mount that isn't as it should be.
  void log_remarks() const {
    for (const storage::CheckRow& row : proof_.rows()) {
      if (row.ok && !row.hint.empty())
        services_.log().warning("tenant " + std::to_string(tenant_.id) + "'s destination: " + row.name +
                                ": " + row.hint);
    }
  }

  // What was refused behind the proof is a row too.
  Result<> refusal(const Error& error) {
    if (!proof_.failure()) proof_.run("claim", [&]() -> Result<std::string> { return fail(error); });
    return fail(error);
  }

  Result<std::int64_t> open_intent(catalog::Transaction& transaction, const Bytes& format) const {
    catalog::IntentSpec spec;
    spec.key = key_;
    spec.kind = use_.kind;
    spec.path_key = destination_.place_key();
    spec.dest_id = dest_id_;
    spec.format = format;
    spec.record = encode_record(DestinationIntent{plan_});
    return transaction.intents().open(spec, destination_.is_file() ? nullptr : &use_.uri);
  }

  Task<Result<>> finish(std::int64_t intent, std::string check_name) {
    std::optional<Secret> secret;
    if (!destination_.is_file()) secret = destination_.secret().clone();
    std::string shown;
    if (secret) {
      BW_CO_TRY(shown, services_.store().display_key(*secret));
    }
    catalog::Destination made;
    made.key = key_;
    made.authorization = destination_.authorization(shown);
    made.extension = destination_.extension;
    made.check_file_name = std::move(check_name);
    made.last_check = statement_.now;
    const auto committed =
        co_await write_catalog(services_.store(), [&](catalog::Transaction& transaction) -> Result<> {
          const std::string value = destination_.display_value(shown);
          BW_CHECK(transaction.intents().finish(intent, made, value, secret));
          if (use_.remember) BW_CHECK(use_.remember(transaction, dest_id_, value));
          return transaction.destinations().record_checks(key_, statement_.now, checks_of(proof_));
        });
    recorded_ = committed.has_value();
    if (committed) co_return Result<>{};
    // Not acknowledged, so not to be there: what a failed commit leaves is settled like what a crash leaves.
    const auto settled = co_await settle_tenant(services_, tenant_.id, destination_.place_key(),
                                                statement_.storage_call(), &destination_);
    if (!settled) settle_soon(services_, tenant_.id, kSettlePause);
    co_return fail(committed.error());
  }

  // What could not be taken back yet is, as soon as the storage lets it.
  Task<> take_back(std::int64_t intent, bool undone) {
    if (!undone) {
      settle_soon(services_, tenant_.id, kSettlePause);
      co_return;
    }
    const auto abandoned = co_await write_catalog(
        services_.store(),
        [intent](catalog::Transaction& transaction) { return transaction.intents().abandon(intent); });
    if (!abandoned) services_.log().warning("an intent stays open: " + abandoned.error().text());
  }

  const Statement& statement_;
  Services& services_;
  const catalog::Tenant& tenant_;
  const storage::Destination destination_;
  const DestinationUse use_;
  const catalog::DestinationKey key_;
  std::unique_ptr<storage::BackupDestination> place_;
  std::optional<catalog::Destination> row_;
  std::int64_t dest_id_ = 0;
  storage::WritePlan plan_;
  storage::Proof proof_;
  bool recorded_ = false;
};

}  // namespace

Task<Result<>> set_destination(const Statement& statement, const catalog::Tenant& tenant,
                               storage::Destination destination, DestinationUse use) {
  for (const std::string& note : destination.notes) statement.session.diagnostics.note(note);
  BW_CO_CHECK(note_outer_destination(statement, tenant.id, destination));
  BW_CO_CHECK(co_await settle_tenant(statement.services, tenant.id, destination.place_key(),
                                     statement.storage_call(), &destination));
  SetDestination work(statement, tenant, std::move(destination), std::move(use));
  co_return co_await settling_after(statement.services, tenant.id, work.run());
}

}  // namespace breakwater::server::execute
