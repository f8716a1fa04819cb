#include "server/execute/context/fair_queue.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

using namespace std::chrono_literals;
using Guard = FairQueue::Guard;

constexpr std::int64_t kSys = 1;
constexpr auto kLong = 60s;

/// Everybody who ever asked for a place, on one thread.
class Crowd {
 public:
  explicit Crowd(FairQueueOptions options) : queue(std::move(options)) {}

  /// Asks in the name of a tenant; who gets a place keeps it until released.
  std::size_t ask(std::int64_t tenant, Deadline deadline = deadline_in(kLong),
                  storage::Cancellation* cancellation = nullptr) {
    const std::size_t number = asked_.size();
    asked_.emplace_back();
    boost::asio::co_spawn(
        context_,
        [this, number, tenant, deadline, cancellation]() -> Task<> {
          auto guard = co_await queue.acquire(tenant, tenant == kSys, {deadline, cancellation});
          if (guard) served.push_back(number);
          asked_[number] = std::move(guard);
        },
        boost::asio::detached);
    run();
    return number;
  }
  void release(std::size_t number) {
    asked_[number]->value().release();
    run();
  }
  /// Runs whatever can run now.
  void run() {
    context_.restart();
    context_.poll();
  }
  void run_to_the_end() {
    context_.restart();
    context_.run();
  }
  bool waits(std::size_t number) const { return !asked_[number].has_value(); }
  bool has_place(std::size_t number) const { return !waits(number) && asked_[number]->has_value(); }
  const Error& error(std::size_t number) const { return asked_[number]->error(); }

  FairQueue queue;
  std::vector<std::size_t> served;

 private:
  std::vector<std::optional<Result<Guard>>> asked_;
  boost::asio::io_context context_{1};
};

TEST(FairQueue, ATenantHasItsShareAndNoMore) {
  Crowd crowd({.places = 4, .per_tenant = 2});
  const auto first = crowd.ask(1001);
  const auto second = crowd.ask(1001);
  const auto third = crowd.ask(1001);
  EXPECT_TRUE(crowd.has_place(first) && crowd.has_place(second));
  EXPECT_TRUE(crowd.waits(third)) << "two places are free, but this tenant has its two";
  EXPECT_TRUE(crowd.has_place(crowd.ask(1002)));
  crowd.release(first);
  EXPECT_TRUE(crowd.has_place(third));
  EXPECT_EQ(crowd.queue.stats().waiting, 0U);
}

TEST(FairQueue, SysHasAPlaceOfItsOwnThatNobodyElseGets) {
  Crowd crowd({.places = 2, .per_tenant = 1, .sys_places = 1});
  const auto one = crowd.ask(1001);
  const auto two = crowd.ask(1002);
  const auto three = crowd.ask(1003);
  EXPECT_TRUE(crowd.has_place(one) && crowd.has_place(two));
  EXPECT_TRUE(crowd.waits(three));
  const auto sys = crowd.ask(kSys);
  EXPECT_TRUE(crowd.has_place(sys));
  const auto sys_too = crowd.ask(kSys);
  EXPECT_TRUE(crowd.waits(sys_too));
  crowd.release(sys);
  EXPECT_TRUE(crowd.waits(three)) << "sys's place went to a tenant";
  EXPECT_TRUE(crowd.has_place(sys_too));
  crowd.release(one);
  EXPECT_TRUE(crowd.has_place(three));
}

TEST(FairQueue, TheCrowdOfOneTenantStandsBehindTheOthers) {
  Crowd crowd({.places = 1, .per_tenant = 1, .sys_places = 0});
  const auto running = crowd.ask(1001);
  std::vector<std::size_t> crowding;
  for (int i = 0; i < 100; ++i) crowding.push_back(crowd.ask(1001));
  const auto late = crowd.ask(1002);
  const auto later = crowd.ask(1003);
  crowd.release(running);
  EXPECT_TRUE(crowd.has_place(late)) << "it waits for 100 of another tenant";
  crowd.release(late);
  EXPECT_TRUE(crowd.has_place(later));
  const auto again = crowd.ask(1002);
  crowd.release(later);
  EXPECT_TRUE(crowd.has_place(crowding[0])) << "who was served the longest ago comes first";
  EXPECT_TRUE(crowd.waits(again));
  crowd.release(crowding[0]);
  EXPECT_TRUE(crowd.has_place(again));
  crowd.release(again);
  EXPECT_TRUE(crowd.has_place(crowding[1])) << "a tenant's own are served in order";
}

// Who has nobody in line is forgotten; who comes back must not pass for one that was never served.
TEST(FairQueue, TwoThatComeAndGoKeepNobodyWaiting) {
  Crowd crowd({.places = 1, .per_tenant = 1, .sys_places = 0});
  const auto running = crowd.ask(1001);
  const auto victim = crowd.ask(1003);
  const auto second = crowd.ask(1002);
  crowd.release(running);
  ASSERT_TRUE(crowd.has_place(victim));
  const auto victim_again = crowd.ask(1003);
  crowd.release(victim);
  ASSERT_TRUE(crowd.has_place(second));
  const auto back = crowd.ask(1001);
  crowd.release(second);
  EXPECT_TRUE(crowd.has_place(victim_again));
  EXPECT_TRUE(crowd.waits(back));
}

TEST(FairQueue, AWaitEndsAtItsDeadlineWithTheHint) {
  Crowd crowd({.places = 1, .sys_places = 0, .late = "wait for less"});
  const auto running = crowd.ask(1001);
  const auto late = crowd.ask(1002, deadline_in(20ms));
  EXPECT_TRUE(crowd.waits(late));
  crowd.run_to_the_end();
  ASSERT_FALSE(crowd.waits(late));
  EXPECT_TRUE(crowd.error(late).is(Errc::timeout));
  EXPECT_EQ(crowd.error(late).hint(), "wait for less");
  EXPECT_EQ(crowd.queue.stats().waiting, 0U);
  crowd.release(running);
  EXPECT_EQ(crowd.queue.stats().held, 0U);
}

