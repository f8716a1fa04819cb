// Tenants and resources (behaviour 6.10; OceanBase 4.2.1's columns).
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

constexpr ColumnDecl kTenants[] = {
    {"TENANT_ID", "bigint(20)", "NO"},
    {"TENANT_NAME", "varchar(128)", "NO"},
    {"TENANT_TYPE", "varchar(4)", "NO"},
    {"CREATE_TIME", "timestamp(6)", "YES"},
    {"MODIFY_TIME", "timestamp(6)", "YES"},
    {"PRIMARY_ZONE", "varchar(128)", "YES"},
    {"LOCALITY", "varchar(4096)", "NO"},
    {"PREVIOUS_LOCALITY", "varchar(4096)", "NO"},
    {"COMPATIBILITY_MODE", "varchar(6)", "NO"},
    {"STATUS", "varchar(64)", "NO"},
    {"IN_RECYCLEBIN", "varchar(3)", "NO"},
    {"LOCKED", "varchar(3)", "NO"},
    {"TENANT_ROLE", "varchar(100)", "NO"},
    {"SWITCHOVER_STATUS", "varchar(100)", "NO"},
    {"SWITCHOVER_EPOCH", "bigint(20)", "NO"},
    {"SYNC_SCN", "bigint(20) unsigned", "NO"},
    {"REPLAYABLE_SCN", "bigint(20) unsigned", "NO"},
    {"READABLE_SCN", "bigint(20) unsigned", "NO"},
    {"RECOVERY_UNTIL_SCN", "bigint(20) unsigned", "NO"},
    {"LOG_MODE", "varchar(100)", "NO"},
    {"ARBITRATION_SERVICE_STATUS", "varchar(64)", "NO"},
    {"UNIT_NUM", "bigint(20)", "NO"},
    {"COMPATIBLE", "varchar(65536)", "NO"},
    {"MAX_LS_ID", "bigint(20)", "NO"},
};

// The columns of both kinds of row. `t` is the tenant; of a meta tenant it is the user tenant it belongs to.
// A system change number is a moment in nanoseconds; only a user tenant has them. Its first log stream of its
// own is 1001.
constexpr std::string_view kTenantFirst =
    "t.create_time AS \"CREATE_TIME\", t.modify_time AS \"MODIFY_TIME\", t.primary_zone AS \"PRIMARY_ZONE\", "
    "t.locality AS \"LOCALITY\", t.previous_locality AS \"PREVIOUS_LOCALITY\", ";
constexpr std::string_view kTenantLast =
    "t.status AS \"STATUS\", CASE WHEN t.in_recyclebin THEN 'YES' ELSE 'NO' END AS \"IN_RECYCLEBIN\", "
    "CASE WHEN t.locked THEN 'YES' ELSE 'NO' END AS \"LOCKED\", t.tenant_role AS \"TENANT_ROLE\", "
    "t.switchover_status AS \"SWITCHOVER_STATUS\", t.switchover_epoch AS \"SWITCHOVER_EPOCH\", ";
constexpr std::string_view kUserScns =
    "CASE WHEN t.tenant_type = 'USER' THEN :now * 1000 END AS \"SYNC_SCN\", "
    "CASE WHEN t.tenant_type = 'USER' THEN :now * 1000 END AS \"REPLAYABLE_SCN\", "
    "CASE WHEN t.tenant_type = 'USER' THEN :now * 1000 END AS \"READABLE_SCN\", "
    "CASE WHEN t.tenant_type = 'USER' THEN 4611686018427387903 END AS \"RECOVERY_UNTIL_SCN\", "
    "t.log_mode AS \"LOG_MODE\", ";
constexpr std::string_view kMetaScns =
    "NULL AS \"SYNC_SCN\", NULL AS \"REPLAYABLE_SCN\", NULL AS \"READABLE_SCN\", NULL AS "
    "\"RECOVERY_UNTIL_SCN\", "
    "'NOARCHIVELOG' AS \"LOG_MODE\", ";
constexpr std::string_view kTenantTail =
    "t.arbitration_service_status AS \"ARBITRATION_SERVICE_STATUS\", t.unit_num AS \"UNIT_NUM\", "
    "t.compatible AS \"COMPATIBLE\", ";

std::string own_row() {
  std::string sql =
      "SELECT t.tenant_id AS \"TENANT_ID\", t.tenant_name AS \"TENANT_NAME\", t.tenant_type AS "
      "\"TENANT_TYPE\", ";
  sql.append(kTenantFirst)
      .append("t.compatibility_mode AS \"COMPATIBILITY_MODE\", ")
      .append(kTenantLast)
      .append(kUserScns)
      .append(kTenantTail);
  return sql + "CASE WHEN t.tenant_type = 'USER' THEN 1001 ELSE 1 END AS \"MAX_LS_ID\" FROM tenant AS t";
}

