// Derives keys from passwords. That is slow on purpose and takes memory, so it runs on threads of its own, a
// few at a time, and tenants take turns. A derivation never hangs, so everybody who waits gets a turn.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/wait_traits.hpp>

#include "server/execute/context/await.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {
namespace detail {

/// One derivation. It may outlive the statement that asked for it.
template <class T>
struct Derivation {
  using Job = std::move_only_function<Result<T>()>;
  using Done = std::move_only_function<void(Result<T>)>;

  /// Only the first answer counts. Any thread.
  void answer(Result<T> result) {
    Done call;
    {
      const std::scoped_lock lock(mutex);
      call = std::exchange(done, nullptr);
    }
    if (call) call(std::move(result));
  }
  /// For when there is no memory for an answer: the waiting statement gets out_of_resources (1041).
  void drop_answer() {
    const std::scoped_lock lock(mutex);
    done = nullptr;
  }

  Job job{};
  FairQueue::Guard place{};
  HandlerMemory timer_memory{};
  std::mutex mutex{};
  Done done{};  ///< guarded by mutex
};

/// Runs the derivation. Frees the place before it answers, so that the statement's next derivation finds it
/// free.
template <class T>
void run(const std::shared_ptr<Derivation<T>>& derivation) {
  const auto outcome = [&]() -> Result<T> {
    try {
      return derivation->job();
    } catch (...) {
      return fail(caught_error());
    }
  };
  try {
    Result<T> result = outcome();
    derivation->job = nullptr;
    derivation->place.release();
    derivation->answer(std::move(result));
  } catch (...) {
    derivation->place.release();
    derivation->drop_answer();
    throw;
  }
}

}  // namespace detail

/// Runs `job`, which must own what it uses, in the turn of the statement's tenant. Errors: those of the job;
/// timeout (4012) at the statement's deadline; the cancellation's error, at once (a job that runs already
/// goes on to its end and holds its tenant's place meanwhile); out_of_memory (1037), out_of_resources (1041).
template <class T>
Task<Result<T>> derive(const Statement& statement, std::move_only_function<Result<T>()> job) {
  namespace asio = boost::asio;
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  const storage::Call call = statement.storage_call();
  const session::Identity& identity = statement.session.identity();
  const auto derivation = std::make_shared<detail::Derivation<T>>();
  derivation->job = std::move(job);
  BW_CO_TRY(derivation->place, co_await statement.services.derivations().acquire(identity.account.tenant_id,
                                                                                 identity.is_sys(), call));
  Timer timer(statement.connection.executor(), call.deadline);
  const storage::Cancellation::Watch watch(call.cancellation,
                                           [&] { derivation->answer(fail(call.cancellation->why())); });
  auto start = [&](auto done) {
    auto late = [derivation](boost::system::error_code error) {
      if (error) return;
      derivation->answer(fail(error::timeout().with_hint(
          "deriving a key from the password took longer than backup_dest_timeout; try again when the machine "
          "has less to do")));
    };
    timer.async_wait(asio::bind_allocator(derivation->timer_memory.allocator(), std::move(late)));
    typename detail::Derivation<T>::Done answer(std::move(done));
    {
      const std::scoped_lock lock(derivation->mutex);
      derivation->done = std::move(answer);
    }
    // The alarm also refers to the derivation, so a derivation that can't begin must be answered here.
    try {
      if (!statement.services.derivers().submit([derivation] { detail::run(derivation); }))
        derivation->drop_answer();
    } catch (...) {
      derivation->drop_answer();
      throw;
    }
  };
  co_return co_await await_callback<Result<T>>(std::move(start));
}

}  // namespace breakwater::server::execute
