// Starts threads with names, and tells a system that has no thread left from other failures.
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

#include "base/error.h"

namespace breakwater {

/// Bytes of a thread's name that the system keeps.
inline constexpr std::size_t kMaxThreadName = 15;

/// What limits the number of threads here, with the values: RLIMIT_NPROC, the control group's pids.max, and
/// the memory for stacks. For hints and logs.
std::string thread_limits();

/// Runs `run`, which must not throw, on a new thread with this name. Throws std::system_error
/// (resource_unavailable_try_again) if the system has no thread to give. Callers that run while statements
/// do, or at the start, must catch it.
template <class F>
std::thread start_thread(std::string_view name, F run) {
  std::thread thread(std::move(run));
  ::pthread_setname_np(thread.native_handle(), std::string(name.substr(0, kMaxThreadName)).c_str());
  return thread;
}

/// Whether this is what start_thread() throws.
bool is_out_of_threads(const std::system_error& failed);

/// start_refused (1105), for a server that can't start a thread that it needs; the text names the limits.
Error thread_refused();

}  // namespace breakwater
