// The data that all connections of a server share. Inside server/net only.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "server/auth/rsa_key.h"
#include "server/net/connect_errors.h"
#include "server/net/handler.h"
#include "server/net/server.h"
#include "server/net/stranger_log.h"
#include "server/net/strangers.h"
#include "server/net/tls_context.h"

namespace breakwater::server {

/// The connections by their ids, for KILL. Any thread.
class Directory {
 public:
  /// Gives the connection an id that no other open one has.
  std::uint32_t add(Connection& connection);
  void remove(std::uint32_t id);
  bool kill(std::uint32_t id, Interrupt how);
  void kill_all(Interrupt how);

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint32_t, Connection*> connections_;
  std::uint32_t last_ = 0;
};

struct AtomicCounters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> login_failures{0};
};

/// Counts the open connections; one may wait until there are none. Any thread.
class OpenCount {
 public:
  std::uint64_t get() const { return count_.load(); }
  /// Increments the count unless it has reached `most`. Returns the previous value, or nullopt if it was not
  /// incremented.
  std::optional<std::uint64_t> up(std::uint64_t most);
  void down();
  /// Returns false if the deadline passed first.
  bool wait_for_none(Deadline deadline);

 private:
  std::atomic<std::uint64_t> count_{0};
  std::mutex mutex_;
  std::condition_variable none_;
};

/// Whether connections from this peer begin with a PROXY header.
bool is_proxy(const Peer& peer, const ServerLimits& limits);

struct Shared {
  Shared(SessionFactory& f, const Entropy& e, Log& l, std::string version, std::string rsa_key_file)
      : factory(f),
        entropy(e),
        log(l),
        stranger_log(l),
        server_version(std::move(version)),
        rsa_key(std::move(rsa_key_file)),
        password_workers("passwords", kPasswordThreads, l) {}

  SessionFactory& factory;
  const Entropy& entropy;
  Log& log;
  StrangerLog stranger_log;
  std::string server_version;
  auth::RsaKey rsa_key;
  /// For the parts of a login that take milliseconds. The server joins it before the workers' io_contexts are
  /// destroyed.
  ThreadPool password_workers;
  Deadline started = std::chrono::steady_clock::now();
  Directory directory;
  AtomicCounters counters;
  Strangers strangers{[this](std::uint32_t id) { directory.kill(id, Interrupt::connection); }};
  OpenCount open;
  std::atomic<bool> draining{false};
  std::function<std::uint64_t()> commands;  ///< the number of commands answered since the start

  void note_connect_error(const Peer& peer);
  bool is_blocked(const Peer& peer, std::uint32_t limit);

  /// The context for new connections; null: no TLS.
  std::shared_ptr<const TlsContext> tls() const {
    const std::lock_guard lock(tls_mutex_);
    return tls_;
  }
  void set_tls(std::shared_ptr<const TlsContext> context) {
    const std::lock_guard lock(tls_mutex_);
    tls_.swap(context);
  }

 private:
  static constexpr std::size_t kPasswordThreads = 2;
  // No std::atomic<std::shared_ptr>: GCC 12's load() lets go with a relaxed store.
  mutable std::mutex tls_mutex_;
  std::shared_ptr<const TlsContext> tls_;  ///< under tls_mutex_
  std::mutex errors_mutex_;
  ConnectErrors errors_;
};

}  // namespace breakwater::server
