// The functions that write: the check file, the format file, and undo().
#include <cerrno>

#include <fcntl.h>

#include "storage/file/file_destination.h"
#include "storage/file/file_destination_internal.h"
#include "storage/file/posix.h"
#include "storage/file/publish.h"
#include "storage/formats/temp_name.h"

namespace breakwater::storage {
namespace internal {

posix::Io<posix::File> open_check_directory(const Anchor& anchor, const StopFlag& stop) {
  BW_IO_TRY(const posix::File directory, anchor.open(stop));
  return posix::open_below(directory, std::string(kCheckDirectory), O_RDONLY | O_DIRECTORY, 0, stop);
}

}  // namespace internal

namespace {

using posix::File;
using posix::Io;

// Links the file to its second name. If that name exists already, reading the two back compares them.
Io<> link_obbak(const File& root, std::span<const std::uint8_t> bytes, const StopFlag& stop) {
  const std::string name(kFormatObbakName);
  auto linked = posix::link(root, std::string(kFormatName), name, stop);
  bool created = false;
  if (posix::links_unsupported(linked))
    linked = posix::write_new(root, name, bytes, posix::kFileMode, created, stop);
  if (!linked && linked.error().number != EEXIST) return linked;
  return posix::sync_directory(root, stop);
}

Io<> make_check_directory(const File& root, Footprint& made, const StopFlag& stop) {
  const auto done = posix::make_directory(root, std::string(kCheckDirectory), stop);
  if (done) made.directories.push_back(root.path_of(kCheckDirectory));
  if (!done && done.error().number != EEXIST) return done;
  return posix::sync_directory(root, stop);
}

Io<> undo_check(const File& root, const WritePlan& plan, std::span<const std::uint8_t> bytes,
                const Footprint& made, const StopFlag& stop) {
  const auto directory =
      posix::open_below(root, std::string(kCheckDirectory), O_RDONLY | O_DIRECTORY, 0, stop);
  const int number = directory ? 0 : directory.error().number;
  if (number == ENOENT || number == ENOTDIR || number == ELOOP) return {};  // nothing of ours can exist
  if (!directory) return std::unexpected(directory.error());
  // The temporary file identifies a part of the check file, so it is removed after that.
  if (made.temp_check && made.check_file)
    BW_IO_CHECK(posix::remove_part(*directory, plan.check_name, plan.temp_check_name(), bytes, stop));
  if (made.temp_check) BW_IO_CHECK(posix::remove_if_there(*directory, plan.temp_check_name(), stop));
  if (made.check_file) BW_IO_CHECK(posix::remove_if_holds(*directory, plan.check_name, bytes, stop));
  return posix::sync_directory(*directory, stop);
}

Io<> undo_format(const File& root, const WritePlan& plan, const Footprint& made, const StopFlag& stop) {
  for (const std::string_view suffix : kProbeSuffixes) {
    if (made.probes) BW_IO_CHECK(posix::remove_if_there(root, temp_name(plan.token, suffix), stop));
  }
  if (made.temp_format && made.format) {
    const std::string temp = plan.temp_format_name();
    BW_IO_CHECK(posix::remove_part(root, std::string(kFormatName), temp, plan.format_bytes, stop));
  }
  if (made.temp_format) BW_IO_CHECK(posix::remove_if_there(root, plan.temp_format_name(), stop));
  if (made.format) {
    // The format file is removed last: while it exists, nobody else takes the directory.
    if (plan.formats == FormatFiles::both) {
      BW_IO_CHECK(posix::remove_if_holds(root, std::string(kFormatObbakName), plan.format_bytes, stop));
    }
    BW_IO_CHECK(posix::remove_if_holds(root, std::string(kFormatName), plan.format_bytes, stop));
  }
  return posix::sync_directory(root, stop);
}

/// How often the winner makes check_file/ again if losers that made it remove it.
constexpr int kMaxReplaceAttempts = 16;

Io<> replace_in_check_directory(const File& root, const WritePlan& plan, std::span<const std::uint8_t> bytes,
                                Footprint& made, const StopFlag& stop) {
  BW_IO_CHECK(make_check_directory(root, made, stop));
  const auto directory =
      posix::open_below(root, std::string(kCheckDirectory), O_RDONLY | O_DIRECTORY, 0, stop);
  if (!directory) return std::unexpected(directory.error());
  const std::string temp = plan.temp_check_name();
  BW_IO_CHECK(posix::write_new(*directory, temp, bytes, posix::kFileMode, made.temp_check, stop));
  BW_IO_CHECK(posix::rename(*directory, temp, plan.check_name, stop));
  made.temp_check = false;
  made.check_file = true;
  return posix::sync_directory(*directory, stop);
}

// The directory is ours, so we may replace the check file. The loser that wrote it only removes a file with
// its own bytes, and check_file/ if it made that and it is empty; then we make it again.
Result<> replace_check_file(const Anchor& anchor, const WritePlan& plan, Footprint& made,
                            const StopFlag& stop) {
  BW_TRY(const Bytes bytes, plan.check_bytes());
  BW_TRY(const File root, anchor.open(stop));
  for (int attempt = 1;; ++attempt) {
    const auto replaced = replace_in_check_directory(root, plan, bytes, made, stop);
    if (replaced) return {};
    if (replaced.error().number != ENOENT || attempt == kMaxReplaceAttempts)
      return fail(Error(replaced.error()));
  }
}

}  // namespace

Result<> FileDestination::create_root(Footprint& made, const StopFlag& stop) const {
  BW_CHECK(anchor_->make(made.directories, stop));
  return {};
}

Result<> FileDestination::write_check_file(const WritePlan& plan, Footprint& made,
                                           const StopFlag& stop) const {
  BW_TRY(const Bytes bytes, plan.check_bytes());
  BW_TRY(const File root, anchor_->open(stop));
  BW_CHECK(make_check_directory(root, made, stop));
  BW_TRY(const File directory, internal::open_check_directory(*anchor_, stop));
  posix::Traces traces;
  const auto written = posix::publish(directory, plan.temp_check_name(), plan.check_name, bytes,
                                      posix::kFileMode, traces, stop);
  made.temp_check = traces.temp;
  made.check_file = traces.name;
  if (!written) return fail(Error(written.error()));
  made.check_name_taken = !*written;
  BW_TRY(const bool there, has_check_file(plan.check_name, stop));
  if (there) return {};
  return fail(
      error::backup_dest_not_connect().with_hint("The check file just written in " + directory.path() +
                                                 " can't be found. Is the mount the same everywhere?"));
}

Result<std::optional<Bytes>> FileDestination::publish_format(const WritePlan& plan, Footprint& made,
                                                             const StopFlag& stop) const {
  BW_TRY(const File root, anchor_->open(stop));
  posix::Traces traces;
  const auto ours = posix::publish(root, plan.temp_format_name(), std::string(kFormatName), plan.format_bytes,
                                   posix::kFileMode, traces, stop);
  made.temp_format = traces.temp;
  made.format = traces.name;
  if (!ours) return fail(Error(ours.error()));
  if (*ours && plan.formats == FormatFiles::both) BW_CHECK(link_obbak(root, plan.format_bytes, stop));
  if (*ours && made.check_name_taken) BW_CHECK(replace_check_file(*anchor_, plan, made, stop));
  BW_TRY(auto found, read_format(stop));
  if (!found)
    return fail(error::format_file_not_exist().with_hint("Somebody removed it while it was written."));
  if (*ours && found->bytes == plan.format_bytes) return std::nullopt;
  return std::move(found->bytes);
}

Result<> FileDestination::remove_stale_check_files(std::uint64_t tenant_id, std::string_view keep,
                                                   const StopFlag& stop) const {
  const auto directory = internal::open_check_directory(*anchor_, stop);
  if (!directory && directory.error().number == ENOENT) return {};
  if (!directory) return fail(Error(directory.error()));
  BW_TRY(const auto entries, posix::list(*directory, stop));
  for (const posix::Entry& entry : entries) {
    const bool stale = entry.type == posix::EntryType::file && is_check_file_name(entry.name, tenant_id) &&
                       entry.name != keep;
    if (stale) BW_CHECK(posix::remove_if_there(*directory, entry.name, stop));
  }
  return {};
}

Result<> FileDestination::discard_format(const Bytes& bytes, const StopFlag& stop) const {
  BW_TRY(const File root, anchor_->open(stop));
  for (const std::string_view name : {kFormatObbakName, kFormatName})
    BW_CHECK(posix::remove_if_holds(root, std::string(name), bytes, stop));
  BW_CHECK(posix::sync_directory(root, stop));
  return {};
}

Result<> FileDestination::undo(const WritePlan& plan, const Footprint& made, const StopFlag& stop) const {
  BW_TRY(const Bytes bytes, plan.check_bytes());
  const auto root = anchor_->open(stop);
  if (root) {
    BW_CHECK(undo_check(*root, plan, bytes, made, stop));
    BW_CHECK(undo_format(*root, plan, made, stop));
  } else if (root.error().number != ENOENT) {
    return fail(Error(root.error()));
  }
  BW_CHECK(anchor_->remove_empty(made.directories, stop));
  return {};
}

}  // namespace breakwater::storage
