#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "server/cli.h"
#include "server/settings.h"
#include "storage/file_pool.h"
#include "storage/proof.h"

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

/// A dead mount would hang us: the proof runs on a pool, under the deadline of one operation.
Result<Rows> prove(const std::shared_ptr<const storage::Destination>& destination) {
  const auto answer = std::make_shared<std::promise<Result<Rows>>>();
  std::future<Result<Rows>> result = answer->get_future();
  storage::FilePool pool({.threads = 1, .shutdown_grace = std::chrono::milliseconds(0)});
  const auto deadline = deadline_in(std::chrono::milliseconds(server::Settings().backup_dest_timeout));
  pool.submit<Rows>(
      deadline, "",
      [destination](const storage::StopFlag& stop) -> Result<Rows> {
        return storage::prove(*destination, {}, system_entropy(), stop);
      },
      [answer](Result<Rows> rows) { answer->set_value(std::move(rows)); });
  return result.get();
}

int check(const std::string& uri, bool json) {
  auto destination = storage::parse_destination(uri, {.allow_http = true});
  if (!destination) {
    print_error(destination.error());
    return kFailed;
  }
  for (const std::string& note : destination->notes) std::fprintf(stderr, "note: %s\n", note.c_str());
  const auto rows = prove(std::make_shared<const storage::Destination>(*std::move(destination)));
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
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      app.add_subcommand("check", "Prove a destination without a server: one row for each check");
  command->add_option("URI", arguments->uri, "file:///path")->required();
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return check(arguments->uri, arguments->json); }; });
}

}  // namespace breakwater::cli
