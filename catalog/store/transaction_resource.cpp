// Transaction: resource units and pools. They are kept and shown; nothing here is limited by them.
#include "catalog/store/sqlite_transaction.h"

namespace breakwater::catalog {
namespace {

constexpr std::int64_t kSysUnitId = 1;

}  // namespace

Result<> SqliteTransaction::grant_pools(TenantId id, const std::vector<std::string>& pools) {
  for (const std::string& name : pools) {
    BW_TRY(const auto pool, resource_pool(name));
    if (!pool) return fail(error::resource_pool_not_exist(name));
    if (pool->tenant_id) return fail(error::resource_pool_already_granted(name));
    BW_CHECK(
        connection().run("UPDATE resource_pool SET tenant_id = ?, modify_time = ? WHERE resource_pool_id = ?",
                         id, clock_.now(), pool->id));
  }
  return {};
}

Result<> SqliteTransaction::make_own_pool(TenantId id) {
  const ResourcePool pool{
      .tenant_id = id, .name = "pool_of_tenant_" + std::to_string(id), .zone_list = "zone1"};
  BW_TRY(const auto pool_id, next_of_counter("resource_pool_id", 1));
  BW_CHECK(insert_pool(pool_id, pool, kSysUnitId, true));
  return {};
}

Result<> SqliteTransaction::release_pools(TenantId id) {
  BW_CHECK(connection().run("DELETE FROM resource_pool WHERE tenant_id = ? AND implicit = 1", id));
  BW_CHECK(connection().run(
      "UPDATE resource_pool SET tenant_id = NULL, modify_time = ?2 WHERE tenant_id = ?1", id, clock_.now()));
  return {};
}

Result<std::int64_t> SqliteTransaction::insert_unit(std::int64_t id, const ResourceUnit& unit) {
  BW_CHECK(
      connection().run("INSERT INTO resource_unit(unit_config_id, name, create_time, modify_time, max_cpu,"
                       " min_cpu, memory_size, log_disk_size, max_iops, min_iops, iops_weight)"
                       " VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                       id, unit.name, clock_.now(), unit.max_cpu, unit.min_cpu, unit.memory_size,
                       unit.log_disk_size, unit.max_iops, unit.min_iops, unit.iops_weight));
  return id;
}

Result<std::int64_t> SqliteTransaction::create_resource_unit(const ResourceUnit& unit) {
  BW_TRY(const auto taken, resource_unit(unit.name));
  if (taken) return fail(error::resource_unit_exist(unit.name));
  BW_TRY(const auto id, next_of_counter("unit_config_id", 1));
  return insert_unit(id, unit);
}

Result<std::int64_t> SqliteTransaction::unit_id(std::string_view name) {
  BW_TRY(const auto unit, resource_unit(name));
  if (!unit) return fail(error::resource_unit_not_exist(name));
  return unit->id;
}

Result<> SqliteTransaction::alter_resource_unit(const ResourceUnit& unit) {
  BW_TRY(const auto id, unit_id(unit.name));
  BW_CHECK(connection().run(
      "UPDATE resource_unit SET modify_time = ?2, max_cpu = ?3, min_cpu = ?4, memory_size = ?5,"
      " log_disk_size = ?6, max_iops = ?7, min_iops = ?8, iops_weight = ?9"
      " WHERE unit_config_id = ?1",
      id, clock_.now(), unit.max_cpu, unit.min_cpu, unit.memory_size, unit.log_disk_size, unit.max_iops,
      unit.min_iops, unit.iops_weight));
  return {};
}

Result<> SqliteTransaction::drop_resource_unit(std::string_view name) {
  BW_TRY(const auto id, unit_id(name));
  BW_TRY(const auto used, connection().integer("SELECT 1 FROM resource_pool WHERE unit_config_id = ?", id));
  if (used) return fail(error::resource_unit_in_use(name));
  BW_CHECK(connection().run("DELETE FROM resource_unit WHERE unit_config_id = ?", id));
  return {};
}

Result<std::int64_t> SqliteTransaction::insert_pool(std::int64_t id, const ResourcePool& pool,
                                                    std::int64_t unit, bool implicit) {
  BW_TRY(const auto taken, resource_pool(pool.name));
  if (taken) return fail(error::resource_pool_exist(pool.name));
  BW_CHECK(connection().run(
      "INSERT INTO resource_pool(resource_pool_id, name, tenant_id, create_time, modify_time,"
      " unit_count, unit_config_id, zone_list, implicit)"
      " VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8)",
      id, pool.name, pool.tenant_id, clock_.now(), pool.unit_count, unit, pool.zone_list, implicit));
  return id;
}

Result<std::int64_t> SqliteTransaction::create_resource_pool(const ResourcePool& pool) {
  BW_TRY(const auto unit, unit_id(pool.unit));
  BW_TRY(const auto id, next_of_counter("resource_pool_id", 1));
  return insert_pool(id, pool, unit, false);
}

Result<> SqliteTransaction::alter_resource_pool(std::string_view name, const PoolChange& change) {
  BW_TRY(const auto pool, resource_pool(name));
  if (!pool) return fail(error::resource_pool_not_exist(name));
  std::optional<std::int64_t> unit;
  if (change.unit) {
    BW_TRY(unit, unit_id(*change.unit));
  }
  BW_CHECK(
      connection().run("UPDATE resource_pool SET modify_time = ?2, unit_count = COALESCE(?3, unit_count),"
                       " unit_config_id = COALESCE(?4, unit_config_id), zone_list = COALESCE(?5, zone_list)"
                       " WHERE resource_pool_id = ?1",
                       pool->id, clock_.now(), change.unit_count, unit, change.zone_list));
  return {};
}

Result<> SqliteTransaction::drop_resource_pool(std::string_view name) {
  BW_TRY(const auto pool, resource_pool(name));
  if (!pool) return fail(error::resource_pool_not_exist(name));
  if (pool->tenant_id) return fail(error::resource_pool_already_granted(name));
  BW_CHECK(connection().run("DELETE FROM resource_pool WHERE resource_pool_id = ?", pool->id));
  return {};
}

}  // namespace breakwater::catalog
