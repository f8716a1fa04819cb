// How a statement that has written a job's row wakes those who run jobs (server/jobs), which it doesn't know.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace breakwater::server::execute {

/// Thread-safe.
class JobBell {
 public:
  /// After the commit of the row. Says only that there is something to look at.
  void ring() {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, wake] : listeners_) wake();
  }

  /// Calls `wake` at each ring, on the ringing thread, until the Listener is destroyed: it must be quick, mustn't throw and
  /// mustn't ring.
  class Listener {
   public:
    Listener(JobBell& bell, std::function<void()> wake) : bell_(bell) {
      const std::scoped_lock lock(bell_.mutex_);
      id_ = ++bell_.last_id_;
      bell_.listeners_.emplace(id_, std::move(wake));
    }
    ~Listener() {
      const std::scoped_lock lock(bell_.mutex_);
      bell_.listeners_.erase(id_);
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

   private:
    JobBell& bell_;
    std::uint64_t id_ = 0;
  };

 private:
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;                                 ///< guarded by mutex_
  std::map<std::uint64_t, std::function<void()>> listeners_;  ///< likewise
};

}  // namespace breakwater::server::execute
