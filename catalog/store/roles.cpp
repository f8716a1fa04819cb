#include "catalog/store/roles.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

GrantRow role_grant_row(sqlite::Statement& row) {
  return {
      .schema = row.string(0), .table = row.string(1), .privileges = static_cast<Privileges>(row.integer(2))};
}

RoleGrant role_grant_of(sqlite::Statement& row) {
  return {.role = row.string(0), .admin = row.integer(1) != 0, .by_default = row.integer(2) != 0};
}

/// What Oracle calls everybody: no role may seem to be that.
constexpr std::string_view kEverybody = "PUBLIC";

bool is_chosen(const RoleGrant& grant, const RoleChoice& choice) {
  if (choice.which == RoleChoice::Which::by_default) return grant.by_default;
  return std::ranges::find(choice.names, grant.role) == choice.names.end();
}

std::string account_text(const AccountKey& key) {
  return "'" + key.user + "'@'" + key.host + "'";
}

Error too_many(std::string_view what, std::int64_t most) {
  return error::size_overflow().with_hint(
      std::string(what).append(": at most ").append(std::to_string(most)));
}

class SqliteRoleReader final : public OnSqlite<RoleReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<bool> exists(TenantId tenant, std::string_view role) override {
    BW_TRY(const auto there,
           connection().integer("SELECT 1 FROM role WHERE tenant_id = ? AND role_name = ?", tenant, role));
    return there.has_value();
  }

  Result<std::vector<std::string>> all(TenantId tenant) override {
    return all_rows(
        connection().query("SELECT role_name FROM role WHERE tenant_id = ? ORDER BY role_name", tenant),
        string_of);
  }

  Result<std::vector<RoleGrant>> granted(const AccountKey& account) override {
    return all_rows(connection().query("SELECT role_name, admin, by_default FROM role_of_account"
                                       " WHERE tenant_id = ? AND user_name = ? AND host = ?"
                                       " ORDER BY role_name",
                                       account.tenant_id, account.user, account.host),
                    role_grant_of);
  }

  Result<std::vector<RoleGrant>> granted_to_role(TenantId tenant, std::string_view role) override {
    return all_rows(connection().query("SELECT role_name, admin, 1 FROM role_of_role"
                                       " WHERE tenant_id = ? AND holder = ? ORDER BY role_name",
                                       tenant, role),
                    role_grant_of);
  }

  Result<std::vector<std::string>> with_theirs(TenantId tenant, std::vector<std::string> roles) override {
    std::set<std::string> found(roles.begin(), roles.end());
    while (!roles.empty()) {
      const std::string next = std::move(roles.back());
      roles.pop_back();
      BW_TRY(const auto theirs, granted_to_role(tenant, next));
      for (const RoleGrant& grant : theirs)
        if (found.insert(grant.role).second) roles.push_back(grant.role);
    }
    return std::vector<std::string>(found.begin(), found.end());
  }

  Result<std::vector<std::string>> enabled(const AccountKey& account, const RoleChoice& choice) override {
    BW_TRY(const auto grants, granted(account));
    std::vector<std::string> roles;
    if (choice.which != RoleChoice::Which::named) {
      for (const RoleGrant& grant : grants)
        if (is_chosen(grant, choice)) roles.push_back(grant.role);
      return with_theirs(account.tenant_id, std::move(roles));
    }
    for (const RoleGrant& grant : grants) roles.push_back(grant.role);
    BW_TRY(roles, with_theirs(account.tenant_id, std::move(roles)));
    std::erase_if(roles, [&](const std::string& role) {
      return std::ranges::find(choice.names, role) == choice.names.end();
    });
    return with_theirs(account.tenant_id, std::move(roles));
  }

  Result<std::vector<GrantRow>> grants(TenantId tenant, std::string_view role) override {
    return all_rows(connection().query("SELECT schema_name, table_name, privileges FROM role_privilege"
                                       " WHERE tenant_id = ? AND role_name = ?"
                                       " ORDER BY schema_name, table_name",
                                       tenant, role),
                    role_grant_row);
  }

  Result<std::vector<GrantRow>> privileges(const AccountKey& account, const RoleChoice& choice) override {
    BW_TRY(const auto roles, enabled(account, choice));
    std::vector<GrantRow> held;
    for (const std::string& role : roles) {
      BW_TRY(const auto rows, grants(account.tenant_id, role));
      held.insert(held.end(), rows.begin(), rows.end());
    }
    return held;
  }

  Result<Privileges> global_privileges(const AccountKey& account, const RoleChoice& choice) override {
    BW_TRY(const auto rows, privileges(account, choice));
    Privileges held = 0;
    for (const GrantRow& row : rows)
      if (grant_level(row.schema, row.table) == GrantLevel::global) held |= row.privileges;
    return held;
  }
};

