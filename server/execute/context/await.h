// How a coroutine waits for the store and for a time.
#pragma once

#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/wait_traits.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "catalog/store/store.h"
#include "storage/pool/await.h"

namespace breakwater::server::execute {

using breakwater::run_on;
using storage::run_on;

/// Runs a job on the store's writer thread; its changes are durable when this returns. The job may use the
/// coroutine's locals.
template <class T = void, class Job>
Task<Result<T>> write_catalog(catalog::Store& store, Job job) {
  return await_callback<Result<T>>([&store, job = std::move(job)](auto done) mutable {
    if constexpr (std::is_void_v<T>) {
      store.submit(std::move(job), std::move(done));
    } else {
      store.write<T>(std::move(job), std::move(done));
    }
  });
}

/// Calls `ring` at a given time on the executor's thread, unless the Alarm is destroyed before. Belongs to
/// that thread.
class Alarm {
 public:
  template <class Ring>
  Alarm(const Executor& executor, Deadline at, Ring ring) : timer_(executor, at) {
    timer_.async_wait(
        [alive = std::weak_ptr<bool>(alive_), ring = std::move(ring)](const auto& error) mutable {
          if (!error && !alive.expired()) ring();
        });
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer_;
};

}  // namespace breakwater::server::execute
