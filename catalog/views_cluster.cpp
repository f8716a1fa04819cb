// Views of the cluster, which is this one server and its zone: servers, zones, units, sessions, parameters,
// accounts, events. What OceanBase measures and this server has not (tracing, retries, data disks) is 0 or
// ''; a moment that never came is NULL, also where the column says NOT NULL, as there.
#include "catalog/cluster_columns.h"
#include "catalog/privilege.h"
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

using namespace cluster;

constexpr VisibleTo kSysOnly{.sys = true, .mysql = false};
constexpr VisibleTo kTenantOnly{.sys = false, .mysql = true};
constexpr VisibleTo kEverybody{.sys = true, .mysql = true};

View view(std::string name, std::span<const ColumnDecl> columns, std::string query, VisibleTo visible,
          std::string_view source) {
  return {.schema = std::string(kOceanBase),
          .name = std::move(name),
          .columns = make_columns(columns),
          .query = std::move(query),
          .visible_to = visible,
          .row_source = std::string(source)};
}

// CROSS JOIN, here and below, has SQLite ask for the server's row once, not for every row of what follows.
constexpr std::string_view kServerRow = R"sql(
SELECT s.SVR_IP AS "SVR_IP", s.SVR_PORT AS "SVR_PORT", 1 AS "ID", s.ZONE AS "ZONE", s.SQL_PORT AS "SQL_PORT",
 'YES' AS "WITH_ROOTSERVER", 'ACTIVE' AS "STATUS", s.START_TIME AS "START_SERVICE_TIME", NULL AS "STOP_TIME",
 NULL AS "BLOCK_MIGRATE_IN_TIME", NULL AS "LAST_OFFLINE_TIME", c.create_time AS "CREATE_TIME",
 s.START_TIME AS "MODIFY_TIME", s.BUILD_VERSION AS "BUILD_VERSION" FROM bw_server AS s, cluster AS c)sql";

constexpr std::string_view kZoneRow = R"sql(
SELECT s.ZONE AS "ZONE", c.create_time AS "CREATE_TIME", c.create_time AS "MODIFY_TIME", 'ACTIVE' AS "STATUS",
 '' AS "IDC", 'default_region' AS "REGION", 'ReadWrite' AS "TYPE" FROM bw_server AS s, cluster AS c)sql";

// A pool has as many units as it says in the one zone. The first has its pool's number; the others count on
// from 1,000,000,000 times their place, which no pool's number reaches.
constexpr std::string_view kUnitRows = R"sql(
SELECT p.resource_pool_id + n.i * 1000000000 AS "UNIT_ID", p.tenant_id AS "TENANT_ID", 'ACTIVE' AS "STATUS",
 p.resource_pool_id AS "RESOURCE_POOL_ID",
 CASE WHEN p.tenant_id IS NULL THEN 0 ELSE p.resource_pool_id + n.i * 1000000000 END AS "UNIT_GROUP_ID",
 p.create_time AS "CREATE_TIME", p.modify_time AS "MODIFY_TIME", s.ZONE AS "ZONE", s.SVR_IP AS "SVR_IP",
 s.SVR_PORT AS "SVR_PORT", NULL AS "MIGRATE_FROM_SVR_IP", NULL AS "MIGRATE_FROM_SVR_PORT", 'NO' AS "MANUAL_MIGRATE",
 p.unit_config_id AS "UNIT_CONFIG_ID", u.max_cpu AS "MAX_CPU", u.min_cpu AS "MIN_CPU",
 u.memory_size AS "MEMORY_SIZE", u.log_disk_size AS "LOG_DISK_SIZE", u.max_iops AS "MAX_IOPS",
 u.min_iops AS "MIN_IOPS", u.iops_weight AS "IOPS_WEIGHT"
 FROM bw_server AS s CROSS JOIN resource_pool AS p JOIN resource_unit AS u USING (unit_config_id),
 (WITH RECURSIVE place(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM place
  WHERE i + 1 < (SELECT MAX(unit_count) FROM resource_pool)) SELECT i FROM place) AS n
 WHERE n.i < p.unit_count)sql";

// Over `units`, which are kUnitRows.
constexpr std::string_view kRunningUnitRows = R"sql(
SELECT "SVR_IP", "SVR_PORT", "UNIT_ID", "TENANT_ID", "ZONE", 'ReadWrite' AS "ZONE_TYPE",
 'default_region' AS "REGION", "MAX_CPU", "MIN_CPU", "MEMORY_SIZE", "MAX_IOPS", "MIN_IOPS", "IOPS_WEIGHT",
 "LOG_DISK_SIZE", 0 AS "LOG_DISK_IN_USE", 0 AS "DATA_DISK_IN_USE", 'NORMAL' AS "STATUS", "CREATE_TIME"
 FROM units WHERE "TENANT_ID" IS NOT NULL)sql";

