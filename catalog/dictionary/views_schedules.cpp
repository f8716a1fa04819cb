// The view of what tenants plan by backup_schedule (catalog/store/schedules.h). It is the product's own.
#include <string>

#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

namespace {

constexpr const char* kWord = "varchar(64)";
constexpr const char* kTime = "timestamp(6)";
constexpr const char* kSleeps =
    "NOT EXISTS (SELECT 1 FROM backup_parameter AS p WHERE p.tenant_id = s.tenant_id"
    " AND p.name = 'data_backup_dest' AND p.path IS NOT NULL)";

constexpr const char* kLastStatus =
    "CASE WHEN s.last_result <> 0 THEN 'FAILED'"
    " WHEN s.stuck_job = s.last_job AND (b.step < 4 OR v.done = 0) THEN 'STUCK'"
    " ELSE COALESCE(b.status, v.status) END";

constexpr ViewColumn kPlanned[] = {
    {"TENANT_ID", "s.tenant_id", "bigint(20)"},
    {"TYPE", "CASE s.kind WHEN 1 THEN 'FULL' WHEN 2 THEN 'INCREMENTAL' ELSE 'VALIDATE' END", kWord},
    {"SCHEDULE", "s.fields", "varchar(1024)"},
    {"TIME_ZONE", "s.zone", kWord},
};

constexpr ViewColumn kLast[] = {
    {"LAST_RUN", "s.last_run", kTime, "YES"},
    {"LAST_JOB_ID", "CASE WHEN s.last_job > 0 THEN s.last_job END", "bigint(20)", "YES"},
    {"LAST_STATUS", kLastStatus, kWord, "YES"},
    {"LAST_RESULT", "CASE WHEN s.last_result <> 0 THEN s.last_result ELSE COALESCE(b.result, v.result) END",
     "bigint(20)", "YES"},
    {"COMMENT", "CASE WHEN s.comment <> '' THEN s.comment ELSE COALESCE(b.comment, v.comment) END",
     "varchar(4096)", "YES"},
};

}  // namespace

std::vector<View> schedule_views() {
  const std::string sleeps = kSleeps;
  ColumnList list(kPlanned);
  list.add("STATUS",
           "CASE WHEN " + sleeps + " THEN 'SLEEPING' WHEN s.first_try > 0 THEN 'WAITING' ELSE 'ACTIVE' END",
           kWord);
  list.add("NEXT_RUN",
           "CASE WHEN s.next_run > 0 AND s.next_run < 9223372036854775807 AND NOT (" + sleeps +
               ") THEN s.next_run END",
           kTime, "YES");
  list.add(kLast);
  std::vector<View> views;
  add_cdb_and_dba({.name = "BACKUP_SCHEDULES",
                   .columns = std::move(list),
                   .from = "backup_schedule AS s"
                           " LEFT JOIN backup_job AS b ON s.kind < 3 AND b.tenant_id = s.tenant_id"
                           " AND b.job_id = s.last_job"
                           " LEFT JOIN validate_job AS v ON s.kind = 3 AND v.tenant_id = s.tenant_id"
                           " AND v.job_id = s.last_job",
                   .where = "s.fields <> ''",
                   .own = "s.tenant_id = :effective_tenant_id"},
                  views);
  return views;
}

}  // namespace breakwater::catalog
