// A destination on a file system: one root directory, and what Breakwater reads and writes in it.
//
// Every function blocks: call them on the file pool. They take a StopFlag and look at it before each system
// call (9070 once it is set). A FileDestination has no state but its root's path; any thread may use it, and
// two at once. Below the root names are resolved with openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS). Files
// are written create-only and durable: temporary file, fsync, close, link, fsync of the directory. Errors are
// those of io_error.h unless said otherwise.
//
// The order a SET follows, with a catalogue that remembers the WritePlan as an intent:
//   check_place, is_empty, read_format           write nothing
//   plan_write                                   writes nothing; record it, then
//   create_root, write_check_file, publish_format
//   remove_stale_check_files                     after the commit; it can't be undone
// and on a refusal undo(footprint), or after a crash undo(Footprint::of(plan)).
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
#include "storage/allow.h"
#include "storage/format_file.h"
#include "storage/stop_flag.h"

namespace breakwater::storage {

/// The ends of the probes' names (posix::temp_name), in the root.
inline constexpr std::array<std::string_view, 2> kProbeSuffixes{"probe1", "probe2"};

/// Everything one SET may create, decided before anything is written, so that an intent can name it.
struct WritePlan {
  std::string check_name;                ///< "1002_connect_file_20230111T193020.obbak", below check_file/
  std::string token;                     ///< makes this plan's temporary names its own
  std::vector<std::string> directories;  ///< absolute, outermost first: missing now; check_file/ is the last
  Bytes format_bytes;                    ///< what `format` will hold
  bool link_obbak = false;               ///< link `format.obbak` too
  bool renews = false;                   ///< the place is ours already: no format file is made

  std::string temp_format_name() const;  ///< below the root
  std::string temp_check_name() const;   ///< below check_file/

  /// Names relative to the root that is_empty() may ignore while this plan's intent is open. The format files
  /// are not among them: whose they are is told by their bytes (read_format).
  std::set<std::string, std::less<>> names() const;

  /// Puts the number into format_bytes, which must be decodable (9081).
  Result<> assign_dest_id(std::int64_t dest_id);

  /// What the check file will hold; it follows from format_bytes, which must be decodable (9081).
  Result<Bytes> check_bytes() const;

  /// For the catalogue: the plan without format_bytes (which the catalogue keeps beside it) as lines of text.
  std::vector<std::string> to_lines() const;
  static std::optional<WritePlan> from_lines(const std::vector<std::string>& lines, Bytes format_bytes);
};

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

struct FoundFormat {
  Bytes bytes;
  FormatFile file;
};

struct FileDestinationOptions {
  /// How long to wait before reading `format` again if it seems stale or damaged on a network mount (5.3.3).
  std::array<std::chrono::milliseconds, 4> retry_pauses{
      std::chrono::milliseconds{100}, std::chrono::milliseconds{300}, std::chrono::milliseconds{600},
      std::chrono::milliseconds{1000}};
};

class FileDestination {
 public:
  /// `root`: Destination::local_path.
  explicit FileDestination(std::string root, FileDestinationOptions options = {});

  const std::string& root() const { return root_; }

  /// check_path_rules; then the root itself: a symbolic link or special file is invalid_backup_dest (9026), a
  /// regular file here or among the parents io_error (4009), no permission 9071. A missing root is fine.
  Result<> check_place(const PathRules& rules, const StopFlag& stop) const;

  /// 2.4: no regular file and no directory, but for `.nfs*` and `ignored` (names relative to the root, such
  /// as WritePlan::names()). A missing root is empty. Links, sockets, FIFOs and devices don't count.
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
  /// file (4.6). If a file of that name is there already it's left alone and counts as another's: two servers
  /// may plan in the same second. publish_format() replaces it if the directory becomes ours.
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
  /// name, the check file and the format files by their content, directories if empty. Missing things are
  /// fine.
  Result<> undo(const WritePlan& plan, const Footprint& made, const StopFlag& stop) const;

 private:
  std::string root_;
  FileDestinationOptions options_;
};

/// "1002_connect_file_": how the tenant's check files begin.
std::string check_file_prefix(std::uint64_t tenant_id);

/// "1002_connect_file_20230111T193020.obbak": local time, to the second.
std::string check_file_name(std::uint64_t tenant_id, Timestamp now);

}  // namespace breakwater::storage
