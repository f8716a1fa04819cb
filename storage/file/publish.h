// Writing a file that appears whole or not at all, and never in another's place.
#pragma once

#include <span>
#include <string>

#include "base/clock.h"
#include "storage/file/posix.h"

namespace breakwater::storage::posix {

/// What publish() has left in the directory so far.
struct Traces {
  bool temp = false;
  bool name = false;
};

/// Writes `name` create-only and durable: temporary file, fsync, close, link, fsync of the directory
/// (docs/spec/storage.md#publishing). True: it's ours. False: there was one already; it's untouched.
Io<bool> publish(const File& directory, const std::string& temp, const std::string& name,
                 std::span<const std::uint8_t> bytes, mode_t mode, Traces& traces, const StopFlag& stop);

/// Whether `linked`, the outcome of a link, says that this file system has no links.
bool links_unsupported(const Io<>& linked);

/// Removes a file if it is a regular one that holds exactly these bytes.
Io<> remove_if_holds(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
                     const StopFlag& stop);

/// What a crash leaves where there are neither links nor RENAME_NOREPLACE, and publish() writes `name`
/// itself: a part of it. Removes `name` if it is a regular file that holds a proper prefix of `bytes`
/// (nothing, too) while `temp`, which nobody else names, is beside it and holds them all. One that is being
/// written now is locked, and left alone.
Io<> remove_part(const File& directory, const std::string& name, const std::string& temp,
                 std::span<const std::uint8_t> bytes, const StopFlag& stop);

/// The bytes of a regular file, at most `limit`; nothing if there is no such name or it is something else.
Io<std::optional<Bytes>> read_regular(const File& directory, const std::string& name, std::size_t limit,
                                      const StopFlag& stop);

}  // namespace breakwater::storage::posix
