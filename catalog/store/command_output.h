// What a command of the operator's writes, where that is a secret.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace breakwater::catalog {

/// Runs it by /bin/sh, without standard input and with none of the server's descriptors but standard error. Its standard
/// output, at most so many bytes of it. 4179: it fails, is ended by a signal, or isn't at its end within `time`; then it is
/// killed, with what it has started.
Result<Secret> output_of_command(const std::string& command, std::size_t most,
                                 std::chrono::milliseconds time);

}  // namespace breakwater::catalog
