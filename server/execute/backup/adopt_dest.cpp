// ALTER SYSTEM ADOPT BACKUP DESTINATION: the catalogue takes up a place that is this installation's and that it doesn't
// know, since it is an older copy (docs/destinations.md#a-restored-catalogue). In the order of a SET.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/destination_limit.h"
#include "server/execute/backup/intent_record.h"
#include "server/execute/backup/intents.h"
#include "server/execute/backup/ownership.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/await.h"
#include "server/execute/context/privileges.h"
#include "storage/destination/backup_destination.h"
#include "storage/formats/place_proof.h"

namespace breakwater::server::execute {
namespace {

constexpr Timestamp kOneSecond = 1'000'000;  ///< format files in buckets are dated to the second

// Of what a SET can make.
std::optional<catalog::DestinationKind> kind_named(const storage::FormatFile& found) {
  using catalog::DestinationKind;
  for (const auto kind : {DestinationKind::data_backup_dest, DestinationKind::log_archive_dest})
    if (type_of(kind) == found.dest_type) return kind;
  return std::nullopt;
}

Error not_adopted(const std::string& why) {
  return error::format_file_not_match().with_hint("the place is not adopted: " + why);
}

class AdoptDestination final : private IntendedWork {
 public:
  AdoptDestination(const Statement& statement, const catalog::Tenant& tenant,
                   storage::Destination destination, const ast::AdoptDestination& adopt)
      : statement_(statement),
        services_(statement.services),
        tenant_(tenant),
        destination_(std::move(destination)),
        adopt_(adopt),
        key_(key_of(tenant.id, destination_)) {}

  Task<Result<>> run() {
    const auto done = co_await prove_and_adopt();
    if (done || proof_.rows().empty()) co_return done;
    // A refusal is what one wants to look up, as after a SET.
    const auto kept = co_await write_catalog(services_.store(), [this](catalog::Transaction& transaction) {
      return keep_checks(transaction, key_, statement_.now, proof_, {.note = kProvedBySet});
    });
    if (!kept) services_.log().warning("the checks of a refused ADOPT are not kept: " + kept.error().text());
    co_return done;
  }

 private:
  Task<Result<>> prove_and_adopt() {
    BW_CO_TRY(place_, services_.open_destination(destination_));
    BW_CO_CHECK(check_destination_limit(statement_, key_));
    BW_CO_TRY(const auto known, known_at(statement_, tenant_.id, destination_));
    BW_CO_TRY(const storage::Inspection seen,
              co_await place_->inspect(proof_, storage::BackupDestination::Room::needed,
                                       statement_.storage_call()));
    if (!seen.format) {
      BW_CO_CHECK(check_mounted(known, *place_));
      co_return fail(error::format_file_not_exist().with_hint(
          "there is nothing to adopt: the place is empty. A SET claims it"));
    }
    if (seen.format->tombstone) {
      proof_.replace_seen("content", "formatted");
      co_return fail(not_adopted(retired(*seen.format->tombstone).in_full));
    }
    BW_CO_TRY(const storage::FormatFile format, own_format_of(seen.format->file));
    BW_CO_CHECK(prove_foreign(format, *seen.format));
    BW_CO_CHECK(co_await prove_installation(*seen.format));
    BW_CO_TRY(plan_, co_await place_->plan(format, false, planned_at(), statement_.storage_call()));
    plan_.format_bytes = seen.format->bytes;
    plan_.formats = storage::FormatFiles::none;
    plan_.check_proof = proof_of_place(services_.store(), plan_.format_bytes);
    BW_CO_TRY(entry_, destination_entry(services_, destination_, key_, statement_.now));
    if (const auto on = place_->file_system()) entry_.row.file_system = storage::encode(*on);
    BW_CO_CHECK(co_await run_with_intent(statement_, tenant_.id, *this));
    // It doesn't change the answer whether what is stale goes now or after the next SET.
    storage::BackupDestination::Kept kept;
    kept.tenant_id = static_cast<std::uint64_t>(tenant_.id);
    kept.check_name = check_name_;
    (void)co_await place_->tidy(std::move(kept), statement_.storage_call());
    statement_.session.diagnostics.note("destination " + std::to_string(dest_id_) +
                                        " is known again; a SET of the same place makes it the setting");
    co_return Result<>{};
  }

  // A check file's name is of a second: one that is there already isn't this plan's.
  Timestamp planned_at() const {
    Timestamp when = statement_.now;
    const auto taken = [&](const storage::FoundCheckFile& file) {
      return file.name == storage::check_file_name(static_cast<std::uint64_t>(tenant_.id), when);
    };
    while (std::ranges::any_of(check_files_, taken)) when += kOneSecond;
    return when;
  }

  Result<storage::FormatFile> own_format_of(const storage::FormatFile& found) {
    const auto kind = kind_named(found);
    if (!kind) return fail(not_adopted("it is no destination of a data backup or of an archive"));
    kind_ = *kind;
    dest_id_ = found.dest_id;
    return own_format(statement_, tenant_, destination_, kind_, std::nullopt);
  }