constexpr std::string_view kServerUseRow = R"sql(
SELECT s.SVR_IP AS "SVR_IP", s.SVR_PORT AS "SVR_PORT", s.ZONE AS "ZONE", s.SQL_PORT AS "SQL_PORT",
 s.CPUS AS "CPU_CAPACITY", s.CPUS AS "CPU_CAPACITY_MAX", a.min_cpu AS "CPU_ASSIGNED",
 a.max_cpu AS "CPU_ASSIGNED_MAX", s.MEMORY AS "MEM_CAPACITY", a.memory_size AS "MEM_ASSIGNED",
 s.DISK AS "LOG_DISK_CAPACITY", a.log_disk_size AS "LOG_DISK_ASSIGNED", 0 AS "LOG_DISK_IN_USE",
 s.DISK AS "DATA_DISK_CAPACITY", s.DISK_IN_USE AS "DATA_DISK_IN_USE", 'NORMAL' AS "DATA_DISK_HEALTH_STATUS",
 s.MEMORY AS "MEMORY_LIMIT", NULL AS "DATA_DISK_ABNORMAL_TIME", NULL AS "SSL_CERT_EXPIRED_TIME"
 FROM bw_server AS s, (SELECT COALESCE(SUM(p.unit_count * u.min_cpu), 0) AS min_cpu,
  COALESCE(SUM(p.unit_count * u.max_cpu), 0) AS max_cpu,
  CAST(TOTAL(p.unit_count * CAST(u.memory_size AS REAL)) AS INTEGER) AS memory_size,
  CAST(TOTAL(p.unit_count * CAST(u.log_disk_size AS REAL)) AS INTEGER) AS log_disk_size
  FROM resource_pool AS p JOIN resource_unit AS u USING (unit_config_id)) AS a)sql";

constexpr const char* kParameterRows = R"sql(
SELECT SVR_IP AS "SVR_IP", SVR_PORT AS "SVR_PORT", ZONE AS "ZONE", SCOPE AS "SCOPE",
 CASE WHEN SCOPE = 'TENANT' THEN TENANT_ID END AS "TENANT_ID", NAME AS "NAME", DATA_TYPE AS "DATA_TYPE",
 VALUE AS "VALUE", INFO AS "INFO", SECTION AS "SECTION", EDIT_LEVEL AS "EDIT_LEVEL"
 FROM bw_parameters WHERE TENANT_ID = :effective_tenant_id)sql";

constexpr const char* kSessionRows = R"sql(
SELECT s.SVR_IP AS "SVR_IP", s.SVR_PORT AS "SVR_PORT", s.SQL_PORT AS "SQL_PORT", p.ID AS "ID", p.USER AS "USER",
 p.HOST AS "HOST", p.DB AS "DB", p.TENANT AS "TENANT", p.COMMAND AS "COMMAND", p.TIME AS "TIME",
 p.TIME AS "TOTAL_TIME", p.STATE AS "STATE", p.INFO AS "INFO", NULL AS "PROXY_SESSID", NULL AS "MASTER_SESSID",
 CASE WHEN instr(p.HOST, ':') THEN substr(p.HOST, 1, instr(p.HOST, ':') - 1) ELSE p.HOST END AS "USER_CLIENT_IP",
 '%' AS "USER_HOST", 0 AS "RETRY_CNT", 0 AS "RETRY_INFO", '' AS "SQL_ID", 0 AS "TRANS_ID", 0 AS "THREAD_ID",
 NULL AS "SSL_CIPHER", NULL AS "TRACE_ID", NULL AS "TRANS_STATE", NULL AS "ACTION", NULL AS "MODULE",
 NULL AS "CLIENT_INFO", 0 AS "LEVEL", 0 AS "SAMPLE_PERCENTAGE", '' AS "RECORD_POLICY", NULL AS "LB_VID",
 NULL AS "LB_VIP", NULL AS "LB_VPORT", 0 AS "IN_BYTES", 0 AS "OUT_BYTES"
 FROM bw_server AS s CROSS JOIN bw_processlist AS p)sql";

