// Where the counters of the server that runs can be read, by whoever has no server at hand. Any thread.
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

  /// The server is the one that runs, as long as this lives.
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
