// The backup views over the catalogue's tables (docs/spec/behaviour.md#backup-views).
#include "catalog/dictionary/views.h"
#include "catalog/model/key_status.h"

namespace breakwater::catalog {

namespace {

constexpr ViewColumn kParameter[] = {{"TENANT_ID", "tenant_id"}, {"NAME", "name"}, {"VALUE", "value"}};

constexpr ViewColumn kArchiveDest[] = {
    {"TENANT_ID", "tenant_id"}, {"DEST_NO", "dest_no"}, {"NAME", "name"}, {"VALUE", "value"}};

constexpr ViewColumn kDeletePolicy[] = {
    {"TENANT_ID", "tenant_id"}, {"POLICY_NAME", "policy_name"}, {"RECOVERY_WINDOW", "recovery_window"}};

constexpr ViewColumn kStorageInfo[] = {
    {"TENANT_ID", "tenant_id"},
    {"PATH", "path"},
    {"ENDPOINT", "endpoint"},
    {"DEST_ID", "dest_id"},
    {"DEST_TYPE", "dest_type"},
    {"AUTHORIZATION", "authorization"},
    {"EXTENSION", "extension"},
    {"CHECK_FILE_NAME", "check_file_name"},
    {"LAST_CHECK_TIMESTAMP", "last_check_timestamp"},
};

// Not a view of OceanBase: what each check of each SET saw.
constexpr ViewColumn kChecks[] = {
    {"TENANT_ID", "tenant_id", "bigint(20)"},
    {"PATH", "path", "varchar(1024)"},
    {"ENDPOINT", "endpoint", "varchar(256)"},
    {"CHECK_ID", "check_id", "bigint(20)"},
    {"CHECK_TIMESTAMP", "check_time", "timestamp(6)"},
    {"CHECK_NO", "check_no", "bigint(20)"},
    {"CHECK_NAME", "name", "varchar(64)"},
    {"RESULT", "CASE WHEN ok THEN 'OK' ELSE 'FAILED' END", "varchar(64)"},
    {"MILLISECONDS", "milliseconds", "double"},
    {"SEEN", "seen", "varchar(4096)"},
    {"HINT", "hint", "varchar(4096)"},
};

// Not a view of OceanBase either.
constexpr ViewColumn kKeyStatus[] = {
    {"TENANT_ID", "tenant_id", "bigint(20)"},
    {"TENANT_NAME", "tenant_name", "varchar(128)"},
    {"TDE_METHOD", "tde_method", "varchar(64)"},
    {"ENCRYPTED", "CASE WHEN newest IS NULL THEN 'NO' ELSE 'YES' END", "varchar(3)"},
    {"NEWEST_VERSION", "newest", "bigint(20)"},
    {"NEWEST_VERSION_TIME", "newest_time", "timestamp(6)"},
    {"BACKED_UP_VERSION", "version", "bigint(20)"},
    {"BACKUP_TIME", "backup_time", "timestamp(6)"},
    {"BACKUP_PATH", "path", "varchar(1024)"},
    {"BACKUP_PROTECTED", "CASE protected WHEN 1 THEN 'YES' WHEN 0 THEN 'NO' END", "varchar(3)"},
    {"STATUS", "status", "varchar(32)"},
};

}  // namespace

std::vector<View> backup_views() {
  std::vector<View> views;
  const auto add = [&views](std::string name, ColumnList columns, std::string table) {
    add_cdb_and_dba({.name = std::move(name),
                     .columns = std::move(columns),
                     .from = std::move(table),
                     .own = "tenant_id = :effective_tenant_id"},
                    views);
  };
  add("BACKUP_PARAMETER", kParameter, "backup_parameter");
  add("ARCHIVE_DEST", kArchiveDest, "log_archive_dest");
  add("BACKUP_DELETE_POLICY", kDeletePolicy, "backup_delete_policy");
  add("BACKUP_STORAGE_INFO", kStorageInfo, "backup_storage_info");
  add("BACKUP_STORAGE_INFO_HISTORY", kStorageInfo, "backup_storage_info_history");
  add("BACKUP_DEST_CHECKS", kChecks, "backup_dest_check");
  add("BACKUP_KEY_STATUS", kKeyStatus, std::string(kKeyStatusRows));
  return views;
}

}  // namespace breakwater::catalog
