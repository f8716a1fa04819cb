// What all kinds of jobs do alike: look at the rows, take a turn, attempt, settle.
//
// A job that works is a coroutine with a place of the runner's slots; one that waits for its next attempt, or to be shown
// no longer, is a row and a time. Jobs of one tenant run one after the other, tenants take turns, and at most so many
// coroutines exist as the kind says, however many jobs there are. What fails is tried again after kPauses (attempts.h).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/task.h"
#include "catalog/store/store.h"
#include "server/execute/context/await.h"
#include "server/jobs/attempts.h"
#include "server/jobs/runner.h"

namespace breakwater::server::jobs {

/// What every kind of job has of the server.
struct JobWorld {
  catalog::Store& store;
  const Clock& clock;
  Timers& timers;
  Log& log;
  execute::FairQueue& slots;
  StoreShares& shares;
  storage::Cancellation& ending;                            ///< the runner's
  std::function<std::chrono::milliseconds()> visible_time;  ///< the setting job_visible_time
  std::function<void(std::function<Task<>()>)> spawn;       ///< on the runner's thread
  std::shared_ptr<catalog::Reader> reader{};                ///< that jobs share; null: one of its own
};

/// A stretch of a worker's way that ends with the server, by a statement, or at a time, whatever the store does.
class Stage {
 public:
  explicit Stage(storage::Cancellation& ending)
      : end_(&ending, [this] { cancellation.cancel(error::server_shutdown()); }) {}
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  void begin(Deadline until) { until_ = until; }
  void end() { until_.reset(); }
  bool is_running() const { return until_.has_value(); }
  void end_if_late(Deadline now, Deadline& next) {
    if (!until_) return;
    if (*until_ > now) {
      next = std::min(next, *until_);
    } else {
      cancellation.cancel(error::timeout().with_hint("the backup destination took too long altogether"));
    }
  }
  bool is_cancelled_by_statement() const {
    return cancellation.cancelled() && cancellation.why().is(Errc::job_canceled);
  }

  storage::Cancellation cancellation;

 private:
  const storage::Cancellation::Watch end_;
  std::optional<Deadline> until_;
};

/// How an attempt that failed is entered.
enum class Ending : std::uint8_t { again, failed, cancelled };

/// Of the runner's thread alone. `Job` is a row as its role of the catalogue gives it; it has `canceling`, `attempts` and
/// `next_attempt`.
template <class Job>
class JobLoop {
 public:
  virtual ~JobLoop() = default;
  JobLoop(const JobLoop&) = delete;
  JobLoop& operator=(const JobLoop&) = delete;

  /// Until the runner ends. Must have ended, with all that it spawned, before this is destroyed.
  Task<> run();
  /// A row has changed.
  void ring() { wake_.ring(); }

 protected:
  /// A job that works, until it is settled. A kind may have more in its own.
  struct Worker {
    Worker(Job of, storage::Cancellation& ending) : job(std::move(of)), attempt(ending) {}
    virtual ~Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    Job job;
    Stage attempt;
  };

  /// `most`: that work at one time. `name`: of one, for the log: "a backup job".
  JobLoop(JobWorld world, std::size_t most, std::string_view name)
      : world_(std::move(world)), most_(most), name_(name), reader_(world_.reader) {}

  // ---- what each kind has of its own. Errors are the catalogue's, but those of attempt().

  virtual catalog::BackupJobKey key_of(const Job& job) const = 0;
  /// Moves what was shown long enough, and says when the next one began that is done and stays.
  virtual Result<std::optional<Timestamp>> move_shown(catalog::Transaction& transaction,
                                                      Timestamp before) = 0;
  /// Rows that it begins itself.
  virtual Task<Result<>> prepare(Deadline& /*next*/) { co_return Result<>{}; }
  /// Hands the rows that are to be worked on to look_at(), or begin_in_turn().
  virtual Result<> begin_due(Deadline& next) = 0;
  virtual Result<> end_what_is_late(Deadline& /*next*/) { return {}; }
  virtual std::shared_ptr<Worker> make_worker(const Job& job) {
    return std::make_shared<Worker>(job, world_.ending);
  }
  /// CANCEL for a job of the tenant that `worker` works for.
  virtual void cancel(Worker& worker, const Job& job) {
    if (key_of(worker.job) == key_of(job)) worker.attempt.cancellation.cancel(error::job_canceled());
  }
  /// Of which a share is taken before a place, in this order (stored_destination.h: store_of()).
  virtual Result<std::vector<std::string>> shares_of(const Job& /*job*/) {
    return std::vector<std::string>();
  }
  /// What the storage answers is settled in the row.
  virtual Task<Result<>> attempt(Worker& worker) = 0;
  virtual bool may_pass(const Error& why) const { return !is_final(why); }
  /// Enters it. `next`: when it is tried again.
  virtual Task<Result<>> enter(Worker& worker, Ending ending, Timestamp next, Error why) = 0;
  /// Once it is settled and has given back its place.
  virtual Task<> behind(Worker& /*worker*/) { co_return; }

