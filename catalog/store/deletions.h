// The store's role for the clean-up: jobs that delete backup sets and archive pieces, and their tasks, one for each. The views read
// the rows; the state machine in server/jobs moves them.
//
// A job's way: begin() by the statement or by the policy, with all its tasks; begin_task() and note_task() for each of them,
// finish(), after which it waits, complete, until it is shown no longer; or fail(), or cancelled(), which move it to the history at
// once. Each is one commit. A set or piece is DELETING from the commit that begins its task on, and DELETED with the one that
// ends it: what is DELETING may be half there, is built on by nothing, and is taken up by the next job. The rows are in no
// tenant's part.
//
// What may go is decided when the job begins, and whether nothing that stays builds on it once more with each task.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/model/entities.h"
#include "catalog/model/scn.h"
#include "catalog/store/jobs.h"

namespace breakwater::catalog {

/// RESULT of a job whose set or piece may not go: OceanBase's codes.
inline constexpr int kSetNotAllowed = -9045;
inline constexpr int kPieceNotAllowed = -9069;

enum class DeletionKind : std::uint8_t {
  sets,      ///< these sets, of one destination
  pieces,    ///< these pieces, likewise
  path,      ///< all sets of one data destination
  obsolete,  ///< what the tenant's policy lets expire, at its current destinations
};

struct DeletionRequest {
  TenantId tenant = 0;
  TenantId initiator = kSysTenantId;
  DeletionKind kind = DeletionKind::obsolete;
  std::vector<std::int64_t> ids{};
  std::string path{};        ///< of DeletionKind::path, as the views show it
  Timestamp expire = 0;      ///< of DeletionKind::obsolete: backups of this moment and before may go
  bool only_if_any = false;  ///< no job if there is nothing to delete, or one waits already
};

struct DeletionJob {
  BackupJobKey key{};
  bool canceling = false;
  std::int64_t attempts = 0;   ///< that have failed since a task came to its end
  Timestamp next_attempt = 0;  ///< not before; 0: at once
  DeletionKind kind = DeletionKind::obsolete;
  DestinationKey destination{};  ///< of the next task; without a path if there is none
  std::int64_t next_id = 0;      ///< likewise: the set or piece that it is about
};

/// What is to be deleted, as the catalogue knows it: whatever isn't so at the destination is left alone.
struct DeletionTask {
  std::int64_t task_id = 0;  ///< 1, 2, … within its job
  bool of_set = true;        ///< else of a piece
  std::int64_t id = 0;
  std::int64_t round_id = 0;
  DestinationKey destination{};
  std::string refusal{};    ///< why it mustn't go now; it has been entered, with no deletion
  bool ends_round = false;  ///< no other piece of its round is left, and no more is written
};

/// What a task has come to.
struct DeletionVerdict {
  int result = 0;  ///< 0: nothing of it is left. Else OceanBase's negative code
  std::string comment{};
  bool touched = true;  ///< something of it may be gone; else it is AVAILABLE again
  std::int64_t files = 0;
  std::int64_t bytes = 0;
};

class DeletionReader {
 public:
  virtual ~DeletionReader() = default;

  /// The oldest job of each tenant that has one to work on, at most `limit`, by tenant, behind `after`.
  virtual Result<std::vector<DeletionJob>> at_hand(TenantId after, std::size_t limit) = 0;
  /// Of the next task; nothing if all have ended.
  virtual Result<std::optional<DestinationKey>> next_destination(const BackupJobKey& key) = 0;
  /// Whether the job isn't done yet.
  virtual Result<bool> is_open(const BackupJobKey& key) = 0;
  /// Whether begin() of an `obsolete` request would find something.
  virtual Result<bool> has_obsolete(TenantId tenant, Timestamp expire) = 0;
};

class DeletionWriter {
 public:
  virtual ~DeletionWriter() = default;

  /// A job with its tasks. One id that may not go ends the job at once: FAILED with kSetNotAllowed or
  /// kPieceNotAllowed, without tasks, COMMENT "id=7(already deleted)". Returns whether there is a job.
  /// try_again (4023): the tenant has kMaxOpen jobs that aren't done; tenant_not_exist (5157).
  virtual Result<bool> begin(const DeletionRequest& request) = 0;
  static constexpr std::int64_t kMaxOpen = 8;
  static constexpr std::int64_t kMaxTasks =
      20'000;  ///< of one job: kMaxSets, and as many pieces; the next one takes up the rest

  // ---- steps. entry_not_exist (4018) from each if the job is gone, or done already; job_canceled (4072) from begin_task() if
  // ---- it is to be cancelled.
  /// The next task that hasn't ended, DOING from now on, its set or piece DELETING; nothing if all have ended.
  virtual Result<std::optional<DeletionTask>> begin_task(const BackupJobKey& key) = 0;
  virtual Result<> note_task(const BackupJobKey& key, std::int64_t task_id,
                             const DeletionVerdict& verdict) = 0;
  /// All tasks have ended. If all went well, the job counts as running until move_shown(); else it is FAILED with the first bad
  /// one's, and in the history.
  virtual Result<> finish(const BackupJobKey& key) = 0;
  /// An attempt has failed; the next one not before `next`. `comment` says why.
  virtual Result<> put_off(const BackupJobKey& key, Timestamp next, std::string_view comment) = 0;
  /// FAILED, with the tasks that haven't ended; to the history at once.
  virtual Result<> fail(const BackupJobKey& key, int result, std::string_view comment) = 0;
  /// CANCELED, likewise.
  virtual Result<> cancelled(const BackupJobKey& key) = 0;

  /// CANCELING for all jobs of the tenant that aren't done. Returns how many those are.
  virtual Result<std::int64_t> cancel(TenantId tenant) = 0;
  /// Moves what is done and began at `before` or earlier to the history, at most kMoved jobs. Returns when the next one began
  /// that is done and stays; nothing if there is none.
  virtual Result<std::optional<Timestamp>> move_shown(Timestamp before) = 0;
  static constexpr std::int64_t kMoved = 256;

  /// Jobs that the history keeps of a tenant, and tasks, but for those of the newest job; the oldest jobs go with theirs.
  static constexpr std::int64_t kKeptJobs = 100;
  static constexpr std::int64_t kKeptTasks = 20'000;
};

}  // namespace breakwater::catalog
