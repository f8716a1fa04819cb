// Views of restores (catalog/store/restores.h), and of jobs that this server doesn't run, which have no rows.
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

namespace {

// Each restore has two rows: sys's and the new tenant's.
constexpr const char* kRestores =
    "(SELECT 1 AS row_tenant, * FROM restore_job UNION ALL SELECT tenant_id, * FROM restore_job)";
constexpr const char* kOwnRestores = "row_tenant = :effective_tenant_id";

constexpr const char* kTotalDisplay = "printf('%.2fMB', total_bytes / 1048576.0)";
constexpr const char* kDoneBytes = "CASE WHEN step = 2 THEN total_bytes ELSE 0 END";
constexpr const char* kDoneDisplay =
    "printf('%.2fMB', CASE WHEN step = 2 THEN total_bytes ELSE 0 END / 1048576.0)";
constexpr const char* kScnText = "bw_text_of_datetime(bw_local(restore_scn / 1000),6)";

constexpr ViewColumn kProgress[] = {
    {"TENANT_ID", "row_tenant"},
    {"RESTORE_TENANT_NAME", "tenant_name"},
    {"RESTORE_TENANT_ID", "CAST(tenant_id AS TEXT)"},
    {"BACKUP_TENANT_ID", "CAST(backup_tenant_id AS TEXT)"},
    {"RESTORE_SCN_DISPLAY", "bw_local(restore_scn / 1000)"},
    {"STATUS",
     "CASE WHEN row_tenant = 1 THEN CASE WHEN step = 0 THEN 'CREATE_TENANT' ELSE"
     " 'WAIT_TENANT_RESTORE_FINISH' END WHEN step = 0 THEN 'RESTORE_PRE' WHEN step = 1 THEN"
     " 'RESTORE_WAIT_LS' ELSE 'POST_CHECK' END"},
    {"START_TIMESTAMP", "bw_local(start_time)"},
    {"BACKUP_SET_LIST", "set_list"},
    {"BACKUP_PIECE_LIST", "piece_list"},
    {"TOTAL_BYTES_DISPLAY", kTotalDisplay},
    {"FINISH_BYTES", kDoneBytes},
    {"FINISH_BYTES_DISPLAY", kDoneDisplay},
};
// Sys sees these otherwise.
constexpr ViewColumn kProgressOfSys[] = {
    {"RESTORE_TENANT_ID", "tenant_id"},
    {"RESTORE_SCN_DISPLAY", kScnText},
    {"START_TIMESTAMP", "bw_text_of_datetime(bw_local(start_time),6)"},
};

// Nothing here has tablets. The version is 4.2.1.0 as OceanBase counts it.
constexpr ViewColumn kRestored[] = {
    {"TENANT_ID", "row_tenant"},
    {"RESTORE_TENANT_NAME", "tenant_name"},
    {"RESTORE_TENANT_ID", "tenant_id"},
    {"RESTORE_SCN_DISPLAY", "bw_local(restore_scn / 1000)"},
    {"START_TIMESTAMP", "start_time"},
    {"FINISH_TIMESTAMP", "finish_time"},
    {"STATUS", "CASE WHEN step = 2 THEN 'SUCCESS' ELSE 'FAIL' END"},
    {"BACKUP_SET_LIST", "set_list"},
    {"BACKUP_PIECE_LIST", "piece_list"},
    {"BACKUP_CLUSTER_VERSION", "17180000512"},
    {"LS_COUNT", "1"},
    {"FINISH_LS_COUNT", "CASE WHEN step = 2 THEN 1 ELSE 0 END"},
    {"TABLET_COUNT", "0"},
    {"FINISH_TABLET_COUNT", "0"},
    {"TOTAL_BYTES_DISPLAY", kTotalDisplay},
    {"FINISH_BYTES", kDoneBytes},
    {"FINISH_BYTES_DISPLAY", kDoneDisplay},
};
constexpr ViewColumn kRestoredOfSys[] = {{"RESTORE_SCN_DISPLAY", kScnText}};

// As V$ENCRYPTED_TABLESPACES, with the table before it. Tenants have no tables here.
constexpr ViewColumn kEncryptedTables[] = {
    {"TABLE_ID", "NULL", "bigint(20)"},
    {"TABLE_NAME", "NULL", "varchar(256)"},
    {"TABLESPACE_ID", "NULL", "bigint(20)"},
    {"ENCRYPTIONALG", "NULL", "varchar(30)"},
    {"ENCRYPTED", "NULL", "varchar(3)"},
    {"ENCRYPTEDKEY", "NULL", "varchar(33)"},
    {"MASTERKEYID", "NULL", "bigint(20) unsigned"},
    {"BLOCKS_ENCRYPTED", "NULL", "decimal(20,0)"},
    {"BLOCKS_DECRYPTED", "NULL", "decimal(21,0)"},
    {"STATUS", "NULL", "varchar(10)"},
    {"CON_ID", "NULL", "bigint(20)"},
};

void add_restores(const char* name, const char* where, const ColumnList& columns, const ColumnList& of_sys,
                  std::vector<View>& views) {
  Declaration declaration{.name = std::string("CDB_OB_") + name,
                          .columns = columns.with(of_sys),
                          .from = kRestores,
                          .where = where};
  add_view(declaration, "sys", kSysOnly, views);
  declaration.name = std::string("DBA_OB_") + name;
  declaration.columns = columns;
  declaration.own = kOwnRestores;
  add_view(declaration, "mysql", kNoOracle, views);
}

}  // namespace

std::vector<View> job_views() {
  std::vector<View> views;
  add_restores("RESTORE_PROGRESS", "in_history = 0", kProgress, kProgressOfSys, views);
  add_restores("RESTORE_HISTORY", "in_history = 1", kRestored, kRestoredOfSys, views);
  for (const char* name : {"V$OB_ARCHIVE_DEST_STATUS", "V$ENCRYPTED_TABLESPACES"})
    add_alike({.name = name}, views);
  add_alike({.name = "V$OB_ENCRYPTED_TABLES", .columns = kEncryptedTables, .from = "tenant", .where = "0"},
            views);
  return views;
}

}  // namespace breakwater::catalog
