// The store's role for backups: jobs, their tasks, and the sets that they made. The views read the rows; the state
// machines in server/jobs move them.
//
// A job's way: begin() by the statement; start(), note_set() and note_written() as it gets on; succeed(), after which it
// waits, complete, until it is shown no longer; or fail(), or cancelled(), which move it to the history at once. Each is
// one commit. Jobs, tasks and sets are in no tenant's part: a backup makes no work for the archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

struct BackupJobKey {
  TenantId tenant_id = 0;
  std::int64_t job_id = 0;
  friend bool operator==(const BackupJobKey&, const BackupJobKey&) = default;
  friend auto operator<=>(const BackupJobKey&, const BackupJobKey&) = default;
};

/// One tenant of a BACKUP, as its destination is at this moment.
struct BackupTarget {
  TenantId tenant_id = 0;
  std::string path{};  ///< PATH of the views: byte for byte what the parameter shows
  DestinationKey destination{};
  std::int64_t dest_id = 0;
};

/// What a BACKUP asks for.
struct BackupRequest {
  TenantId initiator = kSysTenantId;    ///< sys: a parent row is made above those of the tenants
  std::vector<BackupTarget> targets{};  ///< at least one; of an initiator that isn't sys, its own
  bool incremental = false;
  bool plus_archivelog = false;
  std::string description{};
  std::optional<Secret> password{};  ///< of SET ENCRYPTION: sealed in the rows, erased as each job ends
};

/// How far a tenant's job is. What has a number here is compared in the database: never change one.
enum class BackupStep : std::uint8_t {
  waiting = 0,  ///< for its turn
  begun = 1,    ///< it works: reads the format file
  writing = 2,  ///< its set has a row, and there may be objects of it
  written = 3,  ///< all objects are there; record() is the manifest that names them
  done = 4,     ///< ended; in the history, or waiting to go there
};

/// A tenant's job, as its state machine needs it.
struct BackupJob {
  BackupJobKey key{};
  TenantId initiator = 0;
  std::int64_t parent_job_id = 0;  ///< of sys; 0: the tenant itself began it
  DestinationKey destination{};
  std::int64_t dest_id = 0;
  std::int64_t set_id = 0;
  std::int64_t task_id = 0;
  bool incremental = false;  ///< as it was asked for, then as note_set() has it
  bool plus_archivelog = false;
  bool canceling = false;
  bool has_password = false;
  std::string description{};
  BackupStep step = BackupStep::waiting;
  std::int64_t attempts = 0;  ///< that have failed
  Timestamp started = 0;
  Timestamp next_attempt = 0;  ///< not before; 0: at once
};

/// A set, complete or not.
struct BackupSet {
  TenantId tenant_id = 0;
  std::int64_t set_id = 0;
  std::int64_t dest_id = 0;
  bool incremental = false;
  std::int64_t prev_full = 0;
  std::int64_t prev_inc = 0;
  std::string status{};  ///< DOING, SUCCESS, FAILED
  std::string file_status{};
  std::int64_t start_scn = 0;
  std::int64_t end_scn = 0;  ///< MIN_RESTORE_SCN: what it holds
  DestinationKey destination{};
  std::string manifest_sha256{};  ///< in hexadecimal, once it is complete
  /// What tells its objects from those of any other life of this catalogue: kSetToken characters, made with the row. As
  /// note_set() takes it: not looked at.
  std::string token{};
  std::int64_t output_bytes = 0;
  std::string comment{};  ///< why it isn't of the type that was asked for; or why it failed
};
inline constexpr std::size_t kSetToken = 6;  ///< of 0-9 and a-z

/// What a set turned out to be.
struct BackupSetResult {
  std::int64_t start_scn = 0;
  std::int64_t end_scn = 0;
  std::int64_t input_bytes = 0;
  std::int64_t output_bytes = 0;
  std::int64_t file_count = 0;
  std::string manifest_sha256{};
};

/// backup_can_not_start (9040): see BackupJobWriter::kMaxSets.
Error no_room_for_set();

class BackupJobReader {
 public:
  virtual ~BackupJobReader() = default;

  virtual Result<std::optional<BackupJob>> find(const BackupJobKey& key) = 0;
  /// Whether the tenant has a job that isn't in the history yet, of anybody; or of this initiator.
  virtual Result<bool> is_running(TenantId tenant) = 0;
  virtual Result<bool> is_running(TenantId tenant, TenantId initiator) = 0;
  /// The oldest job of each tenant that has one to work on, at most `limit`, by tenant, from `after` on.
  virtual Result<std::vector<BackupJob>> at_hand(TenantId after, std::size_t limit) = 0;
  /// The password, as long as the job has one. checksum_error (4103) if it is damaged.
  virtual Result<std::optional<Secret>> password(const BackupJobKey& key) = 0;
  /// record() of note_written(); empty before.
  virtual Result<Bytes> record(const BackupJobKey& key) = 0;

