#include "server/cli_settings.h"

#include <cstdlib>

#include "base/text.h"

namespace breakwater::cli {
namespace {

using server::Settings;

/// "BREAKWATER_DATA_DIR". Other variables that begin so are none of ours: an orchestrator makes some of a service's name.
Result<> apply_environment(Settings& settings) {
  for (const server::Setting& setting : server::settings_table()) {
    const std::string name = "BREAKWATER_" + ascii_upper(setting.name);
    const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody changes it
    if (value != nullptr) BW_CHECK(server::set_setting(settings, setting.name, value, name));
  }
  return {};
}

}  // namespace

void add_settings_options(CLI::App& command, SettingsArguments& arguments) {
  command.add_option("--config", arguments.config, "Configuration file")->type_name("FILE.toml");
  command.add_option("--set", arguments.set, "One setting; may be given several times")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
}

Result<Settings> collect_settings(const SettingsArguments& arguments) {
  Settings settings;
  if (!arguments.config.empty()) BW_CHECK(server::load_settings(settings, arguments.config));
  BW_CHECK(apply_environment(settings));
  for (const std::string& assignment : arguments.set) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos)
      return fail(error::setting_file("--set " + assignment + ": must be NAME=VALUE"));
    BW_CHECK(
        server::set_setting(settings, assignment.substr(0, equals), assignment.substr(equals + 1), "--set"));
  }
  return settings;
}

}  // namespace breakwater::cli
