// The listening server: binds, says that it is ready, waits for SIGTERM or SIGINT, drains.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "server/log_spdlog.h"
#include "server/net/counters_source.h"
#include "server/net/handler.h"
#include "server/net/server.h"
#include "server/settings.h"

namespace breakwater::server {

/// What a server asks of whoever runs it.
struct ServeHooks {
  /// Reads the settings from file, environment and command line again, on SIGHUP.
  std::function<Result<Settings>()> read_again{};
  /// Connections are accepted at these places: "127.0.0.1:2881", a socket's path. An error ends the server.
  std::function<Result<>(const std::vector<std::string>& places)> ready{};
};

ServerLimits limits_of(const Settings& settings);
ServerOptions options_of(const Settings& settings);

/// While root@sys has an empty password, anybody who reaches the port is root. Error: start_refused, which
/// says what to do, if root@sys has none and `listen` has addresses that aren't loopback.
Result<> check_listen_addresses(const Settings& settings, bool root_has_password);

/// Returns when the server has ended in good order. `factory` must outlive the call, and Session::interrupt()
/// must end whatever its sessions await. Meanwhile `counters` gives the server's counters. On SIGHUP it reads
/// certificate and settings again; if that fails, the old ones stay. Errors: start_refused,
/// listen_failed; nothing has been accepted then.
Result<> serve_until_signal(LiveSettings& settings, const ServeHooks& hooks, SessionFactory& factory,
                            bool root_has_password, CountersSource& counters, SpdlogLog& log);

}  // namespace breakwater::server
