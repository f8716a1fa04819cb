#include "server/serve.h"

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "catalog/store.h"
#include "server/execute/intents.h"
#include "server/execute/login.h"
#include "server/execute/services.h"
#include "server/serve_loop.h"

namespace breakwater::server {
namespace {

/// How long the start waits for what a crash left on storage. A mount that
/// answers later is settled behind it.
constexpr auto kSettleBeforeReady = std::chrono::seconds(5);

catalog::StoreOptions store_options(const Settings& settings, Secret root_password, Log& log) {
  catalog::StoreOptions options;
  options.data_dir = settings.data_dir;
  if (!settings.catalog_key_file.empty()) options.key_file = settings.catalog_key_file;
  options.cluster_id = settings.cluster_id;
  options.cluster_name = settings.cluster_name;
  if (!root_password.empty()) options.root_password = std::move(root_password);
  options.log = &log;
  return options;
}

Result<bool> root_has_password(catalog::Store& store) {
  BW_TRY(const auto reader, store.open_reader());
  BW_TRY(const auto root, reader->account({.tenant_id = catalog::kSysTenantId, .user = "root", .host = "%"}));
  return root && root->native_hash.has_value();
}

/// Settles at start what a crash left half made, on a thread of its own.
class Settler {
 public:
  explicit Settler(execute::Services& services) : services_(services), thread_([this] { run(); }) {
    done_.get_future().wait_for(kSettleBeforeReady);
  }
  /// The services' pools give up what hangs; then the thread ends.
  ~Settler() {
    services_.stop();
    thread_.join();
  }
  Settler(const Settler&) = delete;
  Settler& operator=(const Settler&) = delete;

 private:
  void run() {
    boost::asio::io_context io(1);
    boost::asio::co_spawn(io.get_executor(), execute::settle_all(services_, io.get_executor()),
                          boost::asio::detached);
    io.run();
    done_.set_value();
  }

  execute::Services& services_;
  std::promise<void> done_;
  std::thread thread_;
};

}  // namespace

Result<> run_server(const Settings& settings, Secret root_password, SpdlogLog& log) {
  LiveSettings live(settings);
  BW_TRY(auto store, catalog::open_store(store_options(settings, std::move(root_password), log)));
  BW_TRY(const bool has_password, root_has_password(*store));
  BW_CHECK(check_listen_addresses(settings, has_password));
  grammar::warm_up();
  execute::Services services(std::move(store), live, log);
  const Settler settler(services);
  execute::Logins logins(services);
  return serve_until_signal(live, logins, has_password, log);
}

}  // namespace breakwater::server
