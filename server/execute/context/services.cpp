#include "server/execute/context/services.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <malloc.h>

#include "base/guard.h"
#include "base/thread.h"
#include "server/execute/context/place_rules.h"
#include "storage/destination/uri.h"
#include "storage/file/backup_destination_file.h"
#include "storage/file/file_medium.h"
#include "storage/http/http_pool.h"
#include "storage/http/resolver.h"
#include "storage/object/backup_destination_object.h"
#include "storage/object/object_client_options.h"
#include "storage/object/object_medium.h"

namespace breakwater::server::execute {
namespace {

// Deriving a key takes 128 MiB and a core for a third of a second.
constexpr std::size_t kDerivations = 2;       // for everybody
constexpr std::size_t kDerivationsOfSys = 1;  // in addition
constexpr std::size_t kDerivationsOfTenant = 1;

storage::FilePoolOptions file_pool_options(const Settings& settings, Log& log) {
  storage::FilePoolOptions options;
  options.log = &log;
  options.threads = static_cast<std::size_t>(settings.file_threads);
  // A mount that answers may hold all threads but one; max_stuck limits a dead one.
  options.max_per_group = options.threads > 1 ? options.threads - 1 : 1;
  return options;
}

FairQueueOptions derivation_options() {
  return {.places = kDerivations,
          .per_tenant = kDerivationsOfTenant,
          .sys_places = kDerivationsOfSys,
          .late =
              "other statements of this tenant, or many of other tenants, derive keys from passwords, which "
              "takes a third of a second each; this one's turn did not come within backup_dest_timeout: try "
              "again when fewer key backups and keystore statements run at once",
          .full = "too many statements wait to derive keys from passwords; try again when some are done"};
}

// Each may hold a list of 10,000 sets and as many pieces.
FairQueueOptions survey_options() {
  return {.places = 3,
          .per_tenant = 1,
          .late =
              "other statements of this tenant, or many of other tenants, look at destinations; try again "
              "when fewer do",
          .full = "too many statements wait to look at destinations; try again when some are done"};
}

FairQueueOptions lane_queue_options() {
  FairQueueOptions options;
  options.places = LanePool::kPlaces;
  options.per_tenant = LanePool::kPerTenant;
  options.late =
      "it waited for the tenant's other long SELECTs; let some end first, or raise ob_query_timeout";
  options.full = "too many long SELECTs wait already; try again when some have ended";
  return options;
}

// A relative path without a data directory is that of a test.
AuditOptions audit_options(const Settings& settings) {
  AuditOptions options{.file = settings.audit_file,
                       .file_size = settings.audit_file_size,
                       .old_files = settings.audit_files,
                       .syslog = settings.audit_syslog};
  if (options.file.empty() || options.file.front() == '/') return options;
  options.file = settings.data_dir.empty() ? "" : settings.data_dir + "/" + settings.audit_file;
  return options;
}

std::uint32_t longest_computed(const Settings& settings) {
  return static_cast<std::uint32_t>(std::min(settings.max_computed_text, settings.max_allowed_packet));
}

// Shows the settings that clients know as system variables. Times are in seconds there.
void show_settings(session::GlobalVariables& globals, const Settings& settings) {
  const auto seconds = [](std::int64_t milliseconds) { return std::to_string(milliseconds / 1000); };
  globals.set_server("connect_timeout", seconds(settings.connect_timeout));
  globals.set_server("max_allowed_packet", std::to_string(settings.max_allowed_packet));
  globals.set_server("max_connections", std::to_string(settings.max_connections));
  globals.set_server("net_read_timeout", seconds(settings.net_read_timeout));
  globals.set_server("net_write_timeout", seconds(settings.net_write_timeout));
  globals.set_server("socket", settings.socket);
  globals.set_server("have_openssl", settings.ssl ? "YES" : "DISABLED");
  globals.set_server("have_ssl", settings.ssl ? "YES" : "DISABLED");
  globals.set_server("interactive_timeout", seconds(settings.interactive_timeout));
  globals.set_server("max_user_connections", std::to_string(settings.max_user_connections));
  // For "either", clients see MySQL's default.
  const bool either = settings.default_authentication_plugin == "either";
  globals.set_server("default_authentication_plugin",
                     either ? "mysql_native_password" : settings.default_authentication_plugin);
  globals.set_server("wait_timeout", seconds(settings.wait_timeout));
}

void set_memory(ServerMemory& memory, const Settings& settings) {
  memory.set_limits(static_cast<std::size_t>(settings.statement_memory),
                    static_cast<std::size_t>(settings.server_memory));
}

}  // namespace

LanePool::LanePool(std::function<Result<std::unique_ptr<Lane>>()> make)
    : make_(std::move(make)), places_(lane_queue_options()) {}

LanePool::Lease::~Lease() {
  if (lane_ == nullptr) return;
  const std::scoped_lock lock(pool_->mutex_);
  pool_->idle_.push_back(std::move(lane_));
}

Task<Result<LanePool::Lease>> LanePool::take(Share share, storage::Call call) {
  BW_CO_TRY(FairQueue::Guard place, co_await places_.acquire(share.tenant, share.administrator, call));
  BW_CO_TRY(std::unique_ptr<Lane> lane, idle_or_new());
  co_return Lease(this, std::move(place), std::move(lane));
}

Result<std::unique_ptr<Lane>> LanePool::idle_or_new() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      auto lane = std::move(idle_.back());
      idle_.pop_back();
      return lane;
    }
  }
  return make_();
}

