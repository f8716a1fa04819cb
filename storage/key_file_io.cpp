// Writing key files where the user said, and nowhere over something else.
#include <algorithm>
#include <cerrno>
#include <string_view>

#include <fcntl.h>

#include "storage/key_file.h"
#include "storage/publish.h"
#include "storage/uri.h"

namespace breakwater::storage {
namespace {

using posix::File;

std::unexpected<Error> exists_already() {
  return fail(error::file_already_exist().with_hint(
      "A key backup replaces only an older key file of the same cluster and tenant. Give another path."));
}

// The same tenant's, and every key it holds is in the new file too.
bool may_replace(const KeyFileSummary& old_file, const KeyFileSummary& new_file) {
  const bool same_tenant = old_file.cluster_id == new_file.cluster_id &&
                           old_file.cluster_name == new_file.cluster_name &&
                           old_file.tenant_id == new_file.tenant_id;
  return same_tenant && std::ranges::all_of(old_file.versions, [&](const KeyFileSummary::Version& old_key) {
           return std::ranges::find(new_file.versions, old_key.fingerprint,
                                    &KeyFileSummary::Version::fingerprint) != new_file.versions.end();
         });
}

Result<> check_file(const std::string& path, std::span<const std::uint8_t> bytes, const StopFlag& stop) {
  BW_TRY(const auto old_bytes, read_key_file(path, stop));
  if (!old_bytes) return exists_already();
  return check_replaceable(*old_bytes, bytes);
}

// What stands at `path` now. True: a key file that may be replaced. False: nothing.
Result<bool> check_target(const std::string& path, std::span<const std::uint8_t> bytes,
                          const StopFlag& stop) {
  const auto status = posix::status(path, stop);
  if (!status && status.error().number == ENOENT) return false;
  if (!status) return fail(Error(status.error()));
  switch (posix::type_of(status->st_mode)) {
    case posix::EntryType::file:
      BW_CHECK(check_file(path, bytes, stop));
      return true;
    case posix::EntryType::directory:
      return exists_already();
    default:
      return fail(error::invalid_backup_dest().with_hint(
          "The path of the key backup is a symbolic link or a special file."));
  }
}

// What a write has made so far, for taking it back.
struct Made {
  std::vector<std::string> directories;
  posix::Traces traces;
};

Result<> write_new_file(const File& directory, const KeyFilePlan& plan, std::span<const std::uint8_t> bytes,
                        Made& made, const StopFlag& stop) {
  const std::string name(posix::name_of(plan.path));
  BW_TRY(const bool ours,
         posix::publish(directory, plan.temp_name, name, bytes, posix::kSecretFileMode, made.traces, stop));
  if (!ours) return exists_already();
  return {};
}

Result<> replace_file(const File& directory, const KeyFilePlan& plan, std::span<const std::uint8_t> bytes,
                      Made& made, const StopFlag& stop) {
  BW_CHECK(check_target(plan.path, bytes, stop));
  BW_CHECK(
      posix::write_new(directory, plan.temp_name, bytes, posix::kSecretFileMode, made.traces.temp, stop));
  BW_CHECK(posix::rename(directory, plan.temp_name, std::string(posix::name_of(plan.path)), stop));
  made.traces.temp = false;
  BW_CHECK(posix::sync_directory(directory, stop));
  return {};
}

Result<> write_planned(const KeyFilePlan& plan, std::span<const std::uint8_t> bytes, Made& made,
                       const StopFlag& stop) {
  const std::string parent = posix::parent_of(plan.path);
  BW_CHECK(posix::make_directories(parent, made.directories, stop));
  BW_TRY(const File directory, posix::open_directory(parent, stop));
  return plan.replaces ? replace_file(directory, plan, bytes, made, stop)
                       : write_new_file(directory, plan, bytes, made, stop);
}

posix::Io<> take_back(const KeyFilePlan& plan, std::span<const std::uint8_t> bytes, const Made& made,
                      const StopFlag& stop) {
  const auto directory = posix::open_directory(posix::parent_of(plan.path), stop);
  if (directory && made.traces.temp) BW_IO_CHECK(posix::remove_if_there(*directory, plan.temp_name, stop));
  if (directory && made.traces.name)
    BW_IO_CHECK(posix::remove_if_holds(*directory, std::string(posix::name_of(plan.path)), bytes, stop));
  if (directory) BW_IO_CHECK(posix::sync_directory(*directory, stop));
  return posix::remove_empty(made.directories, stop);
}

}  // namespace

Result<> check_replaceable(std::span<const std::uint8_t> old_bytes, std::span<const std::uint8_t> new_bytes) {
  BW_TRY(const KeyFileSummary new_file, peek(new_bytes));
  const auto old_file = peek(old_bytes);
  if (!old_file || !may_replace(*old_file, new_file)) return exists_already();
  return {};
}

std::vector<std::string> KeyFilePlan::to_lines() const {
  std::vector<std::string> lines = {path, temp_name, replaces ? "replaces" : ""};
  lines.insert(lines.end(), directories.begin(), directories.end());
  return lines;
}

std::optional<KeyFilePlan> KeyFilePlan::from_lines(const std::vector<std::string>& lines) {
  constexpr std::size_t kFixedLines = 3;
  if (lines.size() < kFixedLines || !lines[0].starts_with('/') || lines[1].empty()) return std::nullopt;
  if (lines[1].find('/') != std::string::npos) return std::nullopt;
  return KeyFilePlan{.path = lines[0],
                     .temp_name = lines[1],
                     .directories = {lines.begin() + kFixedLines, lines.end()},
                     .replaces = lines[2] == "replaces"};
}

Result<KeyFilePlan> plan_key_file(std::string_view path, std::span<const std::uint8_t> bytes,
                                  const Entropy& entropy, const StopFlag& stop) {
  KeyFilePlan plan;
  plan.path = normalize_path(path);
  plan.temp_name = posix::temp_name(posix::random_token(entropy), "key");
  BW_TRY(plan.directories, posix::missing_directories(posix::parent_of(plan.path), stop));
  BW_TRY(plan.replaces, check_target(plan.path, bytes, stop));
  return plan;
}

Result<> write_key_file(const KeyFilePlan& plan, std::span<const std::uint8_t> bytes, const StopFlag& stop) {
  Made made;
  auto written = write_planned(plan, bytes, made, stop);
  if (written || take_back(plan, bytes, made, stop)) return written;
  std::string hint = written.error().hint();
  return fail(std::move(written).error().with_hint(
      std::move(hint) + " What was written so far could not be removed either: look for " + plan.temp_name +
      "."));
}

Result<bool> settle_key_file(const KeyFilePlan& plan, const crypto::Sha256& digest, const StopFlag& stop) {
  const auto directory = posix::open_directory(posix::parent_of(plan.path), stop);
  if (directory) {
    BW_CHECK(posix::remove_if_there(*directory, plan.temp_name, stop));
    BW_CHECK(posix::sync_directory(*directory, stop));
    BW_TRY(const auto bytes, read_key_file(plan.path, stop));
    if (bytes && crypto::sha256(*bytes) == digest) return true;
  } else if (directory.error().number != ENOENT) {
    return fail(Error(directory.error()));
  }
  BW_CHECK(posix::remove_empty(plan.directories, stop));
  return false;
}

Result<std::optional<Bytes>> read_key_file(std::string_view path, const StopFlag& stop) {
  const auto file = posix::open(std::string(path), O_RDONLY | O_NONBLOCK | O_NOCTTY, stop);
  if (!file && file.error().number == ENOENT) return std::nullopt;
  if (!file) return fail(Error(file.error()));
  BW_TRY(const struct stat status, posix::status(*file, stop));
  if (!S_ISREG(status.st_mode)) return fail(Error(posix::Failure{EINVAL, "read", file->path()}));
  BW_TRY(Bytes bytes, posix::read_up_to(*file, kMaxKeyFile + 1, stop));
  if (bytes.size() > kMaxKeyFile) return fail(Error(posix::Failure{EFBIG, "read", file->path()}));
  return bytes;
}

}  // namespace breakwater::storage
