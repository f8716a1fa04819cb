#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

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
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "breakwater: %s\n", exception.what());
    return breakwater::cli::kFailed;
  }
}
