// From sessions to a server that listens: binds, says that it is ready, waits for SIGTERM or SIGINT, drains.
#pragma once

#include <functional>

#include "base/error.h"
#include "server/log_spdlog.h"
#include "server/net/counters_source.h"
#include "server/net/handler.h"
#include "server/net/server.h"
#include "server/settings.h"

namespace breakwater::server {

ServerLimits limits_of(const Settings& settings);
ServerOptions options_of(const Settings& settings);

/// While root@sys has an empty password, anybody who reaches the port is root. Error start_refused when
/// `listen` holds anything but loopback addresses, saying what to do.
Result<> check_listen_addresses(const Settings& settings, bool root_has_password);

/// Returns when the server has ended in good order. `factory` must outlive the call, and whatever its
/// sessions await must end or be stopped by Session::interrupt. `counters` shows the server meanwhile.
/// Errors: start_refused, listen_failed; nothing has been accepted then.
/// SIGHUP reads certificate and settings again (`read_again`); where that fails, the old ones stay.
Result<> serve_until_signal(LiveSettings& settings, const std::function<Result<Settings>()>& read_again,
                            SessionFactory& factory, bool root_has_password, CountersSource& counters,
                            SpdlogLog& log);

}  // namespace breakwater::server
