#include "storage/file/file_proof.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/file/left_probe_files.h"
#include "storage/file/mounts.h"
#include "storage/file/posix.h"
#include "storage/file/publish.h"
#include "storage/formats/probe_content.h"
#include "storage/formats/sizes.h"
#include "storage/formats/temp_name.h"

namespace breakwater::storage {
namespace {

using posix::File;
using std::chrono::milliseconds;

constexpr std::uint64_t kLittleSpace = kGiB;  // below it the row says so
/// How long to wait for the format file of another server that has made its check file.
constexpr milliseconds kClaimWait{1000};
constexpr milliseconds kClaimPause{10};

void add_mount(Proof& proof, const std::string& root, const PathRules& rules) {
  const Mount mount = rules.mount_of(root);
  proof.run("mount", [&]() -> Result<std::string> {
    return mount.type + " at " + mount.mount_point + " (" + mount.options + ")";
  });
  for (const std::string& warning : mount_warnings(mount)) proof.remark(warning);
}

bool add_space(Proof& proof, const File& place, std::optional<std::uint64_t>& free, const StopFlag& stop) {
  const bool known = proof.run("free space", [&]() -> Result<std::string> {
    BW_CHECK(stop.check());
    struct statvfs found{};
    if (fstatvfs(place.descriptor(), &found) != 0)
      return fail(Error(posix::Failure{errno, "statvfs", place.path()}));
    // ramfs and some FUSE file systems count no blocks; only writing tells whether there is room.
    if (found.f_blocks == 0) return "the file system doesn't say";
    free = std::uint64_t{found.f_bavail} * found.f_frsize;
    if (*free == 0)
      return fail(error::device_out_of_space().with_hint(
          "The file system of " + place.path() + " has no free block left. Free space and try again."));
    return std::to_string(*free / kMiB) + " MiB";
  });
  if (known && free && *free < kLittleSpace) proof.remark("that is little for a backup");
  return known;
}

std::string octal(mode_t mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3) digits += static_cast<char>('0' + ((mode >> shift) & 7U));
  return digits;
}

bool add_user(Proof& proof, const File& place, const StopFlag& stop) {
  return proof.run("permission", [&]() -> Result<std::string> {
    BW_TRY(const File directory, posix::reopen(place, O_RDONLY | O_DIRECTORY, stop));
    BW_TRY(const struct stat status, posix::status(directory, stop));
    return "uid " + std::to_string(geteuid()) + " in a directory of uid " + std::to_string(status.st_uid) +
           ", mode " + octal(status.st_mode);
  });
}

Result<Inspection> look(const FileDestination& destination, const StopFlag& stop) {
  Inspection seen;
  BW_TRY(seen.first_entry, destination.first_entry({}, stop));
  seen.empty = seen.first_entry.empty();
  if (!seen.empty) {
    BW_TRY(seen.format, destination.read_format(stop));
  }
  return seen;
}

// Looks until the directory is empty, or has a format file, or nobody is about to make one there.
Result<Inspection> look_past_a_claim(const FileDestination& destination, const StopFlag& stop) {
  BW_TRY(Inspection seen, look(destination, stop));
  for (auto waited = kClaimPause; !seen.empty && !seen.format && waited <= kClaimWait;
       waited += kClaimPause) {
    BW_TRY(const bool claimed, destination.may_be_claimed_now(stop));
    if (!claimed) break;
    stop.wait_for(kClaimPause);
    BW_TRY(seen, look(destination, stop));
  }
  return seen;
}

// "12 MiB/s"
std::string rate(std::size_t bytes, Proof::Moment since) {
  const std::chrono::duration<double> took = Proof::now() - since;
  const double per_second = static_cast<double>(bytes) / std::max(took.count(), 1e-6) / double{kMiB};
  return std::to_string(static_cast<std::int64_t>(per_second)) + " MiB/s";
}

// Tries the operations that backups rely on, each a row, on files that only this proof uses.
class Probe {
 public:
  Probe(const File& directory, const WritePlan& plan, Proof& proof, Footprint& made, const StopFlag& stop)
      : directory_(directory),
        first_(temp_name(plan.token, kProbeSuffixes[0])),
        second_(temp_name(plan.token, kProbeSuffixes[1])),
        brief_(plan.brief),
        proof_(proof),
        made_(made),
        stop_(stop) {}

