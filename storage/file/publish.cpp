#include "storage/file/publish.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>

#include "base/crypto.h"

namespace breakwater::storage::posix {
namespace {

// Whether a link was made although it failed: an NFS server's answer can be lost, and its second answer is
// EEXIST. Only we know the temporary name, so a link count of two means that the other link is the final
// name.
Io<bool> linked_after_all(const File& directory, const std::string& temp, const StopFlag& stop) {
  BW_IO_TRY(const File file, open_below(directory, temp, O_RDONLY, 0, stop));
  BW_IO_TRY(const auto found, status(file, stop));
  return found.st_nlink >= 2;
}

// Turns EEXIST into false; other failures stay failures.
Io<bool> unless_there(const Io<>& done) {
  if (done) return true;
  if (done.error().number == EEXIST) return false;
  return std::unexpected(done.error());
}

enum class Locked : std::uint8_t { yes, by_another, unsupported };

// The lock is held until the file is closed.
Locked lock(const File& file) {
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (fcntl(file.descriptor(), F_OFD_SETLK, &whole) == 0) return Locked::yes;
  return errno == EAGAIN || errno == EACCES ? Locked::by_another : Locked::unsupported;
}

// Writes under a lock, so that a server that settles a crash doesn't mistake the file for the part that the
// crash left (remove_part()).
Io<> write_new_locked(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
                      mode_t mode, bool& created, const StopFlag& stop) {
  BW_IO_TRY(File file, open_below(directory, name, O_CREAT | O_EXCL | O_RDWR, mode, stop));
  created = true;
  if (lock(file) == Locked::by_another) return std::unexpected(Failure{EBUSY, "lock", file.path()});
  BW_IO_CHECK(write_all(file, bytes, stop));
  BW_IO_CHECK(sync(file, stop));
  BW_IO_TRY(const bool removed, is_removed(file, stop));
  if (removed) return std::unexpected(Failure{EBUSY, "write", file.path()});
  return file.close(stop);
}

// For file systems without links: a rename that replaces nothing or, if that is missing too, an exclusive
// creation. Only the latter can leave a part of the file after a crash.
Io<bool> claim_without_links(const File& directory, const std::string& temp, const std::string& name,
                             std::span<const std::uint8_t> bytes, mode_t mode, const StopFlag& stop) {
  const auto renamed = rename_new(directory, temp, name, stop);
  const bool missing = !renamed && (renamed.error().number == EINVAL || links_unsupported(renamed));
  if (!missing) return unless_there(renamed);
  bool created = false;
  const auto written = write_new_locked(directory, name, bytes, mode, created, stop);
  if (!written && created) {
    // A part of a format file would keep everybody out of the directory.
    BW_IO_CHECK(remove_if_there(directory, name, stop));
    return std::unexpected(written.error());
  }
  return unless_there(written);
}

// Gives `temp` its final name unless that exists. Returns true if it is ours now.
Io<bool> claim(const File& directory, const std::string& temp, const std::string& name,
               std::span<const std::uint8_t> bytes, mode_t mode, const StopFlag& stop) {
  const auto linked = link(directory, temp, name, stop);
  if (linked) return true;
  BW_IO_TRY(const bool after_all, linked_after_all(directory, temp, stop));
  if (after_all) return true;
  if (links_unsupported(linked)) return claim_without_links(directory, temp, name, bytes, mode, stop);
  return unless_there(linked);
}

}  // namespace

bool links_unsupported(const Io<>& linked) {
  const int number = linked ? 0 : linked.error().number;
  return number == EPERM || number == EOPNOTSUPP || number == ENOSYS || number == EMLINK;
}

Io<bool> publish(const File& directory, const std::string& temp, const std::string& name,
                 std::span<const std::uint8_t> bytes, mode_t mode, Traces& traces, const StopFlag& stop) {
  BW_IO_CHECK(write_new(directory, temp, bytes, mode, traces.temp, stop));
  BW_IO_TRY(const bool ours, claim(directory, temp, name, bytes, mode, stop));
  traces.name = ours;
  BW_IO_CHECK(remove_if_there(directory, temp, stop));
  traces.temp = false;
  BW_IO_CHECK(sync_directory(directory, stop));
  return ours;
}

Io<std::optional<Bytes>> read_regular(const File& directory, const std::string& name, std::size_t limit,
                                      const StopFlag& stop) {
  // O_NONBLOCK: a FIFO of that name must not make us wait.
  auto file = open_below(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, stop);
  const int number = file ? 0 : file.error().number;
  if (number == ENOENT || number == ELOOP || number == ENXIO) return std::nullopt;
  if (!file) return std::unexpected(std::move(file).error());
  BW_IO_TRY(const auto found, status(*file, stop));
  if (!S_ISREG(found.st_mode)) return std::nullopt;
  BW_IO_TRY(Bytes bytes, read_up_to(*file, limit, stop));
  return bytes;
}

Io<> remove_part(const File& directory, const std::string& name, const std::string& temp,
                 std::span<const std::uint8_t> bytes, const StopFlag& stop) {
  BW_IO_TRY(const auto whole, read_regular(directory, temp, bytes.size() + 1, stop));
  if (!whole || !std::ranges::equal(*whole, bytes)) return {};
  const auto file = open_below(directory, name, O_RDWR | O_NONBLOCK | O_NOCTTY, 0, stop);
  const int number = file ? 0 : file.error().number;
  // With these errors it isn't ours: ours is a regular file that can be written.
  constexpr std::array kNotOurs = {ENOENT, ELOOP, ENXIO, EISDIR, EACCES, EPERM, EROFS};
  if (std::ranges::find(kNotOurs, number) != kNotOurs.end()) return {};
  if (!file) return std::unexpected(file.error());
  BW_IO_TRY(const auto found, status(*file, stop));
  if (!S_ISREG(found.st_mode) || lock(*file) == Locked::by_another) return {};
  BW_IO_TRY(const Bytes part, read_up_to(*file, bytes.size(), stop));
  if (part.size() == bytes.size() || !std::ranges::equal(part, bytes.first(part.size()))) return {};
  BW_IO_CHECK(remove_if_there(directory, name, stop));
  return sync_directory(directory, stop);
}

Io<> remove_if_holds(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
                     const StopFlag& stop) {
  BW_IO_TRY(const auto found, read_regular(directory, name, bytes.size() + 1, stop));
  if (!found || !std::ranges::equal(*found, bytes)) return {};
  return remove_if_there(directory, name, stop);
}

}  // namespace breakwater::storage::posix
