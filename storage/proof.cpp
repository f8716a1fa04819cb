#include "storage/proof.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/file_destination.h"
#include "storage/mounts.h"
#include "storage/publish.h"

namespace breakwater::storage {
namespace {

using posix::File;

constexpr std::string_view kFirstContent = "Breakwater proves this directory.\n";
constexpr std::string_view kSecondContent = "Breakwater has proved this directory.\n";
constexpr std::size_t kMaxProbe = 4096;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::uint64_t kLittleSpace = 1024 * kMiB;  // below it the row says so

std::string hint_of(const Error& error) {
  return error.hint().empty() ? error.text() : error.text() + ". " + error.hint();
}

// Collects rows: runs a check, times it, and says whether it held.
class Rows {
 public:
  /// `check` returns Result<std::string>: what was seen.
  template <class Check>
  bool add(std::string name, Check check) {
    const auto start = std::chrono::steady_clock::now();
    const Result<std::string> seen = check();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    CheckRow row{.name = std::move(name),
                 .ok = seen.has_value(),
                 .milliseconds = took.count(),
                 .seen = {},
                 .hint = {}};
    (seen ? row.seen : row.hint) = seen ? *seen : hint_of(seen.error());
    rows_.push_back(std::move(row));
    return rows_.back().ok;
  }

  void remark(const std::string& text) {
    std::string& hint = rows_.back().hint;
    hint += (hint.empty() ? "" : "; ") + text;
  }

  std::vector<CheckRow> take() { return std::move(rows_); }

 private:
  std::vector<CheckRow> rows_;
};

std::string deepest_existing(const std::string& path, const StopFlag& stop) {
  const auto missing = posix::missing_directories(path, stop);
  return missing && !missing->empty() ? posix::parent_of(missing->front()) : path;
}

void add_mount(Rows& rows, const std::string& root) {
  const Mount mount = current_mount_of(root);
  rows.add("mount", [&]() -> Result<std::string> {
    return mount.type + " at " + mount.mount_point + " (" + mount.options + ")";
  });
  for (const std::string& warning : mount_warnings(mount)) rows.remark(warning);
}

void add_space(Rows& rows, const std::string& root, const StopFlag& stop) {
  const std::string place = deepest_existing(root, stop);
  std::uint64_t free = 0;
  const bool known = rows.add("free space", [&]() -> Result<std::string> {
    BW_CHECK(stop.check());
    struct statvfs found{};
    if (statvfs(place.c_str(), &found) != 0) return fail(Error(posix::Failure{errno, "statvfs", place}));
    free = std::uint64_t{found.f_bavail} * found.f_frsize;
    if (free == 0) return fail(Error(posix::Failure{ENOSPC, "statvfs", place}));
    return std::to_string(free / kMiB) + " MiB";
  });
  if (known && free < kLittleSpace) rows.remark("that is little for a backup");
}

std::string octal(mode_t mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3) digits += static_cast<char>('0' + ((mode >> shift) & 7U));
  return digits;
}

void add_user(Rows& rows, const std::string& root, const StopFlag& stop) {
  rows.add("permission", [&]() -> Result<std::string> {
    BW_TRY(const File directory, posix::open_directory(root, stop));
    BW_TRY(const struct stat status, posix::status(directory, stop));
    return "uid " + std::to_string(geteuid()) + " in a directory of uid " + std::to_string(status.st_uid) +
           ", mode " + octal(status.st_mode);
  });
}

std::string_view type_name(std::int64_t dest_type) {
  constexpr std::array names = {"data backup", "log archive", "key backup"};
  const bool known = dest_type >= 0 && dest_type < static_cast<std::int64_t>(names.size());
  return known ? names.at(static_cast<std::size_t>(dest_type)) : "another use";
}

void add_content(Rows& rows, const FileDestination& destination, const StopFlag& stop) {
  rows.add("content", [&]() -> Result<std::string> {
    BW_TRY(const bool empty, destination.is_empty({}, stop));
    BW_TRY(const auto format, destination.read_format(stop));
    if (!format && empty) return "empty";
    if (!format)
      return fail(error::format_file_not_exist().with_hint("The directory is not empty. Give an empty one."));
    const FormatFile& file = format->file;
    return "formatted: " + std::string(type_name(file.dest_type)) + " of cluster " + file.cluster_name +
           " (" + std::to_string(file.cluster_id) + "), tenant " + file.tenant_name + " (" +
           std::to_string(file.tenant_id) + "), destination " + std::to_string(file.dest_id);
  });
}

// The file operations that the writer relies on, each a row, on files that only this proof knows.
class Probe {
 public:
  Probe(const File& directory, const std::string& token, Rows& rows, const StopFlag& stop)
      : directory_(directory),
        first_(posix::temp_name(token, "probe1")),
        second_(posix::temp_name(token, "probe2")),
        rows_(rows),
        stop_(stop) {}

  void run() {
    if (rows_.add("create-only write", [this] { return create_only(); })) {
      rows_.add("fsync", [this] { return sync(); });
      rows_.add("link", [this] { return link(); });
      rows_.add("rename", [this] { return rename(); });
      rows_.add("read back", [this] { return read_back(kFirstContent); });
      rows_.add("overwrite", [this] { return overwrite(); });
    }
    rows_.add("delete", [this] { return remove(); });
  }

