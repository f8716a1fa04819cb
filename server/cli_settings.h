// The settings of a command: configuration file, environment, --set, in this order.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "base/error.h"
#include "server/settings.h"

namespace breakwater::cli {

struct SettingsArguments {
  std::string config{};
  std::vector<std::string> set{};

  bool given() const { return !config.empty() || !set.empty(); }
};

/// --config and --set; `arguments` must outlive the command line.
void add_settings_options(CLI::App& command, SettingsArguments& arguments);

/// What all three together say; the last one wins. Errors: those of load_settings() and set_setting().
Result<server::Settings> collect_settings(const SettingsArguments& arguments);

}  // namespace breakwater::cli
