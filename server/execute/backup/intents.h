// Intents: what an operation is about to make outside the catalogue, written down before it does. One that is
// still open when nobody works on it any more is settled: what it made is removed, or, for a key file that
// was written whole, entered.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "catalog/model/entities.h"
#include "server/execute/context/services.h"
#include "server/net/handler.h"
#include "storage/destination/uri.h"
#include "storage/object/object_store.h"

namespace breakwater::server::execute {

/// Settles a tenant's open intents; the caller holds its lock. An intent of `path_key` must be settled: if it
/// still hangs on a dead mount, or its storage doesn't answer, that is the error (9070 or the storage's own).
/// Others get kOtherIntentsWait each and stay open if that isn't enough, so that a dead mount delays its own
/// statements only. `fresh`, if any, is the destination at path_key as the user writes it now: its access key
/// counts, not the one of the time of the intent.
Task<Result<>> settle_tenant(Services& services, catalog::TenantId tenant, std::string_view path_key,
                             storage::Call call, const storage::Destination* fresh = nullptr);

inline constexpr auto kOtherIntentsWait = std::chrono::seconds(2);

/// The whole bucket of a key backup's URI, for storage/object/key_object.h.
Result<std::unique_ptr<storage::ObjectStore>> open_key_bucket(Services& services, const Secret& uri);

/// The key file is there: its row, and the intent's end.
Task<Result<>> finish_key_backup(Services& services, std::int64_t intent,
                                 const storage::Destination& destination, catalog::DestinationKey key,
                                 Timestamp now);

/// An operation that opens intents of this tenant: what it throws (std::bad_alloc) leaves them to be settled.
Task<Result<>> settling_after(Services& services, catalog::TenantId tenant, Task<Result<>> operation);

/// At start: every open intent, tenant by tenant, each under its lock. Failures are logged, and tried again
/// as by settle_soon(). Runs on the housekeeper.
Task<> settle_all(Services& services);

/// Any thread: the tenant's open intents, behind whatever holds its lock, after `pause`; and again, more and
/// more seldom, until none is left. For what was given up, or could not be taken back.
void settle_soon(Services& services, catalog::TenantId tenant, std::chrono::milliseconds pause = {});

inline constexpr auto kSettlePause = std::chrono::milliseconds(2'000);  ///< doubled until kMaxSettlePause
inline constexpr auto kMaxSettlePause = std::chrono::milliseconds(300'000);

}  // namespace breakwater::server::execute
