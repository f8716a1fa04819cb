// Reaching object stores without a server: the options that subcommands have for it, and reading one file or object.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "base/bytes.h"
#include "base/error.h"
#include "storage/http/network_rules.h"

namespace breakwater::cli {

struct StoreOptions {
  std::string ca_file{};  ///< PEM certificates that vouch for the store
  std::string proxy{};    ///< as the setting backup_dest_proxy
  std::string proxy_auth_file{};
};

/// --ca-file, --proxy and --proxy-auth-file; `options` must outlive the command line.
void add_store_options(CLI::App& command, StoreOptions& options);

/// Without an allow-list: a user who may run programs here can reach every endpoint anyway.
storage::NetworkRules network_rules(const StoreOptions& options);

/// What is at the URI (of a file: its path, or file://), at most `most` bytes of it; nullopt: nothing is there. Waits as
/// long as the default of the setting backup_dest_timeout says.
Result<std::optional<Bytes>> fetch(const std::string& uri, std::size_t most, const StoreOptions& options);

}  // namespace breakwater::cli
