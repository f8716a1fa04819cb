// The life of a server: catalogue, services, sessions, sockets.
#pragma once

#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "server/init_files.h"
#include "server/log_spdlog.h"
#include "server/serve_loop.h"
#include "server/settings.h"

namespace breakwater::server {

/// What only the first start on a data directory takes.
struct FirstStart {
  Secret root_password{};  ///< of root@sys; may be empty
  std::vector<InitFile> init{};
};

/// Runs until SIGTERM or SIGINT. `durable`: false for a catalogue that ends with the server anyway.
Result<> run_server(const Settings& settings, const ServeHooks& hooks, FirstStart first, bool durable,
                    SpdlogLog& log);

}  // namespace breakwater::server
