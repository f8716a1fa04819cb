#include "server/jobs/runner.h"

#include <future>
#include <stdexcept>

#include "server/execute/context/job_bell.h"
#include "server/jobs/jobs_fixture.h"

namespace breakwater::server::jobs {
namespace {

using namespace std::chrono_literals;

TEST(Runner, StopEndsWhatWaitsAndComesBackWhenAllHasEnded) {
  Runner runner(4, null_log());
  std::promise<void> begun;
  std::atomic<bool> ended = false;
  runner.spawn([&]() -> Task<> {
    begun.set_value();
    co_await system_timers().sleep_for(std::chrono::hours(1), runner.cancellation());
    ended = runner.cancellation().cancelled() && runner.cancellation().why().is(Errc::server_shutdown);
  });
  begun.get_future().wait();
  runner.stop();
  EXPECT_TRUE(ended);
  runner.stop();
}

TEST(Runner, WhatOneTaskThrowsEndsNoOther) {
  Runner runner(4, null_log());
  runner.spawn([]() -> Task<> {
    throw std::runtime_error("a defect");
    co_return;
  });
  std::promise<void> after;
  runner.spawn([&]() -> Task<> {
    after.set_value();
    co_return;
  });
  EXPECT_EQ(after.get_future().wait_for(60s), std::future_status::ready);
}

TEST(Runner, AWaitForAPlaceEndsWithTheRunner) {
  Runner runner(1, null_log());
  std::promise<void> waits;
  std::optional<Errc> got;
  runner.spawn([&]() -> Task<> {
    const storage::Call call{.deadline = std::chrono::steady_clock::now() + 1h,
                             .cancellation = &runner.cancellation()};
    const auto first = co_await runner.slots().acquire(1002, false, call);
    waits.set_value();
    const auto second = co_await runner.slots().acquire(1004, false, call);
    if (!second) got = second.error().code();
  });
  waits.get_future().wait();
  runner.stop();
  EXPECT_EQ(got, Errc::server_shutdown);
}

TEST(StoreSharesTest, AStoreThatHangsHoldsAtMostHalfOfThePlaces) {
  HandThread thread;
  storage::Cancellation ending;
  StoreShares shares(4);
  int hung = 0;
  int others = 0;
  const auto take = [&](const char* store, std::int64_t tenant, int& held) {
    thread.spawn([&, store = std::string(store), tenant]() -> Task<> {
      const storage::Call call{.deadline = std::chrono::steady_clock::now() + 1h, .cancellation = &ending};
      const auto share = co_await shares.acquire(store, tenant, call);
      if (!share) co_return;
      ++held;
      co_await system_timers().sleep_for(std::chrono::hours(1), ending);
    });
  };
  for (std::int64_t tenant = 1002; tenant < 1012; ++tenant) take("/mnt/hung", tenant, hung);
  thread.poll();
  EXPECT_EQ(hung, 2);
  take("host=h", 1020, others);
  thread.poll();
  EXPECT_EQ(others, 1);
  ending.cancel(error::server_shutdown());
  thread.poll();
}

class WakeTest : public testing::Test {
 protected:
  HandClock clock_;
  HandTimers timers_{clock_};
  HandThread thread_;
  storage::Cancellation ending_;
  Wake wake_;
  int woken_ = 0;

  void wait(std::chrono::milliseconds longest) {
    thread_.spawn([this, longest]() -> Task<> {
      co_await wake_.wait_until(timers_.now() + longest, timers_, ending_);
      ++woken_;
    });
    thread_.poll();
  }
};

TEST_F(WakeTest, ARingTheTimeOrTheEndEndsTheWait) {
  wait(10s);
  EXPECT_EQ(woken_, 0);
  wake_.ring();
  thread_.poll();
  EXPECT_EQ(woken_, 1);
  wait(10s);
  timers_.pass(10s);
  thread_.poll();
  EXPECT_EQ(woken_, 2);
  wait(10s);
  ending_.cancel(error::server_shutdown());
  thread_.poll();
  EXPECT_EQ(woken_, 3);
}

TEST_F(WakeTest, ARingThatNobodyWaitedForEndsTheNextWaitAndNoMore) {
  wake_.ring();
  wake_.ring();
  wait(10s);
  EXPECT_EQ(woken_, 1);
  wait(10s);
  EXPECT_EQ(woken_, 1);
  wake_.ring();
  thread_.poll();
  EXPECT_EQ(woken_, 2);
}

TEST(JobBell, RingsForAllWhoListenAndForNobodyElse) {
  execute::JobBell bell;
  int first = 0;
  int second = 0;
  bell.ring();
  const execute::JobBell::Listener one(bell, [&] { ++first; });
  {
    const execute::JobBell::Listener two(bell, [&] { ++second; });
    bell.ring();
  }
  bell.ring();
  EXPECT_EQ(first, 2);
  EXPECT_EQ(second, 1);
}

}  // namespace
}  // namespace breakwater::server::jobs
