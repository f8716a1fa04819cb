#include "server/execute/intents.h"

#include <algorithm>
#include <set>
#include <utility>

#include "server/execute/await.h"
#include "storage/file_destination.h"
#include "storage/key_file.h"
#include "storage/mounts.h"
#include "storage/uri.h"

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kFilePrefix = "file://";

std::string local_path(const catalog::DestinationKey& key) {
  return storage::normalize_path(std::string_view(key.path).substr(kFilePrefix.size()));
}

Task<Result<>> abandon(Services& services, std::int64_t intent) {
  return write_catalog(services.store(), [intent](catalog::Transaction& transaction) {
    return transaction.abandon_intent(intent);
  });
}

Task<Result<>> settle_data(Services& services, catalog::Intent intent, storage::Call call) {
  auto plan = storage::WritePlan::from_lines(intent.spec.files, intent.spec.format);
  if (plan) {
    const std::string root = local_path(intent.spec.key);
    storage::FilePool::Job<bool> undo = [plan = *std::move(plan),
                                         root](const storage::StopFlag& stop) -> Result<bool> {
      BW_CHECK(storage::FileDestination(root).undo(plan, storage::Footprint::of(plan), stop));
      return true;
    };
    BW_CO_CHECK(co_await run_on<bool>(services.files(), call, storage::current_mount_of(root).mount_point,
                                      std::move(undo)));
  }
  co_return co_await abandon(services, intent.id);
}

// The row that the key file would have had; its dest_id stands in the intent.
Result<> enter_key_backup(catalog::Transaction& transaction, const catalog::Intent& intent, Timestamp now) {
  catalog::Destination made;
  made.key = intent.spec.key;
  made.last_check = now;
  return transaction.finish_destination(intent.id, made, "", std::nullopt);
}

Task<Result<>> settle_key(Services& services, catalog::Intent intent, storage::Call call) {
  auto plan = storage::KeyFilePlan::from_lines(intent.spec.files);
  crypto::Sha256 digest{};
  if (!plan || intent.spec.format.size() != digest.size()) co_return co_await abandon(services, intent.id);
  std::ranges::copy(intent.spec.format, digest.begin());
  const std::string group = storage::current_mount_of(plan->path).mount_point;
  storage::FilePool::Job<bool> settle = [plan = *std::move(plan), digest](const storage::StopFlag& stop) {
    return storage::settle_key_file(plan, digest, stop);
  };
  BW_CO_TRY(const bool written, co_await run_on<bool>(services.files(), call, group, std::move(settle)));
  if (!written) co_return co_await abandon(services, intent.id);
  const auto entered = co_await write_catalog(services.store(), [&](catalog::Transaction& transaction) {
    return enter_key_backup(transaction, intent, services.clock().now());
  });
  // The tenant is gone: its key file stays, nothing remembers it.
  if (!entered && entered.error().is(Errc::tenant_not_exist)) co_return co_await abandon(services, intent.id);
  co_return entered;
}

Task<Result<>> settle(Services& services, catalog::Intent intent, storage::Call call) {
  if (services.busy_intents().contains(intent.id)) {
    co_return fail(error::backup_dest_not_connect().with_hint(
        "an earlier statement still waits for this path's file system; check the mount"));
  }
  services.log().info("settling what an earlier operation on " + intent.spec.key.path + " left unfinished");
  // No co_await in a conditional expression: GCC 12 destroys its temporaries twice.
  if (intent.spec.kind == catalog::DestinationKind::backup_key)
    co_return co_await settle_key(services, std::move(intent), call);
  co_return co_await settle_data(services, std::move(intent), call);
}

void log_unsettled(Services& services, catalog::TenantId tenant, const Error& error) {
  services.log().warning("what an earlier operation of tenant " + std::to_string(tenant) +
                         " left unfinished can't be settled now: " + error.text() +
                         "; the tenant's next SET tries again");
}

}  // namespace

Task<Result<>> settle_tenant(Services& services, catalog::TenantId tenant, std::string_view path_key,
                             storage::Cancellation* cancellation) {
  BW_CO_TRY(Lane * lane, services.lane());
  BW_CO_TRY(auto intents, lane->reader->intents(tenant));
  for (catalog::Intent& intent : intents) {
    const bool needed = intent.spec.path_key == path_key;
    const Deadline deadline = needed ? services.storage_deadline() : deadline_in(kOtherIntentsWait);
    const auto settled = co_await settle(services, std::move(intent), {deadline, cancellation});
    if (!settled && needed) co_return fail(settled.error());
    if (!settled) log_unsettled(services, tenant, settled.error());
  }
  co_return Result<>{};
}

namespace {

Task<> settle_locked(Services& services, catalog::TenantId tenant) {
  storage::Cancellation* const cancellation = &services.housekeeper().cancellation();
  const auto guard = co_await services.tenant_locks().acquire(tenant, services.housekeeper().executor(),
                                                              {services.storage_deadline(), cancellation});
  Result<> settled;
  if (guard) {
    settled = co_await settle_tenant(services, tenant, {}, cancellation);
  } else {
    settled = fail(guard.error());
  }
  if (!settled) log_unsettled(services, tenant, settled.error());
}

}  // namespace

Task<> settle_all(Services& services) {
  std::set<catalog::TenantId> tenants;
  if (auto lane = services.lane()) {
    if (auto intents = (*lane)->reader->intents()) {
      for (const catalog::Intent& intent : *intents) tenants.insert(intent.spec.key.tenant_id);
    }
  }
  for (const catalog::TenantId tenant : tenants) co_await settle_locked(services, tenant);
}

void settle_soon(Services& services, catalog::TenantId tenant) {
  services.housekeeper().spawn([&services, tenant] { return settle_locked(services, tenant); });
}

}  // namespace breakwater::server::execute
