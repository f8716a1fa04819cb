// Gives the counters of the running server to code that has no Server object. Any thread.
#pragma once

#include <mutex>

#include "server/net/server.h"

namespace breakwater::server {

class CountersSource {
 public:
  /// All zero while no server runs.
  ServerCounters read() const {
    const std::scoped_lock lock(mutex_);
    return server_ == nullptr ? ServerCounters{} : server_->counters();
  }

  /// While this exists, `server` is the running one.
  class Watch {
   public:
    Watch(CountersSource& source, const Server& server) : source_(source) { source_.set(&server); }
    ~Watch() { source_.set(nullptr); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    CountersSource& source_;
  };

 private:
  void set(const Server* server) {
    const std::scoped_lock lock(mutex_);
    server_ = server;
  }

  mutable std::mutex mutex_;
  const Server* server_ = nullptr;
};

}  // namespace breakwater::server
