// How long a coroutine has had its thread, where it does many small things one after the other without a
// wait: commands that came together, statements of one text. Then the thread's others go first.
#pragma once

#include <chrono>
#include <cstddef>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/clock.h"
#include "base/task.h"

namespace breakwater {

class Stint {
 public:
  static constexpr auto kLongest = std::chrono::milliseconds(2);

  /// Others had the thread.
  void begin() { pieces_ = 0; }
  /// After each piece of work. One alone costs no look at the clock.
  bool is_over() {
    if (++pieces_ == 1) return false;
    const auto now = std::chrono::steady_clock::now();
    if (pieces_ == 2) end_ = now + kLongest;
    return now >= end_;
  }
  /// Lets the thread's others go first.
  Task<> yield() {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, use_task);
    begin();
  }

 private:
  std::size_t pieces_ = 0;
  Deadline end_{};
};

}  // namespace breakwater
