// The functions that only read: looking at a destination before anything is written to it.
#include "storage/file/file_destination.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include <fcntl.h>

#include "storage/file/file_destination_internal.h"
#include "storage/file/left_probe_files.h"
#include "storage/file/posix.h"
#include "storage/file/publish.h"
#include "storage/formats/place_proof.h"
#include "storage/formats/probe_content.h"
#include "storage/formats/temp_name.h"

namespace breakwater::storage {
namespace {

using Names = std::set<std::string, std::less<>>;

constexpr std::string_view kSillyRename = ".nfs";  // an NFS client's name for a file deleted while open

// Whether a directory entry may make its directory count as not empty. `prefix`: "" or "check_file/".
bool counts(const posix::Entry& entry, const std::string& prefix, const Names& ignored) {
  const bool of_interest = entry.type == posix::EntryType::file || entry.type == posix::EntryType::directory;
  return of_interest && !entry.name.starts_with(kSillyRename) && !ignored.contains(prefix + entry.name);
}

bool names_something_in(const std::string& prefix, const Names& ignored) {
  const auto first = ignored.lower_bound(prefix);
  return first != ignored.end() && first->starts_with(prefix);
}

// The first by name of the entries that count, relative to the root; empty: none does.
posix::Io<std::string> first_that_counts(const posix::File& directory, const std::string& prefix,
                                         const Names& ignored, const StopFlag& stop) {
  BW_IO_TRY(auto entries, posix::list(directory, stop));
  std::ranges::sort(entries, {}, &posix::Entry::name);
  std::size_t probes = 0;
  for (const posix::Entry& entry : entries) {
    if (!counts(entry, prefix, ignored)) continue;
    if (prefix.empty() && may_be_left_probe(entry) && ++probes <= kMostLeftProbes) {
      BW_IO_TRY(const auto left, find_left_probe(directory, entry.name, stop));
      if (left) continue;
    }
    const std::string below = prefix + entry.name + "/";
    if (entry.type != posix::EntryType::directory || !names_something_in(below, ignored))
      return prefix + entry.name;
    BW_IO_TRY(const posix::File child,
              posix::open_below(directory, entry.name, O_RDONLY | O_DIRECTORY, 0, stop));
    BW_IO_TRY(std::string found, first_that_counts(child, below, ignored, stop));
    if (!found.empty()) return found;
  }
  return std::string();
}

std::unexpected<Error> no_plain_file(const std::string& path) {
  return fail(error::format_file_not_exist().with_hint(path + " is not a regular file."));
}

// The bytes of the file of one of the two names; nullopt if there is none.
Result<std::optional<Bytes>> read_named(const posix::File& root, std::string_view name,
                                        const StopFlag& stop) {
  // O_NONBLOCK: a FIFO of that name must not make us wait.
  auto file = posix::open_below(root, std::string(name), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, stop);
  if (!file && file.error().number == ENOENT) return std::nullopt;
  if (!file && (file.error().number == ELOOP || file.error().number == ENXIO))
    return no_plain_file(file.error().path);
  if (!file) return fail(std::move(file).error());
  BW_TRY(const struct stat status, posix::status(*file, stop));
  if (!S_ISREG(status.st_mode)) return no_plain_file(file->path());
  BW_TRY(Bytes bytes, posix::read_up_to(*file, kMaxFormat, stop));
  return bytes;
}

}  // namespace

namespace internal {

Result<std::optional<FoundFormat>> read_format_in(const posix::File& directory, const StopFlag& stop) {
  BW_TRY(auto format, read_named(directory, kFormatName, stop));
  BW_TRY(const auto obbak, read_named(directory, kFormatObbakName, stop));
  if (!format && !obbak) return std::nullopt;
  if (auto tombstone = format ? decode_tombstone(*format) : std::nullopt)
    return FoundFormat{.bytes = *std::move(format), .file = {}, .tombstone = std::move(tombstone)};
  if (format && obbak && *format != *obbak)
    return fail(error::format_file_not_match().with_hint("The files " + directory.path_of(kFormatName) +
                                                         " and " + directory.path_of(kFormatObbakName) +
                                                         " differ."));
  FoundFormat found{.bytes = format ? *std::move(format) : *obbak, .file = {}, .tombstone = {}};
  BW_TRY(found.file, decode_format_file(found.bytes));
  return found;
}

}  // namespace internal

namespace {

// Whether `name` exists in the anchor's directory.
Result<bool> is_there(const Anchor& anchor, std::string_view name, const StopFlag& stop) {
  const auto directory = anchor.open(stop);
  if (!directory && directory.error().number == ENOENT) return false;
  if (!directory) return fail(Error(directory.error()));
  const auto found = posix::status_of(*directory, std::string(name), stop);
  if (!found && found.error().number != ENOENT) return fail(Error(found.error()));
  return found.has_value();
}

Result<std::optional<FoundFormat>> read_format_once(const Anchor& anchor, const StopFlag& stop) {
  const auto root = anchor.open(stop);
  if (!root && root.error().number == ENOENT) return std::nullopt;
  if (!root) return fail(Error(root.error()));
  return internal::read_format_in(*root, stop);
}

}  // namespace

Footprint Footprint::of(const WritePlan& plan) {
  return {.directories = plan.directories,
          .probes = true,
          .temp_check = !plan.only_probes,
          .check_file = !plan.only_probes,
          .temp_format = plan.formats != FormatFiles::none,
          .format = plan.formats != FormatFiles::none};
}

Result<FileDestination> FileDestination::open(const std::string& root, const PathRules& rules,
                                              const StopFlag& stop, FileDestinationOptions options) {
  BW_TRY(AnchorPtr anchor, Anchor::of_directory(root, rules, stop));
  return FileDestination(std::move(anchor), rules, options);
}

Result<std::optional<FileDestination>> FileDestination::open_again(const std::string& root,
                                                                   const WritePlan& plan,
                                                                   const PathRules& rules,
                                                                   const StopFlag& stop,
                                                                   FileDestinationOptions options) {
  BW_TRY(AnchorPtr anchor, Anchor::again(root, plan.began_in, plan.directories, rules, stop));
  if (!anchor) return std::nullopt;
  return FileDestination(std::move(anchor), rules, options);
}

Result<bool> FileDestination::is_empty(const Names& ignored, const StopFlag& stop) const {
  BW_TRY(const std::string found, first_entry(ignored, stop));
  return found.empty();
}

Result<std::string> FileDestination::first_entry(const Names& ignored, const StopFlag& stop) const {
  const auto root = anchor_->open(stop);
  if (!root && root.error().number == ENOENT) return std::string();
  if (!root) return fail(Error(root.error()));
  BW_TRY(std::string found, first_that_counts(*root, "", ignored, stop));
  return found;
}

Result<bool> FileDestination::may_be_claimed_now(const StopFlag& stop) const {
  const auto root = anchor_->open(stop);
  if (!root && root.error().number == ENOENT) return true;
  if (!root) return fail(Error(root.error()));
  BW_TRY(const auto entries, posix::list(*root, stop));
  return std::ranges::all_of(entries, [](const posix::Entry& entry) {
    return !counts(entry, "", {}) || entry.name == kCheckDirectory || entry.name == kFormatName ||
           entry.name == kFormatObbakName || is_temp_name(entry.name);
  });
}

Result<std::optional<FoundFormat>> FileDestination::read_format(const StopFlag& stop) const {
  // Elsewhere than on a network a damaged file is damaged.
  for (const auto pause : options_.retry_pauses) {
    auto found = read_format_once(*anchor_, stop);
    const bool doubtful =
        !found && (found.error().is(Errc::format_file_not_match) || found.error().is(Errc::io_error));
    if (!network_ || !doubtful) return found;
    stop.wait_for(pause);
  }
  return read_format_once(*anchor_, stop);
}

Result<std::vector<std::string>> FileDestination::missing(const StopFlag& stop) const {
  BW_TRY(auto directories, anchor_->missing(stop));
  BW_TRY(const bool has_check_directory, is_there(*anchor_, kCheckDirectory, stop));
  if (!has_check_directory) directories.push_back(root() + "/" + std::string(kCheckDirectory));
  return directories;
}

WritePlan FileDestination::plan_write(std::vector<std::string> missing, const FormatFile& format,
                                      bool link_obbak, Timestamp now, const Entropy& entropy) const {
  WritePlan plan;
  plan.check_name = check_file_name(format.tenant_id, now);
  plan.token = random_token(entropy);
  plan.directories = std::move(missing);
  plan.began_in = anchor_->mark();
  plan.format_bytes = encode(format);
  plan.formats = link_obbak ? FormatFiles::both : FormatFiles::format;
  return plan;
}

Result<bool> FileDestination::has_check_file(std::string_view name, const StopFlag& stop) const {
  const auto directory = internal::open_check_directory(*anchor_, stop);
  if (!directory && directory.error().number == ENOENT) return false;
  if (!directory) return fail(Error(directory.error()));
  const auto file = posix::open_below(*directory, std::string(name), O_RDONLY | O_NONBLOCK, 0, stop);
  if (!file && file.error().number == ENOENT) return false;
  if (!file) return fail(Error(file.error()));
  return true;
}

Result<bool> FileDestination::carries_proof(std::string_view name, std::span<const std::uint8_t> proof,
                                            const StopFlag& stop) const {
  const auto directory = internal::open_check_directory(*anchor_, stop);
  if (!directory && directory.error().number == ENOENT) return false;
  if (!directory) return fail(Error(directory.error()));
  BW_TRY(const auto bytes, posix::read_regular(*directory, std::string(name), kMaxFormat, stop));
  return bytes && ends_with_proof(*bytes, proof);
}

Result<std::vector<FoundCheckFile>> FileDestination::check_files(std::uint64_t tenant_id, std::size_t most,
                                                                 const StopFlag& stop) const {
  std::vector<FoundCheckFile> files;
  const auto directory = internal::open_check_directory(*anchor_, stop);
  if (!directory && directory.error().number == ENOENT) return files;
  if (!directory) return fail(Error(directory.error()));
  const std::string prefix = check_file_prefix(tenant_id);
  BW_TRY(const auto entries, posix::list(*directory, stop));
  for (const posix::Entry& entry : entries) {
    if (entry.type != posix::EntryType::file || !entry.name.starts_with(prefix) || files.size() == most)
      continue;
    BW_TRY(auto bytes, posix::read_regular(*directory, entry.name, kMaxFormat, stop));
    if (bytes) files.push_back({.name = entry.name, .bytes = *std::move(bytes)});
  }
  return files;
}

}  // namespace breakwater::storage
