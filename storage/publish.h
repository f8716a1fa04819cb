// Writing a file that appears whole or not at all, and never in another's place. Internal to storage/.
#pragma once

#include <span>
#include <string>

#include "base/clock.h"
#include "storage/posix.h"

namespace breakwater::storage::posix {

/// A temporary file's name, recognizable as ours: ".breakwater.tmp.<token>.<suffix>".
std::string temp_name(std::string_view token, std::string_view suffix);
/// Whether temp_name() made it, in this server or another.
bool is_temp_name(std::string_view name);

/// 32 hexadecimal digits that nobody else has.
std::string random_token(const Entropy& entropy);

/// What publish() has left in the directory so far.
struct Traces {
  bool temp = false;
  bool name = false;
};

/// Writes `name` create-only and durable: temporary file, fsync, close, link, fsync of the directory (5.3.2
/// of the storage notes). True: it's ours. False: there was one already; it's untouched.
Io<bool> publish(const File& directory, const std::string& temp, const std::string& name,
                 std::span<const std::uint8_t> bytes, mode_t mode, Traces& traces, const StopFlag& stop);

/// Whether `linked`, the outcome of a link, says that this file system has no links.
bool links_unsupported(const Io<>& linked);

/// Removes a file if it is a regular one that holds exactly these bytes.
Io<> remove_if_holds(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
                     const StopFlag& stop);

/// The bytes of a regular file, at most `limit`; nothing if there is no such name or it is something else.
Io<std::optional<Bytes>> read_regular(const File& directory, const std::string& name, std::size_t limit,
                                      const StopFlag& stop);

}  // namespace breakwater::storage::posix
