// Coroutines and what they wait for. A callback may come on any thread; the coroutine goes on on the thread
// of its executor. Header only: whoever includes it links Asio.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.h"
#include "base/guard.h"
#include "base/handler_memory.h"
#include "base/thread_pool.h"

namespace breakwater {

/// The executor of an io_context that one thread runs. Make timers and sockets with it.
using Executor = boost::asio::io_context::executor_type;
template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;
inline constexpr boost::asio::use_awaitable_t<Executor> use_task{};

/// Runs `handler` on the io_context that `work` keeps running. Any thread. The guard moves with the handler,
/// so that the calling thread touches nothing of the io_context afterwards: it may end once the handler ran.
template <class WorkGuard, class Handler>
void post_result(WorkGuard work, Handler handler) {
  const auto executor = work.get_executor();
  boost::asio::post(
      executor, [work = std::move(work), handler = std::move(handler)]() mutable { std::move(handler)(); });
}

namespace detail {

/// The result that a coroutine waits for. It lies in the coroutine's frame, so that storing it takes no
/// memory.
template <class T>
struct Awaited {
  std::optional<T> value{};
  std::optional<Error> failed{};  ///< set if the operation could not begin
  HandlerMemory memory{};
};

/// Resumes the waiting coroutine once: with the value that it is called with, or without a value if it is
/// destroyed uncalled. Neither throws.
template <class T, class Handler>
class Done {
 public:
  Done(Handler handler, Awaited<T>& awaited)
      : awaited_(&awaited),
        work_(boost::asio::get_associated_executor(handler)),
        handler_(std::move(handler)) {}
  Done(Done&& other) noexcept
      : awaited_(std::exchange(other.awaited_, nullptr)),
        work_(std::move(other.work_)),
        handler_(std::move(other.handler_)) {}
  Done& operator=(Done&&) = delete;
  ~Done() {
    if (awaited_ != nullptr) resume();
  }

  void operator()(T value) {
    awaited_->value.emplace(std::move(value));
    resume();
  }

 private:
  // Asio gives the memory back before it runs the handler; the handler destroys the frame that holds it.
  void resume() noexcept {
    const auto allocator = std::exchange(awaited_, nullptr)->memory.allocator();
    const auto executor = work_.get_executor();
    auto go_on = [work = std::move(work_), handler = std::move(handler_)]() mutable { std::move(handler)(); };
    boost::asio::post(executor, boost::asio::bind_allocator(allocator, std::move(go_on)));
  }

  Awaited<T>* awaited_;
  boost::asio::executor_work_guard<Executor> work_;
  Handler handler_;
};

}  // namespace detail

/// Calls start(done) and waits until `done` is called with a T (a Result), once, by any thread. Errors: those
/// of the result; caught_error() of what `start` throws; out_of_resources (1041) if `done` is destroyed
/// uncalled.
template <class T, class Start>
Task<T> await_callback(Start start) {
  static_assert(std::is_same_v<typename T::error_type, Error>, "whatever is waited for can fail");
  detail::Awaited<T> awaited;
  auto initiate = [](auto handler, Start begin, detail::Awaited<T>* into) {
    try {
      begin(detail::Done<T, decltype(handler)>(std::move(handler), *into));
    } catch (...) {
      // The handler runs on this thread, which still exists.
      call_guarded(null_log(), "", [into] { into->failed.emplace(caught_error()); });
    }
  };
  co_await boost::asio::async_initiate<decltype(use_task), void()>(std::move(initiate), use_task,
                                                                   std::move(start), &awaited);
  if (awaited.value) co_return *std::move(awaited.value);
  if (awaited.failed) co_return fail(*std::move(awaited.failed));
  co_return fail(error::out_of_resources().with_hint(
      "the server had no thread or no memory for this statement; try again later"));
}

/// Runs `function` on a plain pool and waits for its result. It may use the coroutine's locals, and must end
/// by itself. An exception that it throws becomes an error (caught_error()).
template <class T, class F>
Task<T> run_on(ThreadPool& workers, F function) {
  auto start = [&workers, function = std::move(function)](auto done) mutable {
    workers.submit([function = std::move(function), done = std::move(done)]() mutable {
      auto result = [&]() -> T {
        try {
          return function();
        } catch (...) {
          return fail(caught_error());
        }
      };
      done(result());
    });
  };
  return await_callback<T>(std::move(start));
}

}  // namespace breakwater
