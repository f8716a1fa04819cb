#include "catalog/store/resources.h"

#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

constexpr std::int64_t kSysUnitId = 1;

constexpr std::string_view kPoolColumns =
    "SELECT p.resource_pool_id, p.tenant_id, p.name, p.unit_count, u.name, p.zone_list"
    " FROM resource_pool p JOIN resource_unit u ON u.unit_config_id = p.unit_config_id ";

ResourcePool pool_of(sqlite::Statement& row) {
  return {.id = row.integer(0),
          .tenant_id = row.is_null(1) ? std::nullopt : std::optional(row.integer(1)),
          .name = row.string(2),
          .unit_count = row.integer(3),
          .unit = row.string(4),
          .zone_list = row.string(5)};
}

ResourceUnit unit_of(sqlite::Statement& row) {
  return {.id = row.integer(0),
          .name = row.string(1),
          .max_cpu = row.real(2),
          .min_cpu = row.real(3),
          .memory_size = row.integer(4),
          .log_disk_size = row.integer(5),
          .max_iops = row.integer(6),
          .min_iops = row.integer(7),
          .iops_weight = row.integer(8)};
}

class SqliteResourceReader final : public OnSqlite<ResourceReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<ResourceUnit>> unit(std::string_view name) override {
    return first_row(
        connection().query("SELECT unit_config_id, name, max_cpu, min_cpu, memory_size, log_disk_size,"
                           " max_iops, min_iops, iops_weight FROM resource_unit WHERE name = ?",
                           name),
        unit_of);
  }

  Result<std::optional<ResourcePool>> pool(std::string_view name) override {
    return first_row(connection().query(select(kPoolColumns, "WHERE p.name = ?"), name), pool_of);
  }

  Result<std::vector<ResourcePool>> pools(TenantId tenant) override {
    return all_rows(connection().query(select(kPoolColumns, "WHERE p.tenant_id = ? ORDER BY 1"), tenant),
                    pool_of);
  }
};

class SqliteResourceWriter final : public OnSqlite<ResourceWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::int64_t> create_unit(const ResourceUnit& unit) override {
    BW_TRY(const auto taken, read().resources().unit(unit.name));
    if (taken) return fail(error::resource_unit_exist(unit.name));
    BW_TRY(const auto id, next_of_counter(with(), "unit_config_id", 1));
    BW_CHECK(insert_unit(with(), id, unit));
    BW_CHECK(tell("create_resource_unit", "unit", unit.name));
    return id;
  }

  Result<> alter_unit(const ResourceUnit& unit) override {
    BW_TRY(const auto id, unit_id(unit.name));
    BW_CHECK(connection().run(
        "UPDATE resource_unit SET modify_time = ?2, max_cpu = ?3, min_cpu = ?4, memory_size = ?5,"
        " log_disk_size = ?6, max_iops = ?7, min_iops = ?8, iops_weight = ?9"
        " WHERE unit_config_id = ?1",
        id, with().clock.now(), unit.max_cpu, unit.min_cpu, unit.memory_size, unit.log_disk_size,
        unit.max_iops, unit.min_iops, unit.iops_weight));
    return tell("alter_resource_unit", "unit", unit.name);
  }

  Result<> drop_unit(std::string_view name) override {
    BW_TRY(const auto id, unit_id(name));
    BW_TRY(const auto used, connection().integer("SELECT 1 FROM resource_pool WHERE unit_config_id = ?", id));
    if (used) return fail(error::resource_unit_in_use(name));
    BW_CHECK(connection().run("DELETE FROM resource_unit WHERE unit_config_id = ?", id));
    return tell("drop_resource_unit", "unit", name);
  }

  Result<std::int64_t> create_pool(const ResourcePool& pool) override {
    BW_TRY(const auto unit, unit_id(pool.unit));
    BW_TRY(const auto id, next_of_counter(with(), "resource_pool_id", 1));
    BW_CHECK(insert_pool(with(), id, pool, unit, false));
    BW_CHECK(tell("create_resource_pool", "pool", pool.name));
    return id;
  }

  Result<> alter_pool(std::string_view name, const PoolChange& change) override {
    BW_TRY(const auto pool, require_pool(name));
    std::optional<std::int64_t> unit;
    if (change.unit) {
      BW_TRY(unit, unit_id(*change.unit));
    }
    BW_CHECK(
        connection().run("UPDATE resource_pool SET modify_time = ?2, unit_count = COALESCE(?3, unit_count),"
                         " unit_config_id = COALESCE(?4, unit_config_id), zone_list = COALESCE(?5, zone_list)"
                         " WHERE resource_pool_id = ?1",
                         pool.id, with().clock.now(), change.unit_count, unit, change.zone_list));
    return tell("alter_resource_pool", "pool", name);
  }

  Result<> drop_pool(std::string_view name) override {
    BW_TRY(const auto pool, require_pool(name));
    if (pool.tenant_id) return fail(error::resource_pool_already_granted(name));
    BW_CHECK(connection().run("DELETE FROM resource_pool WHERE resource_pool_id = ?", pool.id));
    return tell("drop_resource_pool", "pool", name);
  }

 private:
  Result<> tell(std::string_view event, std::string_view kind, std::string_view name) {
    return with().transaction.events().record({.module = "resource",
                                               .event = event,
                                               .tenant_id = kSysTenantId,
                                               .details = {{kind, std::string(name)}}});
  }

  Result<std::int64_t> unit_id(std::string_view name) {
    BW_TRY(const auto unit, read().resources().unit(name));
    if (!unit) return fail(error::resource_unit_not_exist(name));
    return unit->id;
  }

  Result<ResourcePool> require_pool(std::string_view name) {
    BW_TRY(auto pool, read().resources().pool(name));
    if (!pool) return fail(error::resource_pool_not_exist(name));
    return *std::move(pool);
  }
};

}  // namespace

