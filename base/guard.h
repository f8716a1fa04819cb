// The last place that catches exceptions: std::bad_alloc, for example. An exception ends the work that threw
// it, never the thread and never the server.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/log.h"

namespace breakwater {

/// Call it in a catch block. Returns the error for whoever waits for the work that failed: out_of_memory
/// (1037), out_of_resources (1041) if the system had no thread left, else internal_error (4016).
Error caught_error();

/// Call it in a catch block. Logs the exception, at most once in ten seconds, with the number of those that
/// were not logged since. `who`: "an I/O thread". Any thread; throws nothing.
void log_caught(Log& log, std::string_view who) noexcept;

/// Waits 10 ms, so that work that fails again at once doesn't keep a core busy.
void pause_after_failure() noexcept;

/// Runs `work` until it returns. An exception that leaves it is logged, and `work` runs again.
template <class F>
void run_guarded(Log& log, std::string_view who, F work) noexcept {
  for (;;) {
    try {
      work();
      return;
    } catch (...) {
      log_caught(log, who);
    }
    pause_after_failure();
  }
}

/// Runs `work` once. An exception that leaves it is logged.
template <class F>
void call_guarded(Log& log, std::string_view who, F&& work) noexcept {
  try {
    work();
  } catch (...) {
    log_caught(log, who);
  }
}

}  // namespace breakwater
