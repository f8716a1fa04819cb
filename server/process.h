// What a server process arranges with the system: signals, descriptors, core dumps, systemd, its environment.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/secret.h"

namespace breakwater::server {

/// SIGTERM, SIGINT and SIGHUP wait for wait_for_signal(); SIGPIPE and SIGXFSZ are ignored (the call that
/// meets them fails instead). Before the first thread is made.
void prepare_signals();
enum class Signal : std::uint8_t {
  end,     ///< SIGTERM or SIGINT
  reload,  ///< SIGHUP
};
/// Blocks until one comes.
Signal wait_for_signal();

/// As many open files as the system allows.
void raise_file_limit();

/// Large blocks of memory go back to the system when they are freed. Before the first thread is made.
void return_large_memory();

/// Without it no core dump, and no other process of the same user reads this one's memory.
void allow_core_dumps(bool allowed);

/// systemd's readiness protocol: sends `state` ("READY=1") to $NOTIFY_SOCKET, if there is one.
void notify_systemd(std::string_view state);

/// The value of an environment variable, which is then wiped and removed. Empty where it isn't set. Before
/// the first thread is made.
Secret take_from_environment(const char* name);

}  // namespace breakwater::server
