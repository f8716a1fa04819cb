// From callbacks to coroutines: the pools call back on threads of their own, a coroutine goes on on its own.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.h"
#include "storage/file_pool.h"
#include "storage/task.h"

namespace breakwater::storage {

/// Calls start(done); `done` takes a T, from any thread, exactly once. The coroutine then goes on with it.
template <class T, class Start>
Task<T> await_callback(Start start) {
  namespace asio = boost::asio;
  auto initiate = [](auto handler, Start begin) {
    auto executor = asio::get_associated_executor(handler);
    begin([guard = asio::make_work_guard(executor), handler = std::move(handler)](T value) mutable {
      auto resume = [handler = std::move(handler), value = std::move(value)]() mutable {
        std::move(handler)(std::optional<T>(std::move(value)));
      };
      post_result(std::move(guard), std::move(resume));
    });
  };
  auto value = co_await asio::async_initiate<decltype(use_task), void(std::optional<T>)>(
      std::move(initiate), use_task, std::move(start));
  co_return *std::move(value);
}

/// A job on a pool of threads that may get stuck: it outlives the statement, so it owns what it uses. The
/// call's cancellation ends the wait as its deadline does, with the cancellation's error.
template <class T>
Task<Result<T>> run_on(FilePool& pool, Call call, std::string group, FilePool::Job<T> job,
                       FilePool::Abandoned<T> abandoned = {}) {
  if (call.cancelled()) {
    if (abandoned) abandoned(std::nullopt);
    co_return fail(call.cancellation->why());
  }
  FilePool::Ticket ticket;
  const Cancellation::Watch watch(call.cancellation,
                                  [&ticket, call] { ticket.cancel(call.cancellation->why()); });
  auto start = [&pool, &ticket, call, group = std::move(group), job = std::move(job),
                abandoned = std::move(abandoned)](auto done) mutable {
    ticket = pool.submit<T>(call.deadline, std::move(group), std::move(job), std::move(done),
                            std::move(abandoned));
  };
  co_return co_await await_callback<Result<T>>(std::move(start));
}

}  // namespace breakwater::storage
