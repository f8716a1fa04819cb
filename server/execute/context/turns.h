// Who of the long statements computes at a moment. Each has a thread of its own, since SQLite can't leave a
// step half done; but only kRunning of them go on at once, for kSlice each, and then the next one's turn
// comes: by tenants, so that one with many statements gets no more than one with a single one. root@sys has a
// place of its own beside them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>

#include "base/clock.h"

namespace breakwater::server::execute {

/// Whose share of the server a statement draws on.
struct Share {
  std::int64_t tenant = 0;     ///< the login tenant
  bool administrator = false;  ///< root@sys
  auto operator<=>(const Share&) const = default;
};

/// Thread-safe.
class Turns {
 public:
  static constexpr std::size_t kRunning = 2;
  static constexpr auto kSlice = std::chrono::milliseconds(10);

  /// A statement's, on the thread that computes for it.
  class Turn {
   public:
    Turn(Turns& turns, const Share& share) : turns_(turns), share_(share) {}
    ~Turn() { turns_.leave(*this); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    bool is_over(Deadline now) const { return now >= end_; }
    /// At the end of a slice and before the first one: lets whoever waits go first, and returns when this one
    /// may go on. `stopped` is asked now and then while it waits: true ends the wait.
    void wait(const std::function<bool()>& stopped) { turns_.wait(*this, stopped); }

   private:
    friend class Turns;
    Turns& turns_;
    Share share_;
    Deadline end_{};
    bool running_ = false;
    bool reserved_ = false;  ///< it runs on the administrator's place
  };

  /// How many compute, and how many wait to.
  std::size_t running() const;
  std::size_t waiting() const;

 private:
  struct Tenant {
    std::size_t running = 0;
    std::size_t waiting = 0;
    std::uint64_t served = 0;  ///< when it was last given a turn, counted in turns
  };

  void wait(Turn& turn, const std::function<bool()>& stopped);
  void leave(Turn& turn);
  void stop(Turn& turn);
  void start(std::list<Turn*>::iterator at, bool reserved);
  void hand_out();
  std::list<Turn*>::iterator next();
  void forget_idle(const Share& share);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Turn*> waiting_;  ///< in the order in which they came
  std::map<Share, Tenant> tenants_;
  std::size_t running_ = 0;
  bool reserved_taken_ = false;
  std::uint64_t turns_ = 0;
};

}  // namespace breakwater::server::execute
