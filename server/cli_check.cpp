#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/text.h"
#include "server/cli.h"
#include "server/cli_fetch.h"
#include "server/cli_password.h"
#include "server/cli_settings.h"
#include "server/cli_time.h"
#include "server/execute/backup/archive_dest_value.h"
#include "server/execute/context/place_rules.h"
#include "server/process.h"
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

namespace execute = server::execute;

struct Arguments {
  std::string uri;
  std::string uri_file;
  SettingsArguments settings;
  StoreOptions store;
  bool json = false;
};

/// What is to be checked, and by which rules.
struct Work {
  storage::Destination destination;
  std::vector<std::string> notes;
  storage::PathRules path;
  storage::NetworkRules network;
  std::chrono::milliseconds timeout;
};

constexpr const char* kAccessId = "BREAKWATER_ACCESS_ID";
constexpr const char* kAccessKey = "BREAKWATER_ACCESS_KEY";
constexpr const char* kSessionToken = "BREAKWATER_SESSION_TOKEN";

void print_error(const Error& error) {
  std::fprintf(stderr, "breakwater: %s\n", error.text().c_str());
  if (!error.hint().empty()) std::fprintf(stderr, "  %s\n", error.hint().c_str());
}

// ---- what is given ----

// A key in the URI itself is what counts.
Result<> add_from_environment(std::string& uri, const char* variable, const std::string& option) {
  const Secret value = server::take_from_environment(variable);
  const bool has = uri.contains("?" + option) || uri.contains("&" + option);
  if (value.empty() || has || uri.starts_with("file:")) return {};
  if (value.reveal().contains('&'))
    return fail(error::invalid_argument(variable).with_hint("an option's value can't have a '&'"));
  std::string longer;  // append() could leave the old text behind
  longer.reserve(uri.size() + 1 + option.size() + value.size());
  longer.append(uri).append(uri.contains('?') ? "&" : "?").append(option).append(value.reveal());
  wipe(uri);
  uri = std::move(longer);
  return {};
}

Result<Secret> given_uri(const Arguments& arguments) {
  Secret given(arguments.uri);
  if (!arguments.uri_file.empty()) {
    BW_TRY(given, read_secret_line(arguments.uri_file, "the file with the URI"));
  }
  std::string text(given.reveal());
  Result<> added;
  for (const auto& [variable, option] :
       {std::pair(kAccessId, "access_id="), {kAccessKey, "access_key="}, {kSessionToken, "session_token="}}) {
    if (added && !execute::is_archive_dest(text)) added = add_from_environment(text, variable, option);
  }
  Secret uri = Secret::take(std::move(text));
  if (!added) return fail(added.error());
  return uri;
}

// As a SET of either setting takes it.
Result<storage::Destination> parse(const Secret& given, const storage::UriRules& rules,
                                   std::vector<std::string>& notes) {
  if (!execute::is_archive_dest(given.reveal())) {
    BW_TRY(auto destination, storage::parse_destination(given.reveal(), rules));
    notes = destination.notes;
    return destination;
  }
  BW_TRY(auto archive, execute::parse_archive_dest(given, rules));
  notes = std::move(archive.notes);
  if (archive.destination) return *std::move(archive.destination);
  return fail(error::invalid_backup_dest().with_hint("there is no LOCATION=uri"));
}

/// Without --config and --set by no rules: a user who may run programs here can reach every place anyway.
Result<Work> work_of(const Arguments& arguments) {
  Work work;
  storage::UriRules rules{.allow_http = true};
  server::Settings settings;
  work.network = network_rules(arguments.store);
  if (arguments.settings.given()) {
    BW_TRY(settings, collect_settings(arguments.settings));
    rules = execute::uri_rules_of(settings);
    work.path = execute::path_rules_of(settings);
    storage::NetworkRules network = execute::network_rules_of(settings);
    if (!arguments.store.ca_file.empty()) network.ca_file = arguments.store.ca_file;
    if (!arguments.store.proxy.empty()) network.proxy = arguments.store.proxy;
    if (!arguments.store.proxy_auth_file.empty()) network.proxy_auth_file = arguments.store.proxy_auth_file;
    work.network = std::move(network);
  }
  work.timeout = std::chrono::milliseconds(settings.backup_dest_timeout);
  BW_TRY(const Secret uri, given_uri(arguments));
  BW_TRY(work.destination, parse(uri, rules, work.notes));
  return work;
}

