#include "server/execute/context/turns.h"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr Share kRoot{.tenant = 1, .administrator = true};
constexpr Share kOne{.tenant = 1002}, kTwo{.tenant = 1004}, kThree{.tenant = 1006};

/// Statements that compute until they are told to end, each on a thread of its own.
class Statements {
 public:
  ~Statements() { end(); }

  void add(const Share& share) {
    threads_.emplace_back([this, share] {
      Turns::Turn turn(turns, share);
      const auto stopped = [this] { return over_.load(); };
      turn.wait(stopped);
      while (!over_) {
        const auto begun = steady_clock::now();
        const std::size_t now = turns.running();
        std::size_t most = most_running.load();
        while (now > most && !most_running.compare_exchange_weak(most, now)) {
        }
        while (!turn.is_over(steady_clock::now())) std::this_thread::sleep_for(200us);
        count(share, steady_clock::now() - begun);
        turn.wait(stopped);
      }
    });
  }
  void end() {
    over_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  /// How often a share's statements came to the end of a slice.
  std::size_t slices(const Share& share) {
    const std::scoped_lock lock(mutex_);
    return slices_[share];
  }
  void await_slices(std::size_t all) {
    const auto end = steady_clock::now() + 60s;
    while (total_ < all && steady_clock::now() < end) std::this_thread::sleep_for(1ms);
  }

  Turns turns;
  std::atomic<std::size_t> most_running = 0;

 private:
  void count(const Share& share, steady_clock::duration /*spent*/) {
    const std::scoped_lock lock(mutex_);
    ++slices_[share];
    ++total_;
  }

  std::mutex mutex_;
  std::map<Share, std::size_t> slices_;
  std::atomic<std::size_t> total_ = 0;
  std::atomic<bool> over_ = false;
  std::vector<std::thread> threads_;
};

TEST(Turns, NoMoreThanThePlacesRun) {
  Statements statements;
  for (int i = 0; i < 6; ++i) statements.add(i % 2 == 0 ? kOne : kTwo);
  statements.await_slices(60);
  statements.end();
  EXPECT_LE(statements.most_running, Turns::kRunning);
  EXPECT_EQ(statements.turns.running(), 0U);
  EXPECT_EQ(statements.turns.waiting(), 0U);
}

TEST(Turns, ATenantWithManyGetsNoMoreThanOneWithOne) {
  Statements statements;
  for (int i = 0; i < 4; ++i) statements.add(kOne);
  statements.add(kTwo);
  statements.add(kThree);
  statements.await_slices(240);
  statements.end();
  for (const Share& share : {kOne, kTwo, kThree}) {
    EXPECT_GT(statements.slices(share), 40U) << share.tenant;
    EXPECT_LT(statements.slices(share), 130U) << share.tenant;
  }
}

TEST(Turns, RootOfSysHasAPlaceOfItsOwn) {
  Statements statements;
  for (int i = 0; i < 4; ++i) statements.add(kOne);
  for (int i = 0; i < 4; ++i) statements.add(kTwo);
  statements.add(kRoot);
  statements.await_slices(150);
  statements.end();
  EXPECT_LE(statements.most_running, Turns::kRunning + 1);
  // Of three places it has one: about as much as the two tenants have each.
  EXPECT_GT(statements.slices(kRoot), 30U);
}

TEST(Turns, AloneItIsNeverInterrupted) {
  Turns turns;
  Turns::Turn turn(turns, kOne);
  for (int i = 0; i < 1000; ++i) turn.wait([] { return true; });
  EXPECT_EQ(turns.running(), 1U);
}

TEST(Turns, WhoIsStoppedWaitsNoLonger) {
  Turns turns;
  Turns::Turn first(turns, kOne);
  Turns::Turn second(turns, kOne);
  first.wait([] { return false; });
  second.wait([] { return false; });
  Turns::Turn third(turns, kTwo);
  const auto begun = steady_clock::now();
  third.wait([&] { return steady_clock::now() > begun + 50ms; });
  EXPECT_GE(steady_clock::now() - begun, 50ms);
  EXPECT_EQ(turns.waiting(), 0U);
  EXPECT_EQ(turns.running(), 2U);
}

// Many short statements one after the other don't get ahead of those that wait.
TEST(Turns, ANewcomerStandsBehindThoseThatWait) {
  Turns turns;
  Turns::Turn first(turns, kOne);
  Turns::Turn second(turns, kOne);
  first.wait([] { return false; });
  second.wait([] { return false; });
  std::atomic<int> served = 0;
  std::atomic<int> order_two = 0;
  std::atomic<int> order_three = 0;
  const auto take = [&](const Share& share, std::atomic<int>& order) {
    Turns::Turn turn(turns, share);
    turn.wait([] { return false; });
    order = ++served;
  };
  std::thread two([&] { take(kTwo, order_two); });
  while (turns.waiting() < 1) std::this_thread::yield();
  std::thread three([&] { take(kThree, order_three); });
  while (turns.waiting() < 2) std::this_thread::yield();
  {
    Turns::Turn gone(turns, kOne);
  }
  std::thread releases([&] { first.wait([] { return false; }); });  // gives way, and comes behind both
  two.join();
  three.join();
  releases.join();
  EXPECT_EQ(order_two, 1);
  EXPECT_EQ(order_three, 2);
}

}  // namespace
}  // namespace breakwater::server::execute
