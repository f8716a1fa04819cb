#include "server/audit/audit_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/audit/audit_line.h"

namespace breakwater::server {
namespace {

constexpr mode_t kMode = 0600;
constexpr std::size_t kBlock = std::size_t{1} << 16U;
/// Bytes behind the last line break that a torn line may have; lines are shorter.
constexpr std::int64_t kMaxTorn = std::int64_t{1} << 20U;

std::unexpected<Error> failed(const std::string& what, int number = errno) {
  const bool full = number == ENOSPC || number == EDQUOT;
  Error error = full ? error::server_out_of_disk() : error::io_error();
  return fail(std::move(error).with_hint(what + ": " + std::strerror(number)));
}

/// Calls `take(line)`, without the break, for each whole line of the file.
template <class Take>
Result<> each_line(int descriptor, const std::string& path, Take take) {
  std::string waiting;
  std::array<char, kBlock> block{};
  for (std::int64_t at = 0;;) {
    const ssize_t got = ::pread(descriptor, block.data(), block.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("can't read " + path);
    if (got == 0) return {};
    at += got;
    waiting.append(block.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = waiting.find('\n'); end != std::string::npos; end = waiting.find('\n', begin)) {
      take(std::string_view(waiting).substr(begin, end - begin));
      begin = end + 1;
    }
    waiting.erase(0, begin);
    if (waiting.size() > static_cast<std::size_t>(kMaxTorn)) waiting.resize(1);  // no line of ours
  }
}

/// Where the last whole line ends: behind its break, and nowhere behind a zero byte, which a loss of power leaves.
Result<std::int64_t> end_of_lines(int descriptor, const std::string& path, std::int64_t size) {
  const std::int64_t from = std::max<std::int64_t>(0, size - kMaxTorn);
  std::string tail(static_cast<std::size_t>(size - from), '\0');
  for (std::size_t have = 0; have < tail.size();) {
    const ssize_t got =
        ::pread(descriptor, tail.data() + have, tail.size() - have, from + static_cast<std::int64_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return failed("can't read " + path, got == 0 ? EIO : errno);
    have += static_cast<std::size_t>(got);
  }
  const std::size_t zero = tail.find('\0');
  const std::size_t last = std::string_view(tail).substr(0, zero).rfind('\n');
  if (last != std::string::npos) return from + static_cast<std::int64_t>(last) + 1;
  if (from == 0) return 0;
  return failed(path + " isn't an audit's file: its last line has no end", EINVAL);
}

}  // namespace

AuditFile::~AuditFile() {
  close();
}

void AuditFile::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  torn_ = false;
}

Result<> AuditFile::open() {
  close();
  descriptor_ =
      ::open(options_.path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kMode);
  if (descriptor_ < 0) return failed("can't open " + options_.path);
  Result<> checked = check_and_lock();
  if (checked) checked = cut_torn_line();
  if (checked && size_ == 0) checked = write(options_.first_line());
  if (!checked) close();
  return checked;
}

Result<> AuditFile::check_and_lock() {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return failed("can't look at " + options_.path);
  if (!S_ISREG(status.st_mode)) return failed(options_.path + " isn't a file", EINVAL);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) return failed("another process writes " + options_.path);
  size_ = status.st_size;
  char first = '{';
  if (size_ > 0 && ::pread(descriptor_, &first, 1, 0) != 1) return failed("can't read " + options_.path);
  if (first != '{') return failed(options_.path + " isn't an audit's file", EINVAL);
  if ((status.st_mode & 0777) != kMode) ::fchmod(descriptor_, kMode);
  return {};
}

Result<> AuditFile::cut_torn_line() {
  if (size_ == 0) return {};
  BW_TRY(const std::int64_t end, end_of_lines(descriptor_, options_.path, size_));
  if (end == size_) return {};
  if (::ftruncate(descriptor_, end) != 0) return failed("can't cut " + options_.path);
  size_ = end;
  return {};
}

Result<AuditFile::Content> AuditFile::read(std::int64_t id) const {
  Content content;
  const auto take = [&](std::string_view line) {
    const auto found = id_of_line(line);
    if (found && *found > id) content.ids.insert(*found);
    if (!found) content.written = std::max(content.written, written_of_line(line).value_or(0));
  };
  const std::string old = old_name(1);
  const int before = ::open(old.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (before >= 0) {
    const Result<> read = each_line(before, old, take);
    ::close(before);
    BW_CHECK(read);
  }
  BW_CHECK(each_line(descriptor_, options_.path, take));
  return content;
}

bool AuditFile::was_moved() const {
  struct stat now{};
  struct stat ours{};
  if (::stat(options_.path.c_str(), &now) != 0 || ::fstat(descriptor_, &ours) != 0) return true;
  return now.st_ino != ours.st_ino || now.st_dev != ours.st_dev;
}

Result<> AuditFile::append(std::string_view lines) {
  if (!is_open() || was_moved()) {
    if (is_open()) BW_CHECK(sync());
    BW_CHECK(open());
  }
  if (torn_ && ::ftruncate(descriptor_, size_) != 0) return failed("can't cut " + options_.path);
  torn_ = false;
  BW_CHECK(make_room(lines.size()));
  return write(lines);
}

Result<> AuditFile::write(std::string_view lines) {
  for (std::size_t done = 0; done < lines.size();) {
    const ssize_t wrote = ::write(descriptor_, lines.data() + done, lines.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote > 0) {
      done += static_cast<std::size_t>(wrote);
      continue;
    }
    const int why = wrote == 0 ? EIO : errno;
    torn_ = ::ftruncate(descriptor_, size_) != 0;
    return failed("can't write to " + options_.path, why);
  }
  size_ += static_cast<std::int64_t>(lines.size());
  return {};
}

Result<> AuditFile::sync() {
  if (!is_open() || ::fdatasync(descriptor_) == 0) return {};
  return failed("can't write to " + options_.path);
}

// Where the old one can't be moved, it grows on: better a large file than none.
Result<> AuditFile::make_room(std::size_t bytes) {
  if (size_ + static_cast<std::int64_t>(bytes) <= options_.max_bytes) return {};
  BW_CHECK(sync());
  rename_old();
  if (was_moved()) BW_CHECK(open());
  return {};
}

void AuditFile::rename_old() const {
  if (options_.old_files == 0) {
    ::unlink(options_.path.c_str());
    return;
  }
  for (std::int64_t number = options_.old_files - 1; number >= 1; --number)
    ::rename(old_name(number).c_str(), old_name(number + 1).c_str());
  ::rename(options_.path.c_str(), old_name(1).c_str());
}

}  // namespace breakwater::server
