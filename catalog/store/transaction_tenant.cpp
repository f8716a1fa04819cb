// Transaction: tenants and what hangs on them.
#include "base/limits.h"
#include "base/text.h"
#include "catalog/store/sqlite_transaction.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kDefaultZone = "zone1";
constexpr std::string_view kDefaultLocality = "FULL{1}@zone1";

std::string_view or_default(std::string_view given, std::string_view otherwise) {
  return given.empty() ? otherwise : given;
}

constexpr std::string_view mode_name(CompatibilityMode mode) {
  return mode == CompatibilityMode::oracle ? "ORACLE" : "MYSQL";
}

Result<> check_invited_nodes(std::string_view list) {
  if (list.size() <= Transaction::kMaxInvitedNodes) return {};
  return fail(error::var_wrong_value("ob_tcp_invited_nodes", whole_characters(list, 64))
                  .with_hint("at most " + std::to_string(Transaction::kMaxInvitedNodes) +
                             " bytes; name networks (10.1.0.0/16) in place of addresses"));
}

}  // namespace

Result<Tenant> SqliteTransaction::require_tenant(TenantId id) {
  BW_TRY(auto found, tenant(id));
  if (!found) return fail(error::tenant_not_exist());
  return *std::move(found);
}

Result<> SqliteTransaction::require_free_name(std::string_view tenant_name) {
  BW_TRY(const auto taken, tenant(tenant_name));
  if (taken) return fail(error::tenant_exist(tenant_name));
  return {};
}

Result<std::int64_t> SqliteTransaction::next_of_counter(std::string_view name, std::int64_t step) {
  BW_TRY(const auto next, connection().integer("UPDATE counter SET next = next + ?2 WHERE name = ?1"
                                               " RETURNING next - ?2",
                                               name, step));
  if (!next) return fail(error::internal_error().with_hint("the catalogue has lost a counter"));
  return *next;
}

Result<> SqliteTransaction::insert_tenant(TenantId id, std::string_view type, const TenantSpec& spec) {
  BW_CHECK(connection().run(
      "INSERT INTO tenant(tenant_id, tenant_name, tenant_type, create_time, modify_time,"
      " primary_zone, locality, compatibility_mode, invited_nodes, comment)"
      " VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9)",
      id, spec.name, type, clock_.now(), or_default(spec.primary_zone, kDefaultZone),
      or_default(spec.locality, kDefaultLocality), mode_name(spec.mode), spec.invited_nodes, spec.comment));
  for (const auto& [name, value] : spec.variables) BW_CHECK(set_global_variable(id, name, value));
  return {};
}

Result<> SqliteTransaction::make_administrator(TenantId id, CompatibilityMode mode,
                                               const Credential& credential) {
  const AccountKey key{.tenant_id = id, .user = std::string(administrator_of(mode))};
  BW_CHECK(create_account(Actor::server(), {.key = key, .credential = credential}));
  return grant(key, {.privileges = all_privileges(GrantLevel::global) | privilege::kGrantOption});
}

Result<Tenant> SqliteTransaction::create_tenant(const TenantSpec& spec) {
  BW_CHECK(require_free_name(spec.name));
  BW_CHECK(check_invited_nodes(spec.invited_nodes));
  BW_TRY(const TenantId id, next_of_counter("tenant_id", 2));
  BW_CHECK(insert_tenant(id, "USER", spec));
  BW_CHECK(make_administrator(id, spec.mode, {}));
  if (spec.pools.empty()) {
    BW_CHECK(make_own_pool(id));
  } else {
    BW_CHECK(grant_pools(id, spec.pools));
  }
  return require_tenant(id);
}

Result<> SqliteTransaction::drop_tenant(TenantId id) {
  if (id == kSysTenantId) return fail(error::op_not_allow("drop tenant sys"));
  BW_CHECK(require_tenant(id));
  BW_CHECK(retire_destinations(id));
  BW_CHECK(release_pools(id));
  BW_CHECK(connection().run("DELETE FROM tenant WHERE tenant_id = ?", id));  // and what refers to it cascades
  return {};
}

