#include "base/guard.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <new>
#include <string>
#include <system_error>
#include <thread>

#include "base/thread.h"

namespace breakwater {
namespace {

using std::chrono::steady_clock;

constexpr auto kLogPause = std::chrono::seconds(10);
constexpr auto kPause = std::chrono::milliseconds(10);

/// Whether a line may be logged now. `silent` then becomes the number of exceptions since the last line.
bool may_log(std::uint64_t& silent) {
  static std::atomic<steady_clock::rep> next{steady_clock::time_point::min().time_since_epoch().count()};
  static std::atomic<std::uint64_t> kept{0};
  const steady_clock::time_point now = steady_clock::now();
  steady_clock::rep due = next.load();
  const bool chosen = now.time_since_epoch().count() >= due &&
                      next.compare_exchange_strong(due, (now + kLogPause).time_since_epoch().count());
  if (!chosen) {
    ++kept;
    return false;
  }
  silent = kept.exchange(0);
  return true;
}

}  // namespace

Error caught_error() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return error::out_of_memory().with_hint("the server has no memory left; try again later");
  } catch (const std::system_error& failed) {
    if (failed.code() == std::errc::resource_unavailable_try_again)
      return error::out_of_resources().with_hint("no thread could be made: " + thread_limits());
    return error::internal_error();
  } catch (...) {
    return error::internal_error();
  }
}

void log_caught(Log& log, std::string_view who) noexcept {
  std::uint64_t silent = 0;
  if (!may_log(silent)) return;
  try {
    std::string text = std::string(who) + " goes on after an exception: ";
    try {
      throw;
    } catch (const std::exception& exception) {
      text += exception.what();
    } catch (...) {
      text += "of an unknown kind";
    }
    if (silent != 0) text += " (" + std::to_string(silent) + " more since the last such line)";
    log.error(text);
  } catch (...) {  // no memory for the line either
    return;
  }
}

void pause_after_failure() noexcept {
  std::this_thread::sleep_for(kPause);
}

}  // namespace breakwater