  // What a check that didn't hold leaves goes without a row of its own.
  void run() {
    if (!write()) {
      (void)remove();
      return;
    }
    const bool removed = proof_.run("delete", [this] { return remove(); });
    if (removed) remove_stale_probe_files(directory_, left_, written_, stop_);
  }

 private:
  // Each row but the last; the first check that doesn't hold ends it.
  bool write() {
    const auto writing = Proof::now();
    if (!proof_.run("create-only write", [this] { return create_only(); })) return false;
    if (!proof_.run("fsync", [this] { return sync(); })) return false;
    if (!brief_) proof_.enter("write speed", writing, rate(kProbeBytes, writing));
    if (!proof_.run("list", [this] { return list(); })) return false;
    if (!proof_.run("link", [this] { return link(); })) return false;
    if (!proof_.run("rename", [this] { return rename(); })) return false;
    const auto reading = Proof::now();
    if (!proof_.run("read back", [this] { return read_back(content()); })) return false;
    if (!brief_) proof_.enter("read speed", reading, rate(kProbeBytes, reading));
    return proof_.run("overwrite", [this] { return overwrite(); }) &&
           (brief_ || proof_.run("append", [this] { return append(); }));
  }

  // The beginning of a block is a probe as well.
  std::span<const std::uint8_t> content() const {
    const std::span<const std::uint8_t> block = probe_block();
    return brief_ ? block.first(kBriefProbeBytes) : block;
  }

  Result<std::string> create_only() {
    BW_TRY(File file,
           posix::open_below(directory_, first_, O_CREAT | O_EXCL | O_WRONLY, posix::kFileMode, stop_));
    made_.probes = true;
    BW_CHECK(posix::write_all(file, content(), stop_));
    BW_CHECK(file.close(stop_));
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
    // Drops it from the page cache, if possible, so that it is read from the disk.
    (void)posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
    return "file and directory";
  }

  Result<std::string> list() {
    BW_TRY(const File fresh, posix::reopen(directory_, O_RDONLY | O_DIRECTORY, stop_));
    BW_TRY(const auto entries, posix::list(fresh, stop_));
    const bool listed = std::ranges::find(entries, first_, &posix::Entry::name) != entries.end();
    for (const posix::Entry& entry : entries)
      if (may_be_left_probe(entry) && entry.name != first_) left_.push_back(entry.name);
    if (listed) return "a new file is listed at once";
    return fail(error::io_error().with_hint("A file that was just written is not listed."));
  }

  Result<std::string> link() {
    const auto linked = posix::link(directory_, first_, second_, stop_);
    if (posix::links_unsupported(linked)) return "none; create-only publishing goes another way";
    BW_CHECK(linked);
    const auto again = posix::link(directory_, first_, second_, stop_);
    BW_CHECK(posix::remove_file(directory_, second_, stop_));
    if (!again && again.error().number == EEXIST) return "a second link of the same name is refused";
    if (!again) return fail(Error(again.error()));
    return fail(error::io_error().with_hint("A link could replace a file."));
  }

  Result<std::string> rename() {
    BW_CHECK(posix::rename(directory_, first_, second_, stop_));
    BW_CHECK(posix::rename(directory_, second_, first_, stop_));
    return "there and back";
  }

  Result<std::string> read_back(std::span<const std::uint8_t> expected) {
    BW_TRY(const File file, posix::open_below(directory_, first_, O_RDONLY, 0, stop_));
    BW_TRY(const bool same, posix::holds(file, expected, stop_));
    if (same) return std::to_string(expected.size()) + " bytes, the same";
    return fail(error::io_error().with_hint("What was read is not what was written."));
  }

