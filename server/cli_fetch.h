// Reading a file or an object by its URI, without a server.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace breakwater::cli {

/// What is at the URI (of a file: its path, or file://), at most `most` bytes of it; nullopt: nothing is there. Waits as long as
/// the setting backup_dest_timeout's default says. `ca_file`: PEM certificates that vouch for the object store, or empty.
Result<std::optional<Bytes>> fetch(const std::string& uri, std::size_t most, const std::string& ca_file);

}  // namespace breakwater::cli
