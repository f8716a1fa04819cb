#include "storage/pool/file_pool.h"

#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "storage/pool/dead_mount.h"
namespace breakwater::storage {
namespace {

// Submits and gives the completion's result as a future.
template <class T>
std::future<Result<T>> submit(FilePool& pool, Deadline deadline, FilePool::Job<T> job, std::string group = "",
                              FilePool::Abandoned<T> abandoned = {}) {
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto future = promise->get_future();
  pool.submit<T>(
      deadline, std::move(group), std::move(job),
      [promise](Result<T> result) { promise->set_value(std::move(result)); }, std::move(abandoned));
  return future;
}

template <class T>
T wait(std::future<T>& future) {
  EXPECT_EQ(future.wait_for(kLong), std::future_status::ready);
  return future.get();
}

TEST(FilePool, RunsJobsAndHandsOverResultsAndErrors) {
  FilePool pool;
  auto good =
      submit<std::string>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<std::string>("x"); });
  auto bad = submit<void>(pool, Deadline::max(),
                          [](const StopFlag&) -> Result<> { return fail(error::device_out_of_space()); });
  EXPECT_EQ(wait(good).value(), "x");
  EXPECT_TRUE(wait(bad).error().is(Errc::device_out_of_space));
}

TEST(FilePool, ManyJobsFromManyThreadsEachOnce) {
  FilePool pool({.threads = 3, .max_queue = 100'000});
  constexpr int kThreads = 4;
  constexpr int kJobs = 500;
  std::atomic<int> ran = 0;
  std::latch done(std::ptrdiff_t{kThreads} * kJobs);
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kJobs; ++i)
        pool.submit<void>(
            deadline_in(kLong), i % 2 == 0 ? "a" : "",
            [&](const StopFlag&) -> Result<> {
              ++ran;
              return {};
            },
            [&](Result<> result) {
              EXPECT_TRUE(result);
              done.count_down();
            });
    });
  }
  done.wait();
  EXPECT_EQ(ran, kThreads * kJobs);
  EXPECT_LE(pool.stats().threads, 3U);
}

TEST(FilePool, AStuckJobCostsItsOwnStatementOnly) {
  FilePool pool({.threads = 1});
  DeadMount mount;
  std::promise<Result<int>> late;
  StopFlag seen;
  auto stuck = submit<int>(
      pool, deadline_in(30ms),
      [&mount, &seen](const StopFlag& stop) {
        seen = stop;
        return read_from(mount.read_end());
      },
      "dead", [&](std::optional<Result<int>> result) { late.set_value(*std::move(result)); });
  const auto failed = wait(stuck);
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().is(Errc::backup_dest_not_connect));
  EXPECT_FALSE(failed.error().hint().empty());
  EXPECT_EQ(pool.stats().stuck, 1U);
  // The only thread is stuck; another has taken its place.
  auto next = submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(2); }, "alive");
  EXPECT_EQ(wait(next).value(), 2);
  mount.heal();
  auto ended = late.get_future();
  EXPECT_EQ(wait(ended).value(), 0);
  EXPECT_TRUE(seen.stopped());
}

TEST(FilePool, AWaitCanBeEndedBeforeItsDeadline) {
  FilePool pool({.threads = 1, .slow_after = kLong});
  DeadMount mount;
  std::promise<Result<int>> late;
  std::promise<Result<int>> answer;
  const auto stuck = pool.submit<int>(
      deadline_in(kLong), "dead", [&](const StopFlag&) { return read_from(mount.read_end()); },
      [&](Result<int> result) { answer.set_value(std::move(result)); },
      [&](std::optional<Result<int>> result) { late.set_value(*std::move(result)); });
  while (pool.stats().running == 0) std::this_thread::yield();
  // Behind it waits one that never starts.
  std::promise<Result<int>> unanswered;
  bool started = true;
  const auto queued = pool.submit<int>(
      deadline_in(kLong), "", [](const StopFlag&) { return Result<int>(1); },
      [&](Result<int> result) { unanswered.set_value(std::move(result)); },
      [&](const std::optional<Result<int>>& result) { started = result.has_value(); });
  queued.cancel(error::query_interrupted());
  auto refused = unanswered.get_future();
  EXPECT_TRUE(wait(refused).error().is(Errc::query_interrupted));
  EXPECT_FALSE(started);

  stuck.cancel(error::query_interrupted());
  stuck.cancel(error::server_shutdown());  // the first counts
  auto interrupted = answer.get_future();
  EXPECT_TRUE(wait(interrupted).error().is(Errc::query_interrupted));
  EXPECT_EQ(pool.stats().stuck, 1U);
  mount.heal();
  auto ended = late.get_future();
  EXPECT_EQ(wait(ended).value(), 0);
  stuck.cancel(error::query_interrupted());  // too late: nothing happens
}

