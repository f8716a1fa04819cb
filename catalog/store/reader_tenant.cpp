// Reader: tenants, resources, parameters, variables and keys.
#include "catalog/store/sqlite_reader.h"

namespace breakwater::catalog {
namespace {

#define TENANT_COLUMNS                                                                                \
  "SELECT tenant_id, tenant_name, compatibility_mode, locked, invited_nodes, primary_zone, locality," \
  " comment, create_time, log_mode = 'ARCHIVELOG' FROM tenant "

Tenant tenant_of(sqlite::Statement& row) {
  return {.id = row.integer(0),
          .name = row.string(1),
          .mode = row.text(2) == "ORACLE" ? CompatibilityMode::oracle : CompatibilityMode::mysql,
          .locked = row.integer(3) != 0,
          .invited_nodes = row.string(4),
          .primary_zone = row.string(5),
          .locality = row.string(6),
          .comment = row.string(7),
          .created = row.integer(8),
          .archivelog = row.integer(9) != 0};
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

#define POOL_COLUMNS                                                                  \
  "SELECT p.resource_pool_id, p.tenant_id, p.name, p.unit_count, u.name, p.zone_list" \
  " FROM resource_pool p JOIN resource_unit u ON u.unit_config_id = p.unit_config_id "

ResourcePool pool_of(sqlite::Statement& row) {
  return {.id = row.integer(0),
          .tenant_id = row.is_null(1) ? std::nullopt : std::optional(row.integer(1)),
          .name = row.string(2),
          .unit_count = row.integer(3),
          .unit = row.string(4),
          .zone_list = row.string(5)};
}

ParameterRow parameter_of(sqlite::Statement& row) {
  return {.name = row.string(0), .value = row.string(1), .secret = row.integer(2) != 0};
}

MasterKeyVersion version_of(sqlite::Statement& row) {
  return {.version = row.integer(0), .created = row.integer(1)};
}

}  // namespace

RowIdentity parameter_identity(TenantId tenant, std::string_view name) {
  return {"tenant_parameter", std::to_string(tenant), name};
}

RowIdentity master_key_identity(TenantId tenant, std::int64_t version) {
  return {"master_key", std::to_string(tenant), std::to_string(version)};
}

Result<std::optional<Tenant>> SqliteReader::tenant(std::string_view name) {
  return first_row(connection_.query(TENANT_COLUMNS "WHERE tenant_name = ?", name), tenant_of);
}

Result<std::optional<Tenant>> SqliteReader::tenant(TenantId id) {
  return first_row(connection_.query(TENANT_COLUMNS "WHERE tenant_id = ?", id), tenant_of);
}

Result<std::vector<Tenant>> SqliteReader::tenants() {
  return all_rows(connection_.query(TENANT_COLUMNS "ORDER BY tenant_id"), tenant_of);
}

Result<std::size_t> SqliteReader::tenant_count() {
  BW_TRY(const auto count, connection_.integer("SELECT COUNT(*) FROM tenant"));
  return static_cast<std::size_t>(count.value_or(0));
}

Result<std::optional<ResourceUnit>> SqliteReader::resource_unit(std::string_view name) {
  return first_row(
      connection_.query("SELECT unit_config_id, name, max_cpu, min_cpu, memory_size, log_disk_size,"
                        " max_iops, min_iops, iops_weight FROM resource_unit WHERE name = ?",
                        name),
      unit_of);
}

Result<std::optional<ResourcePool>> SqliteReader::resource_pool(std::string_view name) {
  return first_row(connection_.query(POOL_COLUMNS "WHERE p.name = ?", name), pool_of);
}

Result<std::vector<ResourcePool>> SqliteReader::resource_pools(TenantId tenant) {
  return all_rows(connection_.query(POOL_COLUMNS "WHERE p.tenant_id = ? ORDER BY 1", tenant), pool_of);
}

Result<std::optional<std::string>> SqliteReader::parameter(TenantId tenant, std::string_view name) {
  return first_row(connection_.query("SELECT value FROM tenant_parameter"
                                     " WHERE tenant_id = ? AND name = ? AND value IS NOT NULL",
                                     tenant, name),
                   string_of);
}

Result<std::optional<Secret>> SqliteReader::secret_parameter(TenantId tenant, std::string_view name) {
  BW_TRY(const auto sealed,
         first_row(connection_.query("SELECT sealed FROM tenant_parameter"
                                     " WHERE tenant_id = ? AND name = ? AND sealed IS NOT NULL",
                                     tenant, name),
                   [](sqlite::Statement& row) { return row.bytes(0); }));
  if (!sealed) return std::nullopt;
  return keyring_.open(parameter_identity(tenant, name), *sealed);
}

Result<std::vector<ParameterRow>> SqliteReader::parameters(TenantId tenant) {
  return all_rows(connection_.query("SELECT name, value, sealed IS NOT NULL FROM tenant_parameter"
                                    " WHERE tenant_id = ? ORDER BY name",
                                    tenant),
                  parameter_of);
}

Result<std::optional<std::string>> SqliteReader::global_variable(TenantId tenant, std::string_view name) {
  return first_row(
      connection_.query("SELECT value FROM global_variable WHERE tenant_id = ? AND name = ?", tenant, name),
      string_of);
}

Result<std::vector<std::pair<std::string, std::string>>> SqliteReader::global_variables(TenantId tenant) {
  return all_rows(
      connection_.query("SELECT name, value FROM global_variable WHERE tenant_id = ? ORDER BY name", tenant),
      [](sqlite::Statement& row) { return std::pair(row.string(0), row.string(1)); });
}

Result<std::vector<MasterKeyVersion>> SqliteReader::master_key_versions(TenantId tenant) {
  return all_rows(connection_.query("SELECT version, create_time FROM master_key WHERE tenant_id = ?"
                                    " ORDER BY version",
                                    tenant),
                  version_of);
}

Result<std::int64_t> SqliteReader::newest_master_key(TenantId tenant) {
  BW_TRY(const auto newest,
         connection_.integer("SELECT MAX(version) FROM master_key WHERE tenant_id = ?", tenant));
  return newest.value_or(0);
}

Result<std::vector<MasterKey>> SqliteReader::master_keys(TenantId tenant) {
  BW_TRY(sqlite::Lease rows, connection_.query("SELECT version, create_time, sealed FROM master_key"
                                               " WHERE tenant_id = ? ORDER BY version",
                                               tenant));
  std::vector<MasterKey> keys;
  while (true) {
    BW_TRY(const bool row, rows->step());
    if (!row) return keys;
    const auto [version, created] = version_of(*rows);
    BW_TRY(Secret key, keyring_.open(master_key_identity(tenant, version), rows->blob(2)));
    keys.push_back({.version = version, .created = created, .key = std::move(key)});
  }
}

Result<std::optional<Keystore>> SqliteReader::keystore(TenantId tenant) {
  return first_row(
      connection_.query("SELECT name, password_hash, open FROM keystore WHERE tenant_id = ?", tenant),
      [](sqlite::Statement& row) {
        return Keystore{.name = row.string(0), .password_hash = row.string(1), .open = row.integer(2) != 0};
      });
}

}  // namespace breakwater::catalog