// ---- what is shown ----

/// "create_only_write", for programs; the names are for people.
std::string id_of(std::string_view name) {
  std::string id;
  for (const char c : name) id += c == ' ' || c == '-' ? '_' : ascii_lower(c);
  return id;
}

double tenths(double milliseconds) {
  return std::round(milliseconds * 10) / 10;
}

/// The rows as they come: on a terminal in colour, with the seconds that the next one takes so far.
class Lines {
 public:
  explicit Lines(bool shown)
      : shown_(shown),
        terminal_(shown && ::isatty(STDOUT_FILENO) == 1),
        colour_(terminal_ && std::getenv("NO_COLOR") == nullptr) {}  // NOLINT(concurrency-mt-unsafe)

  void row(const storage::CheckRow& row) {
    if (!shown_) return;
    clear();
    std::printf("%s %-28s %8.1f ms  %s\n", word(row.ok).c_str(), row.name.c_str(), row.milliseconds,
                row.seen.c_str());
    if (!row.hint.empty()) std::printf("        %s\n", row.hint.c_str());
    std::fflush(stdout);
  }

  void waits(std::chrono::seconds so_far) {
    if (!terminal_) return;
    std::printf("\r...     %lld s", static_cast<long long>(so_far.count()));
    std::fflush(stdout);
    waiting_ = true;
  }

  void verdict(const storage::Proof& proof, bool claimed) {
    if (!shown_) return;
    clear();
    const auto& rows = proof.rows();
    const auto wrong = std::ranges::find(rows, false, &storage::CheckRow::ok);
    if (wrong == rows.end()) {
      std::printf("%s all %zu checks: %s would accept the place\n", word(true).c_str(), rows.size(),
                  claimed ? "a SET of the tenant that it belongs to" : "a SET");
    } else {
      std::printf("%s at \"%s\": a SET would refuse the place\n", word(false).c_str(), wrong->name.c_str());
    }
  }

  void clear() {
    if (std::exchange(waiting_, false)) std::fputs("\r\033[K", stdout);
  }

 private:
  std::string word(bool ok) const {
    const std::string text = ok ? "ok     " : "FAILED ";
    return colour_ ? (ok ? "\033[32m" : "\033[31m") + text + "\033[0m" : text;
  }

  const bool shown_;
  const bool terminal_;
  const bool colour_;
  bool waiting_ = false;
};

using Json = nlohmann::ordered_json;

