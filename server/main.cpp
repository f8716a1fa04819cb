#include <cstdio>
#include <exception>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "base/thread.h"
#include "server/cli.h"

namespace {

int run(int argc, char** argv) {
  using namespace breakwater;
  CLI::App app("Breakwater prepares the backups of an OceanBase cluster, over the MySQL protocol.",
               "breakwater");
  app.require_subcommand(1);
  cli::Run chosen;
  cli::add_serve(app, chosen);
  cli::add_check(app, chosen);
  cli::add_key(app, chosen);
  app.add_subcommand("version", "Print the version")->callback([&chosen] {
    chosen = [] {
      std::puts("breakwater " BREAKWATER_VERSION);
      return cli::kOk;
    };
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? cli::kOk : cli::kUsage;
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::system_error& failed) {
    const bool threads = breakwater::is_out_of_threads(failed);
    const std::string why = threads ? breakwater::thread_refused().text() : std::string(failed.what());
    std::fprintf(stderr, "breakwater: %s\n", why.c_str());
    return breakwater::cli::kFailed;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "breakwater: %s\n", exception.what());
    return breakwater::cli::kFailed;
  }
}
