// GCC's flow analysis guesses inside Asio's comparison of executors; the headers aren't ours to mend.
#pragma GCC diagnostic ignored "-Wnull-dereference"

#include "storage/pool/await.h"

#include <functional>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "storage/pool/dead_mount.h"

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

// What never begins, and what is dropped, ends the wait with an error: a coroutine is never left behind.
TEST(AwaitCallback, AStartThatThrowsIsAnErrorOfTheWait) {
  boost::asio::io_context context;
  std::vector<Error> errors;
  const auto wait = [&](auto start) -> Task<> {
    const auto result = co_await await_callback<Result<int>>(std::move(start));
    errors.push_back(result.error());
  };
  const auto no_memory = [](auto) { throw std::bad_alloc(); };
  const auto no_thread = [](auto) {
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  };
  const auto dropped = [](auto) {};
  std::move_only_function<void(Result<int>)> kept;
  const auto forgotten = [&](auto done) { kept = std::move(done); };
  boost::asio::co_spawn(context, wait(no_memory), boost::asio::detached);
  boost::asio::co_spawn(context, wait(no_thread), boost::asio::detached);
  boost::asio::co_spawn(context, wait(dropped), boost::asio::detached);
  boost::asio::co_spawn(context, wait(forgotten), boost::asio::detached);
  context.poll();
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_TRUE(errors[0].is(Errc::out_of_memory));
  EXPECT_TRUE(errors[1].is(Errc::out_of_resources));
  EXPECT_TRUE(errors[2].is(Errc::out_of_resources));
  std::jthread([&] { kept = nullptr; }).join();
  context.restart();
  context.poll();
  EXPECT_EQ(errors.size(), 4U);
}

TEST(RunOnThreadPool, WhatAFunctionThrowsIsItsError) {
  boost::asio::io_context context;
  ThreadPool pool("test", 1);
  Result<int> result(0);
  const auto task = [&]() -> Task<> {
    auto function = []() -> Result<int> { throw std::bad_alloc(); };
    result = co_await run_on<Result<int>>(pool, std::move(function));
  };
  run_to_end(context, task());
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(Errc::out_of_memory));
}

}  // namespace
}  // namespace breakwater::storage
