// Writes key files where the user said, and never over anything but a key file that may be replaced.
#include "storage/file/key_file_io.h"

#include <cerrno>
#include <string_view>

#include <fcntl.h>

#include "storage/file/anchor.h"
#include "storage/file/file_destination_internal.h"
#include "storage/file/publish.h"
#include "storage/formats/path.h"
#include "storage/formats/temp_name.h"

namespace breakwater::storage {
namespace {

using posix::File;

std::unexpected<Error> exists_already() {
  return fail(no_replaceable_key_file());
}

// The bytes of an open file that should be a key file.
Result<Bytes> read_open_file(const File& file, const StopFlag& stop) {
  BW_TRY(const struct stat status, posix::status(file, stop));
  if (!S_ISREG(status.st_mode)) return fail(Error(posix::Failure{EINVAL, "read", file.path()}));
  BW_TRY(Bytes bytes, posix::read_up_to(file, kMaxKeyFile + 1, stop));
  if (bytes.size() > kMaxKeyFile) return fail(Error(posix::Failure{EFBIG, "read", file.path()}));
  return bytes;
}

Result<std::optional<Bytes>> read_key_file_in(const File& directory, const std::string& name,
                                              const StopFlag& stop) {
  const auto file = posix::open_below(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, stop);
  if (!file && file.error().number == ENOENT) return std::nullopt;
  if (!file) return fail(Error(file.error()));
  BW_TRY(Bytes bytes, read_open_file(*file, stop));
  return bytes;
}

Result<> check_file(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
                    const StopFlag& stop) {
  BW_TRY(const auto old_bytes, read_key_file_in(directory, name, stop));
  if (!old_bytes) return exists_already();
  return check_replaceable(*old_bytes, bytes);
}

// Checks what exists there now. True: a key file that may be replaced. False: nothing.
Result<bool> check_target(const File& directory, const std::string& name, std::span<const std::uint8_t> bytes,
                          const StopFlag& stop) {
  const auto status = posix::status_of(directory, name, stop);
  if (!status && status.error().number == ENOENT) return false;
  if (!status) return fail(Error(status.error()));
  switch (posix::type_of(status->st_mode)) {
    case posix::EntryType::file:
      BW_CHECK(check_file(directory, name, bytes, stop));
      return true;
    case posix::EntryType::directory:
      return exists_already();
    default:
      return fail(error::invalid_backup_dest().with_hint(
          "The path of the key backup is a symbolic link or a special file."));
  }
}

// Refuses if the directory that the file is or will be in, or one above it, is somebody else's destination.
Result<> refuse_foreign_destination(const Anchor& anchor, KeyOwner owner, const StopFlag& stop) {
  bool foreign = false;
  const auto look = [&](const File& directory) {
    const auto found = internal::read_format_in(directory, stop);
    const bool damaged = !found && (found.error().is(Errc::format_file_not_match) ||
                                    found.error().is(Errc::format_file_not_exist));
    const bool others =
        found && *found &&
        ((*found)->file.tenant_id != owner.tenant_id || (*found)->file.cluster_id != owner.cluster_id);
    foreign = foreign || damaged || others;
  };
  BW_CHECK(
      posix::climb(anchor.base(), stop, [&](const File& directory, const struct stat&) { look(directory); }));
  if (!foreign) return {};
  return fail(
      error::invalid_backup_dest().with_hint("the path lies in another tenant's or cluster's destination"));
}

std::string name_in(const KeyFilePlan& plan) {
  return std::string(posix::name_of(plan.path));
}

// What a write has made so far, for removing it.
struct Made {
  std::vector<std::string> directories;
  posix::Traces traces;
};

Result<> write_new_file(const File& directory, const KeyFilePlan& plan, std::span<const std::uint8_t> bytes,
                        Made& made, const StopFlag& stop) {
  BW_TRY(const bool ours, posix::publish(directory, plan.temp_name, name_in(plan), bytes,
                                         posix::kSecretFileMode, made.traces, stop));
  if (!ours) return exists_already();
  return {};
}

Result<> replace_file(const File& directory, const KeyFilePlan& plan, std::span<const std::uint8_t> bytes,
                      Made& made, const StopFlag& stop) {
  BW_CHECK(check_target(directory, name_in(plan), bytes, stop));
  BW_CHECK(
      posix::write_new(directory, plan.temp_name, bytes, posix::kSecretFileMode, made.traces.temp, stop));
  BW_CHECK(posix::rename(directory, plan.temp_name, name_in(plan), stop));
  made.traces.temp = false;
  BW_CHECK(posix::sync_directory(directory, stop));
  return {};
}

Result<> write_planned(const KeyFilePlan& plan, std::span<const std::uint8_t> bytes, Made& made,
                       const StopFlag& stop) {
  BW_TRY(const File directory, plan.anchor->make(made.directories, stop));
  return plan.replaces ? replace_file(directory, plan, bytes, made, stop)
                       : write_new_file(directory, plan, bytes, made, stop);
}

posix::Io<> take_back(const KeyFilePlan& plan, std::span<const std::uint8_t> bytes, const Made& made,
                      const StopFlag& stop) {
  const auto directory = plan.anchor->open(stop);
  if (directory && made.traces.temp) BW_IO_CHECK(posix::remove_if_there(*directory, plan.temp_name, stop));
  if (directory && made.traces.name)
    BW_IO_CHECK(posix::remove_if_holds(*directory, name_in(plan), bytes, stop));
  if (directory) BW_IO_CHECK(posix::sync_directory(*directory, stop));
  return plan.anchor->remove_empty(made.directories, stop);
}

// The temporary file has the bytes that were to be written, if it is complete.
posix::Io<> remove_part(const File& directory, const KeyFilePlan& plan, const crypto::Sha256& digest,
                        const StopFlag& stop) {
  if (plan.replaces) return {};
  BW_IO_TRY(const auto whole, posix::read_regular(directory, plan.temp_name, kMaxKeyFile + 1, stop));
  if (!whole || crypto::sha256(*whole) != digest) return {};
  return posix::remove_part(directory, name_in(plan), plan.temp_name, *whole, stop);
}

}  // namespace

Result<KeyFilePlan> plan_key_file(std::string_view path, std::span<const std::uint8_t> bytes, KeyOwner owner,
                                  const PathRules& rules, const Entropy& entropy, const StopFlag& stop) {
  KeyFilePlan plan;
  plan.path = normalize_path(path);
  plan.temp_name = temp_name(random_token(entropy), "key");
  BW_TRY(plan.anchor, Anchor::of_file(plan.path, rules, stop));
  plan.began_in = plan.anchor->mark();
  BW_CHECK(refuse_foreign_destination(*plan.anchor, owner, stop));
  BW_TRY(plan.directories, plan.anchor->missing(stop));
  if (!plan.directories.empty()) return plan;
  BW_TRY(const File directory, plan.anchor->open(stop));
  BW_TRY(plan.replaces, check_target(directory, name_in(plan), bytes, stop));
  return plan;
}

Result<> write_key_file(const KeyFilePlan& plan, std::span<const std::uint8_t> bytes, const StopFlag& stop) {
  if (!plan.anchor)
    return fail(error::internal_error().with_hint("a key file's directory is held from its plan on"));
  Made made;
  auto written = write_planned(plan, bytes, made, stop);
  if (written || take_back(plan, bytes, made, stop)) return written;
  std::string hint = written.error().hint();
  return fail(std::move(written).error().with_hint(
      std::move(hint) + " What was written so far could not be removed either: look for " + plan.temp_name +
      "."));
}

Result<KeySettled> settle_key_file(const KeyFilePlan& plan, const crypto::Sha256& digest,
                                   const PathRules& rules, const StopFlag& stop) {
  BW_TRY(const AnchorPtr anchor,
         Anchor::again(posix::parent_of(plan.path), plan.began_in, plan.directories, rules, stop));
  if (!anchor) return KeySettled::elsewhere;
  const auto directory = anchor->open(stop);
  if (directory) {
    BW_CHECK(remove_part(*directory, plan, digest, stop));
    BW_CHECK(posix::remove_if_there(*directory, plan.temp_name, stop));
    BW_CHECK(posix::sync_directory(*directory, stop));
    // A link or anything else that is there now isn't ours.
    BW_TRY(const auto bytes, posix::read_regular(*directory, name_in(plan), kMaxKeyFile + 1, stop));
    if (bytes && crypto::sha256(*bytes) == digest) return KeySettled::written;
  } else if (directory.error().number != ENOENT) {
    return fail(Error(directory.error()));
  }
  BW_CHECK(anchor->remove_empty(plan.directories, stop));
  return KeySettled::removed;
}

Result<std::optional<Bytes>> read_key_file(std::string_view path, const StopFlag& stop) {
  const auto file = posix::open(std::string(path), O_RDONLY | O_NONBLOCK | O_NOCTTY, stop);
  if (!file && file.error().number == ENOENT) return std::nullopt;
  if (!file) return fail(Error(file.error()));
  BW_TRY(Bytes bytes, read_open_file(*file, stop));
  return bytes;
}

Result<std::optional<Bytes>> read_key_file(std::string_view path, const PathRules& rules,
                                           const StopFlag& stop) {
  const std::string whole = normalize_path(path);
  BW_TRY(const AnchorPtr anchor, Anchor::of_file(whole, rules, stop));
  const auto directory = anchor->open(stop);
  if (!directory && directory.error().number == ENOENT) return std::nullopt;
  if (!directory) return fail(Error(directory.error()));
  const std::string name = whole.substr(whole.rfind('/') + 1);
  const auto status = posix::status_of(*directory, name, stop);
  if (!status && status.error().number == ENOENT) return std::nullopt;
  if (!status) return fail(Error(status.error()));
  if (posix::type_of(status->st_mode) != posix::EntryType::file) {
    return fail(error::invalid_backup_dest().with_hint(
        "the path of a key backup names a directory, a symbolic link or a special file"));
  }
  return read_key_file_in(*directory, name, stop);
}

}  // namespace breakwater::storage
