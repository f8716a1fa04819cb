#include "server/cli_fetch.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "server/settings.h"
#include "storage/destination/uri.h"
#include "storage/file/key_file_io.h"
#include "storage/formats/plain_text.h"
#include "storage/http/http_pool.h"
#include "storage/http/resolver.h"
#include "storage/object/object_client_options.h"
#include "storage/object/object_store.h"

namespace breakwater::cli {
namespace {

Result<std::optional<Bytes>> fetch_object(storage::Destination destination, std::size_t most,
                                          const StoreOptions& store) {
  boost::asio::io_context io(1);  // outlives the resolver's thread, which posts to it
  const auto resolver = storage::make_resolver();
  storage::ObjectClientOptions options;
  options.rules = network_rules(store);
  options.resolver = resolver.get();
  const std::string name = std::exchange(destination.object_dir, {});
  BW_TRY(const auto bucket, storage::make_object_store(destination, std::move(options)));
  const storage::Call call{deadline_in(std::chrono::milliseconds(server::Settings().backup_dest_timeout)),
                           nullptr};
  Result<std::optional<Bytes>> bytes;
  boost::asio::co_spawn(
      io.get_executor(),
      [&]() -> Task<> {
        bytes = co_await bucket->get(name, most, call);
        storage::HttpPool::of(io.get_executor()).clear();
      },
      boost::asio::detached);
  io.run();
  return bytes;
}

}  // namespace

void add_store_options(CLI::App& command, StoreOptions& options) {
  command.add_option("--ca-file", options.ca_file, "PEM certificates that vouch for the object store");
  command
      .add_option("--proxy", options.proxy, "As the setting backup_dest_proxy: http://host:port, environment")
      ->check([](const std::string& value) -> std::string {
        server::Settings settings;
        const bool good = server::set_setting(settings, "backup_dest_proxy", value, "--proxy").has_value();
        return good ? "" : "--proxy is http://host:port, without a user, or environment";
      });
  command.add_option("--proxy-auth-file", options.proxy_auth_file, "Holds user:password for the proxy");
}

storage::NetworkRules network_rules(const StoreOptions& options) {
  return {.allow_http = true,
          .allow_loopback = true,
          .ca_file = options.ca_file,
          .proxy = options.proxy,
          .proxy_auth_file = options.proxy_auth_file};
}

Result<std::optional<Bytes>> fetch(const std::string& uri, std::size_t most, const StoreOptions& options) {
  std::string path = uri;
  if (uri.contains("://")) {
    BW_TRY(storage::Destination destination, storage::parse_destination(uri, {.allow_http = true}));
    if (!destination.is_file()) return fetch_object(std::move(destination), most, options);
    path = destination.local_path;
  }
  BW_CHECK(storage::refuse_control("the path", path));
  return storage::read_key_file(std::filesystem::absolute(path).lexically_normal().string(), {});
}

}  // namespace breakwater::cli