constexpr const char* kEventRows = R"sql(
SELECT time AS "TIMESTAMP", 'backup' AS "MODULE", event AS "EVENT", 'tenant_id' AS "NAME1",
 CAST(tenant_id AS TEXT) AS "VALUE1", 'path' AS "NAME2", substr(path, 1, 256) AS "VALUE2", 'endpoint' AS "NAME3",
 substr(endpoint, 1, 256) AS "VALUE3", 'dest_id' AS "NAME4", CAST(dest_id AS TEXT) AS "VALUE4", '' AS "NAME5",
 '' AS "VALUE5", '' AS "NAME6", '' AS "VALUE6", '' AS "EXTRA_INFO", s.SVR_IP AS "RS_SVR_IP",
 s.SVR_PORT AS "RS_SVR_PORT" FROM bw_server AS s CROSS JOIN backup_event)sql";

constexpr const char* kAllTenantRows = R"sql(
SELECT t.create_time AS "gmt_create", t.modify_time AS "gmt_modified", t.tenant_id - m.meta AS "tenant_id",
 CASE WHEN m.meta THEN 'META$' || t.tenant_id ELSE t.tenant_name END AS "tenant_name", s.ZONE AS "zone_list",
 t.primary_zone AS "primary_zone", t.locked AS "locked", 0 AS "collation_type",
 CASE WHEN m.meta THEN '' ELSE t.comment END AS "info", t.locality AS "locality",
 COALESCE(t.previous_locality, '') AS "previous_locality", -1 AS "default_tablegroup_id",
 CASE WHEN t.compatibility_mode = 'ORACLE' AND NOT m.meta THEN 1 ELSE 0 END AS "compatibility_mode",
 -1 AS "drop_tenant_time", t.status AS "status", t.in_recyclebin AS "in_recyclebin",
 t.arbitration_service_status AS "arbitration_service_status"
 FROM bw_server AS s CROSS JOIN tenant AS t, (SELECT 0 AS meta UNION ALL SELECT 1) AS m
 WHERE m.meta = 0 OR t.tenant_type = 'USER')sql";

constexpr const char* kAllServerRow = R"sql(
SELECT c.create_time AS "gmt_create", s.START_TIME AS "gmt_modified", s.SVR_IP AS "svr_ip",
 s.SVR_PORT AS "svr_port", 1 AS "id", s.ZONE AS "zone", s.SQL_PORT AS "inner_port", 1 AS "with_rootserver",
 'ACTIVE' AS "status", 0 AS "block_migrate_in_time", s.BUILD_VERSION AS "build_version", 0 AS "stop_time",
 s.START_TIME AS "start_service_time", 0 AS "first_sessid", 0 AS "with_partition", 0 AS "last_offline_time"
 FROM bw_server AS s, cluster AS c)sql";

// What an account holds on *.*, by the view's columns.
struct PrivilegeColumn {
  const char* name;
  Privileges bit;
};
constexpr PrivilegeColumn kPrivilegeColumns[] = {
    {"PRIV_ALTER", privilege::kAlter},
    {"PRIV_CREATE", privilege::kCreate},
    {"PRIV_DELETE", privilege::kDelete},
    {"PRIV_DROP", privilege::kDrop},
    {"PRIV_GRANT_OPTION", privilege::kGrantOption},
    {"PRIV_INSERT", privilege::kInsert},
    {"PRIV_UPDATE", privilege::kUpdate},
    {"PRIV_SELECT", privilege::kSelect},
    {"PRIV_INDEX", privilege::kIndex},
    {"PRIV_CREATE_VIEW", privilege::kCreateView},
    {"PRIV_SHOW_VIEW", privilege::kShowView},
    {"PRIV_SHOW_DB", privilege::kShowDatabases},
    {"PRIV_CREATE_USER", privilege::kCreateUser},
    {"PRIV_SUPER", privilege::kSuper},
    {"PRIV_PROCESS", privilege::kProcess},
    {"PRIV_FILE", privilege::kFile},
    {"PRIV_ALTER_TENANT", privilege::kAlterTenant},
    {"PRIV_ALTER_SYSTEM", privilege::kAlterSystem},
    {"PRIV_CREATE_RESOURCE_POOL", privilege::kCreateResourcePool},
    {"PRIV_CREATE_RESOURCE_UNIT", privilege::kCreateResourceUnit},
    {"PRIV_REPL_SLAVE", privilege::kReplicationSlave},
    {"PRIV_REPL_CLIENT", privilege::kReplicationClient},
};

