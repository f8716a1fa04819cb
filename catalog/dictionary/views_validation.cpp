// Views of VALIDATE: jobs and their tasks (catalog/store/validations.h). OceanBase has them in versions behind 4.2.1.
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

namespace {

constexpr const char* kLevel = "CASE WHEN physical THEN 'PHYSICAL' ELSE 'BASIC' END";
constexpr const char* kBytes = "bigint(20)";
constexpr const char* kWord = "varchar(64)";
constexpr const char* kText = "varchar(4096)";
constexpr const char* kTime = "timestamp(6)";

// What a job and a task both have, by the job's row.
constexpr ViewColumn kOfJob[] = {
    {"INCARNATION", "1", kBytes},
    {"INITIATOR_TENANT_ID", "j.initiator_tenant_id", kBytes},
    {"INITIATOR_JOB_ID", "0", kBytes},
    {"EXECUTOR_TENANT_ID", "CAST(j.tenant_id AS TEXT)", "varchar(65536)"},
};

constexpr ViewColumn kJob[] = {
    {"TYPE", "j.type", kWord},
    {"PATH", "j.path", kText},
    {"LEVEL", kLevel, kWord},
    {"START_TIMESTAMP", "j.start_time", kTime},
    {"END_TIMESTAMP", "CASE WHEN j.in_history THEN j.end_time END", kTime, "YES"},
    {"STATUS", "j.status", kWord},
    {"RESULT", "j.result", kBytes},
    {"TASK_COUNT", "j.task_count", kBytes},
    {"SUCCESS_TASK_COUNT", "j.success_task_count", kBytes},
    {"COMMENT", "j.comment", kText, "YES"},
    {"DESCRIPTION", "j.description", kText, "YES"},
};

constexpr ViewColumn kTask[] = {
    {"TYPE", "CASE WHEN t.of_set THEN 'BACKUP SET' ELSE 'BACKUP PIECE' END", kWord},
    {"ID", "t.id", kBytes},
    {"ROUND_ID", "t.round_id", kBytes},
    {"DEST_ID", "t.dest_id", kBytes},
    {"PATH", "t.path", kText},
    {"LEVEL", kLevel, kWord},
    {"START_TIMESTAMP", "t.start_time", kTime, "YES"},
    {"END_TIMESTAMP", "t.end_time", kTime, "YES"},
    {"STATUS", "t.status", kWord},
    {"RESULT", "t.result", kBytes},
    {"TOTAL_BYTES", "t.total_bytes", kBytes},
    {"VALIDATE_BYTES", "t.validate_bytes", kBytes},
    {"COMMENT", "t.comment", kText, "YES"},
    {"DESCRIPTION", "j.description", kText, "YES"},
};

// The keys first, in the order of each view.
ColumnList columns_with(std::span<const ViewColumn> keys, std::span<const ViewColumn> rest) {
  ColumnList columns;
  columns.add(keys);
  columns.add(kOfJob);
  columns.add(rest);
  return columns;
}

}  // namespace

std::vector<View> validation_views() {
  constexpr ViewColumn job_keys[] = {{"JOB_ID", "j.job_id", kBytes}, {"TENANT_ID", "j.tenant_id", kBytes}};
  constexpr ViewColumn task_keys[] = {
      {"JOB_ID", "t.job_id", kBytes}, {"TASK_ID", "t.task_id", kBytes}, {"TENANT_ID", "t.tenant_id", kBytes}};
  std::vector<View> views;
  const auto add = [&views](const char* name, ColumnList columns, const char* from, const char* where) {
    add_cdb_and_dba({.name = name,
                     .columns = std::move(columns),
                     .from = from,
                     .where = where,
                     .own = "j.tenant_id = :effective_tenant_id"},
                    views);
  };
  constexpr const char* jobs = "validate_job AS j";
  constexpr const char* tasks =
      "validate_job AS j JOIN validate_task AS t ON t.tenant_id = j.tenant_id AND t.job_id = j.job_id";
  add("BACKUP_VALIDATE_JOBS", columns_with(job_keys, kJob), jobs, "j.in_history = 0");
  add("BACKUP_VALIDATE_JOB_HISTORY", columns_with(job_keys, kJob), jobs, "j.in_history = 1");
  add("BACKUP_VALIDATE_TASKS", columns_with(task_keys, kTask), tasks, "j.in_history = 0");
  add("BACKUP_VALIDATE_TASK_HISTORY", columns_with(task_keys, kTask), tasks, "j.in_history = 1");
  return views;
}

}  // namespace breakwater::catalog
