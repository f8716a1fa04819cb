#include "storage/posix.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/io_error.h"
#include "storage/uri.h"

namespace breakwater::storage::posix {
namespace {

constexpr std::size_t kReadChunk = 4096;

// Makes the call unless stopped, again while it is interrupted. `call` returns -1 and sets errno on failure.
template <class Call>
Io<long> retry(const StopFlag& stop, std::string_view name, const std::string& path, Call call) {
  for (;;) {
    if (stop.stopped()) return std::unexpected(Failure{ECANCELED, name, path});
    const auto done = static_cast<long>(call());
    if (done >= 0) return done;
    if (errno != EINTR) return std::unexpected(Failure{errno, name, path});
  }
}

template <class Call>
Io<> run(const StopFlag& stop, std::string_view name, const std::string& path, Call call) {
  BW_IO_CHECK(retry(stop, name, path, call));
  return {};
}

template <class Call>
Io<File> open_with(const StopFlag& stop, std::string_view name, const std::string& path, Call call) {
  BW_IO_TRY(const long fd, retry(stop, name, path, call));
  return File(static_cast<int>(fd), path);
}

template <class Call>
Io<struct stat> stat_with(const StopFlag& stop, std::string_view name, const std::string& path, Call call) {
  struct stat found{};
  BW_IO_CHECK(retry(stop, name, path, [&] { return call(&found); }));
  return found;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

Io<EntryType> entry_type(const File& directory, const dirent& entry, const StopFlag& stop) {
  if (entry.d_type == DT_REG) return EntryType::file;
  if (entry.d_type == DT_DIR) return EntryType::directory;
  if (entry.d_type == DT_LNK) return EntryType::link;
  if (entry.d_type != DT_UNKNOWN) return EntryType::other;
  const auto found = stat_with(stop, "fstatat", directory.path_of(entry.d_name), [&](struct stat* into) {
    return fstatat(directory.descriptor(), entry.d_name, into, AT_SYMLINK_NOFOLLOW);
  });
  if (!found && found.error().number == ENOENT) return EntryType::other;  // deleted meanwhile
  if (!found) return std::unexpected(found.error());
  return type_of(found->st_mode);
}

}  // namespace

Failure::operator Error() const {
  if (number == ECANCELED) {
    StopFlag stopped;
    stopped.stop();
    return stopped.check().error();
  }
  return io_error(number, call, path);
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string File::path_of(std::string_view name) const {
  std::string path = path_.ends_with('/') ? path_ : path_ + "/";
  return path.append(name);
}

Io<> File::close(const StopFlag& stop) {
  if (stop.stopped()) return std::unexpected(Failure{ECANCELED, "close", path_});
  // Linux has closed the descriptor even if it says EINTR.
  if (::close(std::exchange(descriptor_, -1)) == 0 || errno == EINTR) return {};
  return std::unexpected(Failure{errno, "close", path_});
}

Io<File> open(const std::string& path, int flags, const StopFlag& stop) {
  return open_with(stop, "open", path, [&] { return ::open(path.c_str(), flags | O_CLOEXEC); });
}

Io<File> open_directory(const std::string& path, const StopFlag& stop) {
  return open(path, O_RDONLY | O_DIRECTORY, stop);
}

Io<File> open_below(const File& directory, const std::string& name, int flags, mode_t mode,
                    const StopFlag& stop) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return open_with(stop, "open", directory.path_of(name), [&] {
    return syscall(SYS_openat2, directory.descriptor(), name.c_str(), &how, sizeof(how));
  });
}

Io<struct stat> status(const std::string& path, const StopFlag& stop) {
  return stat_with(stop, "lstat", path, [&](struct stat* into) { return lstat(path.c_str(), into); });
}

Io<struct stat> target_status(const std::string& path, const StopFlag& stop) {
  return stat_with(stop, "stat", path, [&](struct stat* into) { return stat(path.c_str(), into); });
}

Io<struct stat> status(const File& file, const StopFlag& stop) {
  return stat_with(stop, "fstat", file.path(),
                   [&](struct stat* into) { return fstat(file.descriptor(), into); });
}

Io<> make_directory(const File& parent, const std::string& name, const StopFlag& stop) {
  return run(stop, "mkdir", parent.path_of(name),
             [&] { return mkdirat(parent.descriptor(), name.c_str(), kDirectoryMode); });
}

Io<> remove_file(const File& directory, const std::string& name, const StopFlag& stop) {
  return run(stop, "unlink", directory.path_of(name),
             [&] { return unlinkat(directory.descriptor(), name.c_str(), 0); });
}

Io<> remove_directory(const std::string& path, const StopFlag& stop) {
  return run(stop, "rmdir", path, [&] { return rmdir(path.c_str()); });
}

Io<> link(const File& directory, const std::string& from, const std::string& to, const StopFlag& stop) {
  const int fd = directory.descriptor();
  return run(stop, "link", directory.path_of(to),
             [&] { return linkat(fd, from.c_str(), fd, to.c_str(), 0); });
}

Io<> rename(const File& directory, const std::string& from, const std::string& to, const StopFlag& stop) {
  const int fd = directory.descriptor();
  return run(stop, "rename", directory.path_of(to),
             [&] { return renameat(fd, from.c_str(), fd, to.c_str()); });
}

Io<> rename_new(const File& directory, const std::string& from, const std::string& to, const StopFlag& stop) {
  const int fd = directory.descriptor();
  return run(stop, "rename", directory.path_of(to),
             [&] { return renameat2(fd, from.c_str(), fd, to.c_str(), RENAME_NOREPLACE); });
}

Io<> write_all(const File& file, std::span<const std::uint8_t> bytes, const StopFlag& stop) {
  while (!bytes.empty()) {
    BW_IO_TRY(const long written, retry(stop, "write", file.path(), [&] {
                return ::write(file.descriptor(), bytes.data(), bytes.size());
              }));
    if (written == 0) return std::unexpected(Failure{EIO, "write", file.path()});
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Io<> sync(const File& file, const StopFlag& stop) {
  return run(stop, "fsync", file.path(), [&] { return fsync(file.descriptor()); });
}

Io<> sync_directory(const File& directory, const StopFlag& stop) {
  auto synced = sync(directory, stop);
  if (!synced && (synced.error().number == EINVAL || synced.error().number == ENOTSUP)) return {};
  return synced;
}

Io<Bytes> read_up_to(const File& file, std::size_t limit, const StopFlag& stop) {
  Bytes bytes;
  while (bytes.size() < limit) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(std::max(2 * had, kReadChunk), limit));
    const auto got = retry(stop, "read", file.path(), [&] {
      return pread(file.descriptor(), bytes.data() + had, bytes.size() - had, static_cast<off_t>(had));
    });
    if (!got) return std::unexpected(got.error());
    bytes.resize(had + static_cast<std::size_t>(*got));
    if (*got == 0) break;
  }
  return bytes;
}

EntryType type_of(mode_t mode) {
  if (S_ISREG(mode)) return EntryType::file;
  if (S_ISDIR(mode)) return EntryType::directory;
  return S_ISLNK(mode) ? EntryType::link : EntryType::other;
}

Io<std::vector<Entry>> list(const File& directory, const StopFlag& stop) {
  const auto copy =
      retry(stop, "dup", directory.path(), [&] { return fcntl(directory.descriptor(), F_DUPFD_CLOEXEC, 0); });
  if (!copy) return std::unexpected(copy.error());
  const DirectoryStream stream(fdopendir(static_cast<int>(*copy)));
  if (stream == nullptr) {
    ::close(static_cast<int>(*copy));
    return std::unexpected(Failure{errno, "opendir", directory.path()});
  }
  std::vector<Entry> entries;
  for (;;) {
    if (stop.stopped()) return std::unexpected(Failure{ECANCELED, "readdir", directory.path()});
    errno = 0;
    const dirent* entry = readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): this thread's own stream
    if (entry == nullptr && errno != 0) return std::unexpected(Failure{errno, "readdir", directory.path()});
    if (entry == nullptr) return entries;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    BW_IO_TRY(const EntryType type, entry_type(directory, *entry, stop));
    entries.push_back({std::string(name), type});
  }
}

Io<> write_new(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
               mode_t mode, bool& created, const StopFlag& stop) {
  BW_IO_TRY(File file, open_below(directory, name, O_CREAT | O_EXCL | O_WRONLY, mode, stop));
  created = true;
  BW_IO_CHECK(write_all(file, bytes, stop));
  BW_IO_CHECK(sync(file, stop));
  return file.close(stop);
}

Io<std::vector<std::string>> missing_directories(const std::string& path, const StopFlag& stop) {
  std::vector<std::string> missing;
  std::string prefix;
  for (const std::string_view component : path_components(path)) {
    prefix.append("/").append(component);
    if (missing.empty()) {
      const auto found = target_status(prefix, stop);
      if (found && S_ISDIR(found->st_mode)) continue;
      if (found) return std::unexpected(Failure{ENOTDIR, "stat", prefix});
      if (found.error().number != ENOENT) return std::unexpected(found.error());
    }
    missing.push_back(prefix);
  }
  return missing;
}

Io<> make_directories(const std::string& path, std::vector<std::string>& made, const StopFlag& stop) {
  BW_IO_TRY(const auto missing, missing_directories(path, stop));
  for (const std::string& directory : missing) {
    BW_IO_TRY(const File parent, open_directory(parent_of(directory), stop));
    const auto done = make_directory(parent, std::string(name_of(directory)), stop);
    if (done) made.push_back(directory);
    // Somebody else may have been faster; then it is theirs, and there.
    if (!done && done.error().number != EEXIST) return done;
    BW_IO_CHECK(sync_directory(parent, stop));
  }
  return {};
}

Io<> remove_empty(const std::vector<std::string>& directories, const StopFlag& stop) {
  std::vector<std::string> gone;
  for (auto directory = directories.rbegin(); directory != directories.rend(); ++directory) {
    const auto removed = remove_directory(*directory, stop);
    const int number = removed ? 0 : removed.error().number;
    if (number == ENOTEMPTY || number == EEXIST || number == ENOTDIR) continue;
    if (number != 0 && number != ENOENT) return removed;
    gone.push_back(*directory);
  }
  // One that was missing already too: whoever removed it may have been stopped before this.
  for (const std::string& directory : gone) {
    const auto parent = open_directory(parent_of(directory), stop);
    if (parent) BW_IO_CHECK(sync_directory(*parent, stop));
    if (!parent && parent.error().number != ENOENT) return std::unexpected(parent.error());
  }
  return {};
}

Io<> remove_if_there(const File& directory, const std::string& name, const StopFlag& stop) {
  auto removed = remove_file(directory, name, stop);
  if (!removed && removed.error().number == ENOENT) return {};
  return removed;
}

std::string parent_of(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

}  // namespace breakwater::storage::posix
