#include "catalog/store/schedules.h"

#include <algorithm>

#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kScheduleColumns =
    "SELECT tenant_id, kind, fields, settled, next_run, first_try FROM backup_schedule ";

Schedule schedule_of(sqlite::Statement& row) {
  return {.key = {.tenant_id = row.integer(0), .kind = static_cast<ScheduleKind>(row.integer(1))},
          .fields = row.string(2),
          .settled = row.integer(3),
          .next_run = row.integer(4),
          .first_try = row.integer(5)};
}

ScheduledJob job_of(sqlite::Statement& row) {
  return {.key = {.tenant_id = row.integer(0), .kind = static_cast<ScheduleKind>(row.integer(1))},
          .job_id = row.integer(2),
          .progress = row.integer(3)};
}

// From the few jobs that aren't done to the schedules that began them.
constexpr std::string_view kWithoutProgress =
    "SELECT s.tenant_id, s.kind, s.last_job, max(j.progress_time, j.start_time) FROM backup_job j INDEXED BY "
    "backup_job_open"
    " JOIN backup_schedule s ON s.tenant_id = j.tenant_id AND s.kind IN (1, 2) AND s.last_job = j.job_id"
    " WHERE j.in_history = 0 AND j.step < 4 AND j.task_id > 0 AND max(j.progress_time, j.start_time) < ?1"
    " AND s.stuck_job <> s.last_job"
    " UNION ALL"
    " SELECT s.tenant_id, s.kind, s.last_job, max(j.progress_time, j.start_time) FROM validate_job j INDEXED "
    "BY validate_job_open"
    " JOIN backup_schedule s ON s.tenant_id = j.tenant_id AND s.kind = 3 AND s.last_job = j.job_id"
    " WHERE j.in_history = 0 AND j.done = 0 AND max(j.progress_time, j.start_time) < ?1 AND s.stuck_job <> "
    "s.last_job LIMIT ?2";

class SqliteScheduleReader final : public OnSqlite<ScheduleReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<Schedule>> find(const ScheduleKey& key) override {
    return first_row(connection().query(select(kScheduleColumns, "WHERE tenant_id = ? AND kind = ?"),
                                        key.tenant_id, static_cast<int>(key.kind)),
                     schedule_of);
  }

  Result<std::vector<Schedule>> due(Timestamp now, std::size_t limit) override {
    return all_rows(connection().query(select(kScheduleColumns,
                                              "INDEXED BY backup_schedule_next WHERE next_run <= ?"
                                              " ORDER BY next_run LIMIT ?"),
                                       now, static_cast<std::int64_t>(limit)),
                    schedule_of);
  }

  Result<std::optional<Timestamp>> next_after(Timestamp now) override {
    return connection().integer(
        "SELECT next_run FROM backup_schedule INDEXED BY backup_schedule_next WHERE next_run > ?"
        " ORDER BY next_run LIMIT 1",
        now);
  }

  Result<std::vector<ScheduledJob>> without_progress(Timestamp before, std::size_t limit) override {
    return all_rows(connection().query(kWithoutProgress, before, static_cast<std::int64_t>(limit)), job_of);
  }
};

