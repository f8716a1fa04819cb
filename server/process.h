// What a server process arranges with the system: signals, descriptors, core dumps, systemd, its environment.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/secret.h"

namespace breakwater::server {

/// From here on SIGTERM and SIGINT end the process at once (exit code 0), whatever its main thread waits for,
/// and SIGHUP waits: until hold_signals(). SIGPIPE and SIGXFSZ are ignored (the call that meets them fails
/// instead). Makes the first thread, the one that waits for signals; throws std::system_error where the
/// system has none to give.
void prepare_signals();
/// From here on all three wait for wait_for_signal().
void hold_signals();
enum class Signal : std::uint8_t {
  end,     ///< SIGTERM or SIGINT
  reload,  ///< SIGHUP
  none,    ///< the time is over
};
/// Blocks until one comes, at most so long.
Signal wait_for_signal(std::chrono::milliseconds at_most);

/// As many open files as the system allows.
void raise_file_limit();

/// Large blocks of memory go back to the system when they are freed. Before prepare_signals().
void return_large_memory();

/// Without it no core dump, and no other process of the same user reads this one's memory.
void allow_core_dumps(bool allowed);

/// systemd's readiness protocol: sends `state` ("READY=1") to $NOTIFY_SOCKET, if there is one.
void notify_systemd(std::string_view state);

/// The value of an environment variable, which is then wiped and removed. Empty where it isn't set. Before
/// prepare_signals().
Secret take_from_environment(const char* name);

}  // namespace breakwater::server
