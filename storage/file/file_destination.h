// A destination on a file system: one root directory, and the files that Breakwater reads and writes in it.
//
// Every function blocks: call them on the file pool. They look at a StopFlag before each system call and
// return backup_dest_not_connect (9070) once it is set. The only state of a FileDestination is its anchor
// (anchor.h): the deepest directory that exists, opened once and checked by the rules, from which everything
// starts. Any threads may use it at the same time; copies share the anchor. Files are written create-only and
// durable: temporary file, fsync, close, link, fsync of the directory. Errors are those of io_error.h unless
// a function says otherwise.
//
// The order a SET follows, with a catalogue that remembers the WritePlan as an intent:
//   open, is_empty, first_entry, read_format     write nothing
//   plan_write                                   writes nothing; record it, then
//   create_root, write_check_file, publish_format
//   remove_stale_check_files                     after the commit; it can't be undone
// and after a refusal undo(footprint), or after a crash open_again(plan) and undo(Footprint::of(plan)).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "storage/destination/write_plan.h"
#include "storage/file/anchor.h"
#include "storage/file/mounts.h"
#include "storage/file/path_rules.h"
#include "storage/formats/format_file.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// What an operation has created so far. The functions below add to it.
struct Footprint {
  std::vector<std::string> directories;  ///< absolute, in the order they were made
  bool probes = false;
  bool temp_check = false;
  bool check_file = false;
  bool temp_format = false;
  bool format = false;
  bool check_name_taken = false;  ///< a check file of another server has our name

  /// Everything that `plan` may have created: for settling an intent after a crash.
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
  /// `root`: Destination::local_path. Errors: those of Anchor::of_directory(). A missing root is no error.
  static Result<FileDestination> open(const std::string& root, const PathRules& rules, const StopFlag& stop,
                                      FileDestinationOptions options = {});

  /// For undo() after a crash. Nullopt if the directory that `plan` began in is gone, or is another one now.
  static Result<std::optional<FileDestination>> open_again(const std::string& root, const WritePlan& plan,
                                                           const PathRules& rules, const StopFlag& stop,
                                                           FileDestinationOptions options = {});

  const std::string& root() const { return anchor_->path(); }
  const Anchor& anchor() const { return *anchor_; }

  /// Whether there is no regular file and no directory except `.nfs*`, probes that somebody left
  /// (left_probe_files.h) and `ignored` (names relative to the root, such as WritePlan::names()). A missing root is empty. Links, sockets, FIFOs and devices don't
  /// count (docs/spec/behaviour.md#empty-destination).
  Result<bool> is_empty(const std::set<std::string, std::less<>>& ignored, const StopFlag& stop) const;
  /// The first by name of what makes it not empty, relative to the root; "" if nothing does.
  Result<std::string> first_entry(const std::set<std::string, std::less<>>& ignored,
                                  const StopFlag& stop) const;

  /// Whether the root holds only what a claim makes (check_file/, temporary files, a format file), so that
  /// another server may be claiming it right now.
  Result<bool> may_be_claimed_now(const StopFlag& stop) const;

  /// Reads and verifies `format` and `format.obbak`. Nullopt if neither exists. Errors: format_file_not_match
  /// (9081) if one is damaged or the two differ; format_file_not_exist (9080) if one is a symbolic link or no
  /// regular file.
  Result<std::optional<FoundFormat>> read_format(const StopFlag& stop) const;

  /// Which directories a plan has to make now: absolute, outermost first.
  Result<std::vector<std::string>> missing(const StopFlag& stop) const;
  /// Decides all names. `now` and `entropy` make them unique. Doesn't touch the file system.
  WritePlan plan_write(std::vector<std::string> missing, const FormatFile& format, bool link_obbak,
                       Timestamp now, const Entropy& entropy) const;

  /// mkdir -p with mode 0700; fsyncs the parent of each new directory.
  Result<> create_root(Footprint& made, const StopFlag& stop) const;

  /// Writes check_file/<plan.check_name> and opens it again. Its bytes are made from the plan's format file
  /// (docs/spec/behaviour.md#check-files). A file of that name that exists already is left alone, since it
  /// may be another server's: two servers may plan in the same second. publish_format() replaces it if the
  /// directory becomes ours.
  Result<> write_check_file(const WritePlan& plan, Footprint& made, const StopFlag& stop) const;

  /// Writes the format file, create-only and durable. Returns nullopt if the directory is ours now, or the
  /// bytes of the file that somebody else wrote first: the caller compares them and refuses with
  /// format_file_not_match (9081). Of ours only what `made` says is left then.
  Result<std::optional<Bytes>> publish_format(const WritePlan& plan, Footprint& made,
                                              const StopFlag& stop) const;

  /// Whether check_file/<name> can be opened.
  Result<bool> has_check_file(std::string_view name, const StopFlag& stop) const;
  /// Whether check_file/<name> is there and ends with `proof`.
  Result<bool> carries_proof(std::string_view name, std::span<const std::uint8_t> proof,
                             const StopFlag& stop) const;
  /// The files check_file/<tenant_id>_connect_file_*, at most `most`.
  Result<std::vector<FoundCheckFile>> check_files(std::uint64_t tenant_id, std::size_t most,
                                                  const StopFlag& stop) const;

  /// Removes the format files if they hold these bytes.
  Result<> discard_format(const Bytes& bytes, const StopFlag& stop) const;

  /// Deletes the tenant's check files except `keep`. Only for a directory that is ours.
  Result<> remove_stale_check_files(std::uint64_t tenant_id, std::string_view keep,
                                    const StopFlag& stop) const;

  /// Removes what `made` lists, if it provably belongs to this plan: temporary files by their name, the check
  /// file and the format files by their content (or a part of it, see posix::remove_part()), directories if
  /// they are empty. Missing ones are no error.
  Result<> undo(const WritePlan& plan, const Footprint& made, const StopFlag& stop) const;

 private:
  FileDestination(AnchorPtr anchor, const PathRules& rules, FileDestinationOptions options)
      : anchor_(std::move(anchor)),
        network_(is_network_type(rules.mount_of(anchor_->path()).type)),
        options_(options) {}

  AnchorPtr anchor_;
  bool network_;  // only on a network file system can what is read be outdated
  FileDestinationOptions options_;
};

}  // namespace breakwater::storage
