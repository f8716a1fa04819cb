#include "base/private_file.h"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace breakwater {
namespace {

std::error_code last() {
  return {errno, std::generic_category()};
}

std::error_code write_all(int handle, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(handle, content.data(), content.size());
    if (written < 0 && errno != EINTR) return last();
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// close() too may be the call that reports a full disk.
std::error_code make(const std::string& file, std::string_view content) {
  const int handle = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (handle < 0) return last();
  std::error_code failed = write_all(handle, content);
  if (!failed && ::fsync(handle) != 0) failed = last();
  if (::close(handle) != 0 && !failed) failed = last();
  return failed;
}

std::error_code sync_directory_of(const std::string& file) {
  const std::string parent = std::filesystem::path(file).parent_path().string();
  const int handle = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return last();
  const std::error_code failed = ::fsync(handle) == 0 ? std::error_code() : last();
  ::close(handle);
  return failed;
}

}  // namespace

std::error_code write_private_file(const std::string& file, std::string_view content) {
  const std::string temporary = file + ".new";
  ::unlink(temporary.c_str());
  std::error_code failed = make(temporary, content);
  if (!failed && ::rename(temporary.c_str(), file.c_str()) != 0) failed = last();
  if (failed) {
    ::unlink(temporary.c_str());
    return failed;
  }
  return sync_directory_of(file);
}

}  // namespace breakwater
