#include "server/execute/parameters/backup_schedule.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "base/text_parts.h"

namespace breakwater::server::execute {
namespace {

using catalog::ScheduleKind;

struct KindName {
  std::string_view name;
  ScheduleKind kind;
};
constexpr std::array kKinds = {KindName{"full", ScheduleKind::full},
                               KindName{"incremental", ScheduleKind::incremental},
                               KindName{"validate", ScheduleKind::validate}};

Error wrong(std::string_view what) {
  return error::invalid_config().with_hint("backup_schedule: " + std::string(what) +
                                           ". It is 'full=0 2 * * 0; incremental=0 2 * * 1-6; validate=0 5 * "
                                           "* 0', each with cron's five fields, and "
                                           "each may be left out");
}

Result<PlannedBackup> read_part(std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) return fail(wrong("a part has no ="));
  const std::string_view name = trim(part.substr(0, equals));
  const auto* const known =
      std::ranges::find_if(kKinds, [&](const KindName& row) { return iequals(row.name, name); });
  if (known == kKinds.end()) return fail(wrong("only full, incremental and validate can be planned"));
  std::string fields = join(split(part.substr(equals + 1), ' '), " ");
  const auto times = CronTimes::parse(fields);
  if (!times) return fail(wrong("the fields of " + std::string(known->name) + " aren't cron's"));
  if (!times->next(0, {})) return fail(wrong("the time of " + std::string(known->name) + " never comes"));
  return PlannedBackup{.kind = known->kind, .fields = std::move(fields), .times = *times};
}

}  // namespace

Result<std::vector<PlannedBackup>> parse_backup_schedule(std::string_view text) {
  if (text.size() > kMaxSchedule) return fail(wrong("it is longer than 1024 bytes"));
  std::vector<PlannedBackup> planned;
  for (const std::string_view part : split(text, ';')) {
    BW_TRY(PlannedBackup backup, read_part(part));
    if (std::ranges::find(planned, backup.kind, &PlannedBackup::kind) != planned.end())
      return fail(wrong("one is planned twice"));
    planned.push_back(std::move(backup));
  }
  std::ranges::sort(planned, {}, &PlannedBackup::kind);
  return planned;
}

Timestamp settled_up_to(const catalog::Schedule& schedule, Timestamp now) {
  constexpr Timestamp kHour = Timestamp{3600} * 1'000'000;
  return schedule.settled > now + kHour ? now : schedule.settled;
}

Result<> plan_schedules(catalog::Transaction& transaction, catalog::TenantId tenant, std::string_view zone,
                        Timestamp now) {
  BW_TRY(const auto value, transaction.read().parameters().find(tenant, kBackupSchedule));
  BW_TRY(const auto planned, parse_backup_schedule(value.value_or("")));
  const catalog::TimeZone time_zone = catalog::parse_time_zone(zone).value_or(catalog::TimeZone{});
  std::vector<catalog::ScheduleItem> items;
  for (const PlannedBackup& backup : planned) {
    BW_TRY(const auto known, transaction.read().schedules().find({.tenant_id = tenant, .kind = backup.kind}));
    const bool same = known && known->fields == backup.fields;
    const auto next = backup.times.next(same ? settled_up_to(*known, now) : now, time_zone);
    items.push_back(
        {.kind = backup.kind, .fields = backup.fields, .next_run = next.value_or(catalog::kNeverAgain)});
  }
  return transaction.schedules().replace(tenant, items, zone, now);
}

}  // namespace breakwater::server::execute
