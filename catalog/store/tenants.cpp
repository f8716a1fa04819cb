#include "catalog/store/tenants.h"

#include "base/text.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kDefaultZone = "zone1";
constexpr std::string_view kDefaultLocality = "FULL{1}@zone1";

constexpr std::string_view kTenantColumns =
    "SELECT tenant_id, tenant_name, compatibility_mode, locked, invited_nodes, primary_zone, locality,"
    " comment, create_time, log_mode = 'ARCHIVELOG', tenant_role FROM tenant ";

TenantRole role_of(std::string_view name) {
  if (name == "STANDBY") return TenantRole::standby;
  return name == "RESTORE" ? TenantRole::restore : TenantRole::primary;
}

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
          .archivelog = row.integer(9) != 0,
          .role = role_of(row.text(10))};
}

constexpr std::string_view mode_name(CompatibilityMode mode) {
  return mode == CompatibilityMode::oracle ? "ORACLE" : "MYSQL";
}

std::string_view or_default(std::string_view given, std::string_view otherwise) {
  return given.empty() ? otherwise : given;
}

Result<> check_invited_nodes(std::string_view list) {
  if (list.size() <= TenantWriter::kMaxInvitedNodes) return {};
  return fail(error::var_wrong_value("ob_tcp_invited_nodes", whole_characters(list, 64))
                  .with_hint("at most " + std::to_string(TenantWriter::kMaxInvitedNodes) +
                             " bytes; name networks (10.1.0.0/16) in place of addresses"));
}

Result<> require_free_name(const Writing& with, std::string_view tenant_name) {
  BW_TRY(const auto taken, with.transaction.read().tenants().find(tenant_name));
  if (taken) return fail(error::tenant_exist(tenant_name));
  return {};
}

class SqliteTenantReader final : public OnSqlite<TenantReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<Tenant>> find(std::string_view name) override {
    return first_row(connection().query(select(kTenantColumns, "WHERE tenant_name = ?"), name), tenant_of);
  }

  Result<std::optional<Tenant>> find(TenantId id) override {
    return first_row(connection().query(select(kTenantColumns, "WHERE tenant_id = ?"), id), tenant_of);
  }

  Result<std::vector<Tenant>> all() override {
    return all_rows(connection().query(select(kTenantColumns, "ORDER BY tenant_id")), tenant_of);
  }

  Result<std::size_t> count() override {
    BW_TRY(const auto count, connection().integer("SELECT COUNT(*) FROM tenant"));
    return static_cast<std::size_t>(count.value_or(0));
  }
};

class SqliteTenantWriter final : public OnSqlite<TenantWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<Tenant> create(const TenantSpec& spec) override {
    BW_CHECK(require_free_name(with(), spec.name));
    BW_CHECK(check_invited_nodes(spec.invited_nodes));
    BW_TRY(const TenantId id, next_of_counter(with(), "tenant_id", 2));
    BW_CHECK(insert_tenant(with(), id, "USER", spec));
    BW_CHECK(make_administrator(with(), id, spec.mode, spec.administrator));
    if (spec.pools.empty()) {
      BW_CHECK(make_own_pool(with(), id));
    } else {
      BW_CHECK(grant_pools(with(), id, spec.pools));
    }
    BW_CHECK(tell("create_tenant", id, {{"tenant_name", spec.name}}));
    return require_tenant(with(), id);
  }

  Result<> drop(TenantId id) override {
    if (id == kSysTenantId) return fail(error::op_not_allow("drop tenant sys"));
    BW_TRY(const Tenant gone, require_tenant(with(), id));
    BW_CHECK(retire_destinations(with(), id));
    BW_CHECK(release_pools(with(), id));
    BW_CHECK(end_jobs_of_dropped(with(), id));
    // What refers to it cascades.
    BW_CHECK(connection().run("DELETE FROM tenant WHERE tenant_id = ?", id));
    BW_CHECK(keep_events_of_dropped(with(), id));
    return tell("drop_tenant", id, {{"tenant_name", gone.name}});
  }

  Result<> alter(TenantId id, const TenantChange& change) override {
    if (id == kSysTenantId && change.name) return fail(error::op_not_allow("rename tenant sys"));
    if (id == kSysTenantId && change.locked) return fail(error::op_not_allow("lock tenant sys"));
    BW_TRY(const Tenant before, require_tenant(with(), id));
    // Its rows may still be coming in.
    if (change.locked && before.locked && before.role == TenantRole::restore)
      return fail(error::op_not_allow("the restore isn't done, lock or unlock tenant"));
    if (change.invited_nodes) {
      BW_CHECK(require_primary(with(), id));
      BW_CHECK(check_invited_nodes(*change.invited_nodes));
    }
    if (change.name && *change.name != before.name) BW_CHECK(require_free_name(with(), *change.name));
    BW_CHECK(connection().run(
        "UPDATE tenant SET modify_time = ?2, tenant_name = COALESCE(?3, tenant_name),"
        " locked = COALESCE(?4, locked), invited_nodes = COALESCE(?5, invited_nodes),"
        " primary_zone = COALESCE(?6, primary_zone), comment = COALESCE(?7, comment),"
        " previous_locality = CASE WHEN ?8 <> locality THEN locality ELSE previous_locality END,"
        " locality = COALESCE(?8, locality) WHERE tenant_id = ?1",
        id, with().clock.now(), change.name, change.locked, change.invited_nodes, change.primary_zone,
        change.comment, change.locality));
    return tell_change(before, change);
  }

  Result<> activate(TenantId id) override {
    BW_TRY(const Tenant tenant, require_tenant(with(), id));
    if (tenant.role != TenantRole::standby) {
      const bool restoring = tenant.role == TenantRole::restore;
      return fail(error::op_not_allow(restoring ? "the restore isn't done, activate standby tenant"
                                                : "tenant role is PRIMARY, activate standby tenant"));
    }
    BW_CHECK(
        connection().run("UPDATE tenant SET tenant_role = 'PRIMARY', modify_time = ?2,"
                         " switchover_epoch = switchover_epoch + 1 WHERE tenant_id = ?1",
                         id, with().clock.now()));
    BW_CHECK(connection().run("DELETE FROM standby WHERE tenant_id = ?", id));
    return tell("activate_standby_tenant", id, {{"tenant_name", tenant.name}});
  }

 private:
  using Details = std::vector<std::pair<std::string_view, std::string>>;

  Result<> tell(std::string_view event, TenantId tenant, Details details) {
    return with().transaction.events().record(
        {.module = "tenant", .event = event, .tenant_id = tenant, .details = std::move(details)});
  }

  // One event for each kind of change.
  Result<> tell_change(const Tenant& before, const TenantChange& change) {
    const auto changed = [&](std::string_view what, const std::string& from,
                             const std::optional<std::string>& to) -> Result<> {
      if (!to) return {};
      return tell("alter_tenant", before.id,
                  {{"property", std::string(what)}, {"old_value", from}, {"new_value", *to}});
    };
    if (change.name)
      BW_CHECK(tell("rename_tenant", before.id, {{"tenant_name", before.name}, {"new_name", *change.name}}));
    if (change.locked) {
      BW_CHECK(tell(*change.locked ? "lock_tenant" : "unlock_tenant", before.id,
                    {{"tenant_name", change.name.value_or(before.name)}}));
    }
    BW_CHECK(changed("ob_tcp_invited_nodes", before.invited_nodes, change.invited_nodes));
    BW_CHECK(changed("primary_zone", before.primary_zone, change.primary_zone));
    BW_CHECK(changed("locality", before.locality, change.locality));
    return changed("comment", before.comment, change.comment);
  }
};

}  // namespace

