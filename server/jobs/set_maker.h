// What a backup's state machine does outside, and what it reads to decide: an interface, so that tests can let it fail at
// each step. The server's own is medium_set_maker.h.
//
// All operations are coroutines of the runner's thread. Each ends by its cancellation, or by deadlines of its own. Any of
// them may be carried out again after a crash, or after an error whose outcome nobody knows.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/task.h"
#include "catalog/store/jobs.h"
#include "storage/pool/cancellation.h"

namespace breakwater::server::jobs {

/// The objects of a set, all of them written.
struct WrittenSet {
  catalog::BackupSetResult result{};
  Bytes manifest{};
};

class SetMaker {
 public:
  virtual ~SetMaker() = default;

  /// Whether the destination is still the tenant's: format_file_not_exist (9080), format_file_not_match (9081).
  virtual Task<Result<>> verify(const catalog::BackupJob& job, storage::Cancellation& cancellation) = 0;

  /// The highest number that somebody else's set has at the destination and that isn't absurd (set_on_medium.h: kMaxSetsAhead); 0:
  /// there is none. `own`: the job's, if it has begun one; what an attempt at that has left doesn't count.
  virtual Task<Result<std::int64_t>> highest_taken(const catalog::BackupJob& job,
                                                   const catalog::BackupSet* own,
                                                   storage::Cancellation& cancellation) = 0;

  /// Why no incremental set can build on `previous`, in words; empty if one can. For that the changes since are known, and
  /// the set and all that it builds on are at the destination, whole and as they were written.
  virtual Task<Result<std::string>> hindrance(const catalog::BackupJob& job,
                                              const catalog::BackupSet& previous,
                                              storage::Cancellation& cancellation) = 0;

  /// Writes the set's start and its objects, under names that no attempt before has used. file_already_exist (1086): the
  /// set's number or a name is somebody else's by now.
  virtual Task<Result<WrittenSet>> write(const catalog::BackupJob& job, const catalog::BackupSet& set,
                                         storage::Cancellation& cancellation) = 0;

  /// Writes the manifest, which makes the set a whole one, then its end; and removes what earlier attempts left. The objects are
  /// looked at before, by their lengths, and by their SHA-256 if `contents`; and again behind it. Returns why the set isn't
  /// whole and can't become it; empty: it is.
  virtual Task<Result<std::string>> complete(const catalog::BackupJob& job, const catalog::BackupSet& set,
                                             const Bytes& manifest, bool contents,
                                             storage::Cancellation& cancellation) = 0;

  /// Whether the set's own manifest is at the destination, with all that it names, as it was written.
  virtual Task<Result<bool>> is_whole(const catalog::BackupSet& set, storage::Cancellation& cancellation) = 0;

  /// Removes all that a failed set left, and nothing else: data first, then what names it. Returns whether nothing is left;
  /// false: a manifest lies there, beside which nothing is removed.
  virtual Task<Result<bool>> sweep(const catalog::BackupSet& set, storage::Cancellation& cancellation) = 0;
};

}  // namespace breakwater::server::jobs
