// The server process and the system: signals, descriptors, core dumps, systemd, the environment.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/secret.h"

namespace breakwater::server {

/// From here until hold_signals(), SIGTERM and SIGINT end the process at once (exit code 0), whatever its
/// main thread waits for, and SIGHUP is kept. SIGPIPE and SIGXFSZ are ignored (the system call fails
/// instead). Makes the first thread, which waits for signals; throws std::system_error if the system has no
/// thread to give.
void prepare_signals();
/// From here on all three signals are kept for wait_for_signal().
void hold_signals();
enum class Signal : std::uint8_t {
  end,     ///< SIGTERM or SIGINT
  reload,  ///< SIGHUP
  none,    ///< the time is over
};
/// Blocks until a signal comes, at most so long.
Signal wait_for_signal(std::chrono::milliseconds at_most);

/// Raises the limit of open files as far as the system allows.
void raise_file_limit();

/// Makes malloc return large blocks to the system when they are freed. Call it before prepare_signals().
void return_large_memory();

/// If false: no core dumps, and no other process of the same user can read this one's memory.
void allow_core_dumps(bool allowed);

/// systemd's readiness protocol: sends `state` ("READY=1") to $NOTIFY_SOCKET, if there is one.
void notify_systemd(std::string_view state);

/// Takes the value of an environment variable, then wipes and removes the variable. Empty if it isn't set.
/// Call it before prepare_signals().
Secret take_from_environment(const char* name);

}  // namespace breakwater::server