std::unique_ptr<TenantReader> tenants_on(const Reading& with) {
  return std::make_unique<SqliteTenantReader>(with);
}

std::unique_ptr<TenantWriter> tenants_on(const Writing& with) {
  return std::make_unique<SqliteTenantWriter>(with);
}

Result<Tenant> require_tenant(const Writing& with, TenantId id) {
  BW_TRY(auto found, with.transaction.read().tenants().find(id));
  if (!found) return fail(error::tenant_not_exist());
  return *std::move(found);
}

Result<Tenant> require_primary(const Writing& with, TenantId id) {
  BW_TRY(Tenant tenant, require_tenant(with, id));
  if (tenant.role == TenantRole::primary) return tenant;
  return fail(
      error::standby_read_only().with_hint("ALTER SYSTEM ACTIVATE STANDBY TENANT makes it a primary one"));
}

Result<std::int64_t> next_of_counter(const Writing& with, std::string_view name, std::int64_t step) {
  BW_TRY(const auto next, with.connection.integer("UPDATE counter SET next = next + ?2 WHERE name = ?1"
                                                  " RETURNING next - ?2",
                                                  name, step));
  if (!next) return fail(error::internal_error().with_hint("the catalogue has lost a counter"));
  return *next;
}

Result<> insert_tenant(const Writing& with, TenantId id, std::string_view type, const TenantSpec& spec) {
  BW_CHECK(with.connection.run(
      "INSERT INTO tenant(tenant_id, tenant_name, tenant_type, create_time, modify_time,"
      " primary_zone, locality, compatibility_mode, invited_nodes, comment)"
      " VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9)",
      id, spec.name, type, with.clock.now(), or_default(spec.primary_zone, kDefaultZone),
      or_default(spec.locality, kDefaultLocality), mode_name(spec.mode), spec.invited_nodes, spec.comment));
  for (const auto& [name, value] : spec.variables) BW_CHECK(insert_variable(with, id, name, value));
  return {};
}

Result<> make_administrator(const Writing& with, TenantId id, CompatibilityMode mode,
                            const Credential& credential) {
  const AccountKey key{.tenant_id = id, .user = std::string(administrator_of(mode))};
  AccountWriter& accounts = with.transaction.accounts();
  BW_CHECK(accounts.create(Actor::server(), {.key = key, .credential = credential}));
  if (mode == CompatibilityMode::oracle) BW_CHECK(make_predefined_roles(with, id));
  return insert_grant(with, key,
                      {.privileges = all_privileges(GrantLevel::global) | privilege::kGrantOption});
}

}  // namespace breakwater::catalog
