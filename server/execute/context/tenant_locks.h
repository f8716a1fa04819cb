// A lock for each tenant, so that its settings change one at a time. Coroutines wait for it without holding a
// thread.
//
// Thread-safe. A Guard may be released on any thread. Waiting statements get the lock in their order.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "server/execute/context/fair_queue.h"
#include "storage/pool/cancellation.h"

namespace breakwater::server::execute {

class TenantLocks {
 public:
  using Guard = FairQueue::Guard;

  /// Waits until the lock is free. Errors: timeout (4012) at the deadline; out_of_resources (1041) if too
  /// many wait; the cancellation's error.
  Task<Result<Guard>> acquire(std::int64_t tenant, storage::Call call) {
    return locks_.acquire(tenant, false, call);
  }

 private:
  FairQueue locks_{{.places = SIZE_MAX,
                    .per_tenant = 1,
                    .sys_places = 0,
                    .max_waiting = 16'384,
                    .max_waiting_per_tenant = 4096,
                    .late =
                        "other statements change this tenant's settings or derive its keys, one after the "
                        "other; try again when they are done",
                    .full = "too many statements wait to change this tenant's settings; try again later"}};
};

}  // namespace breakwater::server::execute
