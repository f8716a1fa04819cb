// A backup destination of either kind, a directory of a file system or of a bucket, as SET, CHECK BACKUP
// DESTINATION, `breakwater check` and the settling of intents use it.
//
// The order of a SET, with a catalogue that remembers the plan as an intent:
//   inspect                       writes nothing
//   plan                          writes nothing; record it, then
//   claim                         an empty place: probes, check file, format file; or
//   renew                         one that is ours already: probes, check file
//   tidy                          after the commit; it can't be undone
// and after a crash, or for what was given up, undo(plan).
//
// All operations are coroutines of one io_context's thread. inspect() opens the place, and what comes after
// goes on from there; undo() opens it by itself. Else a BackupDestination has no state that changes: two
// operations may run at once. What they are given by reference lives until they have been awaited; a job
// that hangs on a dead mount beyond that owns what it uses.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "storage/destination/proof.h"
#include "storage/destination/uri.h"
#include "storage/destination/write_plan.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

/// What was found before anything is written.
struct Inspection {
  bool empty = false;
  std::optional<FoundFormat> format{};  ///< there always is one where it isn't empty
};

using PlanPtr = std::shared_ptr<const WritePlan>;

/// How a claim ended.
struct Claimed {
  std::optional<Error> refused{};  ///< nothing: the place is ours
  bool undone = false;             ///< refused: nothing of it is left
};

/// Called once if the operation's end was not awaited: when it really has ended. Any thread.
using EndedLate = std::function<void()>;

class BackupDestination {
 public:
  virtual ~BackupDestination() = default;

  /// The checks that write nothing, each a row. The error is the first that didn't hold; among them
  /// format_file_not_exist (9080): not empty, and no format file, and nobody is about to make one.
  virtual Task<Result<Inspection>> inspect(Proof& proof, Call call) = 0;

  /// Decides all names; format_bytes are `format`'s.
  virtual Task<Result<WritePlan>> plan(const FormatFile& format, bool link_obbak, Timestamp now,
                                       Call call) = 0;

  /// Proves that the place can be written, each check a row, and makes it ours. What is refused is taken
  /// back. An error says that nobody knows what was made; `late` then tells when no more will be.
  virtual Task<Result<Claimed>> claim(PlanPtr plan, Proof& proof, Call call, EndedLate late) = 0;

  /// The same checks, in a place that is ours, and the check file: `known` is kept while it is there. The
  /// name of the check file. Errors as claim()'s.
  struct Renewed {
    std::optional<Error> refused{};
    bool undone = false;
    std::string check_name{};
  };
  virtual Task<Result<Renewed>> renew(PlanPtr plan, std::string known, Proof& proof, Call call,
                                      EndedLate late) = 0;

  /// The same checks, leaving nothing: for who only wants to know.
  virtual Task<Result<>> probe(PlanPtr plan, Proof& proof, Call call) = 0;

  /// Removes the tenant's check files but `keep`.
  virtual Task<Result<>> tidy(std::uint64_t tenant_id, std::string keep, Call call) = 0;

  /// Removes what `plan` may have made, and of that only what is provably its own. False: the place is not
  /// the one in which it was made (another directory stands there now), so nothing was removed.
  virtual Task<Result<bool>> undo(PlanPtr plan, Call call) = 0;
};

}  // namespace breakwater::storage
