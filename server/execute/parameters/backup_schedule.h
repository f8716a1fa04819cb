// The parameter backup_schedule: 'full=0 2 * * 0; incremental=0 2 * * 1-6; validate=0 5 * * 0' (docs/backups.md#schedules).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/store/store.h"
#include "server/execute/parameters/cron_times.h"

namespace breakwater::server::execute {

inline constexpr std::string_view kBackupSchedule = "backup_schedule";
inline constexpr std::size_t kMaxSchedule = 1024;  ///< bytes

struct PlannedBackup {
  catalog::ScheduleKind kind{};
  std::string fields{};  ///< cron's five, as they were written, with single blanks
  CronTimes times{};
};

/// In the order of the kinds, each at most once; none for an empty text. invalid_config (4147), with a hint: it isn't that. Pure.
Result<std::vector<PlannedBackup>> parse_backup_schedule(std::string_view text);

/// Runs up to here are done with. A moment far ahead of `now` is from a clock that was set back since, and counts as now.
Timestamp settled_up_to(const catalog::Schedule& schedule, Timestamp now);

/// Notes what the tenant's parameter plans, as it is in this transaction, in a time zone as SET time_zone takes it. Errors: those of
/// the catalogue.
Result<> plan_schedules(catalog::Transaction& transaction, catalog::TenantId tenant, std::string_view zone,
                        Timestamp now);

}  // namespace breakwater::server::execute
