// What statements use: the store, the SELECT engine, the pools, the settings. The server makes it once; all
// threads share it, and it outlives every session.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory_account.h"
#include "base/task.h"
#include "base/thread_pool.h"
#include "catalog/bind/query.h"
#include "catalog/run/runner.h"
#include "catalog/store/store.h"
#include "grammar/parser.h"
#include "server/audit/audit_trail.h"
#include "server/auth/login_locks.h"
#include "server/auth/password_cache.h"
#include "server/execute/context/fair_queue.h"
#include "server/execute/context/job_bell.h"
#include "server/execute/context/plan_cache.h"
#include "server/execute/context/prepared_counts.h"
#include "server/execute/context/tenant_locks.h"
#include "server/execute/context/turns.h"
#include "server/net/counters_source.h"
#include "server/protocol/response.h"
#include "server/session/registry.h"
#include "server/session/variables.h"
#include "server/settings.h"
#include "storage/destination/backup_destination.h"
#include "storage/destination/medium.h"
#include "storage/file/path_rules.h"
#include "storage/http/network_rules.h"
#include "storage/object/object_store.h"
#include "storage/pool/cancellation.h"
#include "storage/pool/file_pool.h"

namespace breakwater::server::execute {

/// What a thread needs for reading: a connection to the store with MySQL's functions, and a statement cache.
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

/// Lanes for SELECTs that exceed their budget. One tenant has at most half of kPlaces; root@sys has one more
/// of its own. A SELECT that finds none free waits in line.
class LanePool {
 public:
  static constexpr std::size_t kPlaces = 8;
  static constexpr std::size_t kPerTenant = kPlaces / 2;
  static constexpr std::size_t kAll = kPlaces + 1;

  class Lease {
   public:
    Lease(LanePool* pool, FairQueue::Guard place, std::unique_ptr<Lane> lane)
        : pool_(pool), place_(std::move(place)), lane_(std::move(lane)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Lane& operator*() const { return *lane_; }
    Lane* operator->() const { return lane_.get(); }

   private:
    LanePool* pool_;
    FairQueue::Guard place_;  ///< freed after the lane
    std::unique_ptr<Lane> lane_;
  };

  explicit LanePool(std::function<Result<std::unique_ptr<Lane>>()> make);
  /// If a lane has to be made, that happens on the coroutine's thread. Errors: those of FairQueue::acquire()
  /// and of the store.
  Task<Result<Lease>> take(Share share, storage::Call call);

 private:
  Result<std::unique_ptr<Lane>> idle_or_new();

  std::function<Result<std::unique_ptr<Lane>>()> make_;
  FairQueue places_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> idle_;
};

/// Intents whose operation still runs or hangs on a dead mount: they must not be settled before it ends.
/// Thread-safe.
class BusyIntents {
 public:
  void add(std::int64_t id);
  void remove(std::int64_t id) noexcept;
  bool contains(std::int64_t id) const;

 private:
  mutable std::mutex mutex_;
  std::set<std::int64_t> ids_;
};

/// Marks one intent as busy until end() is called or the last copy is destroyed. Any thread.
class BusyIntent {
 public:
  BusyIntent(std::shared_ptr<BusyIntents> all, std::int64_t id)
      : held_(std::make_shared<Held>(std::move(all), id)) {}
  void end() const noexcept { held_->all->remove(held_->id); }

 private:
  struct Held {
    Held(std::shared_ptr<BusyIntents> of, std::int64_t number) : all(std::move(of)), id(number) {
      all->add(id);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { all->remove(id); }
    const std::shared_ptr<BusyIntents> all;
    const std::int64_t id;
  };
  std::shared_ptr<Held> held_;
};

/// A thread for the server's own work: settling what operations left unfinished.
class Housekeeper {
 public:
  /// Throws std::system_error if the system has no thread to give.
  explicit Housekeeper(Log& log);
  ~Housekeeper() { stop(); }
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  Executor executor() { return context_.get_executor(); }
  /// Cancelled when the server ends. Only for the housekeeper's thread.
  storage::Cancellation& cancellation() { return cancellation_; }

  /// The tenants whose intents are being settled. Only for the housekeeper's thread.
  std::set<std::int64_t>& settling() { return settling_; }

  /// Runs begin()'s task on the housekeeper's thread. Any thread. Throws std::bad_alloc.
  void spawn(std::function<Task<>()> begin);

  /// Soon returns malloc's free memory to the system. Any thread.
  void trim_memory() noexcept;

  /// Ends waits, and the thread when nothing is left to do. May be called again; not from the thread itself.
  void stop();

