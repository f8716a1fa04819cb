// The store's role for VALIDATE: jobs that look whether a tenant's backups are at their destinations, and their tasks, one for
// each set and piece. The views read the rows; the state machine in server/jobs moves them.
//
// A job's way: begin() by the statement, with all its tasks; start(), note_task() for each of them, finish(), after which it
// waits, complete, until it is shown no longer; or fail(), or cancelled(), which move it to the history at once. Each is one
// commit. The rows are in no tenant's part.
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
#include "catalog/store/jobs.h"

namespace breakwater::catalog {

enum class ValidationKind : std::uint8_t {
  all,     ///< what is available at the tenant's current destinations
  sets,    ///< these sets, wherever they are; all that are available where none is named
  pieces,  ///< these pieces, likewise
};

struct ValidationRequest {
  TenantId initiator = kSysTenantId;
  std::vector<TenantId> tenants{};  ///< each gets a job of its own
  ValidationKind kind = ValidationKind::all;
  std::vector<std::int64_t> ids{};
  bool physical = true;  ///< LEVEL: contents too
  std::string description{};
};

struct ValidationJob {
  BackupJobKey key{};
  bool physical = true;
  bool canceling = false;
  std::int64_t attempts = 0;   ///< that have failed since a task came to its end
  Timestamp next_attempt = 0;  ///< not before; 0: at once
};

struct ValidationTask {
  std::int64_t task_id = 0;  ///< 1, 2, … within its job
  bool of_set = true;        ///< else of a piece
  std::int64_t id = 0;       ///< of the set or piece
  DestinationKey destination{};
};

/// What a task has come to.
struct ValidationVerdict {
  int result = 0;  ///< 0: it is there as it was written. Else OceanBase's negative code
  std::string comment{};
  std::int64_t total_bytes = 0;
  std::int64_t validated_bytes = 0;
};

class ValidationReader {
 public:
  virtual ~ValidationReader() = default;

  /// The oldest job of each tenant that has one to work on, at most `limit`, by tenant, behind `after`.
  virtual Result<std::vector<ValidationJob>> at_hand(TenantId after, std::size_t limit) = 0;
  /// The next task that has no verdict; nothing if all have.
  virtual Result<std::optional<ValidationTask>> next_task(const BackupJobKey& key) = 0;
};

class ValidationWriter {
 public:
  virtual ~ValidationWriter() = default;

  /// A job for each tenant with its tasks: all of them or none. A named set or piece that can't be validated ends its job at
  /// once: FAILED with -4018, without tasks, COMMENT "id=7(already deleted)". try_again (4023): a tenant has kMaxOpen jobs that aren't
  /// done; size_overflow (4019): it has more than kMaxTasks sets and pieces; tenant_not_exist (5157).
  virtual Result<> begin(const ValidationRequest& request) = 0;
  static constexpr std::int64_t kMaxOpen = 8;
  static constexpr std::int64_t kMaxTasks = 20'000;

  // ---- steps. entry_not_exist (4018) from each if the job is gone, or done already; job_canceled (4072) from start() and
  // ---- note_task() if it is to be cancelled.
  virtual Result<> start(const BackupJobKey& key) = 0;
  virtual Result<> note_task(const BackupJobKey& key, std::int64_t task_id,
                             const ValidationVerdict& verdict) = 0;
  /// All tasks have their verdicts. If all are good, the job counts as running until move_shown(); else it is FAILED with the
  /// first bad one's, and in the history.
  virtual Result<> finish(const BackupJobKey& key) = 0;
  /// An attempt has failed; the next one not before `next`. `comment` says why.
  virtual Result<> put_off(const BackupJobKey& key, Timestamp next, std::string_view comment) = 0;
  /// FAILED, with the tasks that have no verdict; to the history at once.
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
