// What a statement has walked: bytes of texts looked at, copied or compared by functions, collations and
// aggregates. SQLite asks an Interrupt between its operations only, and one operation can walk without an
// end; so whatever walks bytes says so here, and the Interrupt is asked at least each kStretch of them.
//
//   for (...) if (!work.walk(bytes_of_the_next_part)) return anything;
//
// Who is told to stop leaves off at once and gives whatever it has: nobody sees it, since the statement ends
// (Call and Cursor look at stopped()). A comparison then says "equal", so that SQLite's sorter comes to its
// end. One thread, that of the cursor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace breakwater::catalog {

enum class Verdict : std::uint8_t {
  go_on,
  killed,        ///< step() fails with query_interrupted
  timed_out,     ///< step() fails with timeout
  budget_spent,  ///< step() gives Step::budget_spent: run it again on a worker
};

/// Asked about every kInterruptOperations of SQLite's operations and every Work::kStretch bytes walked, on
/// the cursor's thread. Must be cheap.
class Interrupt {
 public:
  virtual ~Interrupt() = default;
  virtual Verdict check() = 0;
};

class Work {
 public:
  /// Bytes walked between two questions: some 10 to 500 microseconds of work.
  static constexpr std::size_t kStretch = std::size_t{64} << 10U;

  /// A statement starts. Null: nobody is asked.
  void begin(Interrupt* interrupt) {
    interrupt_ = interrupt;
    verdict_ = Verdict::go_on;
    left_ = static_cast<std::int64_t>(kStretch);
  }

  /// So many bytes are about to be walked; at most kStretch, or somebody waits. False: stop.
  bool walk(std::size_t bytes) {
    left_ -= static_cast<std::int64_t>(bytes);
    return left_ > 0 || ask();
  }
  /// So many bytes are about to be walked by somebody who can't stop; the next walk() asks.
  void count(std::size_t bytes) { left_ -= static_cast<std::int64_t>(bytes); }

  /// Asks now. False: stop.
  bool ask() {
    if (stopped()) return false;
    left_ = static_cast<std::int64_t>(kStretch);
    if (interrupt_ != nullptr) stop(interrupt_->check());
    return !stopped();
  }
  /// Ends the statement, if the verdict says so. The first verdict stays.
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

/// Takes all of `text` off its front: each `take` at least one byte of what it is given. Leaves a rest when
/// the work was stopped or a `take` said false.
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