  Result<std::string> write_again(int flags, std::string_view text, std::string_view whole) {
    BW_TRY(File file, posix::open_below(directory_, first_, O_WRONLY | flags, 0, stop_));
    BW_CHECK(posix::write_all(file, as_bytes(text), stop_));
    BW_CHECK(file.close(stop_));
    return read_back(as_bytes(whole));
  }

  Result<std::string> overwrite() {
    BW_TRY(std::string seen, write_again(O_TRUNC, kOverwrittenProbe, kOverwrittenProbe));
    BW_CHECK(note_clock());
    return seen;
  }

  Result<std::string> append() {
    const std::string whole = std::string(kOverwrittenProbe).append(kAppendedProbe);
    BW_TRY(std::string seen, write_again(O_APPEND, kAppendedProbe, whole));
    BW_CHECK(note_clock());
    return seen;
  }

  // The file system's clock, by which other probes are stale or not.
  Result<> note_clock() {
    BW_TRY(const struct stat status, posix::status_of(directory_, first_, stop_));
    written_ = modified_at(status);
    return {};
  }

  Result<std::string> remove() {
    BW_CHECK(posix::remove_if_there(directory_, first_, stop_));
    BW_CHECK(posix::remove_if_there(directory_, second_, stop_));
    const auto gone = posix::open_below(directory_, first_, O_RDONLY, 0, stop_);
    if (!gone && gone.error().number == ENOENT) {
      made_.probes = false;
      return "nothing is left behind";
    }
    if (!gone) return fail(Error(gone.error()));
    return fail(error::io_error().with_hint("A deleted file is still there."));
  }

  const File& directory_;
  const std::string first_;
  const std::string second_;
  const bool brief_;
  std::vector<std::string> left_{};  // what looks like other proofs' probes
  Timestamp written_ = 0;
  Proof& proof_;
  Footprint& made_;
  const StopFlag& stop_;
};

}  // namespace

Inspection inspect_directory(Proof& proof, const std::string& root, const PathRules& rules,
                             BackupDestination::Room room, std::optional<FileDestination>& destination,
                             const StopFlag& stop) {
  Inspection seen;
  const bool good_place = proof.run("path", [&]() -> Result<std::string> {
    BW_TRY(destination, FileDestination::open(root, rules, stop));
    return root;
  });
  if (!good_place) return seen;
  add_mount(proof, root, rules);
  const posix::File& base = destination->anchor().base();
  const bool writes = room == BackupDestination::Room::needed;
  std::optional<std::uint64_t> free;
  if ((writes && !add_space(proof, base, free, stop)) || !add_user(proof, base, stop)) return seen;
  proof.run("content", [&]() -> Result<std::string> {
    BW_TRY(seen, look_past_a_claim(*destination, stop));
    if (seen.empty) return "empty";
    if (seen.format) return describe(*seen.format);
    // Where backup_dest_allow sets no bounds a tenant could read the names of any directory.
    const bool named = rules.restricted || belongs_to_the_file_system(seen.first_entry) ||
                       is_probe_file_name(seen.first_entry);
    return fail(not_empty("directory", named ? seen.first_entry : ""));
  });
  seen.free_bytes = free;
  return seen;
}

bool prove_creation(Proof& proof, const FileDestination& destination, Footprint& made, const StopFlag& stop) {
  return proof.run("directory", [&]() -> Result<std::string> {
    BW_CHECK(destination.create_root(made, stop));
    return made.directories.empty() ? "is there" : "can be created";
  });
}

void prove_writing(Proof& proof, const FileDestination& destination, const WritePlan& plan, Footprint& made,
                   const StopFlag& stop) {
  const auto directory = destination.anchor().open(stop);
  if (directory) {
    Probe(*directory, plan, proof, made, stop).run();
  } else {
    proof.run("create-only write", [&]() -> Result<std::string> { return fail(Error(directory.error())); });
  }
}

}  // namespace breakwater::storage