void print(const Json& json) {
  std::puts(json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

Json json_of(const Error& error) {
  return {{"code", error.mysql_errno()}, {"text", error.text()}, {"hint", error.hint()}};
}

Json json_of(const Work& work, const storage::Proof& proof) {
  Json rows = Json::array();
  for (const storage::CheckRow& row : proof.rows()) {
    rows.push_back({{"id", id_of(row.name)},
                    {"check", row.name},
                    {"ok", row.ok},
                    {"milliseconds", tenths(row.milliseconds)},
                    {"seen", row.seen},
                    {"hint", row.hint}});
  }
  Json all = {{"uri", work.destination.path_string()},
              {"time", iso_time_text(system_clock().now())},
              {"ok", storage::all_ok(proof.rows())},
              {"notes", work.notes},
              {"rows", std::move(rows)}};
  if (proof.failure()) all["error"] = json_of(*proof.failure());
  return all;
}

// ---- the proof ----

Result<std::unique_ptr<storage::BackupDestination>> open(const Work& work, storage::FilePool& pool,
                                                         storage::Resolver& resolver) {
  if (work.destination.is_file())
    return storage::make_file_backup_destination(work.destination.local_path, work.path, pool,
                                                 system_entropy());
  storage::ObjectClientOptions options;
  options.rules = work.network;
  options.resolver = &resolver;
  BW_TRY(auto store, storage::make_object_store(work.destination, std::move(options)));
  return storage::make_object_backup_destination(std::move(store), work.destination, system_entropy());
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

// Returns whether the place has a format file.
Task<Result<bool>> prove(storage::BackupDestination& place, const storage::Destination& destination,
                         storage::Proof& proof, storage::Call call) {
  const auto seen = co_await place.inspect(proof, storage::BackupDestination::Room::needed, call);
  if (!seen && proof.failure()) co_return false;
  BW_CO_CHECK(seen);
  BW_CO_TRY(storage::WritePlan plan,
            co_await place.plan(nobodys_format(destination), false, system_clock().now(), call));
  plan.make_only_probes();
  const auto shared = std::make_shared<const storage::WritePlan>(std::move(plan));
  BW_CO_CHECK(co_await place.probe(shared, proof, call, {}));
  // It doesn't change the answer whether what others left goes now or with the next proof.
  if (proof.verdict()) (void)co_await place.tidy({}, call);
  co_return seen->format.has_value();
}

Task<> show_waiting(Lines& lines, const storage::Call& call) {
  const auto over = [&] { return call.cancelled() || storage::Proof::now() >= call.deadline; };
  for (std::chrono::seconds waited{1}; !over(); ++waited) {
    co_await storage::sleep_until(deadline_in(std::chrono::seconds(1)), call);
    if (!over()) lines.waits(waited);
  }
}

/// Runs the checks on a pool, so that a dead mount hangs only the pool's thread, and this ends at the
/// deadline.
Result<bool> prove(const Work& work, storage::Proof& proof, Lines& lines) {
  boost::asio::io_context io(1);  // outlives the threads that post to it: the pool's, the resolver's
  storage::FilePool pool({.threads = 1, .shutdown_grace = std::chrono::seconds(1)});
  const auto resolver = storage::make_resolver();
  BW_TRY(const auto place, open(work, pool, *resolver));
  const storage::Call call{deadline_in(work.timeout), nullptr};
  proof.tell([&](const storage::CheckRow& row) { lines.row(row); });
  Result<bool> outcome;
  storage::Cancellation ended;
  const storage::Call waiting{call.deadline, &ended};
  boost::asio::co_spawn(
      io.get_executor(),
      [&]() -> Task<> {
        outcome = co_await prove(*place, work.destination, proof, call);
        storage::HttpPool::of(io.get_executor()).clear();
        ended.cancel(error::query_interrupted());
      },
      boost::asio::detached);
  boost::asio::co_spawn(io.get_executor(), show_waiting(lines, waiting), boost::asio::detached);
  io.run();
  proof.tell_rest();
  return outcome;
}

int check(const Arguments& arguments) {
  const auto work = work_of(arguments);
  if (!work) {
    if (arguments.json)
      print({{"time", iso_time_text(system_clock().now())}, {"ok", false}, {"error", json_of(work.error())}});
    print_error(work.error());
    return kUsage;
  }
  if (!arguments.json)
    for (const std::string& note : work->notes) std::fprintf(stderr, "note: %s\n", note.c_str());
  storage::Proof proof;
  Lines lines(!arguments.json);
  const auto proved = prove(*work, proof, lines);
  if (!proved) {
    lines.clear();
    Json all = json_of(*work, proof);
    all["ok"] = false;
    all["error"] = json_of(proved.error());
    if (arguments.json) print(all);
    print_error(proved.error());
    return kFailed;
  }
  if (arguments.json) print(json_of(*work, proof));
  lines.verdict(proof, *proved);
  return storage::all_ok(proof.rows()) ? kOk : kFailed;
}

}  // namespace

void add_check(CLI::App& app, Run& chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      app.add_subcommand("check", "Prove a destination without a server: one row for each check");
  CLI::Option* const uri = command->add_option(
      "URI", arguments->uri,
      "file:///path, " + storage::object_stores() + ", or LOG_ARCHIVE_DEST's value: LOCATION=...");
  command
      ->add_option(
          "--uri-file", arguments->uri_file,
          "A file whose first line is the URI, which is a secret where it has a key; -: standard input")
      ->type_name("F")
      ->excludes(uri);
  add_settings_options(*command, arguments->settings);
  add_store_options(*command, arguments->store);
  command->add_flag("--json", arguments->json, "Print one JSON object");
  command->footer(
      "BREAKWATER_ACCESS_ID, BREAKWATER_ACCESS_KEY and BREAKWATER_SESSION_TOKEN give the key that the URI "
      "doesn't.\n"
      "With --config or --set it asks what a server with these settings would ask.\n"
      "Exit code: 0 if all checks hold, 1 if one failed, 2 if the URI or the command line is wrong.");
  command->callback([arguments, &chosen] {
    if (arguments->uri.empty() && arguments->uri_file.empty()) throw CLI::RequiredError("URI or --uri-file");
    chosen = [arguments] { return check(*arguments); };
  });
}

}  // namespace breakwater::cli
