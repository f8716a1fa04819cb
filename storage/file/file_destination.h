// A destination on a file system: one root directory, and what Breakwater reads and writes in it.
//
// Every function blocks: call them on the file pool. They take a StopFlag and look at it before each system
// call (9070 once it is set). A FileDestination has no state but its anchor (anchor.h): the deepest directory
// that exists, opened once and judged by the rules, from which everything starts. Any thread may use it, and
// two at once; copies share the anchor. Files are written create-only and durable: temporary file, fsync,
// close, link, fsync of the directory. Errors are those of io_error.h unless said otherwise.
//
// The order a SET follows, with a catalogue that remembers the WritePlan as an intent:
//   open, is_empty, read_format                  write nothing
//   plan_write                                   writes nothing; record it, then
//   create_root, write_check_file, publish_format
//   remove_stale_check_files                     after the commit; it can't be undone
// and on a refusal undo(footprint), or after a crash open_again(plan) and undo(Footprint::of(plan)).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "storage/destination/write_plan.h"
#include "storage/file/anchor.h"
#include "storage/file/path_rules.h"
#include "storage/formats/format_file.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// What an operation has really created so far. The functions below add to it.
struct Footprint {
  std::vector<std::string> directories;  ///< absolute, in the order they were made
  bool probes = false;
  bool temp_check = false;
  bool check_file = false;
  bool temp_format = false;
  bool format = false;
  bool check_name_taken = false;  ///< another server's check file has our name

  /// All that `plan` could have created: for settling an intent after a crash.
  static Footprint of(const WritePlan& plan);
};

struct FileDestinationOptions {
  /// How long to wait before reading `format` again if it seems stale or damaged on a network mount
  /// (docs/spec/storage.md#reading-format).
  std::array<std::chrono::milliseconds, 4> retry_pauses{
      std::chrono::milliseconds{100}, std::chrono::milliseconds{300}, std::chrono::milliseconds{600},
      std::chrono::milliseconds{1000}};
};

class FileDestination {
 public:
  /// `root`: Destination::local_path. Errors: Anchor::of_directory(). A missing root is fine.
  static Result<FileDestination> open(const std::string& root, const PathRules& rules, const StopFlag& stop,
                                      FileDestinationOptions options = {});

  /// For undo() after a crash: nothing if the directory that `plan` began in is gone, or is another one now.
  static Result<std::optional<FileDestination>> open_again(const std::string& root, const WritePlan& plan,
                                                           const PathRules& rules, const StopFlag& stop,
                                                           FileDestinationOptions options = {});

  const std::string& root() const { return anchor_->path(); }
  const Anchor& anchor() const { return *anchor_; }

  /// No regular file and no directory, but for `.nfs*` and `ignored` (names relative to the root, such as
  /// WritePlan::names()). A missing root is empty. Links, sockets, FIFOs and devices don't count
  /// (docs/spec/behaviour.md#empty-destination).
  Result<bool> is_empty(const std::set<std::string, std::less<>>& ignored, const StopFlag& stop) const;

  /// Whether the root holds nothing but what a claim makes (check_file/, temporary files, a format file), so
  /// that another server may just be claiming it.
  Result<bool> may_be_claimed_now(const StopFlag& stop) const;

  /// `format` and `format.obbak`, verified. Nothing: neither is there. format_file_not_match (9081): damaged,
  /// or the two differ. format_file_not_exist (9080): one is a symbolic link or no regular file.
  Result<std::optional<FoundFormat>> read_format(const StopFlag& stop) const;

  /// Decides all names; looks which directories are missing. `now` and `entropy` make them unique.
  Result<WritePlan> plan_write(const FormatFile& format, bool link_obbak, Timestamp now,
                               const Entropy& entropy, const StopFlag& stop) const;

  /// mkdir -p with mode 0700, each new directory's parent fsynced.
  Result<> create_root(Footprint& made, const StopFlag& stop) const;

  /// Writes check_file/<plan.check_name> and opens it again afresh. The bytes follow from the plan's format
  /// file (docs/spec/behaviour.md#check-files). If a file of that name is there already it's left alone and
  /// counts as another's: two servers may plan in the same second. publish_format() replaces it if the
  /// directory becomes ours.
  Result<> write_check_file(const WritePlan& plan, Footprint& made, const StopFlag& stop) const;

  /// Create-only and durable. nullopt: it's ours now. Bytes: somebody else's file was there first (and
  /// nothing of ours is left but what `made` says); the caller compares and refuses with 9081.
  Result<std::optional<Bytes>> publish_format(const WritePlan& plan, Footprint& made,
                                              const StopFlag& stop) const;

  /// Whether check_file/<name> is there, judged by opening it.
  Result<bool> has_check_file(std::string_view name, const StopFlag& stop) const;

  /// Deletes check_file/<tenant_id>_connect_file_* but for `keep`. Only in a directory that is ours.
  Result<> remove_stale_check_files(std::uint64_t tenant_id, std::string_view keep,
                                    const StopFlag& stop) const;

  /// Removes what `made` lists, and of that only what is provably of this plan: temporary files by their
  /// name, the check file and the format files by their content (or a part of it, see
  /// posix::remove_part()), directories if empty. Missing things are fine.
  Result<> undo(const WritePlan& plan, const Footprint& made, const StopFlag& stop) const;

 private:
  FileDestination(AnchorPtr anchor, FileDestinationOptions options)
      : anchor_(std::move(anchor)), options_(options) {}

  AnchorPtr anchor_;
  FileDestinationOptions options_;
};

}  // namespace breakwater::storage
