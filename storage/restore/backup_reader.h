// Reads what a plan says, line by line, and proves it on the way: every object by its SHA-256 and its place, and, where
// there is a key, every manifest, start, checkpoint and object by its MAC.
//
// All or nothing of it opens: what no key here opens might be anybody's who can write there, so it isn't read beside what does.
// Where nothing opens, nobody vouches for any of it, which BackupRead says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"
#include "base/thread_pool.h"
#include "storage/destination/medium.h"
#include "storage/formats/backup_set.h"
#include "storage/formats/set_key.h"
#include "storage/restore/restore_plan.h"

namespace breakwater::storage {

/// What opens sets and rounds. All are tried.
struct RestoreKeys {
  std::vector<BackupKey> backup_keys{};
  std::vector<Secret> passwords{};
};

/// Takes what is read, in its order, one call after the other, on a thread of BackupSource::parsers.
class BackupVisitor {
 public:
  virtual ~BackupVisitor() = default;

  /// `key`: by which the line's sealed values open; null: there is none. Lines of sets, then those of the log; also some that
  /// the sets have already. False: that was enough, of the log; what follows isn't read.
  virtual Result<bool> line(std::string_view line, const DataKey* key) = 0;
  /// Those of the log follow. `history`: the mark of the tenant's history where it begins; empty: not known.
  virtual Result<> log_begins(std::string_view history) = 0;
  /// There are no more.
  virtual Result<> end() = 0;
};

struct BackupRead {
  /// What there was no key for: "set 3: made with the backup key 0123456789abcdef, or a password". Then there was none for
  /// anything.
  std::vector<std::string> closed{};
  std::size_t opened = 0;  ///< sets, and the round, that there was a key for
};

struct BackupSource {
  Medium& data;
  Medium* archive = nullptr;
  /// For scrypt. Outlives the reading.
  ThreadPool& workers;
  /// For lines: an object's at a time. Outlives the reading.
  ThreadPool& parsers;
  /// The deadline of the next operation; its cancellation ends the reading within a line, and between two derivations.
  std::function<Call()> call{};
  std::uint64_t most_set_lines = kMaxSetLines;  ///< bytes of one set's lines
};

/// checksum_error (4103): something isn't what the plan's survey saw, was changed, or is missing by now; also where the log
/// isn't proved to go as far as the plan does. backup_invalid_password (9047): a part opens by no key here, and others do; or none
/// does, though passwords were given. size_overflow (4019): a set's lines are more than a set may have, however small its
/// objects are. Errors of the medium and of the visitor.
Task<Result<BackupRead>> read_backup(BackupSource source, const RestorePlan& plan, const RestoreKeys& keys,
                                     BackupVisitor& visitor);

}  // namespace breakwater::storage
