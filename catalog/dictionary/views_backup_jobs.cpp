// Views of backups: jobs, their tasks, and the sets that they made (catalog/store/jobs.h). A job and its task are one row.
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

namespace {

constexpr const char* kEncryption = "CASE WHEN passwd = '' THEN 'NONE' ELSE 'PASSWORD' END";
constexpr const char* kType = "CASE WHEN incremental THEN 'INC' ELSE 'FULL' END";
constexpr const char* kPlusArchive = "CASE WHEN plus_archivelog THEN 'ON' ELSE 'OFF' END";
constexpr const char* kLocalEnd = "bw_text_of_datetime(bw_local(end_time),6)";
// Bytes a second, of what took less than a microsecond too.
constexpr const char* kRate =
    "CASE WHEN end_time IS NULL THEN '0.0000'"
    " ELSE printf('%.4f', output_bytes * 1000000.0 / MAX(end_time - start_time, 1)) END";

constexpr ViewColumn kJob[] = {
    {"INCARNATION", "1"},
    {"PLUS_ARCHIVELOG", kPlusArchive},
    {"BACKUP_TYPE", kType},
    {"ENCRYPTION_MODE", kEncryption},
    {"START_TIMESTAMP", "start_time"},
    {"END_TIMESTAMP", "CASE WHEN in_history THEN end_time END"},
};

// What runs has a phase, what has ended says how. Nothing here has tablets or blocks.
constexpr ViewColumn kTask[] = {
    {"INCARNATION", "1"},
    {"START_TIMESTAMP", "start_time"},
    {"END_TIMESTAMP", "CASE WHEN in_history THEN end_time END"},
    {"STATUS",
     "CASE WHEN in_history OR status = 'CANCELING' THEN status WHEN step = 0 THEN 'INIT'"
     " WHEN step = 1 THEN 'BACKUP_SYS_META' ELSE 'BACKUP_USER_DATA' END"},
    {"START_SCN", "start_scn"},
    {"END_SCN", "end_scn"},
    {"USER_LS_START_SCN", "start_scn"},
    {"ENCRYPTION_MODE", kEncryption},
    {"OUTPUT_RATE_BYTES", kRate},
    {"EXTRA_META_BYTES", "0"},
    {"TABLET_COUNT", "0"},
    {"FINISH_TABLET_COUNT", "0"},
    {"MACRO_BLOCK_COUNT", "0"},
    {"FINISH_MACRO_BLOCK_COUNT", "0"},
    {"META_TURN_ID", "1"},
    {"DATA_TURN_ID", "1"},
};

constexpr ViewColumn kSet[] = {
    {"INCARNATION", "1"},
    {"BACKUP_TYPE", kType},
    {"PREV_FULL_BACKUP_SET_ID", "prev_full"},
    {"PREV_INC_BACKUP_SET_ID", "prev_inc"},
    {"START_TIMESTAMP", "start_time"},
    {"END_TIMESTAMP", "end_time"},
    {"ELAPSED_SECONDES", "CAST((COALESCE(end_time, :now) - start_time) / 1000000 AS TEXT)"},
    {"PLUS_ARCHIVELOG", kPlusArchive},
    {"START_REPLAY_SCN", "start_scn"},
    {"START_REPLAY_SCN_DISPLAY", "bw_local(start_scn / 1000)"},
    {"MIN_RESTORE_SCN", "end_scn"},
    {"MIN_RESTORE_SCN_DISPLAY", "bw_text_of_datetime(bw_local(end_scn / 1000),6)"},
    {"OUTPUT_RATE_BYTES", kRate},
    {"EXTRA_META_BYTES", "0"},
    {"TABLET_COUNT", "0"},
    {"FINISH_TABLET_COUNT", "0"},
    {"MACRO_BLOCK_COUNT", "0"},
    {"FINISH_MACRO_BLOCK_COUNT", "0"},
    {"META_TURN_ID", "1"},
    {"DATA_TURN_ID", "1"},
    {"ENCRYPTION_MODE", kEncryption},
    {"TENANT_COMPATIBLE", "'4.2.1.0'"},
    {"BACKUP_COMPATIBLE", "4"},
    {"CLUSTER_VERSION", "'4.2.1.0'"},
};

// Sys sees these as text.
constexpr ViewColumn kSetOfSys[] = {
    {"END_TIMESTAMP", kLocalEnd},
    {"START_REPLAY_SCN_DISPLAY", "bw_text_of_datetime(bw_local(start_scn / 1000),6)"},
};

constexpr const char* kOwn = "tenant_id = :effective_tenant_id";

}  // namespace

std::vector<View> backup_job_views() {
  std::vector<View> views;
  const auto add = [&views](const char* name, ColumnList columns, const char* where) {
    add_cdb_and_dba(
        {.name = name, .columns = std::move(columns), .from = "backup_job", .where = where, .own = kOwn},
        views);
  };
  add("BACKUP_JOBS", kJob, "in_history = 0");
  add("BACKUP_JOB_HISTORY", kJob, "in_history = 1");
  add("BACKUP_TASKS", kTask, "in_history = 0 AND task_id > 0");
  add("BACKUP_TASK_HISTORY", kTask, "in_history = 1 AND task_id > 0");
  Declaration sets{
      .name = "CDB_OB_BACKUP_SET_FILES", .columns = ColumnList(kSet).with(kSetOfSys), .from = "backup_set"};
  add_view(sets, "sys", kSysOnly, views);
  sets.name = "DBA_OB_BACKUP_SET_FILES";
  sets.columns = kSet;
  sets.own = kOwn;
  add_view(sets, "mysql", kNoOracle, views);
  return views;
}

}  // namespace breakwater::catalog