void BusyIntents::add(std::int64_t id) {
  const std::scoped_lock lock(mutex_);
  ids_.insert(id);
}

void BusyIntents::remove(std::int64_t id) noexcept {
  const std::scoped_lock lock(mutex_);
  ids_.erase(id);
}

bool BusyIntents::contains(std::int64_t id) const {
  const std::scoped_lock lock(mutex_);
  return ids_.contains(id);
}

Services::Services(std::unique_ptr<catalog::Store> store, LiveSettings& settings, Log& log,
                   const Clock& clock, const Entropy& entropy)
    : store_(std::move(store)),
      audit_(*store_, audit_options(*settings.get()), clock, log),
      settings_(settings),
      log_(log),
      clock_(clock),
      entropy_(entropy),
      max_computed_text_(std::make_shared<std::atomic<std::uint32_t>>(longest_computed(*settings.get()))),
      long_selects_([this] { return make_lane(); }),
      files_(file_pool_options(*settings.get(), log)),
      derivations_(derivation_options()),
      derivers_("derivation", kDerivations + kDerivationsOfSys, log),
      workers_("long-select", LanePool::kAll, log),
      password_workers_("password", 1, log),
      housekeeper_(log),
      surveys_(survey_options()) {
  storage::system_resolver();  // makes its threads now
  set_memory(memory_, *settings.get());
  memory_.on_returned([this] { housekeeper_.trim_memory(); });
  settings.on_change([this](const Settings& changed) { set_memory(memory_, changed); });
  show_settings(globals_, *settings.get());
  settings.on_change([this](const Settings& changed) { show_settings(globals_, changed); });
  settings.on_change([most = max_computed_text_](const Settings& now) { *most = longest_computed(now); });
}

Services::~Services() {
  stop();
}

Housekeeper::Housekeeper(Log& log)
    : log_(log), thread_(start_thread("housekeeper", [this] {
        run_guarded(log_, "the housekeeper", [this] { context_.run(); });
      })) {}

void Housekeeper::spawn(std::function<Task<>()> begin) {
  boost::asio::co_spawn(context_, std::move(begin), boost::asio::detached);
}

// Runs on the housekeeper's thread, where nobody waits: malloc_trim() goes through all of malloc's memory.
void Housekeeper::trim_memory() noexcept {
  if (trim_is_due_.exchange(true)) return;
  const auto begin = [this](auto&& what) {
    try {
      what();
    } catch (const std::bad_alloc&) {
      trim_is_due_ = false;
    }
  };
  begin([&] { boost::asio::post(context_, [this, begin] { begin([this] { wait_to_trim(); }); }); });
}

void Housekeeper::wait_to_trim() {
  trim_.expires_after(std::chrono::milliseconds(200));
  trim_.async_wait([this](const boost::system::error_code&) {
    trim_is_due_ = false;
    ::malloc_trim(0);
  });
}

void Housekeeper::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(context_, [this] {
    trim_.cancel();
    cancellation_.cancel(error::server_shutdown());
    storage::HttpPool::of(executor()).clear();
  });
  work_.reset();
  thread_.join();
}

// The pools stop first, since the jobs that they abandon call the housekeeper.
void Services::stop() {
  files_.shutdown();
  derivers_.join();
  housekeeper_.stop();
  workers_.join();
  password_workers_.join();
}

Result<std::unique_ptr<Lane>> Services::make_lane() {
  auto lane = std::make_unique<Lane>();
  BW_TRY(lane->reader, store_->open_reader());
  lane->runner = std::make_unique<catalog::QueryRunner>(dictionary_, *lane->reader);
  return lane;
}

Result<Lane*> Services::lane() {
  static thread_local std::unique_ptr<Lane> lane;
  static thread_local const Services* owner = nullptr;
  if (lane == nullptr || owner != this) {
    BW_TRY(lane, make_lane());
    owner = this;
  }
  return lane.get();
}

storage::PathRules Services::path_rules() const {
  return path_rules_of(*settings());
}

storage::NetworkRules Services::network_rules() const {
  return network_rules_of(*settings());
}

Result<std::unique_ptr<storage::ObjectStore>> Services::open_store(const storage::Destination& destination) {
  storage::ObjectClientOptions options;
  options.rules = network_rules();
  options.clock = &clock_;
  options.entropy = &entropy_;
  return storage::make_object_store(destination, std::move(options));
}

Result<std::unique_ptr<storage::BackupDestination>> Services::open_destination(
    const storage::Destination& destination) {
  if (destination.is_file())
    return storage::make_file_backup_destination(destination.local_path, path_rules(), files_, entropy_);
  BW_TRY(auto store, open_store(destination));
  return storage::make_object_backup_destination(std::move(store), destination, entropy_);
}

Result<storage::MediumPtr> Services::open_medium(const storage::Destination& destination) {
  if (destination.is_file())
    return storage::make_file_medium(destination.local_path, path_rules(), files_, entropy_);
  BW_TRY(auto store, open_store(destination));
  return storage::make_object_medium(std::move(store), destination);
}

Deadline Services::storage_deadline() const {
  return deadline_in(std::chrono::milliseconds(settings()->backup_dest_timeout));
}

}  // namespace breakwater::server::execute