 private:
  Result<std::string> create_only() {
    bool created = false;
    BW_CHECK(posix::write_new(directory_, first_, as_bytes(kFirstContent), posix::kFileMode, created, stop_));
    const auto again =
        posix::open_below(directory_, first_, O_CREAT | O_EXCL | O_WRONLY, posix::kFileMode, stop_);
    if (!again && again.error().number == EEXIST) return "a second create of the same name is refused";
    if (!again) return fail(Error(again.error()));
    return fail(error::io_error().with_hint("A file could be created exclusively though it was there."));
  }

  Result<std::string> sync() {
    BW_TRY(const File file, posix::open_below(directory_, first_, O_RDONLY, 0, stop_));
    BW_CHECK(posix::sync(file, stop_));
    BW_CHECK(posix::sync_directory(directory_, stop_));
    return "file and directory";
  }

  Result<std::string> link() {
    const auto linked = posix::link(directory_, first_, second_, stop_);
    if (posix::links_unsupported(linked)) return "none; create-only publishing goes another way";
    BW_CHECK(linked);
    const auto again = posix::link(directory_, first_, second_, stop_);
    BW_CHECK(posix::remove_file(directory_, second_, stop_));
    if (!again && again.error().number == EEXIST) return "a second link of the same name is refused";
    return fail(error::io_error().with_hint("A link could replace a file."));
  }

  Result<std::string> rename() {
    BW_CHECK(posix::rename(directory_, first_, second_, stop_));
    BW_CHECK(posix::rename(directory_, second_, first_, stop_));
    return "there and back";
  }

  Result<std::string> read_back(std::string_view expected) {
    BW_TRY(const auto bytes, posix::read_regular(directory_, first_, kMaxProbe, stop_));
    if (bytes && as_text(*bytes) == expected) return std::to_string(expected.size()) + " bytes, the same";
    return fail(error::io_error().with_hint("What was read is not what was written."));
  }

  Result<std::string> overwrite() {
    BW_TRY(File file, posix::open_below(directory_, first_, O_WRONLY | O_TRUNC, 0, stop_));
    BW_CHECK(posix::write_all(file, as_bytes(kSecondContent), stop_));
    BW_CHECK(posix::sync(file, stop_));
    BW_CHECK(file.close(stop_));
    return read_back(kSecondContent);
  }

  Result<std::string> remove() {
    BW_CHECK(posix::remove_if_there(directory_, first_, stop_));
    BW_CHECK(posix::remove_if_there(directory_, second_, stop_));
    const auto gone = posix::open_below(directory_, first_, O_RDONLY, 0, stop_);
    if (!gone && gone.error().number == ENOENT) return "nothing is left behind";
    return fail(error::io_error().with_hint("A deleted file is still there."));
  }

  const File& directory_;
  const std::string first_;
  const std::string second_;
  Rows& rows_;
  const StopFlag& stop_;
};

void add_probe(Rows& rows, const std::string& root, const Entropy& entropy, const StopFlag& stop) {
  const auto directory = posix::open_directory(root, stop);
  if (!directory) return;  // the row "permission" says why
  Probe(*directory, posix::random_token(entropy), rows, stop).run();
}

void prove_file(Rows& rows, const Destination& destination, const PathRules& rules, const Entropy& entropy,
                const StopFlag& stop) {
  const std::string& root = destination.local_path;
  const FileDestination target(root);
  const bool good_place = rows.add("path", [&]() -> Result<std::string> {
    BW_CHECK(target.check_place(rules, stop));
    return root;
  });
  add_mount(rows, root);
  if (!good_place) return;
  add_space(rows, root, stop);
  Footprint made;
  const bool there = rows.add("directory", [&]() -> Result<std::string> {
    BW_CHECK(target.create_root(made, stop));
    return made.directories.empty() ? "is there" : "can be created";
  });
  if (there) {
    add_user(rows, root, stop);
    add_content(rows, target, stop);
    add_probe(rows, root, entropy, stop);
  }
  if (made.directories.empty()) return;
  rows.add("clean up", [&]() -> Result<std::string> {
    BW_CHECK(posix::remove_empty(made.directories, stop));
    return "the created directories are removed again";
  });
}

}  // namespace

std::vector<CheckRow> prove(const Destination& destination, const PathRules& rules, const Entropy& entropy,
                            const StopFlag& stop) {
  Rows rows;
  if (destination.is_file()) {
    prove_file(rows, destination, rules, entropy, stop);
    return rows.take();
  }
  rows.add("scheme", [&]() -> Result<std::string> {
    return fail(error::not_supported(std::string(scheme_name(destination.scheme)) + "://")
                    .with_hint("This build proves destinations on file systems only."));
  });
  return rows.take();
}

bool all_ok(const std::vector<CheckRow>& rows) {
  return std::ranges::all_of(rows, &CheckRow::ok);
}

}  // namespace breakwater::storage
