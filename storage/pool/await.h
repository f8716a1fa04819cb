// How a coroutine waits for a job on the file pool.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/task.h"
#include "storage/pool/cancellation.h"
#include "storage/pool/file_pool.h"

namespace breakwater::storage {

/// Runs `job` on the file pool and waits for its result. The job may hang and outlive the statement, so it
/// must own what it uses. The call's deadline ends the wait, and so does its cancellation, with the
/// cancellation's error.
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
