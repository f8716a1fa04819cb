// The program's subcommands. Each adds itself to the command line. The run() of the one that the user gave is
// called and returns the exit code.
#pragma once

#include <functional>

#include <CLI/App.hpp>

namespace breakwater::cli {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;

using Run = std::function<int()>;

/// Registers a subcommand; `chosen` becomes its run() if the command line names it.
void add_serve(CLI::App& app, Run& chosen);
void add_check(CLI::App& app, Run& chosen);
void add_backups(CLI::App& app, Run& chosen);
void add_key(CLI::App& app, Run& chosen);
void add_reset_password(CLI::App& app, Run& chosen);

}  // namespace breakwater::cli
