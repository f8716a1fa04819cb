#include "server/execute/services.h"

#include <chrono>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "server/execute/sources.h"
#include "storage/backup_destination_file.h"
#include "storage/backup_destination_object.h"
#include "storage/http_pool.h"

namespace breakwater::server::execute {
namespace {

constexpr std::size_t kLongSelectThreads = 2;
constexpr std::size_t kDerivationThreads = 2;

storage::FilePoolOptions file_pool_options(const Settings& settings) {
  storage::FilePoolOptions options;
  options.threads = static_cast<std::size_t>(settings.file_threads);
  // A mount may hold all threads but one while it answers; a dead one is bounded by max_stuck.
  options.max_per_group = options.threads > 1 ? options.threads - 1 : 1;
  return options;
}

storage::FilePoolOptions derivation_options() {
  storage::FilePoolOptions options;
  options.name = "kdf";
  options.threads = kDerivationThreads;
  options.max_stuck = kDerivationThreads;
  options.max_per_group = kDerivationThreads;
  options.slow_after = std::chrono::hours(24);  // they work, however long: never one more for their memory
  return options;
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ",") + item;
  return text;
}

// The settings that clients know as system variables. Times are seconds there.
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
  if (settings.default_authentication_plugin != "either")
    globals.set_server("default_authentication_plugin", settings.default_authentication_plugin);
  globals.set_server("wait_timeout", seconds(settings.wait_timeout));
}

}  // namespace

LanePool::Lease::~Lease() {
  if (lane_ == nullptr) return;
  const std::scoped_lock lock(pool_->mutex_);
  pool_->idle_.push_back(std::move(lane_));
  --pool_->taken_;
}

Result<LanePool::Lease> LanePool::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (taken_ >= kMaxLongSelects) {
      return fail(error::out_of_resources().with_hint(
          "too many long SELECTs are running; try again when one has ended"));
    }
    ++taken_;
    if (!idle_.empty()) {
      auto lane = std::move(idle_.back());
      idle_.pop_back();
      return Lease(this, std::move(lane));
    }
  }
  auto lane = make_();
  if (lane) return Lease(this, *std::move(lane));
  const std::scoped_lock lock(mutex_);
  --taken_;
  return fail(std::move(lane).error());
}

void BusyIntents::add(std::int64_t id) {
  const std::scoped_lock lock(mutex_);
  ids_.insert(id);
}

void BusyIntents::remove(std::int64_t id) {
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
      settings_(settings),
      log_(log),
      clock_(clock),
      entropy_(entropy),
      long_selects_([this] { return make_lane(); }),
      files_(file_pool_options(*settings.get())),
      derivations_(derivation_options()),
      workers_(kLongSelectThreads) {
  register_sources(engine_, *this);
  show_settings(globals_, *settings.get());
}

Services::~Services() {
  stop();
}

void Housekeeper::spawn(std::function<Task<>()> begin) {
  boost::asio::co_spawn(context_, std::move(begin), boost::asio::detached);
}

void Housekeeper::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(context_, [this] {
    cancellation_.cancel(error::server_shutdown());
    storage::HttpPool::of(executor()).clear();
  });
  work_.reset();
  thread_.join();
}

// First the pools: what they give up is told to the housekeeper.
void Services::stop() {
  files_.shutdown();
  derivations_.shutdown();
  housekeeper_.stop();
  workers_.join();
  password_workers_.join();
}

Result<std::unique_ptr<Lane>> Services::make_lane() {
  auto lane = std::make_unique<Lane>();
  BW_TRY(lane->reader, store_->open_reader());
  lane->runner = std::make_unique<catalog::QueryRunner>(engine_, *lane->reader);
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
  const auto now = settings();
  return {.restricted = !now->backup_dest_allow.empty(),
          .allow = storage::allowed_roots(joined(now->backup_dest_allow)),
          .data_dir = now->data_dir};
}

storage::NetworkRules Services::network_rules() const {
  const auto now = settings();
  return {.restricted = !now->backup_dest_allow.empty(),
          .endpoints = storage::allowed_endpoints(joined(now->backup_dest_allow)),
          .allow_http = now->backup_dest_allow_http,
          .allow_loopback = now->backup_dest_allow_loopback,
          .ca_file = now->backup_dest_ca_file};
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

Deadline Services::storage_deadline() const {
  return deadline_in(std::chrono::milliseconds(settings()->backup_dest_timeout));
}

}  // namespace breakwater::server::execute
