// Shares a few places among many statements: the threads of long SELECTs and those that derive keys. Each
// tenant has a share, and sys a place that nobody else gets, so that no tenant makes the others wait longer
// than one job takes. A statement that finds no free place waits in line as a coroutine, which needs no
// thread.
//
//   BW_CO_TRY(const FairQueue::Guard place, co_await queue.acquire(tenant_id, is_sys, call));
//
// A free place goes to the tenant that holds the fewest places; among those, to the one that has waited
// longest since it came or last had a place. A tenant's own statements are served in their order.
//
// Thread-safe. A Guard may be released on any thread, even after the queue is destroyed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/task.h"
#include "storage/pool/cancellation.h"

namespace breakwater::server::execute {

struct FairQueueOptions {
  std::size_t places = 2;      ///< for everybody
  std::size_t per_tenant = 1;  ///< of these, the most for one tenant at the same time
  std::size_t sys_places = 1;  ///< additional ones for sessions of sys only; those may take the others too
  std::size_t max_waiting = 1024;
  std::size_t max_waiting_per_tenant = 256;
  std::string late{};  ///< the hint if the deadline passes: what the statement waited for, and what to do
  std::string full{};  ///< the hint if too many wait
};

struct FairQueueStats {
  std::size_t held = 0;
  std::size_t waiting = 0;
};

class FairQueue {
  struct State;

 public:
  /// A place; the destructor frees it.
  class Guard {
   public:
    Guard() = default;
    Guard(Guard&& other) noexcept = default;
    Guard& operator=(Guard&& other) noexcept;
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { release(); }
    void release();

   private:
    friend class FairQueue;
    Guard(std::shared_ptr<State> state, std::int64_t tenant, bool of_sys)
        : state_(std::move(state)), tenant_(tenant), of_sys_(of_sys) {}

    std::shared_ptr<State> state_{};
    std::int64_t tenant_ = 0;
    bool of_sys_ = false;  ///< one of sys_places
  };

  explicit FairQueue(FairQueueOptions options);
  ~FairQueue();
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  /// `is_sys`: `tenant` is sys. Errors: timeout (4012) with the hint `late` at the call's deadline;
  /// out_of_resources (1041) with the hint `full` if too many wait; out_of_memory (1037); the cancellation's
  /// error. A wait that ends so leaves the line at once.
  Task<Result<Guard>> acquire(std::int64_t tenant, bool is_sys, storage::Call call);

  FairQueueStats stats() const;

 private:
  struct Waiter;
  class Place;

  Task<Result<Guard>> wait_in_line(std::int64_t tenant, bool is_sys, storage::Call call);

  std::shared_ptr<State> state_;
};

}  // namespace breakwater::server::execute
