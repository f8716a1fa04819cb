// Views of the clean-up: jobs and their tasks (catalog/store/deletions.h).
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

namespace {

// PARAMETER is a time in OceanBase's documents: what is older expires. A job that has names instead has its begin there.
constexpr ViewColumn kJob[] = {
    {"INCARNATION", "1"},
    {"INITIATOR_JOB_ID", "0"},
    {"EXECUTOR_TENANT_ID", "CAST(tenant_id AS TEXT)"},
    {"TYPE", "'DELETE ' || type"},
    {"PARAMETER", "CASE WHEN expire_time > 0 THEN expire_time ELSE start_time END"},
    {"JOB_LEVEL", "'USER_TENANT'"},
    {"START_TIMESTAMP", "start_time"},
    {"END_TIMESTAMP", "CASE WHEN in_history THEN end_time END"},
};

// Nothing here has log streams: each set and piece counts as one.
constexpr ViewColumn kTask[] = {
    {"TENANT_ID", "t.tenant_id"},
    {"TASK_ID", "t.task_id"},
    {"INCARNATION", "1"},
    {"JOB_ID", "t.job_id"},
    {"TASK_TYPE", "CASE WHEN t.of_set THEN 'BACKUP SET' ELSE 'BACKUP PIECE' END"},
    {"ID", "t.id"},
    {"ROUND_ID", "t.round_id"},
    {"DEST_ID", "t.dest_id"},
    {"START_TIMESTAMP", "COALESCE(t.start_time, j.start_time)"},
    {"END_TIMESTAMP", "t.end_time"},
    {"STATUS", "CASE WHEN t.status = 'SUCCESS' THEN 'COMPLETED' ELSE t.status END"},
    {"TOTAL_LS_COUNT", "1"},
    {"FINISH_LS_COUNT", "t.status = 'SUCCESS'"},
    {"TOTAL_BYTES", "t.total_bytes"},
    {"DELETE_BYTES", "t.bytes"},
    {"TOTAL_FILES_COUNT", "t.total_files"},
    {"DELETE_FILES_COUNT", "t.files"},
    {"RESULT", "t.result"},
    {"COMMENT", "t.comment"},
    {"PATH", "t.path"},
};

}  // namespace

std::vector<View> deletion_views() {
  std::vector<View> views;
  const auto add = [&views](const char* name, ColumnList columns, const char* from, const char* where,
                            const char* own) {
    add_cdb_and_dba({.name = name, .columns = std::move(columns), .from = from, .where = where, .own = own},
                    views);
  };
  constexpr const char* own_job = "tenant_id = :effective_tenant_id";
  constexpr const char* own_task = "t.tenant_id = :effective_tenant_id";
  constexpr const char* tasks =
      "delete_task AS t JOIN delete_job AS j ON j.tenant_id = t.tenant_id AND j.job_id = t.job_id";
  add("BACKUP_DELETE_JOBS", kJob, "delete_job", "in_history = 0", own_job);
  add("BACKUP_DELETE_JOB_HISTORY", kJob, "delete_job", "in_history = 1", own_job);
  add("BACKUP_DELETE_TASKS", kTask, tasks, "j.in_history = 0", own_task);
  add("BACKUP_DELETE_TASK_HISTORY", kTask, tasks, "j.in_history = 1", own_task);
  return views;
}

}  // namespace breakwater::catalog
