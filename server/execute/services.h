// What statements work with: the store, the SELECT engine, the pools, the settings. Made once, by the server,
// and shared by all threads; lives longer than every session.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "catalog/query.h"
#include "catalog/store.h"
#include "grammar/parser.h"
#include "server/auth/password_cache.h"
#include "server/execute/kept_rows.h"
#include "server/execute/plan_cache.h"
#include "server/execute/prepared_counts.h"
#include "server/execute/tenant_locks.h"
#include "server/net/counters_source.h"
#include "server/protocol/response.h"
#include "server/session/registry.h"
#include "server/session/variables.h"
#include "server/settings.h"
#include "storage/allow.h"
#include "storage/backup_destination.h"
#include "storage/file_pool.h"
#include "storage/network_rules.h"
#include "storage/object_store.h"
#include "storage/task.h"

namespace breakwater::server::execute {

/// What a thread needs to read: a connection to the store with MySQL's functions, and its statement cache.
/// One thread at a time.
struct Lane {
  std::unique_ptr<catalog::Reader> reader;
  std::unique_ptr<catalog::QueryRunner> runner;
  PlanCache plans;
  // Reused from statement to statement, so that a cached one allocates nothing.
  grammar::Fingerprint fingerprint;
  PlanCache::Hit hit;
  std::vector<protocol::ColumnDefinition> definitions;
};

/// Lanes for SELECTs that outlast their budget, at most kMaxLongSelects at once.
class LanePool {
 public:
  static constexpr std::size_t kMaxLongSelects = 8;

  class Lease {
   public:
    Lease(LanePool* pool, std::unique_ptr<Lane> lane) : pool_(pool), lane_(std::move(lane)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Lane& operator*() const { return *lane_; }
    Lane* operator->() const { return lane_.get(); }

   private:
    LanePool* pool_;
    std::unique_ptr<Lane> lane_;
  };

  explicit LanePool(std::function<Result<std::unique_ptr<Lane>>()> make) : make_(std::move(make)) {}
  /// out_of_resources (1041) with a hint when all are taken.
  Result<Lease> take();

 private:
  std::function<Result<std::unique_ptr<Lane>>()> make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> idle_;
  std::size_t taken_ = 0;
};

/// Intents whose operation still hangs on a dead mount: nobody may settle them before it ends. Thread-safe.
class BusyIntents {
 public:
  void add(std::int64_t id);
  void remove(std::int64_t id);
  bool contains(std::int64_t id) const;

 private:
  mutable std::mutex mutex_;
  std::set<std::int64_t> ids_;
};

/// A thread for what the server does by itself: settling what operations left unfinished.
class Housekeeper {
 public:
  Housekeeper() : thread_([this] { context_.run(); }) {}
  ~Housekeeper() { stop(); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  Executor executor() { return context_.get_executor(); }
  /// Set off when the server ends. The thread's own.
  storage::Cancellation& cancellation() { return cancellation_; }

  /// The tenants whose intents are being settled. The thread's own.
  std::set<std::int64_t>& settling() { return settling_; }

  /// Any thread: runs begin()'s task on this one.
  void spawn(std::function<Task<>()> begin);

  /// Ends what waits, and the thread when nothing is left. Idempotent; not from the thread itself.
  void stop();

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
  storage::Cancellation cancellation_;
  std::set<std::int64_t> settling_;
  std::thread thread_;
};

class Services {
 public:
  Services(std::unique_ptr<catalog::Store> store, LiveSettings& settings, Log& log,
           const Clock& clock = system_clock(), const Entropy& entropy = system_entropy());
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  /// Ends the pools: what waits or hangs there fails. Idempotent; the end of the Services does it too.
  void stop();

  /// This thread's lane, made at its first use. Only for threads that end before the Services do.
  Result<Lane*> lane();
  LanePool& long_selects() { return long_selects_; }

  catalog::Store& store() { return *store_; }
  const catalog::Engine& engine() const { return engine_; }
  std::shared_ptr<const Settings> settings() const { return settings_.get(); }
  Log& log() { return log_; }
  const Clock& clock() const { return clock_; }
  const Entropy& entropy() const { return entropy_; }
  session::GlobalVariables& globals() { return globals_; }
  /// What caching_sha2_password's fast way needs; emptied whenever accounts change.
  auth::PasswordCache& passwords() { return passwords_; }
  session::Registry& registry() { return registry_; }
  /// The counters of the server that runs on these services.
  CountersSource& network() { return network_; }
  TenantLocks& tenant_locks() { return tenant_locks_; }
  BusyIntents& busy_intents() { return busy_intents_; }
  PreparedCounts& prepared_counts() { return prepared_counts_; }
  CursorMemory& cursor_memory() { return cursor_memory_; }
  storage::FilePool& files() { return files_; }
  /// Key derivation: 128 MiB each, so two at a time.
  storage::FilePool& derivations() { return derivations_; }
  Housekeeper& housekeeper() { return housekeeper_; }
  /// Threads for long SELECTs.
  boost::asio::thread_pool& workers() { return workers_; }
  /// A thread for the hashing of passwords, milliseconds each.
  boost::asio::thread_pool& password_workers() { return password_workers_; }

  storage::PathRules path_rules() const;
  storage::NetworkRules network_rules() const;
  /// The errors of make_object_store(), as for what follows. Opens nothing.
  Result<std::unique_ptr<storage::ObjectStore>> open_store(const storage::Destination& destination);
  Result<std::unique_ptr<storage::BackupDestination>> open_destination(
      const storage::Destination& destination);
  Deadline storage_deadline() const;

 private:
  Result<std::unique_ptr<Lane>> make_lane();

  std::unique_ptr<catalog::Store> store_;
  LiveSettings& settings_;
  Log& log_;
  const Clock& clock_;
  const Entropy& entropy_;
  catalog::Engine engine_;
  session::GlobalVariables globals_;
  auth::PasswordCache passwords_;
  session::Registry registry_;
  CountersSource network_;
  TenantLocks tenant_locks_;
  BusyIntents busy_intents_;
  PreparedCounts prepared_counts_;
  CursorMemory cursor_memory_;
  LanePool long_selects_;
  storage::FilePool files_;
  storage::FilePool derivations_;
  boost::asio::thread_pool workers_;
  boost::asio::thread_pool password_workers_{1};
  Housekeeper housekeeper_;
};

}  // namespace breakwater::server::execute
