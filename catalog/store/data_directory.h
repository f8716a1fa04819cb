// Files of the data directory, durably. Errors are 4179 with a text for the operator.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/error.h"

namespace breakwater::catalog {

/// A start that is refused: 4179 with a whole text, and what to do about it.
Error refusal(std::string text, std::string hint);

/// refusal() for a failed system call: "<what>: <reason>".
Error system_refusal(const std::string& what);

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

inline constexpr std::string_view kDatabaseFile = "catalog.db";
inline constexpr std::string_view kKeyFile = "catalog.key";
inline constexpr std::string_view kLockFile = "breakwater.lock";
inline constexpr std::string_view kFirstStartFile = "catalog.first-start";
inline constexpr std::string_view kInitFile = "catalog.init-files";
inline constexpr std::string_view kUnfinished = ".tmp";  ///< behind a name: being written

/// Makes a directory's entries durable.
Result<> sync_directory(const std::string& path);
std::string parent_directory(const std::string& path);
bool file_exists(const std::string& path);
/// 0 for a file that isn't there.
std::uint64_t file_size(const std::string& path);

/// The directory of a store, held by this process alone while this lives.
class DataDirectory {
 public:
  /// Makes it (0700) if it is missing. Refused: it is not empty and not ours (`also_ours`: names that may
  /// stand in it before the catalogue is there), another process holds it.
  static Result<DataDirectory> acquire(const std::string& path, const std::vector<std::string>& also_ours);

  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

  /// An empty file (0600) unless it is there; its entry durable.
  Result<> ensure_file(std::string_view name) const;

  /// Whether a first start began here and has not finished. Its mark is there, durably, before anything of
  /// the catalogue is, and is gone, durably, before anybody is served: so what lacks a catalogue and has no
  /// mark is no beginning, but has lost one.
  bool first_start_unfinished() const { return file_exists(file(kFirstStartFile)); }
  Result<> begin_first_start() const { return ensure_file(kFirstStartFile); }
  /// Nothing happens where none began.
  Result<> end_first_start() const;

  /// The mark of a first start that runs statements before anybody else is served: there, durably, from before the
  /// first of them until behind the last.
  bool init_unfinished() const { return file_exists(file(kInitFile)); }
  Result<> begin_init() const { return ensure_file(kInitFile); }
  Result<> end_init() const;

 private:
  Result<> remove(std::string_view name) const;

  DataDirectory(std::string path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  FileDescriptor lock_;
};

}  // namespace breakwater::catalog