class SqliteScheduleWriter final : public OnSqlite<ScheduleWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> replace(TenantId tenant, std::span<const ScheduleItem> items, std::string_view zone,
                   Timestamp now) override {
    BW_CHECK(require_tenant(with(), tenant));
    for (const ScheduleKind kind : {ScheduleKind::full, ScheduleKind::incremental, ScheduleKind::validate}) {
      const auto item = std::ranges::find(items, kind, &ScheduleItem::kind);
      BW_CHECK(item == items.end() ? remove(tenant, kind) : put(tenant, *item, zone, now));
    }
    return {};
  }

  Result<bool> look_again(TenantId tenant) override {
    BW_TRY(const auto rows,
           connection().run("UPDATE backup_schedule SET next_run = 0 WHERE tenant_id = ?", tenant));
    return rows > 0;
  }

  Result<std::optional<TenantId>> look_again_behind(TenantId after, std::size_t limit) override {
    BW_TRY(
        const auto tenants,
        all_rows(connection().query(
                     "SELECT DISTINCT tenant_id FROM backup_schedule WHERE tenant_id > ? ORDER BY tenant_id"
                     " LIMIT ?",
                     after, static_cast<std::int64_t>(limit)),
                 [](sqlite::Statement& row) { return row.integer(0); }));
    for (const TenantId tenant : tenants) BW_CHECK(look_again(tenant));
    return tenants.empty() ? std::nullopt : std::optional(tenants.back());
  }

  Result<> put_off(const ScheduleKey& key, Timestamp next) override {
    return changed(
        connection().run("UPDATE backup_schedule SET next_run = ?3 WHERE tenant_id = ?1 AND kind = ?2",
                         key.tenant_id, static_cast<int>(key.kind), next));
  }

  Result<> put_off_run(const ScheduleKey& key, Timestamp next, std::string_view why, Timestamp now) override {
    return changed(connection().run(
        "UPDATE backup_schedule SET next_run = ?3, comment = ?4,"
        " first_try = CASE first_try WHEN 0 THEN ?5 ELSE first_try END WHERE tenant_id = ?1 AND kind = ?2",
        key.tenant_id, static_cast<int>(key.kind), next, why, now));
  }

  Result<> note_run(const ScheduleKey& key, Timestamp now, Timestamp next) override {
    const bool validates = key.kind == ScheduleKind::validate;
    BW_TRY(const auto job,
           connection().integer(
               validates ? "SELECT job_id FROM validate_job WHERE tenant_id = ? ORDER BY job_id DESC LIMIT 1"
                         : "SELECT job_id FROM backup_job WHERE tenant_id = ? ORDER BY job_id DESC LIMIT 1",
               key.tenant_id));
    return changed(connection().run(
        "UPDATE backup_schedule SET settled = ?3, next_run = ?4, first_try = 0, last_run = ?3, last_job = ?5,"
        " last_result = 0, comment = '' WHERE tenant_id = ?1 AND kind = ?2",
        key.tenant_id, static_cast<int>(key.kind), now, next, job.value_or(0)));
  }

  Result<> note_failed_run(const ScheduleKey& key, Timestamp now, Timestamp next, int result,
                           std::string_view why) override {
    return changed(connection().run(
        "UPDATE backup_schedule SET settled = ?3, next_run = ?4, first_try = 0, last_run = ?3, last_job = 0,"
        " last_result = ?5, comment = ?6 WHERE tenant_id = ?1 AND kind = ?2",
        key.tenant_id, static_cast<int>(key.kind), now, next, result, why));
  }

  Result<> pass_over(const ScheduleKey& key, Timestamp now, Timestamp next) override {
    return changed(
        connection().run("UPDATE backup_schedule SET settled = ?3, next_run = ?4, first_try = 0 WHERE "
                         "tenant_id = ?1 AND kind = ?2",
                         key.tenant_id, static_cast<int>(key.kind), now, next));
  }

  Result<> note_stuck(const ScheduleKey& key, std::int64_t job_id) override {
    return changed(
        connection().run("UPDATE backup_schedule SET stuck_job = ?3 WHERE tenant_id = ?1 AND kind = ?2",
                         key.tenant_id, static_cast<int>(key.kind), job_id));
  }

 private:
  static Result<> changed(Result<std::int64_t> rows) {
    if (!rows) return fail(std::move(rows).error());
    if (*rows == 0) return fail(error::entry_not_exist());
    return {};
  }

  Result<> remove(TenantId tenant, ScheduleKind kind) {
    BW_CHECK(connection().run("DELETE FROM backup_schedule WHERE tenant_id = ? AND kind = ?", tenant,
                              static_cast<int>(kind)));
    return {};
  }

  // What became of the last run stays. What is settled an hour ahead is from a clock that was set back since.
  Result<> put(TenantId tenant, const ScheduleItem& item, std::string_view zone, Timestamp now) {
    BW_CHECK(connection().run(
        "INSERT INTO backup_schedule(tenant_id, kind, fields, zone, settled, next_run, first_try, last_job,"
        " last_result, stuck_job, comment) VALUES (?1, ?2, ?3, ?4, ?6, ?5, 0, 0, 0, 0, '')"
        " ON CONFLICT DO UPDATE SET zone = ?4, next_run = CASE WHEN fields = ?3 AND first_try > 0 AND "
        "next_run > 0"
        " THEN next_run ELSE ?5 END,"
        " settled = CASE WHEN fields = ?3 AND settled <= ?6 + 3600000000 THEN settled ELSE ?6 END,"
        " first_try = CASE WHEN fields = ?3 THEN first_try ELSE 0 END, fields = ?3",
        tenant, static_cast<int>(item.kind), item.fields, zone, item.next_run, now));
    return {};
  }
};

}  // namespace

std::string_view name_of(ScheduleKind kind) {
  switch (kind) {
    case ScheduleKind::full:
      return "FULL";
    case ScheduleKind::incremental:
      return "INCREMENTAL";
    case ScheduleKind::validate:
      break;
  }
  return "VALIDATE";
}

std::unique_ptr<ScheduleReader> schedules_on(const Reading& with) {
  return std::make_unique<SqliteScheduleReader>(with);
}
std::unique_ptr<ScheduleWriter> schedules_on(const Writing& with) {
  return std::make_unique<SqliteScheduleWriter>(with);
}

}  // namespace breakwater::catalog