Result<> SqliteTransaction::alter_tenant(TenantId id, const TenantChange& change) {
  if (id == kSysTenantId && change.name) return fail(error::op_not_allow("rename tenant sys"));
  if (id == kSysTenantId && change.locked) return fail(error::op_not_allow("lock tenant sys"));
  BW_TRY(const Tenant before, require_tenant(id));
  if (change.invited_nodes) BW_CHECK(check_invited_nodes(*change.invited_nodes));
  if (change.name && *change.name != before.name) BW_CHECK(require_free_name(*change.name));
  BW_CHECK(connection().run(
      "UPDATE tenant SET modify_time = ?2, tenant_name = COALESCE(?3, tenant_name),"
      " locked = COALESCE(?4, locked), invited_nodes = COALESCE(?5, invited_nodes),"
      " primary_zone = COALESCE(?6, primary_zone), comment = COALESCE(?7, comment),"
      " previous_locality = CASE WHEN ?8 <> locality THEN locality ELSE previous_locality END,"
      " locality = COALESCE(?8, locality) WHERE tenant_id = ?1",
      id, clock_.now(), change.name, change.locked, change.invited_nodes, change.primary_zone, change.comment,
      change.locality));
  return {};
}

Result<> SqliteTransaction::set_parameter(TenantId tenant, std::string_view name, std::string_view value) {
  BW_CHECK(require_tenant(tenant));
  BW_CHECK(
      connection().run("INSERT INTO tenant_parameter(tenant_id, name, value) VALUES (?, ?, ?)"
                       " ON CONFLICT DO UPDATE SET value = excluded.value, sealed = NULL",
                       tenant, name, value));
  return {};
}

Result<> SqliteTransaction::set_secret_parameter(TenantId tenant, std::string_view name,
                                                 const Secret& value) {
  BW_CHECK(require_tenant(tenant));
  BW_TRY(const Bytes sealed, keyring().seal(parameter_identity(tenant, name), value, entropy_));
  BW_CHECK(
      connection().run("INSERT INTO tenant_parameter(tenant_id, name, sealed) VALUES (?, ?, ?)"
                       " ON CONFLICT DO UPDATE SET value = NULL, sealed = excluded.sealed",
                       tenant, name, sealed));
  return {};
}

Result<> SqliteTransaction::reset_parameter(TenantId tenant, std::string_view name) {
  BW_CHECK(require_tenant(tenant));
  BW_CHECK(connection().run("DELETE FROM tenant_parameter WHERE tenant_id = ? AND name = ?", tenant, name));
  return {};
}

Result<> SqliteTransaction::set_global_variable(TenantId tenant, std::string_view name,
                                                std::string_view value) {
  BW_CHECK(require_tenant(tenant));
  BW_CHECK(
      connection().run("INSERT INTO global_variable(tenant_id, name, value) VALUES (?, ?, ?)"
                       " ON CONFLICT DO UPDATE SET value = excluded.value",
                       tenant, name, value));
  return {};
}

Result<std::int64_t> SqliteTransaction::rotate_master_key(TenantId tenant) {
  BW_CHECK(require_tenant(tenant));
  BW_TRY(const std::int64_t newest, newest_master_key(tenant));
  if (newest >= limits::kMaxMasterKeys) {
    return fail(error::size_overflow().with_hint(
        "the tenant has " + std::to_string(newest) +
        " master keys, which is as many as a key backup holds; the newest one stays in use"));
  }
  const std::int64_t version = newest + 1;
  const Secret key = crypto::random_secret(crypto::kKeySize, entropy_);
  BW_TRY(const Bytes sealed, keyring().seal(master_key_identity(tenant, version), key, entropy_));
  BW_CHECK(
      connection().run("INSERT INTO master_key(tenant_id, version, create_time, sealed) VALUES (?, ?, ?, ?)",
                       tenant, version, clock_.now(), sealed));
  return version;
}

Result<> SqliteTransaction::create_keystore(TenantId tenant, const Keystore& keystore) {
  BW_CHECK(require_tenant(tenant));
  BW_TRY(const auto known, this->keystore(tenant));
  if (known) return fail(error::keystore_exist());
  BW_CHECK(connection().run(
      "INSERT INTO keystore(tenant_id, name, password_hash, open, create_time) VALUES (?, ?, ?, ?, ?)",
      tenant, keystore.name, keystore.password_hash, std::int64_t{keystore.open}, clock_.now()));
  return {};
}

Result<> SqliteTransaction::change_keystore(TenantId tenant, const Keystore& keystore) {
  BW_TRY(const auto known, this->keystore(tenant));
  if (!known) return fail(error::keystore_not_exist());
  BW_CHECK(connection().run("UPDATE keystore SET password_hash = ?, open = ? WHERE tenant_id = ?",
                            keystore.password_hash, std::int64_t{keystore.open}, tenant));
  return {};
}

}  // namespace breakwater::catalog
