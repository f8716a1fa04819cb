// Decides which of the long statements compute. Each has a thread of its own, since SQLite can't be stopped
// within a step and continued later; but only kRunning of them compute at the same time, for kSlice each, and
// then others get their turn. Turns go round by tenants, so that a tenant with many statements gets no more
// time than one with a single statement. root@sys has an additional place of its own.
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

/// Whose share of the server a statement uses.
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

  /// A statement's turn, on the thread that computes for it.
  class Turn {
   public:
    Turn(Turns& turns, const Share& share) : turns_(turns), share_(share) {}
    ~Turn() { turns_.leave(*this); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    bool is_over(Deadline now) const { return now >= end_; }
    /// Call it before the first slice and at the end of each: lets waiting statements go first and returns
    /// when this one may go on. While it waits, it calls `stopped` now and then; true ends the wait.
    void wait(const std::function<bool()>& stopped) { turns_.wait(*this, stopped); }

   private:
    friend class Turns;
    Turns& turns_;
    Share share_;
    Deadline end_{};
    bool running_ = false;
    bool reserved_ = false;  ///< it has the administrator's place
  };

  /// How many statements compute, and how many wait for a turn.
  std::size_t running() const;
  std::size_t waiting() const;

 private:
  struct Tenant {
    std::size_t running = 0;
    std::size_t waiting = 0;
    std::uint64_t served = 0;  ///< the number of its last turn, counting all turns
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
  std::list<Turn*> waiting_;  ///< in the order of their arrival
  std::map<Share, Tenant> tenants_;
  std::size_t running_ = 0;
  bool reserved_taken_ = false;
  std::uint64_t turns_ = 0;
};

}  // namespace breakwater::server::execute