 private:
  void wait_to_trim();

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
  storage::Cancellation cancellation_;
  std::set<std::int64_t> settling_;
  boost::asio::steady_timer trim_{context_};
  std::atomic<bool> trim_is_due_{false};
  Log& log_;
  std::thread thread_;
};

class Services {
 public:
  /// Makes all threads that statements need. Throws std::system_error if the system has none to give.
  Services(std::unique_ptr<catalog::Store> store, LiveSettings& settings, Log& log,
           const Clock& clock = system_clock(), const Entropy& entropy = system_entropy());
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  /// Ends the pools: jobs that wait or hang there fail. May be called again; the destructor does it too.
  void stop();

  /// This thread's lane, made at its first use. Only for threads that end before the Services.
  Result<Lane*> lane();
  LanePool& long_selects() { return long_selects_; }

  catalog::Store& store() { return *store_; }
  const catalog::Dictionary& dictionary() const { return dictionary_; }
  /// For setting up, before any other function is called.
  catalog::Dictionary& dictionary_to_fill() { return dictionary_; }
  std::shared_ptr<const Settings> settings() const { return settings_.get(); }
  LiveSettings& live_settings() { return settings_; }
  Log& log() { return log_; }
  AuditTrail& audit() { return audit_; }
  const Clock& clock() const { return clock_; }
  const Entropy& entropy() const { return entropy_; }
  session::GlobalVariables& globals() { return globals_; }
  /// For the fast way of caching_sha2_password; it must be cleared whenever accounts change.
  auth::PasswordCache& passwords() { return passwords_; }
  auth::LoginLocks& login_locks() { return login_locks_; }
  session::Registry& registry() { return registry_; }
  /// The smaller of the settings max_computed_text and max_allowed_packet, in bytes.
  std::uint32_t max_computed_text() const { return max_computed_text_->load(std::memory_order_relaxed); }
  /// The counters of the running server.
  CountersSource& network() { return network_; }
  TenantLocks& tenant_locks() { return tenant_locks_; }
  /// Shared, since operations that hang may outlive the Services.
  const std::shared_ptr<BusyIntents>& busy_intents() const { return busy_intents_; }
  PreparedCounts& prepared_counts() { return prepared_counts_; }
  /// The memory account of all statements.
  ServerMemory& memory() { return memory_; }
  storage::FilePool& files() { return files_; }
  /// For key derivation; statements call derive() of derivation.h.
  ThreadPool& derivers() { return derivers_; }
  FairQueue& derivations() { return derivations_; }
  Housekeeper& housekeeper() { return housekeeper_; }
  /// A thread for each lane of long_selects(). They compute in turns.
  ThreadPool& workers() { return workers_; }
  Turns& turns() { return turns_; }
  /// A thread for hashing passwords, which takes milliseconds each time.
  ThreadPool& password_workers() { return password_workers_; }

  /// To be rung after the commit of a job's row.
  JobBell& job_bell() { return job_bell_; }

  storage::PathRules path_rules() const;
  storage::NetworkRules network_rules() const;
  /// Opens nothing. Errors, also of open_destination(): those of make_object_store().
  Result<std::unique_ptr<storage::ObjectStore>> open_store(const storage::Destination& destination);
  Result<std::unique_ptr<storage::BackupDestination>> open_destination(
      const storage::Destination& destination);
  /// Where sets and pieces lie. Opens nothing yet.
  Result<storage::MediumPtr> open_medium(const storage::Destination& destination);
  Deadline storage_deadline() const;

  /// Where statements look at sets and pieces. Set once by who runs jobs, before there are sessions; empty: nobody does.
  struct JobThread {
    Executor executor;
    storage::Cancellation* ending;  ///< only for that thread
  };
  const std::optional<JobThread>& job_thread() const { return job_thread_; }
  void set_job_thread(std::optional<JobThread> thread) { job_thread_ = std::move(thread); }
  /// Its places are taken by statements that look, since what they find is held in memory.
  FairQueue& surveys() { return surveys_; }

 private:
  Result<std::unique_ptr<Lane>> make_lane();

  ServerMemory memory_;
  std::unique_ptr<catalog::Store> store_;
  AuditTrail audit_;
  LiveSettings& settings_;
  Log& log_;
  const Clock& clock_;
  const Entropy& entropy_;
  catalog::Dictionary dictionary_;
  session::GlobalVariables globals_;
  auth::PasswordCache passwords_;
  auth::LoginLocks login_locks_;
  session::Registry registry_;
  std::shared_ptr<std::atomic<std::uint32_t>> max_computed_text_;  ///< shared with the hook of the settings
  CountersSource network_;
  TenantLocks tenant_locks_;
  std::shared_ptr<BusyIntents> busy_intents_ = std::make_shared<BusyIntents>();
  PreparedCounts prepared_counts_;
  LanePool long_selects_;
  Turns turns_;
  storage::FilePool files_;
  FairQueue derivations_;
  ThreadPool derivers_;
  ThreadPool workers_;
  ThreadPool password_workers_;
  Housekeeper housekeeper_;
  JobBell job_bell_;
  FairQueue surveys_;
  std::optional<JobThread> job_thread_;
};

}  // namespace breakwater::server::execute
