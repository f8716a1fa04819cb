// The backup views of OceanBase 4.2.1 (behaviour 6.1 to 6.3, 6.7): columns and types as DESC prints them
// there.
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

constexpr VisibleTo kSysOnly{.sys = true, .mysql = false};
constexpr VisibleTo kAll{.sys = true, .mysql = true};

constexpr ColumnDecl kParameter[] = {
    {"TENANT_ID", "bigint(20)", "NO"},
    {"NAME", "varchar(1024)", "NO"},
    {"VALUE", "longtext", "NO"},
};

constexpr ColumnDecl kArchiveDest[] = {
    {"TENANT_ID", "bigint(20)", "NO"},
    {"DEST_NO", "bigint(20)", "NO"},
    {"NAME", "varchar(1024)", "NO"},
    {"VALUE", "varchar(4096)", "NO"},
};

constexpr ColumnDecl kDeletePolicy[] = {
    {"TENANT_ID", "bigint(20)", "NO"},
    {"POLICY_NAME", "varchar(256)", "NO"},
    {"RECOVERY_WINDOW", "varchar(64)", "NO"},
};

constexpr ColumnDecl kStorageInfo[] = {
    {"TENANT_ID", "bigint(20)", "NO"},
    {"PATH", "varchar(1024)", "NO"},
    {"ENDPOINT", "varchar(256)", "NO"},
    {"DEST_ID", "bigint(20)", "YES"},
    {"DEST_TYPE", "varchar(64)", "YES"},
    {"AUTHORIZATION", "varchar(1024)", "NO"},
    {"EXTENSION", "varchar(512)", "NO"},
    {"CHECK_FILE_NAME", "varchar(256)", "YES"},
    {"LAST_CHECK_TIMESTAMP", "timestamp(6)", "YES"},
};

constexpr const char* kStorageColumns =
    "SELECT tenant_id AS \"TENANT_ID\", path AS \"PATH\", endpoint AS \"ENDPOINT\", dest_id AS \"DEST_ID\", "
    "dest_type AS \"DEST_TYPE\", authorization AS \"AUTHORIZATION\", extension AS \"EXTENSION\", "
    "check_file_name AS \"CHECK_FILE_NAME\", last_check_timestamp AS \"LAST_CHECK_TIMESTAMP\" FROM ";

// Not OceanBase's: what each check of each SET saw.
constexpr ColumnDecl kChecks[] = {
    {"TENANT_ID", "bigint(20)", "NO"},         {"PATH", "varchar(1024)", "NO"},
    {"ENDPOINT", "varchar(256)", "NO"},        {"CHECK_ID", "bigint(20)", "NO"},
    {"CHECK_TIMESTAMP", "timestamp(6)", "NO"}, {"CHECK_NO", "bigint(20)", "NO"},
    {"CHECK_NAME", "varchar(64)", "NO"},       {"RESULT", "varchar(64)", "NO"},
    {"MILLISECONDS", "double", "NO"},          {"SEEN", "varchar(4096)", "NO"},
    {"HINT", "varchar(4096)", "NO"},
};
constexpr const char* kChecksQuery =
    "SELECT tenant_id AS \"TENANT_ID\", path AS \"PATH\", endpoint AS \"ENDPOINT\", check_id AS "
    "\"CHECK_ID\", "
    "check_time AS \"CHECK_TIMESTAMP\", check_no AS \"CHECK_NO\", name AS \"CHECK_NAME\", "
    "CASE WHEN ok THEN 'OK' ELSE 'FAILED' END AS \"RESULT\", milliseconds AS \"MILLISECONDS\", "
    "seen AS \"SEEN\", hint AS \"HINT\" FROM backup_dest_check";

constexpr const char* kOwnRows = " WHERE tenant_id = :effective_tenant_id";

View view(std::string name, std::span<const ColumnDecl> columns, std::string query, VisibleTo visible) {
  return {.schema = std::string(kOceanBase),
          .name = std::move(name),
          .columns = make_columns(columns),
          .query = std::move(query),
          .visible_to = visible};
}

}  // namespace

std::vector<View> backup_views() {
  const std::string storage = kStorageColumns;
  std::vector<View> views;
  views.push_back(
      view("CDB_OB_BACKUP_PARAMETER", kParameter,
           "SELECT tenant_id AS \"TENANT_ID\", name AS \"NAME\", value AS \"VALUE\" FROM backup_parameter",
           kSysOnly));
  views.push_back(view(
      "DBA_OB_BACKUP_PARAMETER", std::span(kParameter).subspan(1),
      std::string("SELECT name AS \"NAME\", value AS \"VALUE\" FROM backup_parameter") + kOwnRows, kAll));
  const std::string archive =
      "dest_no AS \"DEST_NO\", name AS \"NAME\", value AS \"VALUE\" FROM log_archive_dest";
  views.push_back(
      view("CDB_OB_ARCHIVE_DEST", kArchiveDest, "SELECT tenant_id AS \"TENANT_ID\", " + archive, kSysOnly));
  views.push_back(
      view("DBA_OB_ARCHIVE_DEST", std::span(kArchiveDest).subspan(1), "SELECT " + archive + kOwnRows, kAll));
  const std::string policy =
      "policy_name AS \"POLICY_NAME\", recovery_window AS \"RECOVERY_WINDOW\" FROM backup_delete_policy";
  views.push_back(view("CDB_OB_BACKUP_DELETE_POLICY", kDeletePolicy,
                       "SELECT tenant_id AS \"TENANT_ID\", " + policy, kSysOnly));
  views.push_back(view("DBA_OB_BACKUP_DELETE_POLICY", std::span(kDeletePolicy).subspan(1),
                       "SELECT " + policy + kOwnRows, kAll));
  for (const std::string suffix : {"", "_HISTORY"}) {
    const std::string table = suffix.empty() ? "backup_storage_info" : "backup_storage_info_history";
    views.push_back(view("CDB_OB_BACKUP_STORAGE_INFO" + suffix, kStorageInfo, storage + table, kSysOnly));
    views.push_back(
        view("DBA_OB_BACKUP_STORAGE_INFO" + suffix, kStorageInfo, storage + table + kOwnRows, kAll));
  }
  views.push_back(view("CDB_OB_BACKUP_DEST_CHECKS", kChecks, kChecksQuery, kSysOnly));
  views.push_back(view("DBA_OB_BACKUP_DEST_CHECKS", kChecks, std::string(kChecksQuery) + kOwnRows, kAll));
  return views;
}

}  // namespace breakwater::catalog
