// What the tests of jobs share: time that is moved by hand, a thread that runs only when it is told to, and a catalogue whose
// jobs can be ended and begun again.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"
#include "server/jobs/job_loop.h"
#include "server/jobs/runner.h"

namespace breakwater::server::jobs {

class HandClock final : public Clock {
 public:
  Timestamp now() const override { return time; }
  std::atomic<Timestamp> time = 1'700'000'000'000'000;
};

/// Steady time; the wall clock goes on with it.
class HandTimers final : public Timers {
 public:
  explicit HandTimers(HandClock& clock) : clock_(clock) {}

  Deadline now() const override { return now_; }

  Task<> sleep_until(Deadline until, storage::Cancellation& cancellation) override {
    if (until <= now_ || cancellation.cancelled()) co_return;
    Timer timer(co_await boost::asio::this_coro::executor, Deadline::max());
    sleepers_.push_back({until, &timer});
    const auto place = std::prev(sleepers_.end());
    {
      const storage::Cancellation::Watch watch(&cancellation, [&timer] { timer.cancel(); });
      boost::system::error_code ignored;
      co_await timer.async_wait(boost::asio::redirect_error(use_task, ignored));
    }
    sleepers_.erase(place);
  }

  void pass(std::chrono::milliseconds time) {
    now_ += time;
    clock_.time += std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    for (const Sleeper& sleeper : sleepers_)
      if (sleeper.until <= now_) sleeper.timer->cancel();
  }

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
  struct Sleeper {
    Deadline until;
    Timer* timer;
  };

  HandClock& clock_;
  Deadline now_{std::chrono::hours(1)};
  std::list<Sleeper> sleepers_;
};

/// An io_context that the test runs; other threads (the store's writer) post to it.
class HandThread {
 public:
  void spawn(std::function<Task<>()> begin) {
    boost::asio::co_spawn(context_, std::move(begin), boost::asio::detached);
  }
  /// Runs what can run now.
  void poll() {
    context_.restart();
    context_.poll();
  }
  /// Runs until `done`, which must come about by itself.
  void until(const std::function<bool()>& done, const char* what) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
      context_.restart();
      context_.poll();
      if (done()) return;
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "waited for " << what;
      std::this_thread::yield();
    }
  }

 private:
  boost::asio::io_context context_{1};
};

/// One kind of job, with a catalogue that is real.
template <class Jobs>
class JobsTest : public testing::Test {
 protected:
  static constexpr std::chrono::milliseconds kVisible = std::chrono::seconds(10);

  void SetUp() override { open(); }
  void TearDown() override { end(); }

  virtual std::unique_ptr<Jobs> make_jobs(JobWorld world) = 0;
  /// Once nothing of this life of the server is at work.
  virtual void ended() {}

  virtual void open() {
    catalog::StoreOptions options;
    options.data_dir = temp_ / "data";
    options.clock = &clock_;
    store_ = catalog::value_of(catalog::open_store(std::move(options)));
    reader_ = catalog::value_of(store_->open_reader());
  }

  void begin() {
    ending_ = std::make_unique<storage::Cancellation>();
    slots_ = std::make_unique<execute::FairQueue>(
        execute::FairQueueOptions{.places = places_, .per_tenant = places_});
    jobs_ = make_jobs({.store = *store_,
                       .clock = clock_,
                       .timers = timers_,
                       .log = null_log(),
                       .slots = *slots_,
                       .shares = *shares_,
                       .ending = *ending_,
                       .visible_time = [] { return kVisible; },
                       .spawn = [this](std::function<Task<>()> task) { count(std::move(task)); }});
    count([this] { return jobs_->run(); });
  }

  /// As a stop of the server, or its crash: what it was at doesn't come to its end.
  void end() {
    if (jobs_ == nullptr) return;
    ending_->cancel(error::server_shutdown());
    thread_.until([&] { return tasks_ == 0; }, "the end of all tasks");
    jobs_.reset();
    ended();
  }

  void restart() {
    end();
    reader_.reset();
    store_.reset();
    open();
    begin();
  }

  void count(std::function<Task<>()> task) {
    ++tasks_;
    most_tasks_ = std::max(most_tasks_, tasks_);
    thread_.spawn([this, task = std::move(task)]() -> Task<> {
      co_await task();
      --tasks_;
    });
  }

  void ring() {
    if (jobs_ != nullptr) jobs_->ring();
  }

  catalog::TenantId make_tenant(const std::string& name) {
    return catalog::value_of(store_->template write_and_wait<catalog::Tenant>(
                                 [&](catalog::Transaction& t) { return t.tenants().create({.name = name}); }))
        .id;
  }

  /// The first column of the first row; empty if there is none.
  std::string row(const std::string& sql) {
    auto statement = catalog::value_of(catalog::connection_of(*reader_).prepare(sql));
    return catalog::value_of(statement.step()) ? statement.string(0) : "";
  }
  void wait_for_row(const std::string& sql, const std::string& state) {
    thread_.until([&] { return row(sql) == state; }, (sql + ": " + state).c_str());
  }
  /// What is to happen by itself has time to.
  void poll() {
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
    thread_.until([&] { return std::chrono::steady_clock::now() > soon; }, "a moment");
  }

  catalog::TempDirectory temp_;
  HandClock clock_;
  HandTimers timers_{clock_};
  HandThread thread_;
  std::size_t places_ = 4;
  int tasks_ = 0;
  int most_tasks_ = 0;
  std::unique_ptr<catalog::Store> store_;
  std::unique_ptr<catalog::Reader> reader_;
  std::unique_ptr<storage::Cancellation> ending_;
  std::unique_ptr<execute::FairQueue> slots_;
  std::optional<StoreShares> shares_{std::in_place, 64};
  std::unique_ptr<Jobs> jobs_;
};

}  // namespace breakwater::server::jobs
