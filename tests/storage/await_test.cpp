// GCC's flow analysis guesses inside Asio's comparison of executors; the headers aren't ours to mend.
#pragma GCC diagnostic ignored "-Wnull-dereference"

#include "storage/await.h"

#include <memory>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "storage/dead_mount.h"

namespace breakwater::storage {
namespace {

void run_to_end(boost::asio::io_context& context, Task<> task) {
  boost::asio::co_spawn(context, std::move(task),
                        [](const std::exception_ptr& failed) { EXPECT_FALSE(failed); });
  context.run();
}

TEST(RunOnFilePool, ACoroutineGetsResultsOnItsOwnThread) {
  boost::asio::io_context context;
  FilePool pool;
  Result<std::string> result("");
  std::thread::id resumed_on;
  const auto task = [&]() -> Task<> {
    FilePool::Job<std::string> job = [text = std::make_shared<std::string>("done")](const StopFlag&) {
      return Result<std::string>(*text);
    };
    const Call call{.deadline = deadline_in(kLong)};
    result = co_await run_on<std::string>(pool, call, "", std::move(job));
    resumed_on = std::this_thread::get_id();
  };
  run_to_end(context, task());
  EXPECT_EQ(result.value(), "done");
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST(RunOnFilePool, AndTheDeadlinesError) {
  const auto mount = std::make_shared<DeadMount>();
  boost::asio::io_context context;
  FilePool pool;
  Result<int> result(0);
  const auto task = [&]() -> Task<> {
    FilePool::Job<int> job = [mount](const StopFlag&) { return read_from(mount->read_end()); };
    const Call call{.deadline = deadline_in(20ms)};
    result = co_await run_on<int>(pool, call, "dead", std::move(job));
  };
  run_to_end(context, task());
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(Errc::backup_dest_not_connect));
  mount->heal();
}

}  // namespace
}  // namespace breakwater::storage
