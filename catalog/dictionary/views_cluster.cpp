// Views of the cluster, which is this one server and its zone: servers, zones, units, sessions, parameters,
// accounts, events. What OceanBase measures and this server doesn't have (tracing, retries, data disks) is 0
// or ''. A time that never came is NULL even if the column says NOT NULL, as in OceanBase.
#include "catalog/dictionary/privilege_columns.h"
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

namespace {

// CROSS JOIN, here and below, makes SQLite read the server's row once, not for every row of the other tables.
constexpr const char* kServerAndCluster = "bw_server AS s, cluster AS c";

constexpr ViewColumn kServers[] = {
    {"SVR_IP", "s.SVR_IP"},
    {"SVR_PORT", "s.SVR_PORT"},
    {"ID", "1"},
    {"ZONE", "s.ZONE"},
    {"SQL_PORT", "s.SQL_PORT"},
    {"WITH_ROOTSERVER", "'YES'"},
    {"STATUS", "'ACTIVE'"},
    {"START_SERVICE_TIME", "s.START_TIME"},
    {"STOP_TIME", "NULL"},
    {"BLOCK_MIGRATE_IN_TIME", "NULL"},
    {"LAST_OFFLINE_TIME", "NULL"},
    {"CREATE_TIME", "c.create_time"},
    {"MODIFY_TIME", "s.START_TIME"},
    {"BUILD_VERSION", "s.BUILD_VERSION"},
};

constexpr ViewColumn kZones[] = {
    {"ZONE", "s.ZONE"},
    {"CREATE_TIME", "c.create_time"},
    {"MODIFY_TIME", "c.create_time"},
    {"STATUS", "'ACTIVE'"},
    {"IDC", "''"},
    {"REGION", "'default_region'"},
    {"TYPE", "'ReadWrite'"},
};

// A pool has its number of units in the one zone. The first unit has the pool's id. The n-th after it has an
// id of n times 1,000,000,000 more, so that it differs from all ids of pools.
constexpr ViewColumn kUnits[] = {
    {"UNIT_ID", "p.resource_pool_id + n.i * 1000000000"},
    {"TENANT_ID", "p.tenant_id"},
    {"STATUS", "'ACTIVE'"},
    {"RESOURCE_POOL_ID", "p.resource_pool_id"},
    {"UNIT_GROUP_ID", "CASE WHEN p.tenant_id IS NULL THEN 0 ELSE p.resource_pool_id + n.i * 1000000000 END"},
    {"CREATE_TIME", "p.create_time"},
    {"MODIFY_TIME", "p.modify_time"},
    {"ZONE", "s.ZONE"},
    {"SVR_IP", "s.SVR_IP"},
    {"SVR_PORT", "s.SVR_PORT"},
    {"MIGRATE_FROM_SVR_IP", "NULL"},
    {"MIGRATE_FROM_SVR_PORT", "NULL"},
    {"MANUAL_MIGRATE", "'NO'"},
    {"UNIT_CONFIG_ID", "p.unit_config_id"},
    {"MAX_CPU", "u.max_cpu"},
    {"MIN_CPU", "u.min_cpu"},
    {"MEMORY_SIZE", "u.memory_size"},
    {"LOG_DISK_SIZE", "u.log_disk_size"},
    {"MAX_IOPS", "u.max_iops"},
    {"MIN_IOPS", "u.min_iops"},
    {"IOPS_WEIGHT", "u.iops_weight"},
};
constexpr const char* kUnitRows =
    "bw_server AS s CROSS JOIN resource_pool AS p JOIN resource_unit AS u USING (unit_config_id), "
    "(WITH RECURSIVE place(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM place "
    "WHERE i + 1 < (SELECT MAX(unit_count) FROM resource_pool)) SELECT i FROM place) AS n";

// Units that a tenant has: the columns that differ from kUnits.
constexpr ViewColumn kRunningUnits[] = {
    {"ZONE_TYPE", "'ReadWrite'"}, {"REGION", "'default_region'"}, {"LOG_DISK_IN_USE", "0"},
    {"DATA_DISK_IN_USE", "0"},    {"STATUS", "'NORMAL'"},
};

constexpr ViewColumn kServerUse[] = {
    {"SVR_IP", "s.SVR_IP"},
    {"SVR_PORT", "s.SVR_PORT"},
    {"ZONE", "s.ZONE"},
    {"SQL_PORT", "s.SQL_PORT"},
    {"CPU_CAPACITY", "s.CPUS"},
    {"CPU_CAPACITY_MAX", "s.CPUS"},
    {"CPU_ASSIGNED", "a.min_cpu"},
    {"CPU_ASSIGNED_MAX", "a.max_cpu"},
    {"MEM_CAPACITY", "s.MEMORY"},
    {"MEM_ASSIGNED", "a.memory_size"},
    {"LOG_DISK_CAPACITY", "s.DISK"},
    {"LOG_DISK_ASSIGNED", "a.log_disk_size"},
    {"LOG_DISK_IN_USE", "0"},
    {"DATA_DISK_CAPACITY", "s.DISK"},
    {"DATA_DISK_IN_USE", "s.DISK_IN_USE"},
    {"DATA_DISK_HEALTH_STATUS", "'NORMAL'"},
    {"MEMORY_LIMIT", "s.MEMORY"},
    {"DATA_DISK_ABNORMAL_TIME", "NULL"},
    {"SSL_CERT_EXPIRED_TIME", "NULL"},
};
constexpr const char* kServerUseRow =
    "bw_server AS s, (SELECT COALESCE(SUM(p.unit_count * u.min_cpu), 0) AS min_cpu, "
    "COALESCE(SUM(p.unit_count * u.max_cpu), 0) AS max_cpu, "
    "CAST(TOTAL(p.unit_count * CAST(u.memory_size AS REAL)) AS INTEGER) AS memory_size, "
    "CAST(TOTAL(p.unit_count * CAST(u.log_disk_size AS REAL)) AS INTEGER) AS log_disk_size "
    "FROM resource_pool AS p JOIN resource_unit AS u USING (unit_config_id)) AS a";

// The other columns are those of bw_parameters.
constexpr ViewColumn kParameters[] = {
    {"TENANT_ID", "CASE WHEN SCOPE = 'TENANT' THEN TENANT_ID END"},
};

constexpr ViewColumn kSessions[] = {
    {"SVR_IP", "s.SVR_IP"},
    {"SVR_PORT", "s.SVR_PORT"},
    {"SQL_PORT", "s.SQL_PORT"},
    {"ID", "p.ID"},
    {"USER", "p.USER"},
    {"HOST", "p.HOST"},
    {"DB", "p.DB"},
    {"TENANT", "p.TENANT"},
    {"COMMAND", "p.COMMAND"},
    {"TIME", "p.TIME"},
    {"TOTAL_TIME", "p.TIME"},
    {"STATE", "p.STATE"},
    {"INFO", "p.INFO"},
    {"PROXY_SESSID", "NULL"},
    {"MASTER_SESSID", "NULL"},
    {"USER_CLIENT_IP",
     "CASE WHEN instr(p.HOST, ':') THEN substr(p.HOST, 1, instr(p.HOST, ':') - 1) ELSE p.HOST END"},
    {"USER_HOST", "'%'"},
    {"RETRY_CNT", "0"},
    {"RETRY_INFO", "0"},
    {"SQL_ID", "''"},
    {"TRANS_ID", "0"},
    {"THREAD_ID", "0"},
    {"SSL_CIPHER", "NULL"},
    {"TRACE_ID", "NULL"},
    {"TRANS_STATE", "NULL"},
    {"ACTION", "NULL"},
    {"MODULE", "NULL"},
    {"CLIENT_INFO", "NULL"},
    {"LEVEL", "0"},
    {"SAMPLE_PERCENTAGE", "0"},
    {"RECORD_POLICY", "''"},
    {"LB_VID", "NULL"},
    {"LB_VIP", "NULL"},
    {"LB_VPORT", "NULL"},
    {"IN_BYTES", "0"},
    {"OUT_BYTES", "0"},
};

// Tenants aren't told of the accounts of sys, nor of their addresses. Events of places have no names of their own.
#define BW_ACTOR_IS_SHOWN "(:effective_tenant_id = 1 OR actor_tenant_id <> 1)"
constexpr ViewColumn kEvents[] = {
    {"TIMESTAMP", "time"},
    {"MODULE", "module"},
    {"EVENT", "event"},
    {"NAME1", "'tenant_id'"},
    {"VALUE1", "CAST(tenant_id AS TEXT)"},
    {"NAME2", "COALESCE(name2, 'path')"},
    {"VALUE2", "CASE WHEN name2 IS NULL THEN substr(path, 1, 256) ELSE value2 END"},
    {"NAME3", "CASE WHEN name2 IS NULL THEN 'endpoint' ELSE name3 END"},
    {"VALUE3", "CASE WHEN name2 IS NULL THEN substr(endpoint, 1, 256) ELSE value3 END"},
    {"NAME4", "CASE WHEN name2 IS NULL THEN 'dest_id' ELSE name4 END"},
    {"VALUE4", "CASE WHEN name2 IS NULL THEN CAST(dest_id AS TEXT) ELSE value4 END"},
    {"NAME5", "CASE WHEN actor = '' THEN '' ELSE 'user' END"},
    {"VALUE5", "CASE WHEN " BW_ACTOR_IS_SHOWN " THEN actor ELSE 'sys' END"},
    {"NAME6", "CASE WHEN address = '' OR NOT " BW_ACTOR_IS_SHOWN " THEN '' ELSE 'client' END"},
    {"VALUE6", "CASE WHEN " BW_ACTOR_IS_SHOWN " THEN address ELSE '' END"},
    {"EXTRA_INFO", "''"},
    {"RS_SVR_IP", "s.SVR_IP"},
    {"RS_SVR_PORT", "s.SVR_PORT"},
};

#undef BW_ACTOR_IS_SHOWN

// OceanBase's names as far as it has them.
constexpr ViewColumn kAudit[] = {
    {"SVR_IP", "SVR_IP", "varchar(46)"},
    {"SVR_PORT", "SVR_PORT", "bigint(20)"},
    {"REQUEST_ID", "REQUEST_ID", "bigint(20)", "YES"},
    {"SID", "SID", "bigint(20) unsigned"},
    {"CLIENT_IP", "CLIENT_IP", "varchar(46)"},
    {"CLIENT_PORT", "CLIENT_PORT", "bigint(20)"},
    {"TENANT_ID", "TENANT_ID", "bigint(20)"},
    {"TENANT_NAME", "TENANT_NAME", "varchar(64)"},
    {"EFFECTIVE_TENANT_ID", "EFFECTIVE_TENANT_ID", "bigint(20)"},
    {"EFFECTIVE_TENANT_NAME", "EFFECTIVE_TENANT_NAME", "varchar(64)"},
    {"USER_NAME", "USER_NAME", "varchar(128)"},
    {"KIND", "KIND", "varchar(16)"},
    {"TLS", "TLS", "varchar(16)"},
    {"QUERY_SQL", "QUERY_SQL", "longtext"},
    {"RET_CODE", "RET_CODE", "bigint(20)"},
    {"ERROR", "ERROR", "varchar(512)"},
    {"NOTE", "NOTE", "varchar(512)"},
    {"DESTINATION", "DESTINATION", "varchar(1024)"},
    {"CHANGES", "CHANGES", "longtext"},
    {"REQUEST_TIME", "REQUEST_TIME", "bigint(20)"},
    {"ELAPSED_TIME", "ELAPSED_TIME", "bigint(20)"},
};

// What tools look for after RUN UPGRADE JOB: the version, and whose it is.
constexpr ViewColumn kUpgrades[] = {
    {"TIMESTAMP", "time"},
    {"MODULE", "'upgrade'"},
    {"EVENT", "event"},
    {"NAME1", "'result'"},
    {"VALUE1", "'0'"},
    {"NAME2", "''"},
    {"VALUE2", "''"},
    {"NAME3", "'version'"},
    {"VALUE3", "'4.2.1.0'"},
    {"NAME4", "''"},
    {"VALUE4", "''"},
    {"NAME5", "'tenant_id'"},
    {"VALUE5", "CAST(tenant_id AS TEXT)"},
    {"NAME6", "''"},
    {"VALUE6", "''"},
    {"EXTRA_INFO", "''"},
};

constexpr ViewColumn kAllTenant[] = {
    {"gmt_create", "t.create_time"},
    {"gmt_modified", "t.modify_time"},
    {"tenant_id", "t.tenant_id - m.meta"},
    {"tenant_name", "CASE WHEN m.meta THEN 'META$' || t.tenant_id ELSE t.tenant_name END"},
    {"zone_list", "s.ZONE"},
    {"primary_zone", "t.primary_zone"},
    {"locked", "t.locked"},
    {"collation_type", "0"},
    {"info", "CASE WHEN m.meta THEN '' ELSE t.comment END"},
    {"locality", "t.locality"},
    {"previous_locality", "COALESCE(t.previous_locality, '')"},
    {"default_tablegroup_id", "-1"},
    {"compatibility_mode", "CASE WHEN t.compatibility_mode = 'ORACLE' AND NOT m.meta THEN 1 ELSE 0 END"},
    {"drop_tenant_time", "-1"},
    {"status", "t.status"},
    {"in_recyclebin", "t.in_recyclebin"},
    {"arbitration_service_status", "t.arbitration_service_status"},
};

constexpr ViewColumn kAllServer[] = {
    {"gmt_create", "c.create_time"},
    {"gmt_modified", "s.START_TIME"},
    {"svr_ip", "s.SVR_IP"},
    {"svr_port", "s.SVR_PORT"},
    {"id", "1"},
    {"zone", "s.ZONE"},
    {"inner_port", "s.SQL_PORT"},
    {"with_rootserver", "1"},
    {"status", "'ACTIVE'"},
    {"block_migrate_in_time", "0"},
    {"build_version", "s.BUILD_VERSION"},
    {"stop_time", "0"},
    {"start_service_time", "s.START_TIME"},
    {"first_sessid", "0"},
    {"with_partition", "0"},
    {"last_offline_time", "0"},
};

// No hash leaves the server: PASSWD is empty, as in mysql.user.
constexpr ViewColumn kUsers[] = {
    {"TENANT_ID", "a.tenant_id"},
    {"USER_NAME", "a.user_name"},
    {"HOST", "a.host"},
    {"PASSWD", "''"},
    {"INFO", "''"},
    {"IS_LOCKED", "CASE WHEN a.locked THEN 'YES' ELSE 'NO' END"},
    {"PRIV_CREATE_SYNONYM", "'NO'"},
    {"SSL_TYPE", "CASE a.require_tls WHEN '' THEN 0 WHEN 'SSL' THEN 1 ELSE 2 END"},
    {"SSL_CIPHER", "''"},
    {"X509_ISSUER", "''"},
    {"X509_SUBJECT", "''"},
    {"TYPE", "'USER'"},
    {"PROFILE_ID", "-1"},
    {"PASSWORD_LAST_CHANGED", "a.password_time"},
    {"MAX_CONNECTIONS", "0"},
    {"MAX_USER_CONNECTIONS", "0"},
};
// This product's own: whoever knows the name of one of these logs in.
constexpr ViewColumn kWithoutPassword[] = {
    {"TENANT_ID", "a.tenant_id", "bigint(20)"},
    {"TENANT_NAME", "t.tenant_name", "varchar(128)"},
    {"USER_NAME", "a.user_name", "varchar(128)"},
    {"HOST", "a.host", "varchar(128)"},
    {"IS_LOCKED", "CASE WHEN a.locked THEN 'YES' ELSE 'NO' END", "varchar(3)"},
};

constexpr const char* kUserRows =
    "account AS a LEFT JOIN account_privilege AS p ON p.tenant_id = a.tenant_id AND p.user_name = a.user_name"
    " AND p.host = a.host AND p.schema_name = '*' AND p.table_name = '*'";

ColumnList users() {
  ColumnList columns(kUsers);
  for (const PrivilegeColumn& column : kPrivilegeColumns) {
    if (column.oceanbase_name == nullptr) continue;
    columns.add(column.oceanbase_name,
                "CASE WHEN p.privileges & " + std::to_string(column.bit) + " THEN 'YES' ELSE 'NO' END");
  }
  return columns;
}

/// GV$OB_ or V$OB_: of all servers or of the one that is asked, which is the same here.
void add_running(const std::string& prefix, std::vector<View>& views) {
  add_sys_and_own({.name = prefix + "UNITS",
                   .columns = ColumnList(kUnits).with(kRunningUnits),
                   .from = kUnitRows,
                   .where = "n.i < p.unit_count AND p.tenant_id IS NOT NULL",
                   .own = "p.tenant_id = :effective_tenant_id",
                   .source = source::kServer},
                  views);
  add_alike(
      {.name = prefix + "SERVERS", .columns = kServerUse, .from = kServerUseRow, .source = source::kServer},
      views);
  add_alike({.name = prefix + "PARAMETERS",
             .columns = kParameters,
             .from = "bw_parameters",
             .where = "TENANT_ID = :effective_tenant_id",
             .source = source::kParameters},
            views);
  add_alike({.name = prefix + "SQL_AUDIT", .columns = kAudit, .from = "bw_audit", .source = source::kAudit},
            views);
  add_alike({.name = prefix + "PROCESSLIST",
             .columns = kSessions,
             .from = "bw_server AS s CROSS JOIN bw_processlist AS p",
             .source = source::kProcesslist},
            views);
}

}  // namespace

