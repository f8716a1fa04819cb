#include "server/execute/backup/intents.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "server/execute/backup/intent_record.h"
#include "server/execute/context/await.h"
#include "server/execute/context/change.h"
#include "storage/destination/uri.h"
#include "storage/file/key_file_io.h"
#include "storage/file/mounts.h"
#include "storage/formats/key_file.h"
#include "storage/formats/plain_text.h"
#include "storage/object/key_object.h"

namespace breakwater::server::execute {
namespace {

Task<Result<>> abandon(Services& services, std::int64_t intent) {
  return write_catalog(services.store(), [intent](catalog::Transaction& transaction) -> Result<> {
    BW_TRY(const auto open, transaction.read().intents().find(intent));
    if (open && is_claim(*open)) return transaction.intents().abandon_claim(intent);
    return transaction.intents().abandon(intent);
  });
}

// Where an intent's things are: in a bucket that takes the access key of then, or of now.
Result<std::unique_ptr<storage::BackupDestination>> open_place(Services& services,
                                                               const catalog::Intent& intent,
                                                               const storage::Destination* fresh) {
  if (fresh != nullptr) return services.open_destination(*fresh);
  BW_TRY(Lane * lane, services.lane());
  BW_TRY(const auto uri, lane->reader->intents().uri(intent));
  BW_TRY(const auto destination,
         storage::parse_recorded_destination(uri ? uri->reveal() : std::string_view(intent.spec.key.path)));
  return services.open_destination(destination);
}

// What stands at the path now, if anything, isn't what the operation worked in: whatever is there isn't its.
void log_elsewhere(Services& services, const catalog::Intent& intent, const std::string& token) {
  services.log().warning("the directory of " + storage::without_control(intent.spec.key.path) +
                         " is gone or another one than when an operation there was cut short; nothing was "
                         "removed. If it comes back: what was left there has \"" +
                         token + "\" in its names, but for a format file, a check file or a key file");
}

// A destination's, or a CHECK's.
Task<Result<>> settle_plan(Services& services, catalog::Intent intent, storage::WritePlan named,
                           const storage::Destination* fresh, storage::Call call) {
  BW_CO_TRY(const auto place, open_place(services, intent, fresh));
  const auto plan = std::make_shared<const storage::WritePlan>(std::move(named));
  BW_CO_TRY(const bool settled, co_await place->undo(plan, call));
  if (!settled) log_elsewhere(services, intent, plan->token);
  co_return co_await abandon(services, intent.id);
}

// A key file is there whole, and its row is missing, or it isn't.
Task<Result<bool>> key_file_is_there(Services& services, const catalog::Intent& intent,
                                     const KeyIntent& record, storage::Call call) {
  if (!record.plan) co_return false;
  const std::string group = storage::current_mount_of(record.plan->path).mount_point;
  storage::FilePool::Job<storage::KeySettled> settle =
      [plan = *record.plan, digest = record.digest, rules = services.path_rules()](
          const storage::StopFlag& stop) { return storage::settle_key_file(plan, digest, rules, stop); };
  BW_CO_TRY(const auto settled,
            co_await run_on<storage::KeySettled>(services.files(), call, group, std::move(settle)));
  if (settled == storage::KeySettled::elsewhere) log_elsewhere(services, intent, record.plan->temp_name);
  co_return settled == storage::KeySettled::written;
}

Task<Result<bool>> key_object_is_there(Services& services, const Secret& uri, const std::string& name,
                                       const crypto::Sha256& digest, storage::Call call) {
  BW_CO_TRY(const auto bucket, open_key_bucket(services, uri));
  co_return co_await storage::holds_key(*bucket, name, digest, call);
}

// The key file is there: its row, and the intent's end.
Task<Result<>> enter_key(Services& services, const catalog::Intent& intent, const KeyIntent& record,
                         const storage::Destination& destination) {
  BW_CO_TRY(const DestinationEntry entry,
            destination_entry(services, destination, intent.spec.key, services.clock().now()));
  const catalog::KeyBackupNote note = note_of(record, intent.spec.key, intent.created);
  co_return co_await write_catalog(services.store(), [&](catalog::Transaction& transaction) {
    return transaction.intents().finish_key(intent.id, entry.row, entry.access_key, note);
  });
}

Task<Result<>> settle_key(Services& services, catalog::Intent intent, KeyIntent record, storage::Call call) {
  BW_CO_TRY(Lane * lane, services.lane());
  BW_CO_TRY(const auto uri, lane->reader->intents().uri(intent));
  BW_CO_TRY(const auto destination, storage::parse_recorded_destination(
                                        uri ? uri->reveal() : std::string_view(intent.spec.key.path)));
  bool written = false;
  if (uri) {
    BW_CO_TRY(written,
              co_await key_object_is_there(services, *uri, destination.object_dir, record.digest, call));
  } else {
    BW_CO_TRY(written, co_await key_file_is_there(services, intent, record, call));
  }
  if (!written) co_return co_await abandon(services, intent.id);
  co_return co_await enter_key(services, intent, record, destination);
}

Task<Result<>> settle_give_up(Services& services, catalog::Intent intent, GiveUpIntent record,
                              const storage::Destination* fresh, storage::Call call) {
  BW_CO_TRY(const auto place, open_place(services, intent, fresh));
  const std::string token = record.plan.token;
  const char* const event = give_up_event(!record.plan.tombstone.empty());
  auto plan = std::make_shared<const storage::GiveUpPlan>(std::move(record.plan));
  BW_CO_TRY(const auto state, co_await place->settle_give_up(std::move(plan), call));
  if (state == storage::GiveUpState::elsewhere) log_elsewhere(services, intent, token);
  if (state != storage::GiveUpState::gone) co_return co_await abandon(services, intent.id);
  const auto done = co_await write_catalog(services.store(), [&](catalog::Transaction& transaction) {
    return transaction.intents().finish_giving_up(intent.id, event);
  });
  if (!done && done.error().is(Errc::tenant_not_exist)) co_return co_await abandon(services, intent.id);
  co_return done;
}

Task<Result<>> settle(Services& services, catalog::Intent intent, const storage::Destination* fresh,
                      storage::Call call) {
  if (services.busy_intents()->contains(intent.id)) {
    co_return fail(
        error::backup_dest_not_connect().with_hint("an earlier statement still waits for this path's "
                                                   "storage; check the mount, or, for a store that gave "
                                                   "no answer, try again in a minute"));
  }
  services.log().info("settling what an earlier operation on " +
                      storage::without_control(intent.spec.key.path) + " left unfinished");
  auto record = decode_record(intent);
  if (!record) {
    services.log().warning("what an earlier operation on " + storage::without_control(intent.spec.key.path) +
                           " was about to make can't be read any more; nothing was removed");
    co_return co_await abandon(services, intent.id);
  }
  // No co_await in a conditional expression: GCC 12 destroys its temporaries twice.
  if (auto* key = std::get_if<KeyIntent>(&*record))
    co_return co_await settle_key(services, std::move(intent), std::move(*key), call);
  if (auto* room = std::get_if<GiveUpIntent>(&*record))
    co_return co_await settle_give_up(services, std::move(intent), std::move(*room), fresh, call);
  auto* const probe = std::get_if<ProbeIntent>(&*record);
  auto& plan = probe != nullptr ? probe->plan : std::get<DestinationIntent>(*record).plan;
  co_return co_await settle_plan(services, std::move(intent), std::move(plan), fresh, call);
}

void log_unsettled(Services& services, catalog::TenantId tenant, const Error& error) {
  services.log().warning("what an earlier operation of tenant " + std::to_string(tenant) +
                         " left unfinished can't be settled now: " + error.text() +
                         "; it is tried again, and by the tenant's next SET");
}

}  // namespace

Result<std::unique_ptr<storage::ObjectStore>> open_key_bucket(Services& services, const Secret& uri) {
  BW_TRY(storage::Destination destination, storage::parse_recorded_destination(uri.reveal()));
  destination.object_dir.clear();
  return services.open_store(destination);
}

Result<DestinationEntry> destination_entry(Services& services, const storage::Destination& destination,
                                           catalog::DestinationKey key, Timestamp checked) {
  DestinationEntry entry;
  if (!destination.is_file()) entry.access_key = destination.secret();
  if (entry.access_key) {
    BW_TRY(entry.shown, services.store().display_key(destination.displayed_secret()));
  }
  entry.row.key = std::move(key);
  entry.row.authorization = destination.authorization(entry.shown);
  entry.row.extension = destination.extension;
  entry.row.last_check = checked;
  return entry;
}

namespace {

// Nobody waited for the end: nobody knows what was made. The intent stays open, and is settled after it.
storage::EndedLate settle_late(Services& services, const BusyIntent& busy, catalog::TenantId tenant) {
  return [services = &services, busy, tenant] {
    busy.end();
    settle_soon(*services, tenant);
  };
}

Task<> settle_now(const Statement& statement, catalog::TenantId tenant,
                  const storage::Destination& destination) {
  const auto settled = co_await settle_tenant(statement.services, tenant, destination.place_key(),
                                              statement.storage_call(), &destination);
  if (!settled) settle_soon(statement.services, tenant, kSettlePause);
}

// What could not be taken back yet is, as soon as the storage lets it.
Task<> settle_refused(const Statement& statement, catalog::TenantId tenant, std::int64_t intent,
                      Made::Left left, const storage::Destination& destination) {
  Services& services = statement.services;
  if (left == Made::Left::unknown) {
    co_await settle_now(statement, tenant, destination);
  } else if (left == Made::Left::stuck) {
    settle_soon(services, tenant, kSettlePause);
  } else {
    const auto abandoned = co_await abandon(services, intent);
    if (!abandoned) services.log().warning("an intent stays open: " + abandoned.error().text());
  }
}

}  // namespace

Task<Result<>> run_with_intent(const Statement& statement, catalog::TenantId tenant, IntendedWork& work) {
  Services& services = statement.services;
  // Marked before anybody can see it: a CHECK holds no lock that would keep others from settling it.
  std::optional<BusyIntent> mark;
  const auto intent = co_await write_catalog<std::int64_t>(
      services.store(), [&](catalog::Transaction& transaction) -> Result<std::int64_t> {
        BW_TRY(const std::int64_t id, work.open(transaction));
        mark.emplace(services.busy_intents(), id);
        return id;
      });
  BW_CO_CHECK(intent);
  const BusyIntent busy = *mark;
  const storage::EndedLate late = settle_late(services, busy, tenant);
  const auto made = co_await work.make(late);
  if (!made) co_return fail(made.error());
  busy.end();
  if (made->refused) {
    co_await settle_refused(statement, tenant, *intent, made->left, work.destination());
    co_return fail(*made->refused);
  }
  const auto committed = co_await change_catalog(
      statement,
      [&work, &intent](catalog::Transaction& transaction) { return work.finish(transaction, *intent); });
  if (committed) co_return Result<>{};
  // Nothing was acknowledged: what a failed commit leaves is settled like what a crash leaves.
  co_await settle_now(statement, tenant, work.destination());
  co_return fail(committed.error());
}

Task<Result<>> settle_tenant(Services& services, catalog::TenantId tenant, std::string_view path_key,
                             storage::Call call, const storage::Destination* fresh) {
  BW_CO_TRY(Lane * lane, services.lane());
  BW_CO_TRY(auto intents, lane->reader->intents().all(tenant));
  const Deadline patience = deadline_in(kOtherIntentsWait);
  for (catalog::Intent& intent : intents) {
    const bool here = place_of(intent) == path_key;
    const bool probe = is_probe(intent);
    // What a CHECK left counts as nothing: nobody has to wait for it.
    if (probe && (!here || services.busy_intents()->contains(intent.id))) continue;
    const bool needed = here && !probe;
    storage::Call limited = call;
    if (!needed)
      limited.deadline = std::min(call.deadline, probe ? patience : deadline_in(kOtherIntentsWait));
    const auto settled = co_await settle(services, std::move(intent), here ? fresh : nullptr, limited);
    if (!settled && needed) co_return fail(settled.error());
    if (!settled) log_unsettled(services, tenant, settled.error());
  }
  co_return Result<>{};
}

// In the handler nothing is awaited.
Task<Result<>> settling_after(Services& services, catalog::TenantId tenant, Task<Result<>> operation) {
  try {
    co_return co_await std::move(operation);
  } catch (...) {
    settle_soon(services, tenant);
    throw;
  }
}

namespace {

// Those of CHECKs, which need no lock. One that still runs settles its own.
Task<Result<>> settle_probes(Services& services, catalog::TenantId tenant) {
  BW_CO_TRY(Lane * lane, services.lane());
  BW_CO_TRY(auto intents, lane->reader->intents().all(tenant));
  const storage::Call call{services.storage_deadline(), &services.housekeeper().cancellation()};
  Result<> first;
  for (catalog::Intent& intent : intents) {
    if (!is_probe(intent) || services.busy_intents()->contains(intent.id)) continue;
    const auto settled = co_await settle(services, std::move(intent), nullptr, call);
    if (!settled && first) first = settled;
  }
  co_return first;
}

bool is_left(Services& services, const catalog::Intent& intent) {
  return !is_probe(intent) || !services.busy_intents()->contains(intent.id);
}

// Whether none is open any more.
Task<bool> settle_all_of(Services& services, catalog::TenantId tenant) {
  const auto probes = co_await settle_probes(services, tenant);
  if (!probes) log_unsettled(services, tenant, probes.error());
  const storage::Call call{services.storage_deadline(), &services.housekeeper().cancellation()};
  const auto guard = co_await services.tenant_locks().acquire(tenant, call);
  Result<> settled;
  if (guard) {
    settled = co_await settle_tenant(services, tenant, {}, call);
  } else {
    settled = fail(guard.error());
  }
  if (!settled) log_unsettled(services, tenant, settled.error());
  const auto lane = services.lane();
  const auto left = lane ? (*lane)->reader->intents().all(tenant) : fail(lane.error());
  co_return left&& std::ranges::none_of(
      *left, [&](const catalog::Intent& intent) { return is_left(services, intent); });
}

// On the housekeeper. One goes on trying for a tenant; others try once.
Task<> settle_until_done(Services& services, catalog::TenantId tenant, std::chrono::milliseconds pause) {
  Housekeeper& housekeeper = services.housekeeper();
  const bool first = housekeeper.settling().insert(tenant).second;
  while (!housekeeper.cancellation().cancelled()) {
    const Deadline until = deadline_in(pause);
    co_await storage::sleep_until(until, {until, &housekeeper.cancellation()});
    if (housekeeper.cancellation().cancelled()) break;
    const bool done = co_await settle_all_of(services, tenant);
    if (done || !first) break;
    pause = std::clamp(2 * pause, kSettlePause, kMaxSettlePause);
  }
  if (first) housekeeper.settling().erase(tenant);
}

}  // namespace

Task<> settle_all(Services& services) {
  std::set<catalog::TenantId> tenants;
  if (auto lane = services.lane()) {
    if (auto intents = (*lane)->reader->intents().all()) {
      for (const catalog::Intent& intent : *intents) tenants.insert(intent.spec.key.tenant_id);
    }
  }
  for (const catalog::TenantId tenant : tenants) {
    const bool done = co_await settle_all_of(services, tenant);
    if (!done) settle_soon(services, tenant, kSettlePause);
  }
}

void settle_soon(Services& services, catalog::TenantId tenant, std::chrono::milliseconds pause) {
  services.housekeeper().spawn(
      [&services, tenant, pause] { return settle_until_done(services, tenant, pause); });
}

}  // namespace breakwater::server::execute
