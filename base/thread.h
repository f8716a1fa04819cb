// Threads: named, made so that a system without any left is told from other failures.
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

#include "base/error.h"

namespace breakwater {

/// ps shows that many bytes of a thread's name.
inline constexpr std::size_t kMaxThreadName = 15;

/// What limits the number of threads here, in numbers: RLIMIT_NPROC, the control group's pids.max, and the
/// memory for their stacks. For hints and logs.
std::string thread_limits();

/// Runs `run`, which throws nothing, on a thread of this name. Throws std::system_error
/// (resource_unavailable_try_again) where the system has none to give: to be caught where threads are made
/// while statements run, and at the start.
template <class F>
std::thread start_thread(std::string_view name, F run) {
  std::thread thread(std::move(run));
  ::pthread_setname_np(thread.native_handle(), std::string(name.substr(0, kMaxThreadName)).c_str());
  return thread;
}

/// Whether this is what start_thread() throws.
bool is_out_of_threads(const std::system_error& failed);

/// start_refused, for a start that can't have a thread which it needs: names the limits.
Error thread_refused();

}  // namespace breakwater
