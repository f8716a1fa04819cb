// Views of the jobs, tasks, sets, rounds and pieces of backups and archives. None runs in this server, so
// these views have no rows.
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

std::vector<View> job_views() {
  std::vector<View> views;
  for (const char* name : {"ARCHIVELOG", "ARCHIVELOG_SUMMARY", "ARCHIVELOG_PIECE_FILES", "BACKUP_JOBS",
                           "BACKUP_JOB_HISTORY", "BACKUP_TASKS", "BACKUP_TASK_HISTORY", "BACKUP_SET_FILES",
                           "BACKUP_DELETE_JOBS", "BACKUP_DELETE_JOB_HISTORY", "BACKUP_DELETE_TASKS",
                           "BACKUP_DELETE_TASK_HISTORY", "RESTORE_HISTORY", "RESTORE_PROGRESS"})
    add_cdb_and_dba({.name = name}, views);
  for (const char* name : {"V$OB_ARCHIVE_DEST_STATUS", "V$ENCRYPTED_TABLESPACES"})
    add_alike({.name = name}, views);
  return views;
}

}  // namespace breakwater::catalog
