// The store's role for schedules: when each backup that a tenant plans by backup_schedule runs next, and what became of the last
// run. The statement that sets the parameter writes the rows; server/jobs begins the jobs, each in the commit that says so here.
//
// The rows are in no tenant's part: a restored tenant plans from what its parameter says (look_again()). No operation but replace()
// makes rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/model/entities.h"
#include "catalog/store/jobs.h"

namespace breakwater::catalog {

/// What has a number here is compared in the database: never change one.
enum class ScheduleKind : std::uint8_t { full = 1, incremental = 2, validate = 3 };
std::string_view name_of(ScheduleKind kind);  ///< "FULL"

inline constexpr Timestamp kNeverAgain = std::numeric_limits<Timestamp>::max();

struct ScheduleItem {
  ScheduleKind kind{};
  std::string fields{};  ///< cron's five
  Timestamp next_run = 0;
};

struct ScheduleKey {
  TenantId tenant_id = 0;
  ScheduleKind kind{};
  friend auto operator<=>(const ScheduleKey&, const ScheduleKey&) = default;
};

struct Schedule {
  ScheduleKey key{};
  std::string fields{};
  Timestamp settled = 0;  ///< runs up to here are done with
  Timestamp next_run =
      0;  ///< not before; 0: the parameter or the time zone has changed, it is to be planned anew
  Timestamp first_try = 0;  ///< since when the run that is due can't begin; 0: none is
};

/// A job that a schedule has begun and that isn't done.
struct ScheduledJob {
  ScheduleKey key{};
  std::int64_t job_id = 0;
  Timestamp progress = 0;  ///< when its row changed last
};

class ScheduleReader {
 public:
  virtual ~ScheduleReader() = default;

  virtual Result<std::optional<Schedule>> find(const ScheduleKey& key) = 0;
  /// Those with next_run up to `now`, the oldest first.
  virtual Result<std::vector<Schedule>> due(Timestamp now, std::size_t limit) = 0;
  /// The first next_run behind `now`.
  virtual Result<std::optional<Timestamp>> next_after(Timestamp now) = 0;
  /// Jobs that schedules began, whose rows haven't changed since `before`, and of which note_stuck() hasn't said so.
  virtual Result<std::vector<ScheduledJob>> without_progress(Timestamp before, std::size_t limit) = 0;
};

class ScheduleWriter {
 public:
  virtual ~ScheduleWriter() = default;

  /// What the tenant plans, and nothing else any more. One that is new, or has other fields than before, begins `now`: no run
  /// before that counts as missed. tenant_not_exist (5157).
  virtual Result<> replace(TenantId tenant, std::span<const ScheduleItem> items, std::string_view zone,
                           Timestamp now) = 0;
  /// All of the tenant's are planned anew. Returns whether there are any.
  virtual Result<bool> look_again(TenantId tenant) = 0;
  /// The same of the tenants behind `after`, at most `limit`; returns the last of them, nothing if there was none. The machine's
  /// time zone may have changed.
  virtual Result<std::optional<TenantId>> look_again_behind(TenantId after, std::size_t limit) = 0;

  // ---- steps. entry_not_exist (4018) from each if it isn't planned any more.
  /// Not before `next`; a run that is due stays so.
  virtual Result<> put_off(const ScheduleKey& key, Timestamp next) = 0;
  /// The run that is due can't begin, and is tried again; since the first put_off_run() it counts as waiting.
  virtual Result<> put_off_run(const ScheduleKey& key, Timestamp next, std::string_view why,
                               Timestamp now) = 0;
  /// The run of `now` is done with: it has begun the tenant's newest job of its kind.
  virtual Result<> note_run(const ScheduleKey& key, Timestamp now, Timestamp next) = 0;
  /// Likewise: it couldn't begin a job. `result`: OceanBase's negative code.
  virtual Result<> note_failed_run(const ScheduleKey& key, Timestamp now, Timestamp next, int result,
                                   std::string_view why) = 0;
  /// Runs up to `now` are done with, without one: the tenant has no destination.
  virtual Result<> pass_over(const ScheduleKey& key, Timestamp now, Timestamp next) = 0;
  /// The view says STUCK of this job, until it gets on.
  virtual Result<> note_stuck(const ScheduleKey& key, std::int64_t job_id) = 0;
};

}  // namespace breakwater::catalog
