// Intents: what an operation is about to make outside the catalogue, written down before it does. One that is
// still open when nobody works on it any more is settled: what it made is removed, or, for a key file that
// was written whole, entered.
#pragma once

#include <chrono>
#include <string_view>

#include "catalog/types.h"
#include "server/execute/services.h"
#include "server/net/handler.h"

namespace breakwater::server::execute {

/// Settles a tenant's open intents; the caller holds its lock. An intent of `path_key` must be settled: if it
/// still hangs on a dead mount, or its storage doesn't answer, that is the error (9070 or the storage's own).
/// Others get kOtherIntentsWait each and stay open if that isn't enough, so that a dead mount delays its own
/// statements only. `cancellation`, if any, ends the waits.
Task<Result<>> settle_tenant(Services& services, catalog::TenantId tenant, std::string_view path_key,
                             storage::Cancellation* cancellation);

inline constexpr auto kOtherIntentsWait = std::chrono::seconds(2);

/// At start: every open intent, tenant by tenant, each under its lock. Failures are logged; what stays open
/// is tried again by the tenant's next SET. Runs on the housekeeper.
Task<> settle_all(Services& services);

/// Any thread: the tenant's open intents, behind whatever holds its lock, as settle_all. For an operation
/// that was given up and has ended after all.
void settle_soon(Services& services, catalog::TenantId tenant);

}  // namespace breakwater::server::execute
