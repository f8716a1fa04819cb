#include "server/serve.h"

#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <utility>

#include "catalog/store/store.h"
#include "server/execute/backup/intents.h"
#include "server/execute/backup/key_watch.h"
#include "server/execute/backup/scheduled_checks.h"
#include "server/execute/client/login.h"
#include "server/execute/context/services.h"
#include "server/execute/sources/sources.h"
#include "server/jobs/jobs.h"
#include "server/serve_loop.h"

namespace breakwater::server {
namespace {

/// How long the start waits until what a crash left on storage is settled. If a mount answers later, it is
/// settled while the server runs.
constexpr auto kSettleBeforeReady = std::chrono::seconds(5);

// Where the catalogue's key comes from: docs/keys.md#the-catalogues-key.
Result<> choose_key(const Settings& settings, catalog::StoreOptions& options) {
  const int chosen = int{!settings.catalog_key_file.empty()} + int{!settings.catalog_key_credential.empty()} +
                     int{!settings.catalog_key_command.empty()};
  if (chosen > 1) {
    return fail(error::start_refused(
        "one of catalog_key_file, catalog_key_credential and catalog_key_command says where the key is"));
  }
  if (!settings.catalog_key_file.empty()) options.key_file = settings.catalog_key_file;
  if (!settings.catalog_key_command.empty()) options.key_command = settings.catalog_key_command;
  const std::string& name = settings.catalog_key_credential;
  if (name.empty()) return {};
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || name.find('/') != std::string::npos) {
    return fail(
        error::start_refused("there is no credential " + name +
                             " for catalog_key_credential: LoadCredential= of systemd's unit gives one"));
  }
  options.key_file = std::string(directory) + "/" + name;
  options.key_given = true;
  return {};
}

Result<catalog::StoreOptions> store_options(const Settings& settings, FirstStart& first, bool durable,
                                            Log& log) {
  catalog::StoreOptions options;
  options.data_dir = settings.data_dir;
  BW_CHECK(choose_key(settings, options));
  options.cluster_id = settings.cluster_id;
  options.cluster_name = settings.cluster_name;
  if (!first.root_password.empty()) options.root_password = std::move(first.root_password);
  options.init = !first.init.empty();
  options.durable = durable;
  options.log_limit = settings.archive_log_limit;
  options.log = &log;
  return options;
}

Result<bool> root_has_password(catalog::Store& store) {
  BW_TRY(const auto reader, store.open_reader());
  BW_TRY(const auto root,
         reader->accounts().find({.tenant_id = catalog::kSysTenantId, .user = "root", .host = "%"}));
  return root && (root->credential.native_hash || root->credential.sha2_hash);
}

// Settles what a crash left unfinished, on the housekeeper's thread.
void settle_before_ready(execute::Services& services) {
  const auto done = std::make_shared<std::promise<void>>();
  std::future<void> settled = done->get_future();
  services.housekeeper().spawn([&services, done]() -> Task<> {
    co_await execute::settle_all(services);
    done->set_value();
  });
  settled.wait_for(kSettleBeforeReady);
}

}  // namespace

Result<> run_server(const Settings& settings, const ServeHooks& hooks, FirstStart first, bool durable,
                    SpdlogLog& log) {
  LiveSettings live(settings, log);
  BW_TRY(catalog::StoreOptions options, store_options(settings, first, durable, log));
  BW_TRY(auto store, catalog::open_store(std::move(options)));
  const bool initializing = store->is_initializing();
  if (!initializing) {
    BW_TRY(const bool has_password, root_has_password(*store));
    BW_CHECK(check_listen_addresses(settings, has_password));
    if (!first.init.empty()) log.info("--init-file is for a first start; this is none");
  }
  grammar::warm_up();
  execute::Services services(std::move(store), live, log);
  execute::register_sources(services);
  settle_before_ready(services);
  services.housekeeper().spawn([&services] { return execute::watch_keys(services); });
  execute::begin_scheduled_checks(services);
  const jobs::Jobs jobs(services);
  execute::Logins logins(services);
  if (initializing) {
    BW_CHECK(run_init_files(first.init, logins, log));
    BW_CHECK(services.store().end_init());
  }
  // The init files may have given it one.
  BW_TRY(const bool has_password, root_has_password(services.store()));
  return serve_until_signal(live, hooks, logins, has_password, services.network(), log);
}

}  // namespace breakwater::server
