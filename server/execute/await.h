// From callbacks to coroutines. The store and the pools call back on threads of their own; a statement's
// coroutine goes on on its connection's.
#pragma once

#include <functional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/error.h"
#include "catalog/store.h"
#include "server/net/handler.h"
#include "storage/await.h"

namespace breakwater::server::execute {

using storage::await_callback;
using storage::run_on;
using storage::use_task;

/// A job on the store's writer thread, durable when this returns. The job may use the coroutine's locals.
template <class T = void, class Job>
Task<Result<T>> write_catalog(catalog::Store& store, Job job) {
  return await_callback<Result<T>>([&store, job = std::move(job)](auto done) mutable {
    if constexpr (std::is_void_v<T>) {
      store.submit(std::move(job), std::move(done));
    } else {
      store.write<T>(std::move(job), std::move(done));
    }
  });
}

/// A function on a plain worker, which ends by itself. It may use the coroutine's locals.
template <class T, class F>
Task<T> run_on(boost::asio::thread_pool& workers, F function) {
  return await_callback<T>([&workers, function = std::move(function)](auto done) mutable {
    boost::asio::post(
        workers, [function = std::move(function), done = std::move(done)]() mutable { done(function()); });
  });
}

}  // namespace breakwater::server::execute