TEST(FairQueue, WhoIsCancelledLeavesTheLine) {
  Crowd crowd({.places = 1, .sys_places = 0});
  const auto running = crowd.ask(1001);
  storage::Cancellation cancellation;
  const auto gone = crowd.ask(1002, deadline_in(kLong), &cancellation);
  const auto next = crowd.ask(1003);
  EXPECT_EQ(crowd.queue.stats().waiting, 2U);
  cancellation.cancel(error::query_interrupted());
  crowd.run();
  EXPECT_TRUE(crowd.error(gone).is(Errc::query_interrupted));
  EXPECT_EQ(crowd.queue.stats().waiting, 1U);
  EXPECT_TRUE(crowd.error(crowd.ask(1002, deadline_in(kLong), &cancellation)).is(Errc::query_interrupted));
  crowd.release(running);
  EXPECT_TRUE(crowd.has_place(next));
}

TEST(FairQueue, APlaceGivenToOneThatIsCancelledAtOnceIsNotLost) {
  Crowd crowd({.places = 1, .sys_places = 0});
  const auto running = crowd.ask(1001);
  storage::Cancellation cancellation;
  const auto both = crowd.ask(1002, deadline_in(kLong), &cancellation);
  cancellation.cancel(error::query_interrupted());
  crowd.release(running);  // granted before the wait that was cancelled has ended
  ASSERT_FALSE(crowd.waits(both));
  if (crowd.has_place(both)) crowd.release(both);
  EXPECT_TRUE(crowd.has_place(crowd.ask(1003)));
}

TEST(FairQueue, WhereTooManyWaitMoreAreRefused) {
  Crowd crowd({.places = 1, .sys_places = 0, .max_waiting = 3, .max_waiting_per_tenant = 2, .full = "full"});
  crowd.ask(1001);
  const auto one = crowd.ask(1002);
  const auto two = crowd.ask(1002);
  const auto three = crowd.ask(1002);
  EXPECT_TRUE(crowd.waits(one) && crowd.waits(two));
  ASSERT_FALSE(crowd.waits(three));
  EXPECT_TRUE(crowd.error(three).is(Errc::out_of_resources));
  EXPECT_EQ(crowd.error(three).hint(), "full");
  EXPECT_TRUE(crowd.waits(crowd.ask(1003)));
  EXPECT_FALSE(crowd.waits(crowd.ask(1004)));
}

TEST(FairQueue, ACoroutineThatIsDestroyedLeavesTheLine) {
  FairQueue queue({.places = 1, .sys_places = 0});
  Guard held;
  {
    boost::asio::io_context context(1);
    const auto ask = [&](Guard& into) -> Task<> {
      auto guard = co_await queue.acquire(1001, false, {deadline_in(kLong), nullptr});
      if (guard) into = *std::move(guard);
    };
    Guard never;
    boost::asio::co_spawn(context, ask(held), boost::asio::detached);
    boost::asio::co_spawn(context, ask(never), boost::asio::detached);
    context.poll();
    EXPECT_EQ(queue.stats().waiting, 1U);
  }
  EXPECT_EQ(queue.stats().waiting, 0U);
  held.release();
  EXPECT_EQ(queue.stats().held, 0U);
}

TEST(FairQueue, AGuardMayOutliveItsQueue) {
  Guard held;
  boost::asio::io_context context(1);
  {
    FairQueue queue({.places = 1});
    boost::asio::co_spawn(
        context,
        [&]() -> Task<> {
          held = (co_await queue.acquire(1001, false, {deadline_in(kLong), nullptr})).value();
        },
        boost::asio::detached);
    context.run();
  }
  held.release();
}

// Threads that all take and release, with deadlines that often come first: no place is lost, none is given
// twice.
TEST(FairQueue, ManyThreadsAndDeadlines) {
  constexpr int kThreads = 4;
  constexpr int kTries = 400;
  constexpr std::size_t kPlaces = 3;
  FairQueue queue({.places = kPlaces, .per_tenant = 2, .sys_places = 1});
  std::atomic<std::size_t> inside = 0;
  std::atomic<std::size_t> most = 0;
  std::atomic<int> served = 0;
  const auto work = [&](std::int64_t tenant) -> Task<> {
    for (int i = 0; i < kTries; ++i) {
      const auto wait = std::chrono::microseconds(i % 7 * 100);
      auto guard =
          co_await queue.acquire(tenant, tenant == kSys, {std::chrono::steady_clock::now() + wait, nullptr});
      if (!guard) continue;
      const std::size_t now = ++inside;
      std::size_t before = most.load();
      while (before < now && !most.compare_exchange_weak(before, now)) {
      }
      ++served;
      if (i % 3 == 0) std::this_thread::yield();
      --inside;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        boost::asio::io_context context(1);
        for (const std::int64_t tenant : {kSys, std::int64_t{1001}, std::int64_t{1002}, std::int64_t{1003}})
          boost::asio::co_spawn(context, work(tenant), boost::asio::detached);
        context.run();
      });
    }
  }
  EXPECT_LE(most, kPlaces + 1);
  EXPECT_GT(served, kTries);
  EXPECT_EQ(queue.stats().held, 0U);
  EXPECT_EQ(queue.stats().waiting, 0U);
}

}  // namespace
}  // namespace breakwater::server::execute