TEST(FilePool, SlowJobsHaveTheirThreadsReplacedLongBeforeTheirDeadline) {
  FilePool pool({.threads = 2, .max_stuck = 3, .slow_after = 10ms});
  DeadMount mount;
  std::vector<std::future<Result<int>>> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(submit<int>(
        pool, deadline_in(kLong), [&](const StopFlag&) { return read_from(mount.read_end()); }, ""));
  }
  auto next = submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(2); }, "alive");
  EXPECT_EQ(wait(next).value(), 2);
  EXPECT_LE(pool.stats().threads, 5U);
  mount.heal();
  for (auto& future : slow) EXPECT_TRUE(wait(future));
}

TEST(FilePool, BeyondTheCapNewWorkIsRefusedAtOnceUntilSomeReturn) {
  FilePool pool({.threads = 2, .max_stuck = 2, .max_per_group = 2});
  DeadMount mount;
  std::latch returned(2);
  for (int i = 0; i < 2; ++i) {
    auto stuck = submit<int>(
        pool, deadline_in(20ms), [&](const StopFlag&) { return read_from(mount.read_end()); }, "",
        [&](const std::optional<Result<int>>&) { returned.count_down(); });
    EXPECT_FALSE(wait(stuck));
  }
  bool never_started = false;
  auto refused = submit<int>(
      pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(1); }, "",
      [&](const std::optional<Result<int>>& result) { never_started = !result.has_value(); });
  ASSERT_EQ(refused.wait_for(0s), std::future_status::ready);
  const auto error = refused.get();
  ASSERT_FALSE(error);
  EXPECT_TRUE(error.error().is(Errc::backup_dest_not_connect));
  EXPECT_NE(error.error().hint().find("hang"), std::string::npos);
  EXPECT_TRUE(never_started);
  mount.heal();
  returned.wait();
  auto again = submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(1); });
  EXPECT_TRUE(wait(again));
}

TEST(FilePool, ADeadMountTakesOnlyItsGroupsShare) {
  FilePool pool({.threads = 3, .max_per_group = 2});
  DeadMount mount;
  std::vector<std::future<Result<int>>> waiting;
  for (int i = 0; i < 5; ++i)
    waiting.push_back(submit<int>(
        pool, deadline_in(kLong), [&](const StopFlag&) { return read_from(mount.read_end()); }, "dead"));
  for (int i = 0; i < 20; ++i) {
    auto other =
        submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(1); }, "alive");
    EXPECT_TRUE(wait(other));
  }
  EXPECT_EQ(pool.stats().queued, 3U);
  mount.heal();
  for (auto& each : waiting) EXPECT_TRUE(wait(each));
}

TEST(FilePool, AGroupThatHangsIsRefusedAtOnceAndOthersAreNot) {
  FilePool pool({.threads = 2, .max_per_group = 1});
  const auto mount = std::make_shared<DeadMount>();
  auto stuck = submit<int>(
      pool, deadline_in(20ms), [mount](const StopFlag&) { return read_from(mount->read_end()); }, "dead");
  EXPECT_FALSE(wait(stuck));
  auto refused =
      submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(1); }, "dead");
  EXPECT_FALSE(wait(refused));
  auto other = submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(1); }, "alive");
  EXPECT_TRUE(wait(other));
  mount->heal();
}

