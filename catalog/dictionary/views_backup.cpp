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

// Nor this one: how each destination is that a setting names now.
constexpr ViewColumn kDestinationStatus[] = {
    {"TENANT_ID", "tenant_id", "bigint(20)"},
    {"TENANT_NAME", "tenant_name", "varchar(128)"},
    {"KIND", "kind", "varchar(64)"},
    {"PATH", "path", "varchar(1024)"},
    {"ENDPOINT", "endpoint", "varchar(256)"},
    {"DEST_ID", "dest_id", "bigint(20)"},
    {"STATUS", "CASE ok WHEN 1 THEN 'OK' WHEN 0 THEN 'FAILED' ELSE 'UNKNOWN' END", "varchar(64)"},
    {"ERROR", "error", "varchar(4096)"},
    {"SINCE", "since", "timestamp(6)", "YES"},
    {"LAST_CHECK", "checked", "timestamp(6)", "YES"},
    {"CHECKED_BY", "checked_by", "varchar(64)"},
    {"NEXT_CHECK", "CASE WHEN next_check > 0 AND next_check < 9223372036854775807 THEN next_check END",
     "timestamp(6)", "YES"},
    {"FREE_BYTES", "free_bytes", "bigint(20)", "YES"},
};

// LOG_ARCHIVE_DEST names its destination by number and path: ADOPT may take up a number that was given again.
constexpr const char* kDestinationStatusRows =
    "(SELECT d.tenant_id, t.tenant_name, d.kind, d.path, d.endpoint, d.dest_id, s.ok,"
    " COALESCE(s.error, '') AS error, s.since, s.checked, COALESCE(s.checked_by, '') AS checked_by,"
    " COALESCE(s.next_check, 0) AS next_check, s.free_bytes FROM ("
    "SELECT i.tenant_id, 'DATA' AS kind, i.path, i.endpoint, i.dest_id FROM backup_parameter AS p"
    " JOIN backup_storage_info AS i ON i.tenant_id = p.tenant_id AND i.path = p.path AND i.endpoint = "
    "p.endpoint"
    " WHERE p.name = 'data_backup_dest'"
    " UNION ALL "
    "SELECT i.tenant_id, 'ARCHIVE', i.path, i.endpoint, i.dest_id FROM log_archive_dest AS n"
    " JOIN log_archive_dest AS v ON v.tenant_id = n.tenant_id AND v.dest_no = n.dest_no AND v.name = 'path'"
    " JOIN backup_storage_info AS i ON i.tenant_id = n.tenant_id AND i.dest_id = CAST(n.value AS INTEGER)"
    " AND (v.value = i.path OR substr(v.value, 1, length(i.path) + 1) = i.path || '?')"
    " WHERE n.name = 'dest_id') AS d"
    " JOIN tenant AS t ON t.tenant_id = d.tenant_id"
    " LEFT JOIN backup_dest_status AS s ON s.tenant_id = d.tenant_id AND s.path = d.path"
    " AND s.endpoint = d.endpoint)";

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
  add("BACKUP_DEST_STATUS", kDestinationStatus, kDestinationStatusRows);
  return views;
}

}  // namespace breakwater::catalog
