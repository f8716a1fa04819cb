// The life of a server: catalogue, services, sessions, sockets.
#pragma once

#include <functional>

#include "base/error.h"
#include "base/secret.h"
#include "server/log_spdlog.h"
#include "server/settings.h"

namespace breakwater::server {

/// Runs until SIGTERM or SIGINT. `root_password`: the password of root@sys if the data directory is new; may
/// be empty. `read_again` reads the settings from file and command line again, on SIGHUP.
Result<> run_server(const Settings& settings, const std::function<Result<Settings>()>& read_again,
                    Secret root_password, SpdlogLog& log);

}  // namespace breakwater::server
