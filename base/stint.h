// Limits how long a coroutine that never waits keeps its thread, when it does many small pieces of work one
// after the other: commands that arrived together, the statements of one text. When the time is over, it lets
// the thread's other coroutines run.
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

  /// Call it after a wait: other coroutines had the thread.
  void begin() { pieces_ = 0; }
  /// Call it after each piece of work; true: call yield(). The first piece costs no look at the clock.
  bool is_over() {
    if (++pieces_ == 1) return false;
    const auto now = std::chrono::steady_clock::now();
    if (pieces_ == 2) end_ = now + kLongest;
    return now >= end_;
  }
  /// Lets the thread's other coroutines run first.
  Task<> yield() {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, use_task);
    begin();
  }

 private:
  std::size_t pieces_ = 0;
  Deadline end_{};
};

}  // namespace breakwater