// No hash leaves the server: PASSWD is empty, as in mysql.user.
std::string user_rows() {
  std::string sql = R"sql(
SELECT a.tenant_id AS "TENANT_ID", a.user_name AS "USER_NAME", a.host AS "HOST", '' AS "PASSWD", '' AS "INFO",
 CASE WHEN a.locked THEN 'YES' ELSE 'NO' END AS "IS_LOCKED", 'NO' AS "PRIV_CREATE_SYNONYM",
 CASE a.require_tls WHEN '' THEN 0 WHEN 'SSL' THEN 1 ELSE 2 END AS "SSL_TYPE", '' AS "SSL_CIPHER",
 '' AS "X509_ISSUER", '' AS "X509_SUBJECT", 'USER' AS "TYPE", -1 AS "PROFILE_ID",
 NULL AS "PASSWORD_LAST_CHANGED", 0 AS "MAX_CONNECTIONS", 0 AS "MAX_USER_CONNECTIONS")sql";
  for (const PrivilegeColumn& column : kPrivilegeColumns)
    sql.append(", CASE WHEN p.privileges & ")
        .append(std::to_string(column.bit))
        .append(" THEN 'YES' ELSE 'NO' END AS \"")
        .append(column.name)
        .append("\"");
  return sql +
         " FROM account AS a LEFT JOIN account_privilege AS p ON p.tenant_id = a.tenant_id"
         " AND p.user_name = a.user_name AND p.host = a.host AND p.schema_name = '*' AND p.table_name = '*'";
}

constexpr std::string_view kOwn = " WHERE \"TENANT_ID\" = :effective_tenant_id";

}  // namespace

std::vector<View> cluster_views() {
  const std::string running =
      "WITH units AS (" + std::string(kUnitRows) + ")" + std::string(kRunningUnitRows);
  const std::string units(kUnitRows);
  const std::string users = columns_of(kUsers, user_rows());
  const std::string own(kOwn);
  std::vector<View> views;
  const auto add = [&views](std::string name, std::span<const ColumnDecl> columns, std::string query,
                            VisibleTo visible = kEverybody, std::string_view source = source::kServer) {
    views.push_back(view(std::move(name), columns, std::move(query), visible, source));
  };
  add("DBA_OB_SERVERS", kServers, std::string(kServerRow), kSysOnly);
  add("DBA_OB_SERVERS", kServersForTenants, columns_of(kServersForTenants, kServerRow), kTenantOnly);
  add("DBA_OB_ZONES", kZones, std::string(kZoneRow), kSysOnly);
  add("DBA_OB_ZONES", kZonesForTenants, columns_of(kZonesForTenants, kZoneRow), kTenantOnly);
  add("DBA_OB_UNITS", kUnits, units, kSysOnly);
  add("DBA_OB_UNITS", kUnits, "SELECT * FROM (" + units + ")" + own, kTenantOnly);
  for (const std::string prefix : {"GV$OB_", "V$OB_"}) {
    const std::span<const ColumnDecl> columns =
        prefix.starts_with('G') ? std::span<const ColumnDecl>(kRunningUnits) : kOwnRunningUnits;
    const std::string rows = columns_of(columns, running);
    add(prefix + "UNITS", columns, rows, kSysOnly);
    add(prefix + "UNITS", columns, rows + own, kTenantOnly);
    add(prefix + "SERVERS", kServerUse, std::string(kServerUseRow));
    add(prefix + "PARAMETERS", kParameters, kParameterRows, kEverybody, source::kParameters);
    add(prefix + "PROCESSLIST",
        prefix.starts_with('G') ? std::span<const ColumnDecl>(kSessions) : kOwnSessions, kSessionRows,
        kEverybody, source::kProcesslist);
  }
  add("CDB_OB_USERS", kUsers, users, kSysOnly, {});
  add("DBA_OB_USERS", std::span<const ColumnDecl>(kUsers).subspan(1),
      columns_of(std::span<const ColumnDecl>(kUsers).subspan(1), users + own), kEverybody, {});
  add("DBA_OB_ROOTSERVICE_EVENT_HISTORY", kEvents, kEventRows, kSysOnly);
  add("DBA_OB_ROOTSERVICE_EVENT_HISTORY", kEvents,
      std::string(kEventRows) + " WHERE backup_event.tenant_id = :effective_tenant_id", kTenantOnly);
  add("__all_tenant", kAllTenant, kAllTenantRows, kSysOnly);
  add("__all_server", kAllServer, kAllServerRow, kSysOnly);
  return views;
}

}  // namespace breakwater::catalog
