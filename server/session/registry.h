// The sessions that are connected: SHOW PROCESSLIST lists them, KILL looks them up. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "server/net/handler.h"
#include "server/session/command_counts.h"

namespace breakwater::server::session {

/// What others may see of a session. The session writes it, others copy it.
struct ProcessInfo {
  std::uint64_t id = 0;
  std::int64_t login_tenant_id = 0;
  std::string user;
  std::string tenant;  ///< the effective one
  std::string host;    ///< with the port
  std::string database;
  bool running = false;
  bool killed = false;    ///< it was killed, and the connection hasn't ended yet
  Timestamp since = 0;    ///< the start of the statement, or of the idle time
  std::string statement;  ///< redacted; empty when idle
};

class Registry;

/// How many sessions each tenant's user has.
using UserCounts = std::map<std::pair<std::int64_t, std::string>, std::size_t>;

/// A session's entry; the destructor removes it from the list.
class RegistryEntry {
 public:
  RegistryEntry(Registry& registry, Connection& connection, ProcessInfo info);
  ~RegistryEntry();
  RegistryEntry(const RegistryEntry&) = delete;
  RegistryEntry& operator=(const RegistryEntry&) = delete;

  /// The statement must be redacted.
  void begin(Timestamp now, std::string statement);
  void end(Timestamp now);
  /// For a statement so short that nobody needs to see it: changes only the start of the idle time. Cheap.
  void touch(Timestamp now) { touched_.store(now, std::memory_order_relaxed); }
  void set_place(std::string tenant, std::string database);
  ProcessInfo info() const;
  Connection& connection() { return connection_; }

  void count(Counter counter) { counts_.add(counter); }
  /// FLUSH STATUS: the session's counts become 0; those of the server don't change.
  void flush_counts();

 private:
  friend class Registry;
  Registry& registry_;
  Connection& connection_;
  mutable std::mutex mutex_;
  ProcessInfo info_;
  std::atomic<Timestamp> touched_{0};
  CommandCounts counts_;
  UserCounts::iterator of_user_;  ///< in the registry
};

class Registry {
 public:
  std::vector<ProcessInfo> list() const;
  /// The highest number of sessions at the same time.
  std::size_t most() const;
  /// The counts of all sessions since the start, and of one that is connected.
  CounterValues total_counts() const;
  CounterValues counts_of(std::uint64_t id) const;
  /// The number of sessions of a user, from all hosts.
  std::size_t count_of(std::int64_t login_tenant_id, std::string_view user) const;
  enum class KillOutcome : std::uint8_t { done, unknown, refused };
  /// `may` sees the entry and decides: if it returns `done`, the session is killed.
  KillOutcome kill(std::uint64_t id, Interrupt how,
                   const std::function<KillOutcome(const ProcessInfo&)>& may);

 private:
  friend class RegistryEntry;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, RegistryEntry*> entries_;
  UserCounts of_user_;
  std::size_t most_ = 0;
  CounterValues ended_{};  ///< the counts of sessions that have ended
};

}  // namespace breakwater::server::session