  virtual Result<std::optional<BackupSet>> set(TenantId tenant, std::int64_t set_id) = 0;
  /// The newest complete set of a tenant at a destination, which an incremental one may build on.
  virtual Result<std::optional<BackupSet>> newest_set(TenantId tenant, std::int64_t dest_id) = 0;
  /// Failed ones whose objects haven't been looked for yet, with higher numbers than `after`, at most kMaxUnswept, the
  /// oldest first.
  virtual Result<std::vector<BackupSet>> unswept(TenantId tenant, std::int64_t dest_id,
                                                 std::int64_t after) = 0;
  static constexpr std::size_t kMaxUnswept = 16;
  /// Whether the tenant may have one set more: see BackupJobWriter::kMaxSets.
  virtual Result<bool> has_room(TenantId tenant) = 0;
};

class BackupJobWriter {
 public:
  virtual ~BackupJobWriter() = default;

  /// The rows, all of them or none. Returns the parent's key, or that of the one job. backup_in_progress (9036) where the
  /// initiator has a job of one of these tenants already; tenant_not_exist (5157); backup_can_not_start (9040): a tenant has
  /// kMaxSets sets that nobody may forget.
  virtual Result<BackupJobKey> begin(const BackupRequest& request) = 0;

  /// Rows of sets of a tenant, with those of its open jobs. At the limit the oldest that failed or were deleted go; one that
  /// is complete never does.
  static constexpr std::int64_t kMaxSets = 10'000;

  // ---- steps. entry_not_exist (4018) from each if the job is gone, or done already; job_canceled (4072) from start(),
  // ---- note_set() and note_written() if it is to be cancelled.
  /// It works: DOING.
  virtual Result<> start(const BackupJobKey& key) = 0;
  /// A number behind `seen`, the highest that somebody else's set has at the destination, for the job's set; what comes
  /// after it is numbered from there on. A set that it has begun under its old number has failed, `why` says for what
  /// reason, and the job goes back to where it has none. Returns the new number; size_overflow (4019): there is none.
  virtual Result<std::int64_t> renumber(const BackupJobKey& key, std::int64_t seen, std::string_view why) = 0;
  static constexpr std::int64_t kMaxSetId = 1'000'000'000'000;  ///< the highest; a higher number is nobody's
  /// The row of its set: `set` has its type, what it builds on, and a comment (none: the one that is there stays).
  /// try_again (4023): what it builds on is being deleted.
  virtual Result<> note_set(const BackupJobKey& key, const BackupSet& set) = 0;
  /// All objects are there: from now on these bytes, the manifest, are what completes the set.
  virtual Result<> note_written(const BackupJobKey& key, const BackupSetResult& result,
                                const Bytes& record) = 0;
  /// The set is complete. The job still counts as running until move_shown().
  virtual Result<> succeed(const BackupJobKey& key) = 0;
  /// An attempt has failed; the next one not before `next`. `comment` says why.
  virtual Result<> put_off(const BackupJobKey& key, Timestamp next, std::string_view comment) = 0;
  /// FAILED with OceanBase's negative code, and why; to the history at once.
  virtual Result<> fail(const BackupJobKey& key, int result, std::string_view comment) = 0;
  /// CANCELED; to the history at once.
  virtual Result<> cancelled(const BackupJobKey& key) = 0;

  /// CANCELING for all jobs of the tenant that aren't done. Returns how many those are.
  virtual Result<std::int64_t> cancel(TenantId tenant) = 0;
  /// Moves what is done and began at `before` or earlier to the history, at most kMoved jobs, and the parents whose jobs
  /// have all ended. So goes what began later than now: the clock was set back. Returns when the next one began that is done and stays; nothing if there is none.
  virtual Result<std::optional<Timestamp>> move_shown(Timestamp before) = 0;
  static constexpr std::int64_t kMoved = 256;

  /// Nothing is left outside of what this set's job had made. A set whose manifest was being written stays unswept for kLateWrite
  /// since it was given up: until then a write that was only delayed may bring it.
  virtual Result<> note_swept(TenantId tenant, std::int64_t set_id) = 0;
  static constexpr Timestamp kLateWrite = Timestamp{3} * 86'400 * 1'000'000;

  /// Jobs that the history keeps of a tenant; the oldest go.
  static constexpr std::int64_t kKeptJobs = 1000;
};

}  // namespace breakwater::catalog
