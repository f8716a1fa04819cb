// Tenants and resources (docs/spec/behaviour.md#view-tenants).
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

namespace {

// `t` is the tenant. A system change number is a time in nanoseconds; only user tenants have one. The first
// log stream of a user tenant is 1001.
// A standby tenant stays as of its restore.
constexpr const char* kNowOfUsers =
    "CASE WHEN t.tenant_type = 'USER' THEN COALESCE((SELECT s.sync_scn FROM standby AS s"
    " WHERE s.tenant_id = t.tenant_id), :now * 1000) END";
constexpr ViewColumn kTenants[] = {
    {"TENANT_ID", "t.tenant_id"},
    {"TENANT_NAME", "t.tenant_name"},
    {"TENANT_TYPE", "t.tenant_type"},
    {"CREATE_TIME", "t.create_time"},
    {"MODIFY_TIME", "t.modify_time"},
    {"PRIMARY_ZONE", "t.primary_zone"},
    {"LOCALITY", "t.locality"},
    {"PREVIOUS_LOCALITY", "t.previous_locality"},
    {"COMPATIBILITY_MODE", "t.compatibility_mode"},
    {"STATUS", "t.status"},
    {"IN_RECYCLEBIN", "CASE WHEN t.in_recyclebin THEN 'YES' ELSE 'NO' END"},
    {"LOCKED", "CASE WHEN t.locked THEN 'YES' ELSE 'NO' END"},
    {"TENANT_ROLE", "t.tenant_role"},
    {"SWITCHOVER_STATUS", "t.switchover_status"},
    {"SWITCHOVER_EPOCH", "t.switchover_epoch"},
    {"SYNC_SCN", kNowOfUsers},
    {"REPLAYABLE_SCN", kNowOfUsers},
    {"READABLE_SCN", kNowOfUsers},
    {"RECOVERY_UNTIL_SCN",
     "CASE WHEN t.tenant_type = 'USER' THEN COALESCE((SELECT s.recovery_until_scn FROM standby AS s"
     " WHERE s.tenant_id = t.tenant_id), 4611686018427387903) END"},
    {"LOG_MODE", "t.log_mode"},
    {"ARBITRATION_SERVICE_STATUS", "t.arbitration_service_status"},
    {"UNIT_NUM", "t.unit_num"},
    {"COMPATIBLE", "t.compatible"},
    {"MAX_LS_ID", "CASE WHEN t.tenant_type = 'USER' THEN 1001 ELSE 1 END"},
};

// The columns of a meta tenant that differ. `t` is the user tenant that it belongs to.
constexpr ViewColumn kMetaTenants[] = {
    {"TENANT_ID", "t.tenant_id - 1"},
    {"TENANT_NAME", "'META$' || t.tenant_id"},
    {"TENANT_TYPE", "'META'"},
    {"COMPATIBILITY_MODE", "'MYSQL'"},
    {"SYNC_SCN", "NULL"},
    {"REPLAYABLE_SCN", "NULL"},
    {"READABLE_SCN", "NULL"},
    {"RECOVERY_UNTIL_SCN", "NULL"},
    {"LOG_MODE", "'NOARCHIVELOG'"},
    {"MAX_LS_ID", "1"},
};

constexpr ViewColumn kUnitConfigs[] = {
    {"UNIT_CONFIG_ID", "unit_config_id"},
    {"NAME", "name"},
    {"CREATE_TIME", "create_time"},
    {"MODIFY_TIME", "modify_time"},
    {"MAX_CPU", "max_cpu"},
    {"MIN_CPU", "min_cpu"},
    {"MEMORY_SIZE", "memory_size"},
    {"LOG_DISK_SIZE", "log_disk_size"},
    {"MAX_IOPS", "max_iops"},
    {"MIN_IOPS", "min_iops"},
    {"IOPS_WEIGHT", "iops_weight"},
};

// The tenant of a pool that no tenant has is NULL.
constexpr ViewColumn kResourcePools[] = {
    {"RESOURCE_POOL_ID", "resource_pool_id"},
    {"NAME", "name"},
    {"TENANT_ID", "tenant_id"},
    {"CREATE_TIME", "create_time"},
    {"MODIFY_TIME", "modify_time"},
    {"UNIT_COUNT", "unit_count"},
    {"UNIT_CONFIG_ID", "unit_config_id"},
    {"ZONE_LIST", "zone_list"},
    {"REPLICA_TYPE", "replica_type"},
};

}  // namespace

std::vector<View> tenant_views() {
  std::vector<View> views;
  add_sys_and_own({.name = "DBA_OB_TENANTS",
                   .columns = kTenants,
                   .from = "tenant AS t",
                   .own = "t.tenant_id = :effective_tenant_id"},
                  views);
  for (View& view : views) {
    if (view.visible_to.sys)
      view.query.append(" UNION ALL ")
          .append(ColumnList(kTenants).with(kMetaTenants).select(listed_columns("sys", view.name)))
          .append(" FROM tenant AS t WHERE t.tenant_type = 'USER'");
  }
  add_sys_and_own({.name = "DBA_OB_UNIT_CONFIGS",
                   .columns = kUnitConfigs,
                   .from = "resource_unit",
                   .own = "unit_config_id IN (SELECT unit_config_id FROM resource_pool"
                          " WHERE tenant_id = :effective_tenant_id)"},
                  views);
  add_sys_and_own({.name = "DBA_OB_RESOURCE_POOLS",
                   .columns = kResourcePools,
                   .from = "resource_pool",
                   .own = "tenant_id = :effective_tenant_id"},
                  views);
  return views;
}

}  // namespace breakwater::catalog
