// The interface to a backup destination of either kind, a directory on a file system or a prefix in a bucket.
// SET, CHECK BACKUP DESTINATION, `breakwater check` and the settling of intents use it.
//
// The order of a SET, with a catalogue that remembers the plan as an intent:
//   inspect                       writes nothing
//   plan                          writes nothing; record it, then
//   claim                         for an empty place: probes, check file, format file; or
//   renew                         for a place that is ours already: probes, check file
//   tidy                          after the commit; it can't be undone
// A CHECK makes inspect, plan, probe and tidy. And after a crash, or for an operation that was given up, undo(plan).
//
// All operations are coroutines of one io_context's thread. inspect() opens the place, and the operations
// after it use what it opened; undo() opens the place by itself. A BackupDestination has no other state that
// changes, so two operations may run at once. References that an operation is given must stay valid until it
// has been awaited; a job that hangs on a dead mount for longer owns everything that it uses.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "storage/destination/file_system.h"
#include "storage/destination/give_up.h"
#include "storage/destination/proof.h"
#include "storage/destination/write_plan.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

/// What inspect() found.
struct Inspection {
  bool empty = false;                         ///< but for probes that somebody left
  bool probes = false;                        ///< probes of other proofs were seen, in a bucket
  std::optional<FoundFormat> format{};        ///< always set if the place isn't empty
  std::string first_entry{};                  ///< the first entry by name if the place isn't empty
  std::optional<std::uint64_t> free_bytes{};  ///< of a file system that says so
};

/// Whether file systems and their tools put such an entry into a directory that nobody has used yet:
/// "lost+found", ".snapshot".
bool belongs_to_the_file_system(std::string_view name);

/// format_file_not_exist (9080) for a place that holds `first_entry` and no format file; empty: something that
/// isn't named. `what`: "directory".
Error not_empty(std::string_view what, std::string_view first_entry);

/// "it holds backup_set_1 as well: …", for what can't be released.
std::string holds_more(std::string_view entry);

using PlanPtr = std::shared_ptr<const WritePlan>;

/// How a claim ended.
struct Claimed {
  std::optional<Error> refused{};  ///< not set: the place is ours
  bool undone = false;             ///< after a refusal: everything that the claim made was removed
};

/// If an operation was abandoned before its end, this is called once when it really has ended. Any thread.
using EndedLate = std::function<void()>;

class BackupDestination {
 public:
  virtual ~BackupDestination() = default;

  /// How often a proof begins anew whose directory is taken away by whoever had made it too: each CHECK that runs at the
  /// same moment can do so once.
  static constexpr int kMostBeginnings = 16;

  /// Whether the place has to have room: not for giving it up.
  enum class Room : std::uint8_t { needed, not_needed };
  /// Makes the checks that write nothing; each adds a row to `proof`. The error is that of the first check
  /// that failed. One of them is format_file_not_exist (9080): the place isn't empty, it has no format file,
  /// and nobody is about to make one.
  virtual Task<Result<Inspection>> inspect(Proof& proof, Room room, Call call) = 0;

  /// The file system that inspect() found the place on, also if it failed at the content; nothing for a bucket.
  virtual std::optional<FileSystem> file_system() const = 0;

  /// Decides all names that may be created. Its format_bytes are those of `format`.
  virtual Task<Result<WritePlan>> plan(const FormatFile& format, bool link_obbak, Timestamp now,
                                       Call call) = 0;

  /// Proves that the place can be written, each check a row of `proof`, and makes the place ours. After a
  /// refusal it removes what it made. Returns an error if the operation was abandoned while it may still be
  /// writing; `late` is then called once it has stopped.
  virtual Task<Result<Claimed>> claim(PlanPtr plan, Proof& proof, Call call, EndedLate late) = 0;

  /// The tenant's check files in the place, at most kMostCheckFiles. Writes nothing.
  virtual Task<Result<std::vector<FoundCheckFile>>> check_files(std::uint64_t tenant_id, Call call) = 0;
  static constexpr std::size_t kMostCheckFiles = 16;

  /// Makes the same checks in a place that is ours, and writes a check file unless the one named `known` is
  /// there with the plan's proof. Returns the name of the check file. Errors as for claim().
  struct Renewed {
    std::optional<Error> refused{};
    bool undone = false;
    std::string check_name{};
  };
  virtual Task<Result<Renewed>> renew(PlanPtr plan, std::string known, Proof& proof, Call call,
                                      EndedLate late) = 0;

  /// Makes the same checks by a plan of make_only_probes(), and removes what they made. Errors as for claim();
  /// where `late` is empty nobody remembers the plan, and what was made is removed even after the deadline.
  struct Probed {
    bool undone = false;  ///< everything that the checks made was removed
  };
  virtual Task<Result<Probed>> probe(PlanPtr plan, Proof& proof, Call call, EndedLate late) = 0;

  /// The check file that a tenant keeps.
  struct Kept {
    std::uint64_t tenant_id = 0;
    std::string check_name{};
  };
  /// Removes all check files of the tenant but the one that is kept, if one is given, and the probes of whoever it
  /// was that are stale (on a file system claim(), renew() and probe() have removed those already).
  virtual Task<Result<>> tidy(std::optional<Kept> kept, Call call) = 0;

  /// Removes the format files if they hold these bytes.
  virtual Task<Result<>> discard_format(Bytes bytes, Call call) = 0;

  /// Decides how the place is given up; `wanted` says which format file goes and what takes its place.
  virtual Task<Result<GiveUpPlan>> plan_give_up(GiveUpPlan wanted, Call call) = 0;
  /// Gives the place up. Refused, and nothing has changed but that check files may be gone: not_supported (1235) if a place
  /// that is to be left empty holds anything else. Returns an error if the operation was abandoned; `late` as for claim().
  virtual Task<Result<GivenUp>> give_up(std::shared_ptr<const GiveUpPlan> plan, Call call,
                                        EndedLate late) = 0;
  /// After one that was cut short.
  virtual Task<Result<GiveUpState>> settle_give_up(std::shared_ptr<const GiveUpPlan> plan, Call call) = 0;

  /// Removes what `plan` may have made, if it is provably the plan's own. Returns false, and removes nothing,
  /// if another directory is now at the path where the plan was carried out.
  virtual Task<Result<bool>> undo(PlanPtr plan, Call call) = 0;
};

}  // namespace breakwater::storage
