#include "server/jobs/runner.h"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "base/guard.h"
#include "base/thread.h"
#include "storage/http/http_pool.h"

namespace breakwater::server::jobs {
namespace {

class SteadyTimers final : public Timers {
 public:
  Deadline now() const override { return std::chrono::steady_clock::now(); }
  Task<> sleep_until(Deadline until, storage::Cancellation& cancellation) override {
    const storage::Call call{.deadline = until, .cancellation = &cancellation};
    co_await storage::sleep_until(until, call);
  }
};

execute::FairQueueOptions slot_options(std::size_t places) {
  execute::FairQueueOptions options;
  options.places = places;
  options.per_tenant = places;
  options.sys_places = 0;
  options.late = "other jobs have all places; raise the setting backup_jobs, or try again when they are done";
  options.full = "too many jobs wait for a place; try again when some are done";
  return options;
}

}  // namespace

Timers& system_timers() {
  static SteadyTimers timers;
  return timers;
}

/// Who is woken; nobody once it is destroyed, whatever has ended the wait.
class Wake::Waiting {
 public:
  Waiting(storage::Cancellation*& place, storage::Cancellation& nap) : place_(place) { place_ = &nap; }
  ~Waiting() { place_ = nullptr; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  storage::Cancellation*& place_;
};

void Wake::ring() {
  rung_ = true;
  if (waiting_ != nullptr) waiting_->cancel(error::query_interrupted());
}

Task<> Wake::wait_until(Deadline until, Timers& timers, storage::Cancellation& cancellation) {
  if (!rung_ && !cancellation.cancelled()) {
    storage::Cancellation nap;
    const storage::Cancellation::Watch watch(&cancellation, [&] { nap.cancel(error::query_interrupted()); });
    const Waiting waits(waiting_, nap);
    co_await timers.sleep_until(until, nap);
  }
  rung_ = false;
}

Task<Result<execute::FairQueue::Guard>> StoreShares::acquire(std::string store, std::int64_t tenant,
                                                             storage::Call call) {
  std::erase_if(queues_, [](const auto& entry) {
    const execute::FairQueueStats stats = entry.second->stats();
    return stats.held == 0 && stats.waiting == 0;
  });
  auto& queue = queues_[store];
  if (queue == nullptr) {
    execute::FairQueueOptions options = slot_options(of_each_);
    options.late = "other jobs work at the same store; try again when they are done";
    queue = std::make_shared<execute::FairQueue>(std::move(options));
  }
  const std::shared_ptr<execute::FairQueue> held = queue;
  co_return co_await held->acquire(tenant, false, call);
}

Runner::Runner(std::size_t places, Log& log)
    : slots_(slot_options(places)), shares_(places), log_(log), thread_(start_thread("jobs", [this] {
        run_guarded(log_, "the jobs' thread", [this] { context_.run(); });
      })) {}

void Runner::spawn(std::function<Task<>()> begin) {
  boost::asio::co_spawn(context_, std::move(begin), [this](const std::exception_ptr& thrown) {
    if (!thrown) return;
    call_guarded(log_, "a job", [&] { std::rethrow_exception(thrown); });
  });
}

void Runner::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(context_, [this] {
    cancellation_.cancel(error::server_shutdown());
    storage::HttpPool::of(executor()).clear();
  });
  work_.reset();
  thread_.join();
}

}  // namespace breakwater::server::jobs
