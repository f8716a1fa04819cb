#include <algorithm>
#include <cstdio>
#include <ctime>
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
#include "server/cli_time.h"
#include "server/settings.h"
#include "storage/destination/uri.h"
#include "storage/file/file_medium.h"
#include "storage/formats/plain_text.h"
#include "storage/http/http_pool.h"
#include "storage/http/resolver.h"
#include "storage/object/object_client_options.h"
#include "storage/object/object_medium.h"
#include "storage/object/object_store.h"
#include "storage/pool/file_pool.h"
#include "storage/survey/shown.h"
#include "storage/survey/survey.h"

namespace breakwater::cli {
namespace {

using Json = nlohmann::ordered_json;

struct BackupsArguments {
  std::vector<std::string> uris;
  StoreOptions store;
  std::int64_t sets_before = 0;  ///< 0: the newest sets
  bool contents = false;
  bool json = false;
};

// Places that were looked at, and how they are called in what is printed: without their options.
struct Looked {
  std::vector<std::string> paths{};
  std::vector<storage::Survey> surveys{};
};

Result<storage::MediumPtr> open_medium(const storage::Destination& destination, storage::FilePool& pool,
                                       storage::Resolver& resolver, const StoreOptions& store_options) {
  if (destination.is_file())
    return storage::make_file_medium(destination.local_path, {}, pool, system_entropy());
  storage::ObjectClientOptions options;
  options.rules = network_rules(store_options);
  options.resolver = &resolver;
  BW_TRY(auto store, storage::make_object_store(destination, std::move(options)));
  return storage::make_object_medium(std::move(store), destination);
}

storage::Call next_call() {
  return {deadline_in(std::chrono::milliseconds(server::Settings().backup_dest_timeout)), nullptr};
}

/// On a pool, so that a dead mount hangs only the pool's thread, and this ends at the deadline.
Result<> look_at(const std::string& uri, const BackupsArguments& arguments, Looked& looked) {
  BW_TRY(const storage::Destination destination, storage::parse_destination(uri, {.allow_http = true}));
  boost::asio::io_context io(1);  // outlives the threads that post to it: the pool's, the resolver's
  storage::FilePool pool({.threads = 1, .shutdown_grace = std::chrono::seconds(1)});
  const auto resolver = storage::make_resolver();
  BW_TRY(const auto medium, open_medium(destination, pool, *resolver, arguments.store));
  Result<storage::Survey> outcome;
  boost::asio::co_spawn(
      io.get_executor(),
      [&]() -> Task<> {
        storage::SurveyOptions options;
        options.contents = arguments.contents;
        if (arguments.sets_before > 0) options.sets_before = arguments.sets_before;
        options.call = next_call;
        outcome = co_await storage::survey(*medium, std::move(options));
        storage::HttpPool::of(io.get_executor()).clear();
      },
      boost::asio::detached);
  io.run();
  if (!outcome) return fail(std::move(outcome).error());
  looked.paths.push_back(destination.path);
  looked.surveys.push_back(*std::move(outcome));
  return {};
}

std::string scn_text(std::int64_t scn) {
  constexpr std::int64_t kNanosOfAMicro = 1'000;
  return time_text(scn / kNanosOfAMicro);
}

std::string set_text(const storage::SetName& set) {
  return std::to_string(set.id).append(" ").append(storage::name_of(set.type));
}

std::string piece_text(const storage::PieceName& piece) {
  std::string text = "d";
  text.append(std::to_string(piece.round.dest_id)).append("r").append(std::to_string(piece.round.round_id));
  return text.append("p").append(std::to_string(piece.piece_id));
}

void print_problems(const storage::Problems& problems) {
  for (const std::string& text : storage::texts_of(problems)) std::printf("        %s\n", text.c_str());
}

void print_set(const storage::FoundSet& set) {
  std::printf("set     %-10s %-10s %10llu bytes  %s\n", set_text(set.name).c_str(),
              std::string(storage::name_of(set.status)).c_str(), static_cast<unsigned long long>(set.bytes),
              storage::opened_by(set.manifest.key).c_str());
  print_problems(set.problems);
}

void print_piece(const storage::FoundPiece& piece) {
  std::printf("piece   %-10s %-10s %10llu bytes  %s\n", piece_text(piece.name).c_str(),
              std::string(storage::name_of(piece.status)).c_str(),
              static_cast<unsigned long long>(piece.bytes), storage::opened_by(piece.start.key).c_str());
  print_problems(piece.problems);
}

std::string window_text(const storage::Window& window) {
  std::string text = std::to_string(window.from_scn);
  text.append(" (").append(scn_text(window.from_scn)).append(")");
  if (window.to_scn == window.from_scn) return text.append(" only");
  text.append(" to ").append(std::to_string(window.to_scn));
  return text.append(" (").append(scn_text(window.to_scn)).append(")");
}

void print_place(const std::string& path, const storage::Survey& survey) {
  const auto& format = survey.format;
  std::printf("%s: %s\n", storage::without_control(path).c_str(),
              format ? storage::without_control(storage::describe(*format)).c_str() : "no format file");
  print_problems(survey.problems);
  for (const storage::FoundSet& set : survey.sets) print_set(set);
  if (survey.more_sets_before) {
    std::printf("        older sets: --sets-before %lld\n", static_cast<long long>(*survey.more_sets_before));
  }
  for (const storage::FoundPiece& piece : survey.pieces) print_piece(piece);
}

void print_text(const Looked& looked, const std::vector<storage::Window>& windows) {
  for (std::size_t at = 0; at < looked.paths.size(); ++at) print_place(looked.paths[at], looked.surveys[at]);
  for (const storage::Window& window : windows) {
    std::printf("restore tenant %s (%llu) from set %lld: %s\n",
                storage::without_control(window.tenant_name).c_str(),
                static_cast<unsigned long long>(window.tenant_id), static_cast<long long>(window.set_id),
                window_text(window).c_str());
  }
  if (windows.empty()) std::puts("nothing here can be restored");
}

Json json_of(const storage::BackupOwner& owner) {
  return {{"cluster_name", owner.cluster_name},
          {"cluster_id", owner.cluster_id},
          {"tenant_name", owner.tenant_name},
          {"tenant_id", owner.tenant_id},
          {"dest_id", owner.dest_id}};
}

Json json_of(const storage::FoundSet& set) {
  return {{"backup_set_id", set.name.id},
          {"backup_type", set.name.type == storage::SetType::full ? "FULL" : "INC"},
          {"status", storage::name_of(set.status)},
          {"restorable", set.restorable},
          {"owner", json_of(set.manifest.owner)},
          {"prev_full_backup_set_id", set.manifest.prev_full_set_id},
          {"prev_backup_set_id", set.manifest.prev_set_id},
          {"start_replay_scn", set.manifest.start_replay_scn},
          {"min_restore_scn", set.manifest.min_restore_scn},
          {"objects", set.objects},
          {"bytes", set.bytes},
          {"backup_key", set.manifest.key.fingerprint},
          {"password", set.manifest.key.by_password.has_value()},
          {"problems", storage::texts_of(set.problems)}};
}

Json json_of(const storage::FoundPiece& piece) {
  return {{"dest_id", piece.name.round.dest_id},
          {"round_id", piece.name.round.round_id},
          {"piece_id", piece.name.piece_id},
          {"status", storage::name_of(piece.status)},
          {"owner", json_of(piece.start.owner)},
          {"start_scn", piece.start.start_scn},
          {"checkpoint_scn", piece.whole_scn},
          {"objects", piece.objects},
          {"bytes", piece.bytes},
          {"backup_key", piece.start.key.fingerprint},
          {"password", piece.start.key.by_password.has_value()},
          {"problems", storage::texts_of(piece.problems)}};
}

Json json_of(const storage::Window& window) {
  return {{"cluster_id", window.cluster_id},   {"tenant_id", window.tenant_id},
          {"tenant_name", window.tenant_name}, {"backup_set_id", window.set_id},
          {"from_scn", window.from_scn},       {"to_scn", window.to_scn}};
}

template <class Things>
Json array_of(const Things& things) {
  Json array = Json::array();
  for (const auto& thing : things) array.push_back(json_of(thing));
  return array;
}

Json place_json(const std::string& path, const storage::Survey& survey) {
  const auto& format = survey.format;
  return {{"path", path},
          {"format", format ? Json(storage::describe(*format)) : Json()},
          {"problems", storage::texts_of(survey.problems)},
          {"sets", array_of(survey.sets)},
          {"more_sets_before", survey.more_sets_before ? Json(*survey.more_sets_before) : Json()},
          {"pieces", array_of(survey.pieces)}};
}

void print_json(const Looked& looked, const std::vector<storage::Window>& windows) {
  Json places = Json::array();
  for (std::size_t at = 0; at < looked.paths.size(); ++at)
    places.push_back(place_json(looked.paths[at], looked.surveys[at]));
  const Json all{{"destinations", std::move(places)}, {"windows", array_of(windows)}};
  std::puts(all.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

bool is_sound(const storage::Survey& survey) {
  const auto damaged = [](const auto& thing) { return thing.status == storage::FoundStatus::damaged; };
  return survey.problems.empty() && std::ranges::none_of(survey.sets, damaged) &&
         std::ranges::none_of(survey.pieces, damaged);
}

int list_backups(const BackupsArguments& arguments) {
  Looked looked;
  for (const std::string& uri : arguments.uris) {
    const auto done = look_at(uri, arguments, looked);
    if (done) continue;
    std::fprintf(stderr, "breakwater: %s\n", done.error().text().c_str());
    if (!done.error().hint().empty()) std::fprintf(stderr, "  %s\n", done.error().hint().c_str());
    return kFailed;
  }
  const auto windows = storage::windows(looked.surveys);
  arguments.json ? print_json(looked, windows) : print_text(looked, windows);
  const bool sound = std::ranges::all_of(looked.surveys, is_sound);
  return sound ? kOk : kFailed;
}

}  // namespace

void add_backups(CLI::App& app, Run& chosen) {
  const auto arguments = std::make_shared<BackupsArguments>();
  CLI::App* const command = app.add_subcommand(
      "backups", "Show what destinations hold without a server: sets, pieces, damage, what can be restored");
  command->add_option("URI", arguments->uris, "Data destinations and log archives: file:///path, …")
      ->required();
  add_store_options(*command, arguments->store);
  command->add_option("--sets-before", arguments->sets_before,
                      "Show only sets with lower numbers: the next page, where there are more than " +
                          std::to_string(storage::kMaxSurveyed));
  command->add_flag("--contents", arguments->contents, "Read every object and compare it with its SHA-256");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return list_backups(*arguments); }; });
}

}  // namespace breakwater::cli
