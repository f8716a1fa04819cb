// What reads: looking at a destination before anything is written to it.
#include "storage/file_destination.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include <fcntl.h>

#include "storage/file_destination_internal.h"
#include "storage/mounts.h"
#include "storage/posix.h"
#include "storage/publish.h"

namespace breakwater::storage {
namespace {

using Names = std::set<std::string, std::less<>>;

constexpr std::size_t kMaxFormatFile = std::size_t{64} << 10U;  // what is behind doesn't matter (4.4.6)
constexpr Timestamp kMicroseconds = 1'000'000;
constexpr std::string_view kSillyRename = ".nfs";  // an NFS client's name for a file deleted while open

std::unexpected<Error> not_a_directory_of_ours(std::string hint) {
  return fail(error::invalid_backup_dest().with_hint(std::move(hint)));
}

// Whether a directory entry makes its directory count as not empty. `prefix`: "" or "check_file/".
bool counts(const posix::Entry& entry, const std::string& prefix, const Names& ignored) {
  const bool of_interest = entry.type == posix::EntryType::file || entry.type == posix::EntryType::directory;
  return of_interest && !entry.name.starts_with(kSillyRename) && !ignored.contains(prefix + entry.name);
}

bool names_something_in(const std::string& prefix, const Names& ignored) {
  const auto first = ignored.lower_bound(prefix);
  return first != ignored.end() && first->starts_with(prefix);
}

posix::Io<bool> counts_for_something(const posix::File& directory, const std::string& prefix,
                                     const Names& ignored, const StopFlag& stop) {
  BW_IO_TRY(const auto entries, posix::list(directory, stop));
  for (const posix::Entry& entry : entries) {
    if (!counts(entry, prefix, ignored)) continue;
    const std::string below = prefix + entry.name + "/";
    if (entry.type != posix::EntryType::directory || !names_something_in(below, ignored)) return true;
    BW_IO_TRY(const posix::File child,
              posix::open_below(directory, entry.name, O_RDONLY | O_DIRECTORY, 0, stop));
    BW_IO_TRY(const bool found, counts_for_something(child, below, ignored, stop));
    if (found) return true;
  }
  return false;
}

std::unexpected<Error> no_plain_file(const std::string& path) {
  return fail(error::format_file_not_exist().with_hint(path + " is not a regular file."));
}

// One of the two names: nothing, its bytes, or why not.
Result<std::optional<Bytes>> read_named(const posix::File& root, std::string_view name,
                                        const StopFlag& stop) {
  // Without waiting: a FIFO of that name must not hold us up.
  auto file = posix::open_below(root, std::string(name), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, stop);
  if (!file && file.error().number == ENOENT) return std::nullopt;
  if (!file && (file.error().number == ELOOP || file.error().number == ENXIO))
    return no_plain_file(file.error().path);
  if (!file) return fail(std::move(file).error());
  BW_TRY(const struct stat status, posix::status(*file, stop));
  if (!S_ISREG(status.st_mode)) return no_plain_file(file->path());
  BW_TRY(Bytes bytes, posix::read_up_to(*file, kMaxFormatFile, stop));
  return bytes;
}

std::string local_time_stamp(Timestamp now) {
  const auto seconds = static_cast<std::time_t>(now / kMicroseconds);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, sizeof("YYYYMMDDTHHMMSS")> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &parts)};
}

}  // namespace

namespace internal {

Result<std::optional<FoundFormat>> read_format_once(const std::string& root_path, const StopFlag& stop) {
  const auto root = open_root(root_path, stop);
  if (!root && root.error().number == ENOENT) return std::nullopt;
  if (!root) return fail(Error(root.error()));
  BW_TRY(auto format, read_named(*root, kFormatName, stop));
  BW_TRY(const auto obbak, read_named(*root, kFormatObbakName, stop));
  if (!format && !obbak) return std::nullopt;
  if (format && obbak && *format != *obbak)
    return fail(error::format_file_not_match().with_hint("The files " + root->path_of(kFormatName) + " and " +
                                                         root->path_of(kFormatObbakName) + " differ."));
  FoundFormat found{.bytes = format ? *std::move(format) : *obbak, .file = {}};
  BW_TRY(found.file, decode_format_file(found.bytes));
  return found;
}

// The last component must not be a link; those before it may be.
posix::Io<posix::File> open_root(const std::string& root, const StopFlag& stop) {
  return posix::open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, stop);
}

}  // namespace internal

namespace {

// The third line of an intent's list.
constexpr const char* kLinksObbak = "obbak";
constexpr const char* kRenews = "renews";

}  // namespace

std::string WritePlan::temp_format_name() const {
  return posix::temp_name(token, "format");
}

std::string WritePlan::temp_check_name() const {
  return posix::temp_name(token, "check");
}

Names WritePlan::names() const {
  const std::string below = std::string(kCheckDirectory) + "/";
  Names names{temp_format_name(), below + check_name, below + temp_check_name()};
  for (const std::string_view suffix : kProbeSuffixes) names.insert(posix::temp_name(token, suffix));
  return names;
}

Result<> WritePlan::assign_dest_id(std::int64_t dest_id) {
  BW_TRY(FormatFile format, decode_format_file(format_bytes));
  format.dest_id = dest_id;
  format_bytes = encode(format);
  return {};
}

