// GCC's flow analysis guesses inside Asio's comparison of executors; the headers aren't ours to mend.
#pragma GCC diagnostic ignored "-Wnull-dereference"

#include "storage/file_pool_async.h"

#include <memory>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "storage/dead_mount.h"

namespace breakwater::storage {
namespace {

TEST(FilePoolAsync, ACoroutineGetsResultsOnItsOwnThread) {
  boost::asio::io_context context;
  FilePool pool;
  Result<std::string> result("");
  std::thread::id resumed_on;
  boost::asio::co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        auto job = [text = std::make_shared<std::string>("done")](const StopFlag&) {
          return Result<std::string>(*text);
        };
        result = co_await run<std::string>(pool, deadline_in(kLong), "", job);
        resumed_on = std::this_thread::get_id();
      },
      [](const std::exception_ptr& failed) { EXPECT_FALSE(failed); });
  context.run();
  EXPECT_EQ(result.value(), "done");
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST(FilePoolAsync, AndTheDeadlinesError) {
  const auto mount = std::make_shared<DeadMount>();
  boost::asio::io_context context;
  FilePool pool;
  Result<int> result(0);
  boost::asio::co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        auto job = [mount](const StopFlag&) { return read_from(mount->read_end()); };
        result = co_await run<int>(pool, deadline_in(20ms), "dead", job);
      },
      [](const std::exception_ptr& failed) { EXPECT_FALSE(failed); });
  context.run();
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(Errc::backup_dest_not_connect));
  mount->heal();
}

}  // namespace
}  // namespace breakwater::storage
