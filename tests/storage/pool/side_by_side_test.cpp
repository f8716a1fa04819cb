#include "storage/pool/side_by_side.h"

#include <new>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace breakwater::storage {
namespace {

using namespace std::chrono_literals;

constexpr auto kSide = 60s;  // nothing here takes so long
constexpr auto kShort = 20ms;

std::exception_ptr run(Task<> task) {
  boost::asio::io_context context;
  std::exception_ptr thrown;
  boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr why) { thrown = why; });
  context.run();
  return thrown;
}

// A part that ends after some time as it is told to, and notes how it ended.
SideBySide::Part after(std::chrono::milliseconds wait, bool good, std::vector<std::string>& ends,
                       std::string name) {
  return [=, &ends](Call call) -> Task<bool> {
    co_await sleep_until(deadline_in(wait), call);
    ends.push_back(name + (call.cancelled() ? " cancelled" : good ? " good" : " bad"));
    co_return good && !call.cancelled();
  };
}

TEST(SideBySide, AllRunAtOnceAndAllAreAwaited) {
  std::vector<std::string> ends;
  const auto begun = std::chrono::steady_clock::now();
  const auto task = [&]() -> Task<> {
    SideBySide parts(Call{deadline_in(kSide)});
    for (int i = 0; i < 50; ++i) parts.add(after(100ms, true, ends, "part"));
    co_await parts.run();
  };
  EXPECT_FALSE(run(task()));
  EXPECT_EQ(ends.size(), 50U);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 50 * 100ms);
}

TEST(SideBySide, NoneIsNoWait) {
  const auto task = []() -> Task<> {
    SideBySide parts(Call{deadline_in(kSide)});
    co_await parts.run();
  };
  EXPECT_FALSE(run(task()));
}

TEST(SideBySide, AFailureEndsThoseBehindItAndNoneBeforeIt) {
  std::vector<std::string> ends;
  const auto task = [&]() -> Task<> {
    SideBySide parts(Call{deadline_in(kSide)});
    parts.add(after(200ms, true, ends, "first"));
    parts.add(after(kShort, false, ends, "second"));
    parts.add(after(kSide, true, ends, "third"));
    co_await parts.run();
  };
  EXPECT_FALSE(run(task()));
  EXPECT_EQ(ends, (std::vector<std::string>{"second bad", "third cancelled", "first good"}));
}

TEST(SideBySide, AFailureBeforeAnotherCountsFromThenOn) {
  std::vector<std::string> ends;
  const auto task = [&]() -> Task<> {
    SideBySide parts(Call{deadline_in(kSide)});
    parts.add(after(100ms, false, ends, "first"));
    parts.add(after(kSide, true, ends, "second"));
    parts.add(after(kShort, false, ends, "third"));
    parts.add(after(kSide, true, ends, "fourth"));
    co_await parts.run();
  };
  EXPECT_FALSE(run(task()));
  EXPECT_EQ(ends,
            (std::vector<std::string>{"third bad", "fourth cancelled", "first bad", "second cancelled"}));
}

TEST(SideBySide, ThoseBehindAFailureHaveTheirGrace) {
  std::vector<std::string> ends;
  const auto task = [&]() -> Task<> {
    SideBySide parts(Call{deadline_in(kSide)}, 2s);
    parts.add(after(0ms, false, ends, "first"));
    parts.add(after(100ms, true, ends, "second"));
    parts.add(after(kSide, true, ends, "third"));
    co_await parts.run();
  };
  EXPECT_FALSE(run(task()));
  EXPECT_EQ(ends, (std::vector<std::string>{"first bad", "second good", "third cancelled"}));
}

TEST(SideBySide, WhatEndsTheWholeEndsEachPart) {
  std::vector<std::string> ends;
  Cancellation cancellation;
  const auto task = [&]() -> Task<> {
    SideBySide whole(Call{deadline_in(kSide)});
    whole.add([&](Call) -> Task<bool> {
      SideBySide parts(Call{deadline_in(kSide), &cancellation});
      parts.add(after(kSide, true, ends, "first"));
      parts.add(after(kSide, true, ends, "second"));
      co_await parts.run();
      EXPECT_EQ(ends.size(), 2U);
      // What begins later ends at once.
      SideBySide late(Call{deadline_in(kSide), &cancellation});
      late.add(after(kSide, true, ends, "late"));
      co_await late.run();
      co_return true;
    });
    whole.add([&](Call call) -> Task<bool> {
      co_await sleep_until(deadline_in(kShort), call);
      cancellation.cancel(error::connection_killed());
      co_return true;
    });
    co_await whole.run();
  };
  EXPECT_FALSE(run(task()));
  EXPECT_EQ(ends, (std::vector<std::string>{"first cancelled", "second cancelled", "late cancelled"}));
}

TEST(SideBySide, NothingWaitsForASpare) {
  std::vector<std::string> ends;
  const auto task = [&]() -> Task<> {
    SideBySide parts(Call{deadline_in(kSide)});
    parts.add(after(kShort, true, ends, "needed"));
    parts.add_spare(after(kSide, true, ends, "spare"));
    co_await parts.run();
  };
  EXPECT_FALSE(run(task()));
  EXPECT_EQ(ends, (std::vector<std::string>{"needed good", "spare cancelled"}));
}

TEST(SideBySide, WhatOneThrowsIsThrownWhenAllHaveEnded) {
  std::vector<std::string> ends;
  const auto task = [&]() -> Task<> {
    SideBySide parts(Call{deadline_in(kSide)});
    parts.add(after(kShort, true, ends, "first"));
    parts.add([](Call) -> Task<bool> {
      throw std::bad_alloc();
      co_return true;
    });
    parts.add(after(kSide, true, ends, "third"));
    co_await parts.run();
  };
  const auto thrown = run(task());
  ASSERT_TRUE(thrown);
  EXPECT_THROW(std::rethrow_exception(thrown), std::bad_alloc);
  EXPECT_EQ(ends, (std::vector<std::string>{"third cancelled", "first good"}));
}

}  // namespace
}  // namespace breakwater::storage
