#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/thread.h"
#include "server/cli.h"
#include "server/cli_password.h"
#include "server/cli_settings.h"
#include "server/process.h"
#include "server/serve.h"
#include "server/settings.h"

namespace breakwater::cli {
namespace {

using server::Settings;

struct Arguments {
  std::string data_dir;
  std::vector<std::string> listen;
  std::string socket;
  SettingsArguments settings;
  std::string ready_file;
  std::string init_file;
  bool ephemeral = false;
};

constexpr const char* kRootPassword = "BREAKWATER_ROOT_PASSWORD";
constexpr const char* kRootPasswordFile = "BREAKWATER_ROOT_PASSWORD_FILE";

/// The options that have a name of their own win.
Result<Settings> settings_of(const Arguments& arguments) {
  BW_TRY(Settings settings, collect_settings(arguments.settings));
  if (!arguments.data_dir.empty()) {
    BW_CHECK(server::set_setting(settings, "data_dir", arguments.data_dir, "--data-dir"));
  }
  if (!arguments.socket.empty())
    BW_CHECK(server::set_setting(settings, "socket", arguments.socket, "--socket"));
  if (!arguments.listen.empty()) settings.listen = arguments.listen;
  if (settings.data_dir.empty() && !arguments.ephemeral) {
    return fail(error::start_refused(
        "no data directory: give --data-dir DIR, or data_dir in the configuration file"));
  }
  return settings;
}

Result<Secret> root_password_given() {
  Secret password = server::take_from_environment(kRootPassword);
  const char* const file =
      std::getenv(kRootPasswordFile);  // NOLINT(concurrency-mt-unsafe): no other thread yet
  if (file == nullptr) return password;
  if (!password.empty())
    return fail(
        error::start_refused(std::string(kRootPassword) + " and " + kRootPasswordFile + " are both given"));
  BW_TRY(password, read_password_file(file));
  if (password.empty()) return fail(error::start_refused(std::string("there is no password in ") + file));
  return password;
}

/// What a server without a data directory works in; removed at its end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() = default;
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  Result<std::string> make() {
    std::error_code failed;
    std::string path = (std::filesystem::temp_directory_path(failed) / "breakwater-XXXXXX").string();
    if (failed || ::mkdtemp(path.data()) == nullptr)
      return fail(error::start_refused("can't make a temporary directory " + path));
    path_ = path;
    return path;
  }