std::unique_ptr<ResourceReader> resources_on(const Reading& with) {
  return std::make_unique<SqliteResourceReader>(with);
}

std::unique_ptr<ResourceWriter> resources_on(const Writing& with) {
  return std::make_unique<SqliteResourceWriter>(with);
}

Result<> grant_pools(const Writing& with, TenantId id, const std::vector<std::string>& pools) {
  for (const std::string& name : pools) {
    BW_TRY(const auto pool, with.transaction.read().resources().pool(name));
    if (!pool) return fail(error::resource_pool_not_exist(name));
    if (pool->tenant_id) return fail(error::resource_pool_already_granted(name));
    BW_CHECK(with.connection.run(
        "UPDATE resource_pool SET tenant_id = ?, modify_time = ? WHERE resource_pool_id = ?", id,
        with.clock.now(), pool->id));
  }
  return {};
}

Result<> make_own_pool(const Writing& with, TenantId id) {
  const ResourcePool pool{
      .tenant_id = id, .name = "pool_of_tenant_" + std::to_string(id), .zone_list = "zone1"};
  BW_TRY(const auto pool_id, next_of_counter(with, "resource_pool_id", 1));
  BW_CHECK(insert_pool(with, pool_id, pool, kSysUnitId, true));
  return {};
}

Result<> release_pools(const Writing& with, TenantId id) {
  BW_CHECK(with.connection.run("DELETE FROM resource_pool WHERE tenant_id = ? AND implicit = 1", id));
  BW_CHECK(
      with.connection.run("UPDATE resource_pool SET tenant_id = NULL, modify_time = ?2 WHERE tenant_id = ?1",
                          id, with.clock.now()));
  return {};
}

Result<std::int64_t> insert_unit(const Writing& with, std::int64_t id, const ResourceUnit& unit) {
  BW_CHECK(
      with.connection.run("INSERT INTO resource_unit(unit_config_id, name, create_time, modify_time, max_cpu,"
                          " min_cpu, memory_size, log_disk_size, max_iops, min_iops, iops_weight)"
                          " VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                          id, unit.name, with.clock.now(), unit.max_cpu, unit.min_cpu, unit.memory_size,
                          unit.log_disk_size, unit.max_iops, unit.min_iops, unit.iops_weight));
  return id;
}

Result<std::int64_t> insert_pool(const Writing& with, std::int64_t id, const ResourcePool& pool,
                                 std::int64_t unit, bool implicit) {
  BW_TRY(const auto taken, with.transaction.read().resources().pool(pool.name));
  if (taken) return fail(error::resource_pool_exist(pool.name));
  BW_CHECK(with.connection.run(
      "INSERT INTO resource_pool(resource_pool_id, name, tenant_id, create_time, modify_time,"
      " unit_count, unit_config_id, zone_list, implicit)"
      " VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8)",
      id, pool.name, pool.tenant_id, with.clock.now(), pool.unit_count, unit, pool.zone_list, implicit));
  return id;
}

}  // namespace breakwater::catalog
