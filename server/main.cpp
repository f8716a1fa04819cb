#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/spelling.h"
#include "base/thread.h"
#include "server/cli.h"

namespace {

using namespace breakwater;

constexpr const char* kVersion = "breakwater " BREAKWATER_VERSION;
constexpr const char* kFooter =
    "For example:\n"
    "  breakwater serve --data-dir ./data\n"
    "  breakwater check file:///backup/data\n"
    "  breakwater help check\n"
    "The manual is README.md and docs/. Exit codes: 0 done, 1 failed, 2 wrong usage.";

std::vector<std::string> commands_of(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands([](CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

int unknown_command(CLI::App& app, const std::string& name) {
  std::fprintf(stderr, "breakwater: unknown command '%s'%s\n", name.c_str(),
               did_you_mean(name, commands_of(app)).c_str());
  return cli::kUsage;
}

int print_help(CLI::App& app, const std::vector<std::string>& of) {
  CLI::App* shown = &app;
  std::string path = app.get_name();
  for (const std::string& name : of) {
    const auto found = shown->get_subcommands([&](CLI::App* one) { return one->get_name() == name; });
    if (found.empty()) return unknown_command(*shown, name);
    shown = found.front();
    path += " " + name;
  }
  // App::help() would show the command that is running, which is this one.
  std::fputs(shown->get_formatter()->make_help(shown, path, CLI::AppFormatMode::Normal).c_str(), stdout);
  return cli::kOk;
}

/// What the parser couldn't place is named with what may have been meant: it says itself which arguments are missing.
int explain(CLI::App& app, const CLI::ParseError& wrong) {
  const std::vector<std::string> rest = app.remaining(true);
  CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const bool needs_command = !commands_of(*command).empty();
  if (needs_command && !rest.empty() && !rest.front().starts_with("-"))
    return unknown_command(*command, rest.front());
  const auto option =
      std::ranges::find_if(rest, [](const std::string& one) { return one.starts_with("--"); });
  if (option != rest.end()) {
    const std::string name = option->substr(0, option->find('='));
    std::fprintf(stderr, "breakwater: unknown option '%s'%s\n", name.c_str(),
                 did_you_mean(name, options_of(*command)).c_str());
    return cli::kUsage;
  }
  return app.exit(wrong) == 0 ? cli::kOk : cli::kUsage;
}

int run(int argc, char** argv) {
  CLI::App app("Breakwater prepares the backups of an OceanBase cluster, over the MySQL protocol.",
               "breakwater");
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", kVersion, "Print the version and exit");
  cli::Run chosen;
  cli::add_serve(app, chosen);
  cli::add_check(app, chosen);
  cli::add_backups(app, chosen);
  cli::add_key(app, chosen);
  cli::add_reset_password(app, chosen);
  app.add_subcommand("version", "Print the version")->callback([&chosen] {
    chosen = [] {
      std::puts(kVersion);
      return cli::kOk;
    };
  });
  std::vector<std::string> of;
  CLI::App* const help = app.add_subcommand("help", "Print the help of a command");
  help->add_option("COMMAND", of, "serve, key verify, ...");
  app.footer(kFooter);  // behind the commands, which would take it over
  help->callback([&] { chosen = [&] { return print_help(app, of); }; });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return explain(app, wrong);
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::system_error& failed) {
    const bool threads = is_out_of_threads(failed);
    const std::string why = threads ? thread_refused().text() : std::string(failed.what());
    std::fprintf(stderr, "breakwater: %s\n", why.c_str());
    return cli::kFailed;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "breakwater: %s\n", exception.what());
    return cli::kFailed;
  }
}