 private:
  std::string path_;
};

/// Written whole, for whoever waits for the server.
Result<> write_ready_file(const std::string& file, const std::vector<std::string>& places) {
  nlohmann::ordered_json ready = {{"listen", nlohmann::json::array()}};
  for (const std::string& place : places) {
    if (place.starts_with('/')) {
      ready["socket"] = place;
    } else {
      ready["listen"].push_back(place);
    }
  }
  ready["pid"] = ::getpid();
  const std::string unfinished = file + ".tmp";
  std::ofstream out(unfinished, std::ios::trunc);
  out << ready.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  out.close();
  if (!out || std::rename(unfinished.c_str(), file.c_str()) != 0)
    return fail(error::start_refused("can't write the ready file " + file));
  return {};
}

/// A thread that can't be made at the start is an error of the start like any other.
Result<> run(const Arguments& arguments, const Settings& settings, server::FirstStart first,
             server::SpdlogLog& log) {
  try {
    server::ServeHooks hooks;
    hooks.read_again = [&] { return settings_of(arguments); };
    if (!arguments.ready_file.empty())
      hooks.ready = [&](const auto& places) { return write_ready_file(arguments.ready_file, places); };
    auto ended = server::run_server(settings, hooks, std::move(first), !arguments.ephemeral, log);
    if (!arguments.ready_file.empty()) std::remove(arguments.ready_file.c_str());
    return ended;
  } catch (const std::system_error& failed) {
    if (!is_out_of_threads(failed)) throw;
    return fail(thread_refused());
  }
}

/// From now on `arguments` names the directory, also for a reload.
Result<Settings> in_temporary(const Settings& given, Arguments& arguments, TemporaryDirectory& temporary) {
  if (!given.data_dir.empty())
    return fail(
        error::start_refused("--ephemeral has a data directory of its own; " + given.data_dir + " is given"));
  BW_TRY(arguments.data_dir, temporary.make());
  return settings_of(arguments);
}

Result<server::FirstStart> first_start_of(const Arguments& arguments) {
  server::FirstStart first;
  BW_TRY(first.root_password, root_password_given());
  if (arguments.init_file.empty()) return first;
  BW_TRY(first.init, server::read_init_files(arguments.init_file));
  return first;
}

int serve(Arguments arguments) {
  auto first = first_start_of(arguments);
  server::return_large_memory();
  server::prepare_signals();
  TemporaryDirectory temporary;
  auto settings = first ? settings_of(arguments) : fail(first.error());
  if (settings && arguments.ephemeral) settings = in_temporary(*settings, arguments, temporary);
  if (!settings) {
    std::fprintf(stderr, "breakwater: %s\n", settings.error().text().c_str());
    return kUsage;
  }
  // One of an earlier server says nothing of this one.
  if (!arguments.ready_file.empty()) std::remove(arguments.ready_file.c_str());
  server::allow_core_dumps(settings->core_dumps);
  server::raise_file_limit();
  server::SpdlogLog log(*settings);
  if (arguments.ephemeral)
    log.warning("--ephemeral: the catalogue in " + settings->data_dir +
                " is not safe from a crash of the machine and ends with this server");
  if (const auto ended = run(arguments, *settings, *std::move(first), log); !ended) {
    log.error(ended.error().text());
    if (!ended.error().hint().empty()) log.error(ended.error().hint());
    return kFailed;
  }
  return kOk;
}

std::string settings_help() {
  std::string text =
      "Examples:\n"
      "  breakwater serve --data-dir /var/lib/breakwater --listen 0.0.0.0:2881\n"
      "  breakwater serve --config /etc/breakwater/breakwater.toml --set log_level=debug\n"
      "  breakwater serve --ephemeral --listen 127.0.0.1:0 --ready-file ready.json --init-file "
      "tenants.sql\n\n"
      "Settings, for --set, the environment (BREAKWATER_NAME) and the configuration file:\n";
  std::string_view group;
  for (const server::Setting& setting : server::settings_table()) {
    if (setting.group != group) text.append("\n").append(group = setting.group).append(":\n");
    text.append("  ").append(setting.name).append(" = ");
    text.append(setting.default_value.empty() ? "''" : setting.default_value);
    text.append("\n      ").append(setting.help).append(" (").append(setting.range);
    using enum server::Setting::Change;
    text.append(setting.change == restart  ? "; changes with a restart)\n"
                : setting.change == sighup ? "; changes with SIGHUP)\n"
                                           : ")\n");
  }
  return text;
}

}  // namespace

void add_serve(CLI::App& app, Run& chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const serve_command = app.add_subcommand("serve", "Run the server");
  serve_command->add_option("--data-dir", arguments->data_dir, "Directory of the catalogue")
      ->type_name("DIR");
  serve_command->add_option("--listen", arguments->listen, "Address and port; may be given several times")
      ->type_name("ADDR:PORT")
      ->allow_extra_args(false);
  serve_command->add_option("--socket", arguments->socket, "Unix socket")->type_name("PATH");
  add_settings_options(*serve_command, arguments->settings);
  serve_command
      ->add_option(
          "--ready-file", arguments->ready_file,
          "A file that says as JSON where the server listens, from when it accepts connections until its end")
      ->type_name("F");
  serve_command
      ->add_option(
          "--init-file", arguments->init_file,
          "Statements for the first start, before anybody is served; a directory: its *.sql in order")
      ->type_name("F.sql");
  serve_command->add_flag("--ephemeral", arguments->ephemeral,
                          "For tests: a data directory of its own, without fsync, removed at the end");
  serve_command->footer(settings_help);
  serve_command->callback([arguments, &chosen] { chosen = [arguments] { return serve(*arguments); }; });
}

}  // namespace breakwater::cli
