#include "base/thread_pool.h"

#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "base/guard.h"
#include "base/thread.h"

namespace breakwater {
namespace {

class Lines final : public Log {
 public:
  void write(LogLevel /*level*/, std::uint64_t /*connection_id*/, std::string_view text) override {
    ++count;
    last = text;
  }
  std::atomic<int> count = 0;
  std::string last;
};

TEST(ThreadPool, RunsJobsOnAllItsThreadsAtOnce) {
  ThreadPool pool("test", 3);
  std::latch together(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.submit([&] { together.arrive_and_wait(); }));
  together.wait();
}

TEST(ThreadPool, AJobThatThrowsEndsAloneAndJoinRunsWhatWaits) {
  Lines log;
  std::atomic<int> ran = 0;
  ThreadPool pool("test", 1, log);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(pool.submit([&] {
      ++ran;
      throw std::runtime_error("of a job");
    }));
  }
  pool.join();
  EXPECT_EQ(ran, 100);
  EXPECT_LE(log.count, 2) << "each is logged";
  EXPECT_FALSE(pool.submit([&] { ++ran; }));
  pool.join();
  EXPECT_EQ(ran, 100);
}

TEST(ThreadPool, AJobThatIsRefusedIsDestroyed) {
  ThreadPool pool("test", 1);
  pool.join();
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> seen = held;
  EXPECT_FALSE(pool.submit([held = std::move(held)] {}));
  EXPECT_TRUE(seen.expired());
}

TEST(RunGuarded, GoesOnAfterAnException) {
  Lines log;
  int runs = 0;
  run_guarded(log, "a test", [&] {
    if (++runs < 3) throw std::bad_alloc();
  });
  EXPECT_EQ(runs, 3);
}

TEST(CaughtError, SaysWhatIsLacking) {
  const auto caught = [](const auto& thrown) {
    try {
      throw thrown;
    } catch (...) {
      return caught_error();
    }
  };
  EXPECT_TRUE(caught(std::bad_alloc()).is(Errc::out_of_memory));
  const Error thread =
      caught(std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again)));
  EXPECT_TRUE(thread.is(Errc::out_of_resources));
  EXPECT_NE(thread.hint().find("RLIMIT_NPROC"), std::string::npos);
  EXPECT_TRUE(caught(std::runtime_error("x")).is(Errc::internal_error));
  EXPECT_TRUE(caught(1).is(Errc::internal_error));
}

TEST(ThreadLimits, NamesWhatLimitsThem) {
  for (const char* const word : {"RLIMIT_NPROC", "pids.max", "RLIMIT_AS"})
    EXPECT_NE(thread_limits().find(word), std::string::npos) << thread_limits();
}

}  // namespace
}  // namespace breakwater
