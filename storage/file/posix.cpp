#include "storage/file/posix.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/file/io_error.h"
#include "storage/formats/plain_text.h"

namespace breakwater::storage::posix {
namespace {

constexpr std::size_t kReadChunk = 4096;
constexpr std::size_t kComparedChunk = std::size_t{32} << 10U;
constexpr int kMaxDepth = 2048;  // directories: a path has no more

bool same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// Makes the call unless stopped, and repeats it on EINTR. `call` returns -1 and sets errno on failure.
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

// Every function that makes a name checks it here once more. Names that exist already can be read and
// removed.
Io<> check_new_name(std::string_view call, const File& directory, const std::string& name) {
  if (!find_control(name)) return {};
  return std::unexpected(Failure{EILSEQ, call, directory.path_of(name)});
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

Io<File> open_at(const File& directory, const std::string& name, int flags, const StopFlag& stop) {
  return open_with(stop, "open", directory.path_of(name),
                   [&] { return openat(directory.descriptor(), name.c_str(), flags | O_CLOEXEC); });
}

// Through /proc: a lookup of "." would not make an NFS client ask its server for the directory's state.
Io<File> reopen(const File& directory, int flags, const StopFlag& stop) {
  const std::string link = "/proc/self/fd/" + std::to_string(directory.descriptor());
  BW_IO_TRY(File again, open_with(stop, "open", directory.path(),
                                  [&] { return ::open(link.c_str(), flags | O_CLOEXEC); }));
  BW_IO_TRY(const bool removed, is_removed(again, stop));
  if (removed) return std::unexpected(Failure{ENOENT, "open", directory.path()});
  return again;
}

Io<std::string> real_path(const File& file, const StopFlag& stop) {
  std::array<char, PATH_MAX> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(file.descriptor());
  BW_IO_TRY(const long size, retry(stop, "readlink", file.path(),
                                   [&] { return readlink(link.c_str(), target.data(), target.size()); }));
  return std::string(target.data(), static_cast<std::size_t>(size));
}

// A link count of 0 is not enough: some FUSE file systems always report 0.
Io<bool> is_removed(const File& file, const StopFlag& stop) {
  BW_IO_TRY(const struct stat found, status(file, stop));
  if (found.st_nlink != 0) return false;
  BW_IO_TRY(const std::string real, real_path(file, stop));
  return real.ends_with(" (deleted)");
}

Io<File> open_below(const File& directory, const std::string& name, int flags, mode_t mode,
                    const StopFlag& stop) {
  if ((flags & O_CREAT) != 0) BW_IO_CHECK(check_new_name("open", directory, name));
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return open_with(stop, "open", directory.path_of(name), [&] {
    return syscall(SYS_openat2, directory.descriptor(), name.c_str(), &how, sizeof(how));
  });
}

Io<struct stat> status_of(const File& directory, const std::string& name, const StopFlag& stop) {
  return stat_with(stop, "lstat", directory.path_of(name), [&](struct stat* into) {
    return fstatat(directory.descriptor(), name.c_str(), into, AT_SYMLINK_NOFOLLOW);
  });
}

Io<> climb(const File& directory, const StopFlag& stop,
           const std::function<void(const File& directory, const struct stat& status)>& visit) {
  BW_IO_TRY(const File top, open("/", O_PATH | O_DIRECTORY, stop));
  BW_IO_TRY(const struct stat root, status(top, stop));
  BW_IO_TRY(struct stat here, status(directory, stop));
  visit(directory, here);
  File below;  // `directory` belongs to the caller and can't be moved
  const File* at = &directory;
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    BW_IO_TRY(File above, open_with(stop, "open", at->path(), [&] {
                return openat(at->descriptor(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
              }));
    BW_IO_TRY(const struct stat up, status(above, stop));
    // A directory that is its own parent is the root; or it is mounted in itself, and then the walk goes on.
    if (same_file(up, here) && same_file(here, root)) return {};
    visit(above, up);
    here = up;
    below = std::move(above);
    at = &below;
  }
  return std::unexpected(Failure{ELOOP, "open", directory.path()});
}

Io<struct stat> status(const File& file, const StopFlag& stop) {
  return stat_with(stop, "fstat", file.path(),
                   [&](struct stat* into) { return fstat(file.descriptor(), into); });
}

Io<> make_directory(const File& parent, const std::string& name, const StopFlag& stop) {
  BW_IO_CHECK(check_new_name("mkdir", parent, name));
  return run(stop, "mkdir", parent.path_of(name),
             [&] { return mkdirat(parent.descriptor(), name.c_str(), kDirectoryMode); });
}

Io<> remove_file(const File& directory, const std::string& name, const StopFlag& stop) {
  return run(stop, "unlink", directory.path_of(name),
             [&] { return unlinkat(directory.descriptor(), name.c_str(), 0); });
}

Io<> remove_directory(const File& parent, const std::string& name, const StopFlag& stop) {
  return run(stop, "rmdir", parent.path_of(name),
             [&] { return unlinkat(parent.descriptor(), name.c_str(), AT_REMOVEDIR); });
}

Io<> link(const File& directory, const std::string& from, const std::string& to, const StopFlag& stop) {
  BW_IO_CHECK(check_new_name("link", directory, to));
  const int fd = directory.descriptor();
  return run(stop, "link", directory.path_of(to),
             [&] { return linkat(fd, from.c_str(), fd, to.c_str(), 0); });
}

Io<> rename(const File& directory, const std::string& from, const std::string& to, const StopFlag& stop) {
  BW_IO_CHECK(check_new_name("rename", directory, to));
  const int fd = directory.descriptor();
  return run(stop, "rename", directory.path_of(to),
             [&] { return renameat(fd, from.c_str(), fd, to.c_str()); });
}

Io<> rename_new(const File& directory, const std::string& from, const std::string& to, const StopFlag& stop) {
  BW_IO_CHECK(check_new_name("rename", directory, to));
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

// A buffer as large as the file would cost more than reading it: the kernel clears its pages first.
Io<bool> holds(const File& file, std::span<const std::uint8_t> expected, const StopFlag& stop) {
  std::array<std::uint8_t, kComparedChunk> piece;  // NOLINT(*-member-init): read before it is looked at
  for (std::size_t at = 0;;) {
    BW_IO_TRY(const long got, retry(stop, "read", file.path(), [&] {
                return pread(file.descriptor(), piece.data(), piece.size(), static_cast<off_t>(at));
              }));
    const auto count = static_cast<std::size_t>(got);
    if (count == 0) return at == expected.size();
    if (count > expected.size() - at ||
        !std::equal(piece.begin(), piece.begin() + got, expected.begin() + static_cast<std::ptrdiff_t>(at)))
      return false;
    at += count;
  }
}

EntryType type_of(mode_t mode) {
  if (S_ISREG(mode)) return EntryType::file;
  if (S_ISDIR(mode)) return EntryType::directory;
  return S_ISLNK(mode) ? EntryType::link : EntryType::other;
}

Io<> for_each_entry(const File& directory, const StopFlag& stop,
                    const std::function<void(std::string_view, EntryType)>& visit) {
  const auto copy =
      retry(stop, "dup", directory.path(), [&] { return fcntl(directory.descriptor(), F_DUPFD_CLOEXEC, 0); });
  if (!copy) return std::unexpected(copy.error());
  const DirectoryStream stream(fdopendir(static_cast<int>(*copy)));
  if (stream == nullptr) {
    ::close(static_cast<int>(*copy));
    return std::unexpected(Failure{errno, "opendir", directory.path()});
  }
  for (;;) {
    if (stop.stopped()) return std::unexpected(Failure{ECANCELED, "readdir", directory.path()});
    errno = 0;
    const dirent* entry = readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): this thread's own stream
    if (entry == nullptr && errno != 0) return std::unexpected(Failure{errno, "readdir", directory.path()});
    if (entry == nullptr) return {};
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    BW_IO_TRY(const EntryType type, entry_type(directory, *entry, stop));
    visit(name, type);
  }
}

Io<std::vector<Entry>> list(const File& directory, const StopFlag& stop) {
  std::vector<Entry> entries;
  BW_IO_CHECK(for_each_entry(directory, stop, [&](std::string_view name, EntryType type) {
    entries.push_back({std::string(name), type});
  }));
  return entries;
}

Io<> write_new(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
               mode_t mode, bool& created, const StopFlag& stop) {
  BW_IO_TRY(File file, open_below(directory, name, O_CREAT | O_EXCL | O_WRONLY, mode, stop));
  created = true;
  BW_IO_CHECK(write_all(file, bytes, stop));
  BW_IO_CHECK(sync(file, stop));
  return file.close(stop);
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
