// What becomes of an exception that nobody caught where it was thrown: for want of memory, say. It ends what
// was being done, never the thread and never the server.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/log.h"

namespace breakwater {

/// In a catch block: what to tell whoever waits for what failed. out_of_memory (1037), out_of_resources
/// (1041) where the system had no thread left, else internal_error (4016).
Error caught_error();

/// In a catch block: tells the log, at most once in ten seconds, with the number of those it kept to itself.
/// `who`: "an I/O thread". Any thread; throws nothing.
void log_caught(Log& log, std::string_view who) noexcept;

/// Waits a little, so that what fails again at once doesn't keep a core busy.
void pause_after_failure() noexcept;

/// Runs `work` until it returns: an exception that leaves it is logged, and it is run again.
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

/// Runs `work` once.
template <class F>
void call_guarded(Log& log, std::string_view who, F&& work) noexcept {
  try {
    work();
  } catch (...) {
    log_caught(log, who);
  }
}

}  // namespace breakwater
