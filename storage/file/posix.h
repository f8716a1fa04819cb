// The system calls that this room makes on files, with errors as values.
//
// Each function looks at the StopFlag first and retries EINTR. A Failure knows errno, the call and the path,
// and converts to an Error where a Result is returned.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "base/bytes.h"
#include "base/error.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage::posix {

struct Failure {
  int number = 0;  ///< errno; ECANCELED: the operation was stopped
  std::string_view call;
  std::string path;

  operator Error() const;  // NOLINT(google-explicit-constructor): that BW_TRY passes failures on
};

template <class T = void>
using Io = std::expected<T, Failure>;

/// BW_TRY and BW_CHECK for functions that return an Io.
#define BW_IO_TRY_IMPL(tmp, decl, ...)                          \
  auto tmp = (__VA_ARGS__);                                     \
  if (!tmp) return ::std::unexpected(::std::move(tmp).error()); \
  decl = *std::move(tmp)
#define BW_IO_TRY(decl, ...) BW_IO_TRY_IMPL(BW_CONCAT(bw_io_, __LINE__), decl, __VA_ARGS__)
#define BW_IO_CHECK(...) \
  if (auto bw_io = (__VA_ARGS__); !bw_io) return ::std::unexpected(::std::move(bw_io).error())

/// An open file that knows its path, for messages. The destructor closes it; close() also returns the error.
class File {
 public:
  File() = default;
  File(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  int descriptor() const { return descriptor_; }
  const std::string& path() const { return path_; }
  std::string path_of(std::string_view name) const;

  Io<> close(const StopFlag& stop);

 private:
  int descriptor_ = -1;
  std::string path_;
};

inline constexpr mode_t kDirectoryMode = 0700;
inline constexpr mode_t kFileMode = 0640;
inline constexpr mode_t kSecretFileMode = 0600;

/// open(2) with O_CLOEXEC.
Io<File> open(const std::string& path, int flags, const StopFlag& stop);
/// Opens one component below an open directory; follows symbolic links.
Io<File> open_at(const File& directory, const std::string& name, int flags, const StopFlag& stop);
/// Opens the same directory again, whatever is at its path now. ENOENT: it was removed.
Io<File> reopen(const File& directory, int flags, const StopFlag& stop);

// Functions that make a name (O_CREAT, mkdir, link, rename) refuse one with control characters: EILSEQ.

/// openat2 with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, O_CLOEXEC and O_NOFOLLOW.
Io<File> open_below(const File& directory, const std::string& name, int flags, mode_t mode,
                    const StopFlag& stop);

Io<struct stat> status(const File& file, const StopFlag& stop);  ///< fstat
/// The status of a name in a directory (lstat): of a symbolic link the link's own.
Io<struct stat> status_of(const File& directory, const std::string& name, const StopFlag& stop);

/// The real path of an open file, without symbolic links.
Io<std::string> real_path(const File& file, const StopFlag& stop);
/// Whether the file has no name any more.
Io<bool> is_removed(const File& file, const StopFlag& stop);

/// Visits a directory (opened with O_PATH or for reading) and all its parents up to "/", by "..".
Io<> climb(const File& directory, const StopFlag& stop,
           const std::function<void(const File& directory, const struct stat& status)>& visit);

Io<> make_directory(const File& parent, const std::string& name, const StopFlag& stop);
Io<> remove_file(const File& directory, const std::string& name, const StopFlag& stop);
Io<> remove_directory(const File& parent, const std::string& name, const StopFlag& stop);
Io<> link(const File& directory, const std::string& from, const std::string& to, const StopFlag& stop);
Io<> rename(const File& directory, const std::string& from, const std::string& to, const StopFlag& stop);
/// renameat2 with RENAME_NOREPLACE.
Io<> rename_new(const File& directory, const std::string& from, const std::string& to, const StopFlag& stop);

Io<> write_all(const File& file, std::span<const std::uint8_t> bytes, const StopFlag& stop);
Io<> sync(const File& file, const StopFlag& stop);
/// fsync of a directory. EINVAL and ENOTSUP are no errors: such file systems have nothing to sync there.
Io<> sync_directory(const File& directory, const StopFlag& stop);

/// Reads at most `limit` bytes from the file's start and ignores the rest.
Io<Bytes> read_up_to(const File& file, std::size_t limit, const StopFlag& stop);

/// Whether the file holds exactly these bytes. Reads it piece by piece.
Io<bool> holds(const File& file, std::span<const std::uint8_t> expected, const StopFlag& stop);

enum class EntryType : std::uint8_t { file, directory, link, other };
struct Entry {
  std::string name;
  EntryType type;
};
/// All entries except "." and "..". `directory` must be freshly opened.
Io<std::vector<Entry>> list(const File& directory, const StopFlag& stop);
/// The same one by one, for directories that may hold any number.
Io<> for_each_entry(const File& directory, const StopFlag& stop,
                    const std::function<void(std::string_view name, EntryType type)>& visit);

EntryType type_of(mode_t mode);

/// Creates `name` exclusively with these bytes, syncs and closes it. `created` is set once the name exists.
Io<> write_new(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
               mode_t mode, bool& created, const StopFlag& stop);

/// Like remove_file(); a missing file is no error.
Io<> remove_if_there(const File& directory, const std::string& name, const StopFlag& stop);

/// The parts of a path: for the lists of names in an intent.
std::string parent_of(std::string_view path);
std::string_view name_of(std::string_view path);

}  // namespace breakwater::storage::posix
