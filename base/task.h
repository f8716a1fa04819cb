// Coroutines and what they wait for. What calls back does so on a thread of its own; a coroutine goes on on
// its executor's. Header only: whoever includes it links Asio.
#pragma once

#include <optional>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace breakwater {

/// The executor of an io_context that one thread runs. Timers and sockets are best made with it.
using Executor = boost::asio::io_context::executor_type;
template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;
inline constexpr boost::asio::use_awaitable_t<Executor> use_task{};

/// Any thread: runs `handler` on the io_context that `work` keeps at work. The guard goes with the handler,
/// so that the thread that posts touches nothing of the io_context afterwards: it may end once the handler
/// ran.
template <class WorkGuard, class Handler>
void post_result(WorkGuard work, Handler handler) {
  const auto executor = work.get_executor();
  boost::asio::post(
      executor, [work = std::move(work), handler = std::move(handler)]() mutable { std::move(handler)(); });
}

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

/// A function on a plain worker, which ends by itself. It may use the coroutine's locals.
template <class T, class F>
Task<T> run_on(boost::asio::thread_pool& workers, F function) {
  return await_callback<T>([&workers, function = std::move(function)](auto done) mutable {
    boost::asio::post(
        workers, [function = std::move(function), done = std::move(done)]() mutable { done(function()); });
  });
}

}  // namespace breakwater
