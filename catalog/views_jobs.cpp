// Views of jobs, tasks, sets, rounds and pieces: what backups and archives leave. None runs in this server,
// so these views have no rows.
#include "catalog/job_columns.h"
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

using namespace job;

// One kind of rows, as CDB_ shows them and as DBA_ does.
struct EmptyView {
  const char* name;  ///< behind CDB_OB_ and DBA_OB_
  std::span<const ColumnDecl> all;
  std::span<const ColumnDecl> own;
};

std::span<const ColumnDecl> without_tenant(std::span<const ColumnDecl> columns) {
  return columns.subspan(1);
}

std::vector<EmptyView> empty_views() {
  return {
      {"ARCHIVELOG", kArchiveRoundColumns, without_tenant(kArchiveRoundColumns)},
      {"ARCHIVELOG_SUMMARY", kArchiveSummaryColumns, without_tenant(kArchiveSummaryColumns)},
      {"ARCHIVELOG_PIECE_FILES", kPieceColumns, kPieceOwnColumns},
      {"BACKUP_JOBS", kJobColumns, without_tenant(kJobColumns)},
      {"BACKUP_JOB_HISTORY", kJobColumns, without_tenant(kJobColumns)},
      {"BACKUP_TASKS", kTaskColumns, without_tenant(kTaskColumns)},
      {"BACKUP_TASK_HISTORY", kTaskColumns, without_tenant(kTaskColumns)},
      {"BACKUP_SET_FILES", kSetColumns, kSetOwnColumns},
      {"BACKUP_DELETE_JOBS", kDeleteJobColumns, kDeleteJobColumns},
      {"BACKUP_DELETE_JOB_HISTORY", kDeleteJobColumns, kDeleteJobColumns},
      {"BACKUP_DELETE_TASKS", kDeleteTaskColumns, kDeleteTaskColumns},
      {"BACKUP_DELETE_TASK_HISTORY", kDeleteTaskColumns, kDeleteTaskColumns},
      {"RESTORE_HISTORY", kRestoreHistoryColumns, kRestoreHistoryOwnColumns},
      {"RESTORE_PROGRESS", kRestoreProgressColumns, kRestoreProgressOwnColumns},
  };
}

View empty_view(std::string name, std::span<const ColumnDecl> columns, VisibleTo visible) {
  return {.schema = std::string(kOceanBase),
          .name = std::move(name),
          .columns = make_columns(columns),
          .query = no_rows(columns),
          .visible_to = visible};
}

}  // namespace

std::vector<View> job_views() {
  std::vector<View> views;
  for (const EmptyView& view : empty_views()) {
    const std::string name = view.name;
    views.push_back(empty_view("CDB_OB_" + name, view.all, {.sys = true, .mysql = false}));
    views.push_back(empty_view("DBA_OB_" + name, view.own, {.sys = true, .mysql = true}));
  }
  views.push_back(
      empty_view("V$OB_ARCHIVE_DEST_STATUS", kArchiveStatusColumns, {.sys = true, .mysql = true}));
  views.push_back(
      empty_view("V$ENCRYPTED_TABLESPACES", kEncryptedTablespaceColumns, {.sys = true, .mysql = true}));
  return views;
}

}  // namespace breakwater::catalog
