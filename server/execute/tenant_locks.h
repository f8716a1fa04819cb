// One tenant's settings change one at a time. A lock that coroutines wait for without holding a thread.
//
// Thread-safe. A Guard may be released on any thread. Waiters get the lock in the order they came.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"
#include "base/error.h"
#include "server/net/handler.h"
#include "storage/task.h"

namespace breakwater::server::execute {

class TenantLocks {
 public:
  class Guard {
   public:
    Guard() = default;
    Guard(TenantLocks* locks, std::int64_t tenant) : locks_(locks), tenant_(tenant) {}
    Guard(Guard&& other) noexcept : locks_(std::exchange(other.locks_, nullptr)), tenant_(other.tenant_) {}
    Guard& operator=(Guard&& other) noexcept;
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { release(); }
    void release();

   private:
    TenantLocks* locks_ = nullptr;
    std::int64_t tenant_ = 0;
  };

  /// Waits until the lock is free. timeout (4012) at the deadline; the cancellation's error.
  Task<Result<Guard>> acquire(std::int64_t tenant, Executor executor, storage::Call call);

 private:
  struct Waiter;
  struct Lock {
    std::deque<std::shared_ptr<Waiter>> waiters;
  };
  void release(std::int64_t tenant);

  std::mutex mutex_;
  std::unordered_map<std::int64_t, Lock> locks_;  ///< the locks that are held
};

}  // namespace breakwater::server::execute
