// The thread on which the state machines of jobs run, as coroutines: backups, the log archive, restores.
//
// A statement writes a job's row and rings (Services::job_bell()); whoever runs that kind of job looks at the rows, not at
// who rang. So nothing is lost if the server ends in between: after a start everybody looks at the rows once.
//
// What a state machine does: a step outside (storage, with a storage::Call), then a commit that says so, then the next
// one. It holds a place of slots() only while it works, never while it waits for a time. All of it is on the runner's
// thread, so state of its own needs no lock.
//
// At the end of the server the runner's cancellation ends every wait with server_shutdown (1053): a state machine then
// returns without another commit, and goes on after the next start from the step that it had committed.
//
// A store that hangs holds what uses it for as long as its calls' deadlines. So that it doesn't hold all places of jobs, whoever
// works at a destination first takes a share of its store (shares()), then a place: of one store at most half of the places
// are at work, however many tenants have their destinations there. With a single place a job that hangs holds up the others.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "server/execute/context/fair_queue.h"
#include "storage/pool/cancellation.h"

namespace breakwater::server::jobs {

/// Steady time as jobs see it: unit tests have one of their own, which they move by hand.
class Timers {
 public:
  virtual ~Timers() = default;
  virtual Deadline now() const = 0;
  /// Waits until then or until the cancellation, whichever is first.
  virtual Task<> sleep_until(Deadline until, storage::Cancellation& cancellation) = 0;

  Task<> sleep_for(std::chrono::milliseconds pause, storage::Cancellation& cancellation) {
    return sleep_until(now() + pause, cancellation);
  }
};
Timers& system_timers();

/// What somebody waits for who has nothing to do until a row changes or a time comes. Of the runner's thread.
class Wake {
 public:
  /// Ends the wait. One that comes while nobody waits ends the next.
  void ring();
  /// Waits for a ring, until then, or until the cancellation.
  Task<> wait_until(Deadline until, Timers& timers, storage::Cancellation& cancellation);

 private:
  class Waiting;

  bool rung_ = false;
  storage::Cancellation* waiting_ = nullptr;
};

/// Of each store (stored_destination.h: store_of()) at most half of the places, but one. Of the runner's thread.
class StoreShares {
 public:
  explicit StoreShares(std::size_t places) : of_each_(std::max<std::size_t>(1, places / 2)) {}

  /// To be held with the place, and taken before it. Fair between tenants. Errors: FairQueue::acquire()'s.
  Task<Result<execute::FairQueue::Guard>> acquire(std::string store, std::int64_t tenant, storage::Call call);

 private:
  const std::size_t of_each_;
  std::map<std::string, std::shared_ptr<execute::FairQueue>>
      queues_;  ///< of stores that are used or waited for
};

class Runner {
 public:
  /// `places`: the setting backup_jobs. Throws std::system_error if the system has no thread to give.
  Runner(std::size_t places, Log& log);
  ~Runner() { stop(); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  Executor executor() { return context_.get_executor(); }

  /// Cancelled when the server ends. Only for the runner's thread.
  storage::Cancellation& cancellation() { return cancellation_; }

  /// The places of jobs that work, fair between tenants: take one with acquire(tenant, false, call) before a job's work
  /// outside, and give it back before a pause. The archive needs none.
  execute::FairQueue& slots() { return slots_; }
  /// What is taken of a store before a place.
  StoreShares& shares() { return shares_; }

  /// Runs begin()'s task on the runner's thread. Any thread. What it throws is logged. Throws std::bad_alloc.
  void spawn(std::function<Task<>()> begin);

  /// Cancels, waits until every task has ended, and ends the thread. May be called again; not from the thread itself.
  void stop();

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
  storage::Cancellation cancellation_;
  execute::FairQueue slots_;
  StoreShares shares_;
  Log& log_;
  std::thread thread_;
};

}  // namespace breakwater::server::jobs