TEST(FilePool, AJobThatNeverStartedSaysSo) {
  FilePool pool({.threads = 1});
  DeadMount mount;
  auto busy =
      submit<int>(pool, deadline_in(kLong), [&](const StopFlag&) { return read_from(mount.read_end()); });
  std::promise<bool> started;
  auto waiting = submit<int>(
      pool, deadline_in(20ms), [](const StopFlag&) { return Result<int>(1); }, "",
      [&](const std::optional<Result<int>>& result) { started.set_value(result.has_value()); });
  const auto late = wait(waiting);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().hint().find("did not answer"), std::string::npos) << "it was never asked";
  EXPECT_NE(late.error().hint().find("file_threads"), std::string::npos);
  auto answer = started.get_future();
  EXPECT_FALSE(wait(answer));
  mount.heal();
  EXPECT_TRUE(wait(busy));
}

TEST(FilePool, AFullQueueRefuses) {
  FilePool pool({.threads = 1, .max_queue = 1});
  DeadMount mount;
  std::latch started(1);
  auto busy = submit<int>(pool, deadline_in(kLong), [&](const StopFlag&) {
    started.count_down();
    return read_from(mount.read_end());
  });
  started.wait();
  auto queued = submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(1); });
  auto refused = submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(1); });
  EXPECT_FALSE(wait(refused));
  mount.heal();
  EXPECT_TRUE(wait(queued));
  EXPECT_TRUE(wait(busy));
}

TEST(FilePool, ShutdownEndsWhatWaitsAndLeavesWhatIsStuck) {
  auto mount = std::make_shared<DeadMount>();
  std::promise<void> ended;
  std::latch started(1);
  std::future<Result<int>> running;
  std::future<Result<int>> queued;
  {
    FilePool pool({.threads = 1, .shutdown_grace = 50ms});
    running = submit<int>(
        pool, deadline_in(kLong),
        [mount, &started, &ended](const StopFlag&) {
          started.count_down();
          auto read = read_from(mount->read_end());
          ended.set_value();
          return read;
        },
        "", [](const std::optional<Result<int>>&) { ADD_FAILURE() << "told after the pool's end"; });
    started.wait();
    queued = submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(1); });
  }
  EXPECT_TRUE(wait(running).error().is(Errc::server_shutdown));
  EXPECT_TRUE(wait(queued).error().is(Errc::server_shutdown));
  mount->heal();  // long after the pool: its thread ends by itself
  auto done = ended.get_future();
  EXPECT_EQ(done.wait_for(kLong), std::future_status::ready);
}

TEST(FilePool, ShutdownStopsWhatLooksAtItsFlag) {
  std::future<Result<void>> job;
  std::latch started(1);
  {
    FilePool pool;
    job = submit<void>(pool, deadline_in(kLong), [&](const StopFlag& stop) -> Result<> {
      started.count_down();
      stop.wait_for(kLong);
      return stop.check();
    });
    started.wait();
  }
  EXPECT_TRUE(wait(job).error().is(Errc::backup_dest_not_connect));
}

TEST(FilePool, AnExceptionInAJobIsAnError) {
  FilePool pool;
  auto job =
      submit<int>(pool, deadline_in(kLong), [](const StopFlag&) -> Result<int> { throw std::bad_alloc(); });
  EXPECT_TRUE(wait(job).error().is(Errc::out_of_memory));
  job = submit<int>(pool, deadline_in(kLong), [](const StopFlag&) -> Result<int> { throw 1; });
  EXPECT_TRUE(wait(job).error().is(Errc::internal_error));
}

TEST(FilePool, AnExceptionInACallbackEndsNothing) {
  FilePool pool({.threads = 1});
  pool.submit<int>(
      deadline_in(kLong), "", [](const StopFlag&) { return Result<int>(1); },
      [](const Result<int>&) { throw std::bad_alloc(); });
  auto next = submit<int>(pool, deadline_in(kLong), [](const StopFlag&) { return Result<int>(2); });
  EXPECT_EQ(wait(next).value(), 2);
}

TEST(FilePool, ItsThreadsAreMadeWithIt) {
  FilePool pool({.threads = 3});
  EXPECT_EQ(pool.stats().threads, 3U);
}

}  // namespace
}  // namespace breakwater::storage