  // ---- what they are made of

  /// Hands what `page` gives, tenant by tenant (after, at most `limit`), to look_at(). Begins behind the tenant whose job was
  /// begun last, so that no tenant is always first.
  template <class Page>
  Result<> begin_in_turn(Page page, Deadline& next);
  void look_at(const Job& job, Deadline& next);
  template <class Step>
  Task<Result<>> commit(Step step) {
    return execute::write_catalog(world_.store, std::move(step));
  }
  catalog::Reader& reader() { return *reader_; }
  const std::map<catalog::TenantId, std::shared_ptr<Worker>>& workers() const { return workers_; }

  const JobWorld world_;

 private:
  Task<> look_and_wait();
  Task<Result<Deadline>> look();
  Task<Result<>> move_all_shown(Deadline& next);
  Deadline at(Timestamp time, std::chrono::milliseconds longest) const;
  void begin(const Job& job);
  Task<> work(std::shared_ptr<Worker> worker);
  Task<> pause_behind(const Worker& worker, const Error& why);
  Task<Result<>> work_in_turn(Worker& worker);
  Task<Result<>> settle(Worker& worker, Error why);
  std::string named(const Job& job) const {
    return std::string(name_) + " of tenant " + std::to_string(key_of(job).tenant_id);
  }

  const std::size_t most_;
  const std::string_view name_;
  std::shared_ptr<catalog::Reader> reader_;
  Wake wake_;
  std::map<catalog::TenantId, std::shared_ptr<Worker>> workers_;
  catalog::TenantId last_begun_ = 0;  ///< the next look begins behind it
};

template <class Job>
Task<> JobLoop<Job>::run() {
  while (!world_.ending.cancelled()) {
    try {
      co_await look_and_wait();
    } catch (...) {  // no memory: the rows stay as they are
      log_caught(world_.log, name_);
      pause_after_failure();
    }
  }
}

template <class Job>
Task<> JobLoop<Job>::look_and_wait() {
  const auto next = co_await look();
  if (!next)
    world_.log.error("whether there is " + std::string(name_) + " isn't known: " + next.error().text());
  const Deadline until = next ? *next : world_.timers.now() + kAfterFailure;
  co_await wake_.wait_until(until, world_.timers, world_.ending);
}

template <class Job>
Task<Result<Deadline>> JobLoop<Job>::look() {
  if (reader_ == nullptr) {
    BW_CO_TRY(reader_, world_.store.open_reader());
  }
  Deadline next = world_.timers.now() + kLookAgain;
  BW_CO_CHECK(co_await move_all_shown(next));
  BW_CO_CHECK(co_await prepare(next));
  BW_CO_CHECK(end_what_is_late(next));
  BW_CO_CHECK(begin_due(next));
  co_return next;
}

// When a time of the catalogue comes on the steady clock. If the wall clock was set back, it isn't waited for longer than
// it could have been at first.
template <class Job>
Deadline JobLoop<Job>::at(Timestamp time, std::chrono::milliseconds longest) const {
  const std::chrono::microseconds left(std::max<Timestamp>(time - world_.clock.now(), 0));
  return world_.timers.now() + std::min<std::chrono::microseconds>(left, longest);
}

template <class Job>
Task<Result<>> JobLoop<Job>::move_all_shown(Deadline& next) {
  const std::chrono::milliseconds visible = world_.visible_time();
  std::optional<Timestamp> began;
  auto move = [&](catalog::Transaction& transaction) -> Result<> {
    BW_TRY(began, move_shown(transaction, world_.clock.now() - micros_in(visible)));
    return {};
  };
  BW_CO_CHECK(co_await commit(std::move(move)));
  if (began) next = std::min(next, at(*began + micros_in(visible), visible));
  co_return Result<>{};
}

template <class Job>
template <class Page>
Result<> JobLoop<Job>::begin_in_turn(Page page, Deadline& next) {
  const catalog::TenantId turn = last_begun_;
  catalog::TenantId after = turn;
  for (bool again = turn > 0;;) {
    BW_TRY(const std::vector<Job> jobs, page(after, most_));
    for (const Job& job : jobs) look_at(job, next);
    if (jobs.size() == most_) {
      after = key_of(jobs.back()).tenant_id;
    } else if (again) {
      again = false;
      after = 0;
    } else {
      return {};
    }
    if (!again && turn > 0 && after >= turn) return {};
  }
}

template <class Job>
void JobLoop<Job>::look_at(const Job& job, Deadline& next) {
  const auto working = workers_.find(key_of(job).tenant_id);
  if (working != workers_.end()) {
    if (job.canceling) cancel(*working->second, job);
    return;
  }
  const Deadline due = at(job.next_attempt, *std::rbegin(kPauses));
  if (!job.canceling && due > world_.timers.now()) {
    next = std::min(next, due);
  } else if (workers_.size() < most_) {
    begin(job);
  }
}

template <class Job>
void JobLoop<Job>::begin(const Job& job) {
  const auto worker = make_worker(job);
  const catalog::TenantId tenant = key_of(job).tenant_id;
  workers_.emplace(tenant, worker);
  last_begun_ = tenant;
  if (job.canceling) worker->attempt.cancellation.cancel(error::job_canceled());
  try {
    world_.spawn([this, worker] { return work(worker); });
  } catch (...) {
    workers_.erase(tenant);
    throw;
  }
}

template <class Job>
Task<> JobLoop<Job>::work(std::shared_ptr<Worker> worker) {
  try {
    const auto done = co_await work_in_turn(*worker);
    worker->attempt.end();
    if (done) {
      co_await behind(*worker);
    } else {
      co_await pause_behind(*worker, done.error());
    }
  } catch (...) {
    log_caught(world_.log, name_);
    pause_after_failure();
  }
  workers_.erase(key_of(worker->job).tenant_id);
  ring();
}

// The row stays as it is: whoever looks next finds it.
template <class Job>
Task<> JobLoop<Job>::pause_behind(const Worker& worker, const Error& why) {
  if (!world_.ending.cancelled())
    world_.log.error(named(worker.job) + " can't be entered in the catalogue: " + why.text());
  co_await world_.timers.sleep_for(kAfterFailure, world_.ending);
}

// An error from here is one of the catalogue.
template <class Job>
Task<Result<>> JobLoop<Job>::work_in_turn(Worker& worker) {
  const storage::Call call{.deadline = std::chrono::steady_clock::now() + kFarAway,
                           .cancellation = &worker.attempt.cancellation};
  const catalog::TenantId tenant = key_of(worker.job).tenant_id;
  BW_CO_TRY(const std::vector<std::string> stores, shares_of(worker.job));
  std::vector<execute::FairQueue::Guard> shares;
  for (const std::string& store : stores) {
    auto share = co_await world_.shares.acquire(store, tenant, call);
    if (!share) co_return co_await settle(worker, share.error());
    shares.push_back(*std::move(share));
  }
  const auto place = co_await world_.slots.acquire(tenant, false, call);
  if (!place) co_return co_await settle(worker, place.error());
  const auto done = co_await attempt(worker);
  if (done) co_return done;
  co_return co_await settle(worker, done.error());
}

template <class Job>
Task<Result<>> JobLoop<Job>::settle(Worker& worker, Error why) {
  if (world_.ending.cancelled()) co_return Result<>{};
  const Job& job = worker.job;
  const bool cancelled = worker.attempt.is_cancelled_by_statement() || why.is(Errc::job_canceled);
  const auto failures = static_cast<std::size_t>(job.attempts);
  const bool again = !cancelled && may_pass(why) && failures < std::size(kPauses);
  Ending ending = cancelled ? Ending::cancelled : Ending::failed;
  if (again) {
    ending = Ending::again;
    world_.log.warning(named(job) + " is tried again: " + job_comment(why));
  }
  const Timestamp next = again ? world_.clock.now() + micros_in(kPauses[failures]) : 0;
  const auto entered = co_await enter(worker, ending, next, std::move(why));
  // It is gone with its tenant; or it has ended by a commit whose outcome wasn't known.
  if (!entered && entered.error().is(Errc::entry_not_exist)) co_return Result<>{};
  co_return entered;
}

}  // namespace breakwater::server::jobs
