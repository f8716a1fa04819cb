// ALTER SYSTEM RELEASE BACKUP DESTINATION takes away what a SET has made, so that others can claim the place; RETIRE gives
// up one that holds backups and leaves a tombstone (docs/destinations.md#leaving-a-place). The format file is what
// counts: while it is there, the place is the tenant's.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/intent_record.h"
#include "server/execute/backup/intents.h"
#include "server/execute/backup/ownership.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/await.h"
#include "server/execute/context/privileges.h"
#include "storage/destination/backup_destination.h"

namespace breakwater::server::execute {
namespace {

/// How long a store may take for a request that nobody waits for any more.
constexpr std::chrono::seconds kLateRequest{60};

const char* verb(bool retire) {
  return retire ? "RETIRE" : "RELEASE";
}

// What a setting names stays.
Result<> check_not_current(catalog::Reader& reader, const catalog::Destination& row, bool retire) {
  BW_TRY(const auto setting, set_as(reader, row));
  if (!setting) return {};
  const bool is_data = setting->kind == catalog::DestinationKind::data_backup_dest;
  return fail(error::not_supported(std::string(verb(retire)) + " of a backup destination that is set is")
                  .with_hint("ALTER SYSTEM SET " +
                             std::string(is_data ? "DATA_BACKUP_DEST" : "LOG_ARCHIVE_DEST") + " = '' first"));
}

class GiveUpDestination final : private IntendedWork {
 public:
  GiveUpDestination(const Statement& statement, const catalog::Tenant& tenant,
                    storage::Destination destination, const ast::GiveUpDestination& parsed)
      : statement_(statement),
        services_(statement.services),
        tenant_(tenant),
        destination_(std::move(destination)),
        parsed_(parsed),
        key_(key_of(tenant.id, destination_)) {}

  Task<Result<>> run() {
    BW_CO_TRY(const auto place, services_.open_destination(destination_));
    BW_CO_TRY(row_, statement_.reader().destinations().find(key_));
    if (row_) BW_CO_CHECK(check_not_current(statement_.reader(), *row_, parsed_.retire));
    BW_CO_TRY(const storage::Inspection seen,
              co_await place->inspect(proof_, storage::BackupDestination::Room::not_needed,
                                      statement_.storage_call()));
    BW_CO_CHECK(check_own(seen, *place));
    storage::GiveUpPlan wanted{.tenant_id = static_cast<std::uint64_t>(tenant_.id),
                               .format_bytes = seen.format->bytes};
    if (parsed_.retire) wanted.tombstone = tombstone_for(seen.format->file);
    BW_CO_TRY(plan_, co_await place->plan_give_up(std::move(wanted), statement_.storage_call()));
    place_ = place.get();
    co_return co_await run_with_intent(statement_, tenant_.id, *this);
  }

 private:
  // Only what is this tenant's, as a SET would find it.
  Result<> check_own(const storage::Inspection& seen, const storage::BackupDestination& place) {
    if (!seen.format) {
      BW_TRY(const auto known, known_at(statement_, tenant_.id, destination_));
      BW_CHECK(check_mounted(known, place));
      return fail(
          error::format_file_not_exist().with_hint("the place is empty: there is nothing to give up"));
    }
    const auto kind = row_ ? row_->kind : catalog::DestinationKind::data_backup_dest;
    const storage::FormatFile expected = own_format(statement_, tenant_, destination_, kind, row_);
    const WantedPlace wanted{
        .destination = destination_, .place = place, .row = row_, .known = row_, .expected = expected};
    return prove_owner(proof_, statement_, wanted, seen).verdict;
  }

  Bytes tombstone_for(const storage::FormatFile& format) const {
    const session::Identity& who = statement_.session.identity();
    return storage::encode(storage::Tombstone{.retired = date_text(statement_.now),
                                              .by = who.account.user + "@" + who.tenant,
                                              .was = storage::describe(format)});
  }

  // ---- IntendedWork ----

  const storage::Destination& destination() const override { return destination_; }

  Result<std::int64_t> open(catalog::Transaction& transaction) override {
    // Again: a SET may have ended meanwhile, if not of this tenant's then of what the row says.
    BW_CHECK(check_not_current(transaction.read(), *row_, parsed_.retire));
    catalog::IntentSpec spec;
    spec.key = key_;
    spec.kind = row_->kind;
    spec.path_key = destination_.place_key();
    spec.dest_id = row_->dest_id;
    spec.format = plan_.format_bytes;
    spec.record = encode_record(GiveUpIntent{plan_});
    return transaction.intents().open(spec, destination_.is_file() ? nullptr : &parsed_.uri);
  }

  Task<Result<Made>> make(storage::EndedLate late) override {
    auto plan = std::make_shared<const storage::GiveUpPlan>(plan_);
    const auto done =
        co_await place_->give_up(std::move(plan), statement_.storage_call(), settled_later(late));
    if (!done) co_return fail(done.error());
    // Looking at the place tells whether it was given up.
    co_return Made{.refused = done->refused,
                   .left = done->changed ? Made::Left::unknown : Made::Left::nothing};
  }

  // A request that had no answer may still be carried out: until then nobody makes the place anybody's.
  storage::EndedLate settled_later(storage::EndedLate late) {
    if (destination_.is_file()) return late;
    Housekeeper& housekeeper = services_.housekeeper();
    return [&housekeeper, late = std::move(late)] {
      housekeeper.spawn([&housekeeper, late] { return after_a_while(housekeeper, late); });
    };
  }

  static Task<> after_a_while(Housekeeper& housekeeper, storage::EndedLate late) {
    const Deadline until = deadline_in(kLateRequest);
    co_await storage::sleep_until(until, {until, &housekeeper.cancellation()});
    late();
  }

  Result<> finish(catalog::Transaction& transaction, std::int64_t intent) override {
    return transaction.intents().finish_giving_up(intent, give_up_event(parsed_.retire));
  }

  const Statement& statement_;
  Services& services_;
  const catalog::Tenant& tenant_;
  const storage::Destination destination_;
  const ast::GiveUpDestination& parsed_;
  const catalog::DestinationKey key_;
  storage::BackupDestination* place_ = nullptr;
  std::optional<catalog::Destination> row_;
  storage::GiveUpPlan plan_;
  storage::Proof proof_;
};

}  // namespace

Task<Result<Outcome>> give_up_destination(const Statement& statement, const ast::GiveUpDestination& parsed) {
  if (parsed.tenant && !statement.session.in_sys()) co_return fail(error::no_privilege());
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_TRY(const catalog::Tenant tenant, backup_tenant(statement, parsed.tenant));
  BW_CO_TRY(storage::Destination destination, parse_destination(statement, parsed.uri));
  if (tenant.is_sys()) co_return fail(wants_user_tenant());
  for (const std::string& note : destination.notes) statement.session.diagnostics.note(note);
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  BW_CO_CHECK(co_await settle_tenant(statement.services, tenant.id, destination.place_key(),
                                     statement.storage_call(), &destination));
  GiveUpDestination work(statement, tenant, std::move(destination), parsed);
  BW_CO_CHECK(co_await settling_after(statement.services, tenant.id, work.run()));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