std::vector<View> cluster_views() {
  std::vector<View> views;
  const auto of_server = [](std::string name, ColumnList columns, std::string from) {
    return Declaration{.name = std::move(name),
                       .columns = std::move(columns),
                       .from = std::move(from),
                       .source = source::kServer};
  };
  add_sys_and_own(of_server("DBA_OB_SERVERS", kServers, kServerAndCluster), views);
  add_sys_and_own(of_server("DBA_OB_ZONES", kZones, kServerAndCluster), views);
  Declaration units = of_server("DBA_OB_UNITS", kUnits, kUnitRows);
  units.where = "n.i < p.unit_count";
  units.own = "p.tenant_id = :effective_tenant_id";
  add_sys_and_own(std::move(units), views);
  for (const char* prefix : {"GV$OB_", "V$OB_"}) add_running(prefix, views);
  add_cdb_and_dba(
      {.name = "USERS", .columns = users(), .from = kUserRows, .own = "a.tenant_id = :effective_tenant_id"},
      views);
  add_cdb_and_dba({.name = "USERS_WITHOUT_PASSWORD",
                   .columns = kWithoutPassword,
                   .from = "account AS a JOIN tenant AS t ON t.tenant_id = a.tenant_id",
                   .where = "a.native_hash IS NULL AND a.sha2_hash IS NULL",
                   .own = "a.tenant_id = :effective_tenant_id"},
                  views);
  Declaration events =
      of_server("DBA_OB_ROOTSERVICE_EVENT_HISTORY", kEvents, "bw_server AS s CROSS JOIN backup_event");
  events.where = "event <> 'UPGRADE_ALL'";
  events.own = "backup_event.tenant_id = :effective_tenant_id";
  add_sys_and_own(std::move(events), views);
  add_view({.name = "DBA_OB_CLUSTER_EVENT_HISTORY",
            .columns = kUpgrades,
            .from = "backup_event",
            .where = "event = 'UPGRADE_ALL'"},
           "sys", kSysOnly, views);
  Declaration tenants =
      of_server("__all_tenant", kAllTenant,
                "bw_server AS s CROSS JOIN tenant AS t, (SELECT 0 AS meta UNION ALL SELECT 1) AS m");
  tenants.where = "m.meta = 0 OR t.tenant_type = 'USER'";
  add_view(tenants, "sys", kSysOnly, views);
  add_view(of_server("__all_server", kAllServer, kServerAndCluster), "sys", kSysOnly, views);
  return views;
}

}  // namespace breakwater::catalog