class SqliteRoleWriter final : public OnSqlite<RoleWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> create(const Actor& by, TenantId tenant, std::string_view role) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const Privileges held, AccountRules(read(), by).held());
    if (!by.is_server() && (held & privilege::kCreateUser) == 0)
      return fail(error::no_privilege("CREATE USER"));
    BW_CHECK(require_room(connection().integer("SELECT COUNT(*) FROM role WHERE tenant_id = ?", tenant),
                          kMaxRoles, "roles of a tenant"));
    BW_TRY(const auto account,
           connection().integer("SELECT 1 FROM account WHERE tenant_id = ? AND user_name = ? LIMIT 1", tenant,
                                role));
    if (account || role == kEverybody) return fail(error::role_exist(role));
    BW_TRY(const auto made,
           connection().run("INSERT INTO role(tenant_id, role_name, create_time) VALUES (?, ?, ?)"
                            " ON CONFLICT DO NOTHING",
                            tenant, role, with().clock.now()));
    if (made == 0) return fail(error::role_exist(role));
    if (by.is_server()) return {};
    BW_CHECK(tell("create_role", tenant, role));
    return insert_role_grant(by.key(), {.role = std::string(role), .admin = true});
  }

  Result<> drop(const Actor& by, TenantId tenant, std::string_view role) override {
    BW_CHECK(require_role(tenant, role));
    BW_CHECK(require_admin(by, tenant, role));
    if (is_predefined_role(role))
      return fail(error::op_not_allow("drop a role that the tenant was made with"));
    BW_CHECK(connection().run("DELETE FROM role WHERE tenant_id = ? AND role_name = ?", tenant, role));
    return tell("drop_role", tenant, role);
  }

  Result<> grant(const Actor& by, const AccountKey& to, const RoleGrant& what) override {
    BW_CHECK(require_role(to.tenant_id, what.role));
    BW_CHECK(require_admin(by, to.tenant_id, what.role));
    BW_CHECK(require_account(to));
    BW_CHECK(insert_role_grant(to, what));
    return tell_grant("grant_role", to.tenant_id, what, account_text(to));
  }

  Result<> grant_to_role(const Actor& by, TenantId tenant, std::string_view to,
                         const RoleGrant& what) override {
    BW_CHECK(require_role(tenant, what.role));
    BW_CHECK(require_admin(by, tenant, what.role));
    BW_TRY(const bool there, read().roles().exists(tenant, to));
    if (!there) return fail(error::user_or_role_not_exist(to));
    BW_TRY(const auto theirs, read().roles().with_theirs(tenant, {what.role}));
    if (std::ranges::find(theirs, to) != theirs.end()) return fail(error::role_grant_circular());
    BW_CHECK(require_room(
        connection().integer("SELECT COUNT(*) FROM role_of_role WHERE tenant_id = ? AND holder = ?"
                             " AND role_name <> ?",
                             tenant, to, what.role),
        kMaxRolesOfOne, "roles granted to one role"));
    BW_CHECK(
        connection().run("INSERT INTO role_of_role(tenant_id, holder, role_name, admin) VALUES (?, ?, ?, ?)"
                         " ON CONFLICT DO UPDATE SET admin = admin | excluded.admin",
                         tenant, to, what.role, what.admin));
    return tell_grant("grant_role", tenant, what, to);
  }

  Result<> revoke(const Actor& by, const AccountKey& from, std::string_view role) override {
    BW_CHECK(require_role(from.tenant_id, role));
    BW_CHECK(require_admin(by, from.tenant_id, role));
    BW_CHECK(require_account(from));
    BW_TRY(const auto gone,
           connection().run("DELETE FROM role_of_account"
                            " WHERE tenant_id = ? AND user_name = ? AND host = ? AND role_name = ?",
                            from.tenant_id, from.user, from.host, role));
    if (gone == 0) return fail(error::role_not_granted_to(role, from.user));
    return tell_grant("revoke_role", from.tenant_id, {.role = std::string(role)}, account_text(from));
  }

  Result<> revoke_from_role(const Actor& by, TenantId tenant, std::string_view from,
                            std::string_view role) override {
    BW_CHECK(require_role(tenant, role));
    BW_CHECK(require_admin(by, tenant, role));
    BW_TRY(const auto gone, connection().run("DELETE FROM role_of_role"
                                             " WHERE tenant_id = ? AND holder = ? AND role_name = ?",
                                             tenant, from, role));
    if (gone == 0) return fail(error::role_not_granted_to(role, from));
    return tell_grant("revoke_role", tenant, {.role = std::string(role)}, from);
  }

  Result<> grant_privileges(TenantId tenant, std::string_view to, const GrantRow& what) override {
    BW_CHECK(require_role(tenant, to));
    const Privileges known = all_privileges(grant_level(what.schema, what.table)) | privilege::kGrantOption;
    const Privileges added = what.privileges & known;
    if (added == privilege::kUsage) return {};
    BW_CHECK(require_room(
        connection().integer("SELECT COUNT(*) FROM role_privilege WHERE tenant_id = ? AND role_name = ?"
                             " AND (schema_name, table_name) <> (?, ?)",
                             tenant, to, what.schema, what.table),
        kMaxObjectsOfRole, "objects on which one role holds privileges"));
    BW_CHECK(connection().run(
        "INSERT INTO role_privilege(tenant_id, role_name, schema_name, table_name, privileges)"
        " VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET privileges = privileges | excluded.privileges",
        tenant, to, what.schema, what.table, static_cast<std::int64_t>(added)));
    return tell("grant", tenant, to,
                {{"privileges", names_of(what, added)}, {"on", what.schema + "." + what.table}});
  }

  Result<> revoke_privileges(const Actor& by, TenantId tenant, std::string_view from,
                             const GrantRow& what) override {
    BW_CHECK(require_role(tenant, from));
    BW_CHECK(require_may_strip(by, from));
    const auto bits = static_cast<std::int64_t>(what.privileges);
    BW_TRY(const auto rows, connection().run("UPDATE role_privilege SET privileges = privileges & ~?"
                                             " WHERE tenant_id = ? AND role_name = ? AND schema_name = ?"
                                             " AND table_name = ?",
                                             bits, tenant, from, what.schema, what.table));
    const bool global = grant_level(what.schema, what.table) == GrantLevel::global;
    if (rows == 0 && !global) return fail(error::non_default_grant(from, "%"));
    BW_CHECK(
        connection().run("DELETE FROM role_privilege WHERE tenant_id = ? AND role_name = ?"
                         " AND schema_name = ? AND table_name = ? AND privileges = 0",
                         tenant, from, what.schema, what.table));
    return tell("revoke", tenant, from,
                {{"privileges", names_of(what, what.privileges)}, {"on", what.schema + "." + what.table}});
  }

  Result<> revoke_all_privileges(const Actor& by, TenantId tenant, std::string_view from) override {
    BW_CHECK(require_role(tenant, from));
    BW_CHECK(require_may_strip(by, from));
    BW_CHECK(
        connection().run("DELETE FROM role_privilege WHERE tenant_id = ? AND role_name = ?", tenant, from));
    return tell("revoke_all", tenant, from);
  }

  Result<> set_default(const Actor& by, const AccountKey& account, const RoleChoice& choice) override {
    BW_CHECK(AccountRules(read(), by).check(account, AccountChange::anything));
    BW_CHECK(require_primary(with(), account.tenant_id));
    BW_TRY(const auto there, read().accounts().find(account));
    if (!there) return fail(error::user_not_exist("ALTER USER", account_text(account)));
    BW_TRY(const auto grants, read().roles().granted(account));
    for (const std::string& name : choice.names)
      if (std::ranges::find(grants, name, &RoleGrant::role) == grants.end())
        return fail(error::default_role_not_granted(name));
    for (const RoleGrant& grant : grants) {
      const bool named = std::ranges::find(choice.names, grant.role) != choice.names.end();
      BW_CHECK(
          connection().run("UPDATE role_of_account SET by_default = ?"
                           " WHERE tenant_id = ? AND user_name = ? AND host = ? AND role_name = ?",
                           named == (choice.which == RoleChoice::Which::named), account.tenant_id,
                           account.user, account.host, grant.role));
    }
    return with().transaction.events().record({.module = "account",
                                               .event = "set_default_role",
                                               .tenant_id = account.tenant_id,
                                               .details = {{"account", account_text(account)}}});
  }

 private:
  using Details = std::vector<std::pair<std::string_view, std::string>>;

  static std::string names_of(const GrantRow& what, Privileges privileges) {
    std::string names;
    for (const std::string_view name : privilege_names(privileges, grant_level(what.schema, what.table)))
      names += (names.empty() ? "" : ", ") + std::string(name);
    return (privileges & privilege::kGrantOption) == 0 ? names : names + ", GRANT OPTION";
  }

  Result<> tell(std::string_view event, TenantId tenant, std::string_view role, Details details = {}) {
    details.emplace(details.begin(), "role", role);
    return with().transaction.events().record(
        {.module = "account", .event = event, .tenant_id = tenant, .details = std::move(details)});
  }

  Result<> tell_grant(std::string_view event, TenantId tenant, const RoleGrant& what, std::string_view whom) {
    Details details = {{event == "grant_role" ? "to" : "from", std::string(whom)}};
    if (what.admin) details.emplace_back("admin_option", "YES");
    return tell(event, tenant, what.role, std::move(details));
  }

  static Result<> require_room(const Result<std::optional<std::int64_t>>& count, std::int64_t most,
                               std::string_view what) {
    if (!count) return fail(Error(count.error()));
    return count->value_or(0) < most ? Result<>() : fail(too_many(what, most));
  }

  Result<> require_role(TenantId tenant, std::string_view role) {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const bool there, read().roles().exists(tenant, role));
    return there ? Result<>() : fail(error::role_not_exist(role));
  }

  Result<> require_account(const AccountKey& key) {
    BW_TRY(const auto account, read().accounts().find(key));
    return account ? Result<>() : fail(error::user_or_role_not_exist(key.user));
  }

  Result<> insert_role_grant(const AccountKey& to, const RoleGrant& what) {
    BW_CHECK(connection().run(
        "INSERT INTO role_of_account(tenant_id, user_name, host, role_name, admin, by_default)"
        " VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET admin = admin | excluded.admin",
        to.tenant_id, to.user, to.host, what.role, what.admin));
    return {};
  }

  // By a grant to the account itself, or to a role that it has enabled.
  Result<bool> has_admin(const Actor& by, TenantId tenant, std::string_view role) {
    if (by.key().tenant_id != tenant) return false;
    const auto gives = [&](const RoleGrant& grant) { return grant.role == role && grant.admin; };
    BW_TRY(const auto own, read().roles().granted(by.key()));
    if (std::ranges::any_of(own, gives)) return true;
    BW_TRY(const auto enabled, read().roles().enabled(by.key(), by.roles()));
    for (const std::string& holder : enabled) {
      BW_TRY(const auto theirs, read().roles().granted_to_role(tenant, holder));
      if (std::ranges::any_of(theirs, gives)) return true;
    }
    return false;
  }

  Result<> require_admin(const Actor& by, TenantId tenant, std::string_view role) {
    if (by.is_server()) return {};
    BW_TRY(const Privileges held, AccountRules(read(), by).held());
    if ((held & privilege::kSuper) != 0) return {};
    BW_TRY(const bool admin, has_admin(by, tenant, role));
    return admin ? Result<>() : fail(error::role_admin_not_granted(role));
  }

  Result<> require_may_strip(const Actor& by, std::string_view role) {
    BW_TRY(const Privileges held, AccountRules(read(), by).held());
    const Privileges wanted = is_predefined_role(role) ? privilege::kSuper : privilege::kUsage;
    return (held & wanted) == wanted ? Result<>() : fail(error::no_privilege("SUPER"));
  }
};

}  // namespace

std::unique_ptr<RoleReader> roles_on(const Reading& with) {
  return std::make_unique<SqliteRoleReader>(with);
}

std::unique_ptr<RoleWriter> roles_on(const Writing& with) {
  return std::make_unique<SqliteRoleWriter>(with);
}

Result<> make_predefined_roles(const Writing& with, TenantId tenant) {
  const auto hold = [&](std::string_view role, Privileges privileges) -> Result<> {
    BW_CHECK(with.connection.run(
        "INSERT INTO role_privilege(tenant_id, role_name, schema_name, table_name, privileges)"
        " VALUES (?, ?, '*', '*', ?)",
        tenant, role, static_cast<std::int64_t>(privileges)));
    return {};
  };
  for (const std::string_view role : kPredefinedRoles)
    BW_CHECK(with.transaction.roles().create(Actor::server(), tenant, role));
  BW_CHECK(hold("DBA", all_privileges(GrantLevel::global) | privilege::kGrantOption));
  return hold("RESOURCE", privilege::kCreate);
}

}  // namespace breakwater::catalog
