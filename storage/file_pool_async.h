// FilePool for coroutines: co_await run(pool, deadline, group, job). The coroutine goes on on its own
// executor.
//
// The io_context must live until the pool is shut down, and run until then for the coroutine to see the
// result.
#pragma once

#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "storage/file_pool.h"
#include "storage/task.h"

namespace breakwater::storage {

namespace detail {

template <class T>
boost::asio::awaitable<Result<T>> run_job(FilePool& pool, Deadline deadline, std::string group,
                                          FilePool::Job<T> job, FilePool::Abandoned<T> abandoned) {
  namespace asio = boost::asio;
  auto initiate = [&pool, deadline](auto handler, std::string in_group, FilePool::Job<T> work,
                                    FilePool::Abandoned<T> late) {
    auto executor = asio::get_associated_executor(handler);
    auto completion = [guard = asio::make_work_guard(executor),
                       handler = std::move(handler)](Result<T> result) mutable {
      auto resume = [handler = std::move(handler), result = std::move(result)]() mutable {
        std::move(handler)(std::optional<Result<T>>(std::move(result)));
      };
      post_result(std::move(guard), std::move(resume));
    };
    pool.submit<T>(deadline, std::move(in_group), std::move(work), std::move(completion), std::move(late));
  };
  auto result = co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::optional<Result<T>>)>(
      std::move(initiate), asio::use_awaitable, std::move(group), std::move(job), std::move(abandoned));
  co_return *std::move(result);
}

}  // namespace detail

/// The result of `job`, or submit()'s errors. Errors are values here too: nothing is thrown. `abandoned` is
/// called on the pool's thread.
template <class T, class Job>
boost::asio::awaitable<Result<T>> run(FilePool& pool, Deadline deadline, std::string group, Job& job) {
  return detail::run_job<T>(pool, deadline, std::move(group), FilePool::Job<T>(std::move(job)), {});
}
template <class T, class Job, class Abandoned>
boost::asio::awaitable<Result<T>> run(FilePool& pool, Deadline deadline, std::string group, Job& job,
                                      Abandoned& abandoned) {
  return detail::run_job<T>(pool, deadline, std::move(group), FilePool::Job<T>(std::move(job)),
                            FilePool::Abandoned<T>(std::move(abandoned)));
}

}  // namespace breakwater::storage