  // The row "owner".
  Result<> prove_foreign(const storage::FormatFile& own, const storage::FoundFormat& found) {
    const auto foreign = named_otherwise(found.file, own);
    if (foreign) proof_.replace_seen("content", "formatted");
    proof_.run("owner", [&]() -> Result<std::string> {
      if (foreign) return fail(not_adopted(foreign->discreet));
      return check_claims(statement_, own, destination_.place_key());
    });
    if (foreign) return fail(not_adopted(foreign->in_full));
    return proof_.verdict();
  }

  // The row "proof": a check file has this installation's MAC, or none has any and FORCE says so.
  Task<Result<>> prove_installation(const storage::FoundFormat& found) {
    const auto tenant_id = static_cast<std::uint64_t>(tenant_.id);
    BW_CO_TRY(check_files_, co_await place_->check_files(tenant_id, statement_.storage_call()));
    const Bytes own = proof_of_place(services_.store(), found.bytes);
    proof_.run("proof", [&]() -> Result<std::string> {
      // A restored copy gives a number a second time, to another tenant.
      if (found.file.created / kOneSecond < tenant_.created / kOneSecond) {
        return fail(not_adopted("its format file, of " + date_text(found.file.created) +
                                ", is older than this tenant, which was made on " +
                                date_text(tenant_.created)));
      }
      const auto proven = std::ranges::find_if(check_files_, [&](const storage::FoundCheckFile& file) {
        return storage::ends_with_proof(file.bytes, own);
      });
      if (proven != check_files_.end()) {
        proven_ = proven->name;
        return "made by this installation";
      }
      if (std::ranges::any_of(check_files_, storage::has_proof, &storage::FoundCheckFile::bytes))
        return fail(not_adopted("its check file has the MAC of another installation, or of another place"));
      if (!adopt_.force) {
        return fail(
            not_adopted("that it is this installation's isn't proved: no check file has a MAC. If an earlier "
                        "version made it, ADOPT … FORCE takes it up"));
      }
      return "none; by force";
    });
    co_return proof_.verdict();
  }

  // ---- IntendedWork ----

  const storage::Destination& destination() const override { return destination_; }

  Result<std::int64_t> open(catalog::Transaction& transaction) override {
    BW_CHECK(transaction.destinations().skip_id(tenant_.id, dest_id_));
    catalog::IntentSpec spec;
    spec.key = key_;
    spec.kind = kind_;
    spec.path_key = destination_.place_key();
    spec.dest_id = dest_id_;
    spec.format = plan_.format_bytes;
    spec.record = encode_record(DestinationIntent{plan_});
    return transaction.intents().open(spec, destination_.is_file() ? nullptr : &adopt_.uri);
  }

  Task<Result<Made>> make(storage::EndedLate late) override {
    const auto plan = std::make_shared<const storage::WritePlan>(plan_);
    const auto renewed = co_await place_->renew(plan, proven_, proof_, statement_.storage_call(), late);
    if (!renewed) co_return fail(renewed.error());
    check_name_ = renewed->check_name;
    co_return Made{.refused = renewed->refused,
                   .left = renewed->undone ? Made::Left::nothing : Made::Left::stuck};
  }

  Result<> finish(catalog::Transaction& transaction, std::int64_t intent) override {
    entry_.row.check_file_name = check_name_;
    BW_CHECK(transaction.intents().finish_adoption(intent, entry_.row, entry_.access_key));
    return transaction.destinations().record_checks(key_, statement_.now, checks_of(proof_), kProvedBySet);
  }

  const Statement& statement_;
  Services& services_;
  const catalog::Tenant& tenant_;
  const storage::Destination destination_;
  const ast::AdoptDestination& adopt_;
  const catalog::DestinationKey key_;
  std::unique_ptr<storage::BackupDestination> place_;
  catalog::DestinationKind kind_ = catalog::DestinationKind::data_backup_dest;
  std::int64_t dest_id_ = 0;
  std::vector<storage::FoundCheckFile> check_files_;  ///< of the tenant, in the place
  std::string proven_;                                ///< the name of the one that proves it; empty: none
  storage::WritePlan plan_;
  DestinationEntry entry_;
  std::string check_name_;
  storage::Proof proof_;
};

}  // namespace

Task<Result<Outcome>> adopt_destination(const Statement& statement, const ast::AdoptDestination& adopt) {
  if (!statement.session.identity().is_sys()) co_return fail(error::no_privilege());
  if (adopt.tenant && !statement.session.in_sys()) co_return fail(error::no_privilege());
  BW_CO_CHECK(require_alter_system(statement));
  BW_CO_TRY(const catalog::Tenant tenant, backup_tenant(statement, adopt.tenant));
  BW_CO_TRY(storage::Destination destination, parse_destination(statement, adopt.uri));
  if (tenant.is_sys()) co_return fail(wants_user_tenant());
  for (const std::string& note : destination.notes) statement.session.diagnostics.note(note);
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  BW_CO_CHECK(note_outer_destination(statement, tenant.id, destination));
  BW_CO_CHECK(co_await settle_tenant(statement.services, tenant.id, destination.place_key(),
                                     statement.storage_call(), &destination));
  AdoptDestination work(statement, tenant, std::move(destination), adopt);
  BW_CO_CHECK(co_await settling_after(statement.services, tenant.id, work.run()));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
