#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/thread.h"
#include "server/cli.h"
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
  std::string config;
  std::vector<std::string> set;
};

/// Applies the file first, then --set, then the options that have a name of their own.
Result<Settings> collect_settings(const Arguments& arguments) {
  Settings settings;
  if (!arguments.config.empty()) BW_CHECK(server::load_settings(settings, arguments.config));
  for (const std::string& assignment : arguments.set) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos)
      return fail(error::setting_file("--set " + assignment + ": must be NAME=VALUE"));
    BW_CHECK(
        server::set_setting(settings, assignment.substr(0, equals), assignment.substr(equals + 1), "--set"));
  }
  if (!arguments.data_dir.empty()) {
    BW_CHECK(server::set_setting(settings, "data_dir", arguments.data_dir, "--data-dir"));
  }
  if (!arguments.socket.empty())
    BW_CHECK(server::set_setting(settings, "socket", arguments.socket, "--socket"));
  if (!arguments.listen.empty()) settings.listen = arguments.listen;
  if (settings.data_dir.empty()) {
    return fail(error::start_refused(
        "no data directory: give --data-dir DIR, or data_dir in the configuration file"));
  }
  return settings;
}

/// A thread that can't be made at the start is an error of the start like any other.
Result<> run(const Arguments& arguments, const Settings& settings, Secret root_password,
             server::SpdlogLog& log) {
  try {
    const auto read_again = [&] { return collect_settings(arguments); };
    return server::run_server(settings, read_again, std::move(root_password), log);
  } catch (const std::system_error& failed) {
    if (!is_out_of_threads(failed)) throw;
    return fail(thread_refused());
  }
}

int serve(const Arguments& arguments) {
  Secret root_password = server::take_from_environment("BREAKWATER_ROOT_PASSWORD");
  server::return_large_memory();
  server::prepare_signals();
  const auto settings = collect_settings(arguments);
  if (!settings) {
    std::fprintf(stderr, "breakwater: %s\n", settings.error().text().c_str());
    return kUsage;
  }
  server::allow_core_dumps(settings->core_dumps);
  server::raise_file_limit();
  server::SpdlogLog log(*settings);
  if (const auto ended = run(arguments, *settings, std::move(root_password), log); !ended) {
    log.error(ended.error().text());
    if (!ended.error().hint().empty()) log.error(ended.error().hint());
    return kFailed;
  }
  return kOk;
}

std::string settings_help() {
  std::string text = "Settings, for --set and the configuration file:\n";
  for (const server::Setting& setting : server::settings_table()) {
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
  serve_command->add_option("--config", arguments->config, "Configuration file")->type_name("FILE.toml");
  serve_command->add_option("--set", arguments->set, "One setting; may be given several times")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  serve_command->footer(settings_help);
  serve_command->callback([arguments, &chosen] { chosen = [arguments] { return serve(*arguments); }; });
}

}  // namespace breakwater::cli