std::string meta_rows() {
  std::string sql =
      "SELECT t.tenant_id - 1 AS \"TENANT_ID\", 'META$' || t.tenant_id AS \"TENANT_NAME\", 'META' AS "
      "\"TENANT_TYPE\", ";
  sql.append(kTenantFirst)
      .append("'MYSQL' AS \"COMPATIBILITY_MODE\", ")
      .append(kTenantLast)
      .append(kMetaScns)
      .append(kTenantTail);
  return sql + "1 AS \"MAX_LS_ID\" FROM tenant AS t WHERE t.tenant_type = 'USER'";
}

constexpr ColumnDecl kUnitConfigs[] = {
    {"UNIT_CONFIG_ID", "bigint(20)", "NO"},
    {"NAME", "varchar(128)", "NO"},
    {"CREATE_TIME", "timestamp(6)", "YES"},
    {"MODIFY_TIME", "timestamp(6)", "YES"},
    {"MAX_CPU", "double", "NO"},
    {"MIN_CPU", "double", "NO"},
    {"MEMORY_SIZE", "bigint(20)", "NO"},
    {"LOG_DISK_SIZE", "bigint(20)", "NO"},
    {"MAX_IOPS", "bigint(20)", "NO"},
    {"MIN_IOPS", "bigint(20)", "NO"},
    {"IOPS_WEIGHT", "bigint(20)", "NO"},
};
constexpr const char* kUnitConfigsQuery =
    "SELECT unit_config_id AS \"UNIT_CONFIG_ID\", name AS \"NAME\", create_time AS \"CREATE_TIME\", "
    "modify_time AS \"MODIFY_TIME\", max_cpu AS \"MAX_CPU\", min_cpu AS \"MIN_CPU\", memory_size AS "
    "\"MEMORY_SIZE\", "
    "log_disk_size AS \"LOG_DISK_SIZE\", max_iops AS \"MAX_IOPS\", min_iops AS \"MIN_IOPS\", "
    "iops_weight AS \"IOPS_WEIGHT\" FROM resource_unit";

// A pool that no tenant has yet belongs to NULL.
constexpr ColumnDecl kResourcePools[] = {
    {"RESOURCE_POOL_ID", "bigint(20)", "NO"}, {"NAME", "varchar(128)", "NO"},
    {"TENANT_ID", "bigint(20)", "NO"},        {"CREATE_TIME", "timestamp(6)", "YES"},
    {"MODIFY_TIME", "timestamp(6)", "YES"},   {"UNIT_COUNT", "bigint(20)", "NO"},
    {"UNIT_CONFIG_ID", "bigint(20)", "NO"},   {"ZONE_LIST", "varchar(8192)", "NO"},
    {"REPLICA_TYPE", "varchar(18)", "NO"},
};
constexpr const char* kResourcePoolsQuery =
    "SELECT resource_pool_id AS \"RESOURCE_POOL_ID\", name AS \"NAME\", tenant_id AS \"TENANT_ID\", "
    "create_time AS \"CREATE_TIME\", modify_time AS \"MODIFY_TIME\", unit_count AS \"UNIT_COUNT\", "
    "unit_config_id AS \"UNIT_CONFIG_ID\", zone_list AS \"ZONE_LIST\", replica_type AS \"REPLICA_TYPE\" "
    "FROM resource_pool";

View view(std::string name, std::span<const ColumnDecl> columns, std::string query, VisibleTo visible) {
  return {.schema = std::string(kOceanBase),
          .name = std::move(name),
          .columns = make_columns(columns),
          .query = std::move(query),
          .visible_to = visible};
}

}  // namespace

std::vector<View> tenant_views() {
  constexpr VisibleTo kSysOnly{.sys = true, .mysql = false};
  constexpr VisibleTo kUsers{.sys = false, .mysql = true};
  std::vector<View> views;
  views.push_back(view("DBA_OB_TENANTS", kTenants, own_row() + " UNION ALL " + meta_rows(), kSysOnly));
  views.push_back(
      view("DBA_OB_TENANTS", kTenants, own_row() + " WHERE t.tenant_id = :effective_tenant_id", kUsers));
  views.push_back(view("DBA_OB_UNIT_CONFIGS", kUnitConfigs, kUnitConfigsQuery, kSysOnly));
  views.push_back(view("DBA_OB_UNIT_CONFIGS", kUnitConfigs,
                       std::string(kUnitConfigsQuery) +
                           " WHERE unit_config_id IN (SELECT unit_config_id FROM"
                           " resource_pool WHERE tenant_id = :effective_tenant_id)",
                       kUsers));
  views.push_back(view("DBA_OB_RESOURCE_POOLS", kResourcePools, kResourcePoolsQuery, kSysOnly));
  views.push_back(view("DBA_OB_RESOURCE_POOLS", kResourcePools,
                       std::string(kResourcePoolsQuery) + " WHERE tenant_id = :effective_tenant_id", kUsers));
  return views;
}

}  // namespace breakwater::catalog