Result<Bytes> WritePlan::check_bytes() const {
  BW_TRY(const FormatFile format, decode_format_file(format_bytes));
  return encode(check_file_of(format));
}

std::vector<std::string> WritePlan::to_lines() const {
  std::vector<std::string> lines = {check_name, token, renews ? kRenews : link_obbak ? kLinksObbak : ""};
  lines.insert(lines.end(), directories.begin(), directories.end());
  return lines;
}

std::optional<WritePlan> WritePlan::from_lines(const std::vector<std::string>& lines, Bytes format_bytes) {
  constexpr std::size_t kFixedLines = 3;
  if (lines.size() < kFixedLines || lines[0].empty() || lines[1].empty()) return std::nullopt;
  if (lines[0].find('/') != std::string::npos || lines[1].find('/') != std::string::npos) return std::nullopt;
  return WritePlan{.check_name = lines[0],
                   .token = lines[1],
                   .directories = {lines.begin() + kFixedLines, lines.end()},
                   .format_bytes = std::move(format_bytes),
                   .link_obbak = lines[2] == kLinksObbak,
                   .renews = lines[2] == kRenews};
}

Footprint Footprint::of(const WritePlan& plan) {
  return {.directories = plan.directories,
          .probes = true,
          .temp_check = true,
          .check_file = true,
          .temp_format = !plan.renews,
          .format = !plan.renews};
}

FileDestination::FileDestination(std::string root, FileDestinationOptions options)
    : root_(std::move(root)), options_(options) {}

Result<> FileDestination::check_place(const PathRules& rules, const StopFlag& stop) const {
  BW_CHECK(check_path_rules(root_, rules, stop));
  const auto status = posix::status(root_, stop);
  if (!status && status.error().number == ENOENT) return {};
  if (!status) return fail(status.error());
  switch (posix::type_of(status->st_mode)) {
    case posix::EntryType::directory:
      return {};
    case posix::EntryType::file:
      return fail(posix::Failure{ENOTDIR, "opendir", root_});
    case posix::EntryType::link:
      return not_a_directory_of_ours(
          "The path's last component is a symbolic link; give the directory itself.");
    case posix::EntryType::other:
      break;
  }
  return not_a_directory_of_ours("The path is neither a directory nor missing.");
}

Result<bool> FileDestination::is_empty(const Names& ignored, const StopFlag& stop) const {
  const auto root = internal::open_root(root_, stop);
  if (!root && root.error().number == ENOENT) return true;
  if (!root) return fail(Error(root.error()));
  BW_TRY(const bool found, counts_for_something(*root, "", ignored, stop));
  return !found;
}

Result<bool> FileDestination::may_be_claimed_now(const StopFlag& stop) const {
  const auto root = internal::open_root(root_, stop);
  if (!root && root.error().number == ENOENT) return true;
  if (!root) return fail(Error(root.error()));
  BW_TRY(const auto entries, posix::list(*root, stop));
  return std::ranges::all_of(entries, [](const posix::Entry& entry) {
    return !counts(entry, "", {}) || entry.name == kCheckDirectory || entry.name == kFormatName ||
           entry.name == kFormatObbakName || posix::is_temp_name(entry.name);
  });
}

Result<std::optional<FoundFormat>> FileDestination::read_format(const StopFlag& stop) const {
  // Only where another machine writes can what we read be old; elsewhere damaged is damaged.
  const bool network = is_network_type(current_mount_of(root_).type);
  for (const auto pause : options_.retry_pauses) {
    auto found = internal::read_format_once(root_, stop);
    const bool doubtful =
        !found && (found.error().is(Errc::format_file_not_match) || found.error().is(Errc::io_error));
    if (!network || !doubtful) return found;
    stop.wait_for(pause);
  }
  return internal::read_format_once(root_, stop);
}

Result<WritePlan> FileDestination::plan_write(const FormatFile& format, bool link_obbak, Timestamp now,
                                              const Entropy& entropy, const StopFlag& stop) const {
  WritePlan plan;
  plan.check_name = check_file_name(format.tenant_id, now);
  plan.token = posix::random_token(entropy);
  BW_TRY(plan.directories, posix::missing_directories(root_ + "/" + std::string(kCheckDirectory), stop));
  plan.format_bytes = encode(format);
  plan.link_obbak = link_obbak;
  return plan;
}

Result<bool> FileDestination::has_check_file(std::string_view name, const StopFlag& stop) const {
  const auto directory = internal::open_check_directory(root_, stop);
  if (!directory && directory.error().number == ENOENT) return false;
  if (!directory) return fail(Error(directory.error()));
  const auto file = posix::open_below(*directory, std::string(name), O_RDONLY | O_NONBLOCK, 0, stop);
  if (!file && file.error().number == ENOENT) return false;
  if (!file) return fail(Error(file.error()));
  return true;
}

std::string check_file_prefix(std::uint64_t tenant_id) {
  return std::to_string(tenant_id) + "_connect_file_";
}

std::string check_file_name(std::uint64_t tenant_id, Timestamp now) {
  return check_file_prefix(tenant_id) + local_time_stamp(now) + ".obbak";
}

}  // namespace breakwater::storage
