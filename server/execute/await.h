// Coroutines that wait for the store, and for what else runs on threads of its own.
#pragma once

#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/task.h"
#include "catalog/store.h"
#include "storage/await.h"

namespace breakwater::server::execute {

using breakwater::run_on;
using storage::run_on;

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

}  // namespace breakwater::server::execute
