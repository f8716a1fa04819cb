// Writes a file that appears whole or not at all, and never replaces another one.
#pragma once

#include <span>
#include <string>

#include "storage/file/posix.h"

namespace breakwater::storage::posix {

/// What publish() has left in the directory so far.
struct Traces {
  bool temp = false;
  bool name = false;
};

/// Writes `name` create-only and durable: temporary file, fsync, close, link, fsync of the directory
/// (docs/spec/storage.md#publishing). Returns true if the file is ours, false if there was one already, which
/// is left untouched.
Io<bool> publish(const File& directory, const std::string& temp, const std::string& name,
                 std::span<const std::uint8_t> bytes, mode_t mode, Traces& traces, const StopFlag& stop);

/// Whether `linked`, the result of a link, means that the file system has no hard links.
bool links_unsupported(const Io<>& linked);

/// Removes a file if it is a regular file with exactly these bytes.
Io<> remove_if_holds(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
                     const StopFlag& stop);

/// Removes the part of a file that a crash left. On a file system without links and without RENAME_NOREPLACE
/// publish() writes `name` itself, so a crash may leave a part of it. Removes `name` if it is a regular file
/// with a proper prefix of `bytes` (or none) while `temp`, which only this plan uses, exists and holds all of
/// them. A file that is being written now is locked; it is left alone.
Io<> remove_part(const File& directory, const std::string& name, const std::string& temp,
                 std::span<const std::uint8_t> bytes, const StopFlag& stop);

/// The bytes of a regular file, at most `limit`. Nullopt if there is no such name or it is no regular file.
Io<std::optional<Bytes>> read_regular(const File& directory, const std::string& name, std::size_t limit,
                                      const StopFlag& stop);

}  // namespace breakwater::storage::posix
