#include "catalog/store/data_directory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace breakwater::catalog {
namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

std::string last_reason() {
  return std::generic_category().message(errno);
}

Result<> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), kDirectoryMode) == 0) return sync_directory(parent_directory(path));
  if (errno == EEXIST) return {};
  return fail(system_refusal("can't make the data directory " + path));
}

// The first entry that a store which was never finished would not have; nothing if there is none.
Result<std::optional<std::string>> find_stranger(const std::string& path,
                                                 const std::vector<std::string>& also_ours) {
  std::error_code failure;
  std::filesystem::directory_iterator entries(path, failure);
  if (failure) return fail(refusal("can't read the data directory " + path + ": " + failure.message(), ""));
  const std::array<std::string, 6> ours = {std::string(kLockFile),
                                           std::string(kFirstStartFile),
                                           std::string(kInitFile),
                                           std::string(kKeyFile),
                                           std::string(kKeyFile) + std::string(kUnfinished),
                                           "lost+found"};
  for (const auto& entry : entries) {
    std::string name = entry.path().filename().string();
    const bool known =
        std::ranges::find(ours, name) != ours.end() || std::ranges::find(also_ours, name) != also_ours.end();
    if (!known) return name;
  }
  return std::nullopt;
}

// A key without its catalogue is looked at later: what is missing there isn't a stranger's directory.
Result<> check_ours(const std::string& path, const std::vector<std::string>& also_ours) {
  for (const std::string_view name : {kDatabaseFile, kKeyFile}) {
    if (file_exists(path + "/" + std::string(name))) return {};
  }
  BW_TRY(const auto stranger, find_stranger(path, also_ours));
  if (!stranger) return {};
  return fail(
      refusal("the data directory " + path + " is not empty and holds no catalogue (found " + *stranger + ")",
              "name an empty or missing directory, or the one of an earlier start"));
}

// Says who holds it, for whoever meets the lock. Best effort.
void write_owner(int fd) {
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) == 0 && ::pwrite(fd, pid.data(), pid.size(), 0) < 0) return;
}

std::string read_owner(int fd) {
  std::array<char, 32> text{};
  const auto size = ::pread(fd, text.data(), text.size(), 0);
  const std::string_view read(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string_view pid = read.substr(0, read.find('\n'));
  return pid.empty() ? std::string() : " (process " + std::string(pid) + ")";
}

// An flock goes with the process, however it dies, and two openers in one process exclude each other too.
Result<FileDescriptor> lock(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (!file.valid()) return fail(system_refusal("can't open " + path));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
    write_owner(file.get());
    return file;
  }
  if (errno != EWOULDBLOCK) return fail(system_refusal("can't lock " + path));
  return fail(refusal("the data directory is in use by another server" + read_owner(file.get()),
                      "stop that server or name another data directory"));
}

}  // namespace

Error refusal(std::string text, std::string hint) {
  return Error::with_text(Errc::op_not_allow, std::move(text)).with_hint(std::move(hint));
}

Error system_refusal(const std::string& what) {
  return refusal(what + ": " + last_reason(), "check that it exists and who may use it");
}

Result<> sync_directory(const std::string& path) {
  const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) {
    return fail(system_refusal("can't sync the directory " + path));
  }
  return {};
}

std::string parent_directory(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

bool file_exists(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

std::uint64_t file_size(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

Result<DataDirectory> DataDirectory::acquire(const std::string& path,
                                             const std::vector<std::string>& also_ours) {
  std::string trimmed = path.empty() ? "." : path;
  while (trimmed.size() > 1 && trimmed.back() == '/') trimmed.pop_back();
  BW_CHECK(make_directory(trimmed));
  BW_CHECK(check_ours(trimmed, also_ours));
  BW_TRY(FileDescriptor held, lock(trimmed + "/" + std::string(kLockFile)));
  return DataDirectory(std::move(trimmed), std::move(held));
}

Result<> DataDirectory::ensure_file(std::string_view name) const {
  const FileDescriptor made(::open(file(name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (!made.valid()) return fail(system_refusal("can't make " + file(name)));
  return sync_directory(path_);
}

Result<> DataDirectory::end_first_start() const {
  return remove(kFirstStartFile);
}

Result<> DataDirectory::end_init() const {
  return remove(kInitFile);
}

Result<> DataDirectory::remove(std::string_view name) const {
  const std::string mark = file(name);
  if (::unlink(mark.c_str()) != 0 && errno != ENOENT) return fail(system_refusal("can't remove " + mark));
  return sync_directory(path_);
}

}  // namespace breakwater::catalog
