// Counts the bytes that a statement "walks": those that functions, collations and aggregates read, copy or
// compare. SQLite calls the Interrupt only between its operations, and one operation can walk any number of
// bytes. So code that walks bytes counts them here, and the Interrupt is called at least once for each
// kStretch of them.
//
//   for (...) if (!work.walk(bytes_of_the_next_part)) return anything;
//
// Code that is told to stop returns at once, with any result: nobody sees it, since the statement ends (Call
// and Cursor look at stopped()). A comparison then returns "equal", so that SQLite's sorter ends. Only on the
// cursor's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace breakwater::catalog {

enum class Verdict : std::uint8_t {
  go_on,
  killed,        ///< step() fails with query_interrupted (1317)
  timed_out,     ///< step() fails with timeout (4012)
  budget_spent,  ///< step() gives Step::budget_spent: run it again on a worker
};

/// Called about every kInterruptOperations of SQLite's operations and every Work::kStretch bytes, on the
/// cursor's thread. Must be cheap.
class Interrupt {
 public:
  virtual ~Interrupt() = default;
  virtual Verdict check() = 0;
};

class Work {
 public:
  /// Bytes between two calls of the Interrupt: some 10 to 500 microseconds of work.
  static constexpr std::size_t kStretch = std::size_t{64} << 10U;

  /// Call it when a statement starts. Null: nothing interrupts it.
  void begin(Interrupt* interrupt) {
    interrupt_ = interrupt;
    verdict_ = Verdict::go_on;
    left_ = static_cast<std::int64_t>(kStretch);
  }

  /// Call it before walking so many bytes, at most kStretch. Stop if it returns false.
  bool walk(std::size_t bytes) {
    left_ -= static_cast<std::int64_t>(bytes);
    return left_ > 0 || ask();
  }
  /// Counts bytes of a walk that can't be stopped; the next walk() calls the Interrupt if need be.
  void count(std::size_t bytes) { left_ -= static_cast<std::int64_t>(bytes); }

  /// Calls the Interrupt now. Stop if it returns false.
  bool ask() {
    if (stopped()) return false;
    left_ = static_cast<std::int64_t>(kStretch);
    if (interrupt_ != nullptr) stop(interrupt_->check());
    return !stopped();
  }
  /// Ends the statement, unless the verdict is go_on. The first verdict stays.
  void stop(Verdict verdict) {
    if (stopped() || verdict == Verdict::go_on) return;
    verdict_ = verdict;
    left_ = std::numeric_limits<std::int64_t>::min() / 2;
  }
  bool stopped() const { return verdict_ != Verdict::go_on; }
  Verdict verdict() const { return verdict_; }

 private:
  Interrupt* interrupt_ = nullptr;
  std::int64_t left_ = static_cast<std::int64_t>(kStretch);
  Verdict verdict_ = Verdict::go_on;
};

/// Calls `take` until all of `text` is consumed; each call takes at least one byte off its front. Stops early
/// if the work was stopped or `take` returned false.
template <class Take>
void walk_through(std::string_view& text, Work& work, Take take) {
  while (!text.empty()) {
    const std::size_t stretch = text.size() < Work::kStretch ? text.size() : Work::kStretch;
    if (!work.walk(stretch)) return;
    for (const std::size_t end = text.size() - stretch; text.size() > end;) {
      if (!take(text)) return;
    }
  }
}

}  // namespace breakwater::catalog
