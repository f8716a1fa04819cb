#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "server/cli.h"
#include "server/cli_fetch.h"
#include "server/settings.h"
#include "storage/destination/scheme.h"
#include "storage/destination/uri.h"
#include "storage/file/backup_destination_file.h"
#include "storage/http/http_pool.h"
#include "storage/http/resolver.h"
#include "storage/object/backup_destination_object.h"
#include "storage/object/object_client_options.h"
#include "storage/object/object_store.h"
#include "storage/pool/file_pool.h"

namespace breakwater::cli {
namespace {

using Rows = std::vector<storage::CheckRow>;

void print_error(const Error& error) {
  std::fprintf(stderr, "breakwater: %s\n", error.text().c_str());
  if (!error.hint().empty()) std::fprintf(stderr, "  %s\n", error.hint().c_str());
}

void print_table(const Rows& rows) {
  for (const storage::CheckRow& row : rows) {
    std::printf("%-7s %-28s %8.1f ms  %s\n", row.ok ? "ok" : "FAILED", row.name.c_str(), row.milliseconds,
                row.seen.c_str());
    if (!row.hint.empty()) std::printf("        %s\n", row.hint.c_str());
  }
}

void print_json(const Rows& rows) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const storage::CheckRow& row : rows) {
    array.push_back({{"check", row.name},
                     {"ok", row.ok},
                     {"milliseconds", row.milliseconds},
                     {"seen", row.seen},
                     {"hint", row.hint}});
  }
  std::puts(array.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

Result<std::unique_ptr<storage::BackupDestination>> open(const storage::Destination& destination,
                                                         storage::FilePool& pool, storage::Resolver& resolver,
                                                         const StoreOptions& store_options) {
  if (destination.is_file())
    return storage::make_file_backup_destination(destination.local_path, {}, pool, system_entropy());
  storage::ObjectClientOptions options;
  options.rules = network_rules(store_options);
  options.resolver = &resolver;
  BW_TRY(auto store, storage::make_object_store(destination, std::move(options)));
  return storage::make_object_backup_destination(std::move(store), destination, system_entropy());
}

// A format file for naming the probes. Its tenant is made up, since the program knows none.
storage::FormatFile nobodys_format(const storage::Destination& destination) {
  constexpr std::uint64_t kNobody = 1;
  return {.cluster_name = "check",
          .tenant_name = "check",
          .path = destination.path_string(),
          .cluster_id = 1,
          .tenant_id = kNobody,
          .dest_id = 1,
          .created = system_clock().now()};
}

Task<Result<>> prove(storage::BackupDestination& place, const storage::Destination& destination,
                     storage::Proof& proof, storage::Call call) {
  const auto seen = co_await place.inspect(proof, call);
  if (!seen && proof.failure()) co_return Result<>{};
  BW_CO_CHECK(seen);
  BW_CO_TRY(storage::WritePlan plan,
            co_await place.plan(nobodys_format(destination), false, system_clock().now(), call));
  plan.make_only_probes();
  const auto shared = std::make_shared<const storage::WritePlan>(std::move(plan));
  BW_CO_CHECK(co_await place.probe(shared, proof, call, {}));
  // It doesn't change the answer whether what others left goes now or with the next proof.
  if (proof.verdict()) (void)co_await place.tidy({}, call);
  co_return Result<>{};
}

/// Runs the checks on a pool, so that a dead mount hangs only the pool's thread, and this ends at the
/// deadline.
Result<Rows> prove(const storage::Destination& destination, const StoreOptions& store_options) {
  boost::asio::io_context io(1);  // outlives the threads that post to it: the pool's, the resolver's
  storage::FilePool pool({.threads = 1, .shutdown_grace = std::chrono::seconds(1)});
  const auto resolver = storage::make_resolver();
  BW_TRY(const auto place, open(destination, pool, *resolver, store_options));
  const storage::Call call{deadline_in(std::chrono::milliseconds(server::Settings().backup_dest_timeout)),
                           nullptr};
  storage::Proof proof;
  Result<> outcome;
  boost::asio::co_spawn(
      io.get_executor(),
      [&]() -> Task<> {
        outcome = co_await prove(*place, destination, proof, call);
        storage::HttpPool::of(io.get_executor()).clear();
      },
      boost::asio::detached);
  io.run();
  if (!outcome) return fail(std::move(outcome).error());
  return proof.rows();
}

int check(const std::string& uri, const StoreOptions& store_options, bool json) {
  auto destination = storage::parse_destination(uri, {.allow_http = true});
  if (!destination) {
    print_error(destination.error());
    return kFailed;
  }
  for (const std::string& note : destination->notes) std::fprintf(stderr, "note: %s\n", note.c_str());
  const auto rows = prove(*destination, store_options);
  if (!rows) {
    print_error(rows.error());
    return kFailed;
  }
  json ? print_json(*rows) : print_table(*rows);
  return storage::all_ok(*rows) ? kOk : kFailed;
}

}  // namespace

void add_check(CLI::App& app, Run& chosen) {
  struct Arguments {
    std::string uri;
    StoreOptions store;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      app.add_subcommand("check", "Prove a destination without a server: one row for each check");
  command->add_option("URI", arguments->uri, "file:///path, " + storage::object_stores())->required();
  add_store_options(*command, arguments->store);
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &chosen] {
    chosen = [arguments] { return check(arguments->uri, arguments->store, arguments->json); };
  });
}

}  // namespace breakwater::cli
