// Who is connected: what SHOW PROCESSLIST lists and KILL looks up. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "server/net/handler.h"

namespace breakwater::server::session {

/// What others may see of a session. The owner writes it, others copy it.
struct ProcessInfo {
  std::uint64_t id = 0;
  std::int64_t login_tenant_id = 0;
  std::string user;
  std::string tenant;  ///< the effective one
  std::string host;    ///< with the port
  std::string database;
  bool running = false;
  Timestamp since = 0;    ///< start of the statement, or of the idle time
  std::string statement;  ///< redacted; empty when idle
};

class Registry;

/// A session's entry; it leaves the list when this dies.
class RegistryEntry {
 public:
  RegistryEntry(Registry& registry, Connection& connection, ProcessInfo info);
  ~RegistryEntry();
  RegistryEntry(const RegistryEntry&) = delete;
  RegistryEntry& operator=(const RegistryEntry&) = delete;

  /// The statement must be redacted.
  void begin(Timestamp now, std::string statement);
  void end(Timestamp now);
  void set_place(std::string tenant, std::string database);
  ProcessInfo info() const;
  Connection& connection() { return connection_; }

 private:
  Registry& registry_;
  Connection& connection_;
  mutable std::mutex mutex_;
  ProcessInfo info_;
};

class Registry {
 public:
  std::vector<ProcessInfo> list() const;
  /// False: there is no such connection. `may` decides whether the caller may kill it, seeing its entry.
  enum class KillOutcome : std::uint8_t { done, unknown, refused };
  KillOutcome kill(std::uint64_t id, Interrupt how, const std::function<bool(const ProcessInfo&)>& may);

 private:
  friend class RegistryEntry;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, RegistryEntry*> entries_;
};

}  // namespace breakwater::server::session
