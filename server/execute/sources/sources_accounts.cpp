// Accounts as row sources, for SHOW GRANTS, SHOW CREATE USER and the privileges in information_schema. A
// session sees its own account; with CREATE USER or SELECT on mysql, all accounts of the effective tenant.
#include "catalog/model/privilege.h"
#include "server/execute/context/privileges.h"
#include "server/execute/sources/table_source.h"

namespace breakwater::server::execute {
namespace {

using catalog::RowTable;

using Visit = std::function<void(const catalog::Account&, const std::vector<catalog::GrantRow>&)>;

bool same(const catalog::AccountKey& a, const catalog::AccountKey& b) {
  return a.tenant_id == b.tenant_id && a.user == b.user && a.host == b.host;
}

bool sees_all(catalog::Reader& reader, const session::SessionState& session) {
  const auto held = held_at_home(reader, session);
  return held && (catalog::allows(*held, catalog::privilege::kCreateUser) ||
                  catalog::allows(*held, catalog::privilege::kSelect, "mysql"));
}

void each_account(Services& services, const catalog::QueryContext& context, const Visit& visit) {
  const session::SessionState& session = session_of(context);
  const auto lane = services.lane();
  if (!lane) return;
  catalog::Reader& reader = *(*lane)->reader;
  const catalog::AccountKey& own = session.identity().account;
  const bool all = sees_all(reader, session);
  const auto accounts = reader.accounts().all(session.tenant().id);
  if (!accounts) return;
  for (const catalog::Account& account : *accounts) {
    if (!all && !same(account.key, own)) continue;
    if (const auto grants = reader.accounts().grants(account.key)) visit(account, *grants);
  }
}

void add_grants(const catalog::AccountKey& key, const std::vector<catalog::GrantRow>& rows,
                const Result<std::vector<catalog::RoleGrant>>& roles, RowTable& table) {
  for (std::string& line : catalog::describe_grants(key, rows))
    table.add({key.user, key.host, std::move(line)});
  if (!roles) return;
  for (const catalog::RoleGrant& grant : *roles)
    table.add({key.user, key.host, catalog::describe_role_grant(key, grant)});
}

// Roles stand beside the accounts: those of the session, or all.
void add_role_grants(catalog::Reader& reader, const session::SessionState& session, RowTable& table) {
  const catalog::TenantId tenant = session.tenant().id;
  const auto roles =
      sees_all(reader, session)
          ? reader.roles().all(tenant)
          : reader.roles().enabled(session.identity().account, {.which = catalog::RoleChoice::Which::all});
  if (!roles) return;
  for (const std::string& role : *roles) {
    const auto rows = reader.roles().grants(tenant, role);
    if (!rows) return;
    add_grants({.tenant_id = tenant, .user = role}, *rows, reader.roles().granted_to_role(tenant, role),
               table);
  }
}

void grants(Services& services, const catalog::QueryContext& context, RowTable& table) {
  const session::SessionState& session = session_of(context);
  const auto lane = services.lane();
  if (!lane) return;
  catalog::Reader& reader = *(*lane)->reader;
  each_account(services, context, [&](const catalog::Account& account, const auto& rows) {
    add_grants(account.key, rows, reader.roles().granted(account.key), table);
  });
  if (session.is_oracle()) add_role_grants(reader, session, table);
}

// What the session's account is granted, itself and through others, and what of it is enabled.
void session_roles(Services& services, const catalog::QueryContext& context, RowTable& table) {
  const session::SessionState& session = session_of(context);
  const auto lane = services.lane();
  if (!lane || !session.is_oracle()) return;
  catalog::RoleReader& roles = (*lane)->reader->roles();
  const catalog::AccountKey& own = session.identity().account;
  const auto granted = roles.granted(own);
  const auto all = roles.enabled(own, {.which = catalog::RoleChoice::Which::all});
  const auto enabled = roles.enabled(own, session.roles);
  if (!granted || !all || !enabled) return;
  const auto yes_or_no = [](bool yes) { return std::string(yes ? "YES" : "NO"); };
  for (const std::string& role : *all) {
    const auto own_grant = std::ranges::find(*granted, role, &catalog::RoleGrant::role);
    const bool direct = own_grant != granted->end();
    table.add({role, yes_or_no(std::ranges::binary_search(*enabled, role)), yes_or_no(direct),
               yes_or_no(direct && own_grant->admin), yes_or_no(direct && own_grant->by_default)});
  }
}

// An account without a plugin of its own accepts both; the name shown is OceanBase's then.
std::string_view plugin_of(const catalog::Account& account) {
  return account.plugin.empty() ? "mysql_native_password" : std::string_view(account.plugin);
}

std::string_view requirement_of(const catalog::Account& account) {
  switch (account.tls) {
    case catalog::TlsNeed::ssl:
      return "SSL";
    case catalog::TlsNeed::x509:
      return "X509";
    case catalog::TlsNeed::none:
      break;
  }
  return "NONE";
}

std::string expiry_of(const catalog::PasswordPolicy& policy) {
  if (policy.expired) return "PASSWORD EXPIRE";
  if (!policy.lifetime) return "PASSWORD EXPIRE DEFAULT";
  if (*policy.lifetime == 0) return "PASSWORD EXPIRE NEVER";
  return "PASSWORD EXPIRE INTERVAL " + std::to_string(*policy.lifetime) + " DAY";
}

std::string limit_of(const catalog::PasswordPolicy& policy) {
  std::string text;
  if (policy.failed_login_attempts != 0)
    text += " FAILED_LOGIN_ATTEMPTS " + std::to_string(policy.failed_login_attempts);
  if (policy.lock_days == 0) return text;
  const bool unbounded = policy.lock_days == catalog::PasswordPolicy::kUnbounded;
  return text + " PASSWORD_LOCK_TIME " + (unbounded ? "UNBOUNDED" : std::to_string(policy.lock_days));
}

// '***' in place of the hash makes the statement fail if it is run again, so that it never makes an account
// without a password.
void users(Services& services, const catalog::QueryContext& context, RowTable& table) {
  each_account(services, context, [&](const catalog::Account& account, const auto& /*grants*/) {
    std::string text = "CREATE USER " + catalog::quoted_account(account.key);
    text.append(" IDENTIFIED WITH '").append(plugin_of(account)) += '\'';
    if (account.credential.native_hash || account.credential.sha2_hash) text += " AS '***'";
    text.append(" REQUIRE ").append(requirement_of(account)) += ' ';
    text += expiry_of(account.policy) + " ACCOUNT " + (account.locked ? "LOCK" : "UNLOCK");
    text += limit_of(account.policy);
    table.add({account.key.user, account.key.host, std::move(text)});
  });
}

void add_privileges(const catalog::AccountKey& key, const catalog::GrantRow& grant, RowTable& table) {
  const bool grantable = (grant.privileges & catalog::privilege::kGrantOption) != 0;
  const auto level = catalog::grant_level(grant.schema, grant.table);
  for (const std::string_view name : catalog::privilege_names(grant.privileges, level)) {
    table.add({key.user, key.host, grant.schema, grant.table, std::string(name),
               std::string(grantable ? "YES" : "NO")});
  }
}

void privileges(Services& services, const catalog::QueryContext& context, RowTable& table) {
  each_account(services, context, [&](const catalog::Account& account, const auto& rows) {
    const bool global = std::ranges::any_of(rows, [](const auto& row) { return row.schema == "*"; });
    if (!global) add_privileges(account.key, {}, table);
    for (const catalog::GrantRow& row : rows) add_privileges(account.key, row, table);
  });
}

}  // namespace

void register_account_sources(catalog::Dictionary& dictionary, Services& services) {
  namespace source = catalog::source;
  using Context = catalog::QueryContext;
  add_source(dictionary, source::kGrants,
             columns({{"USER", "varchar(64)", "NO"},
                      {"HOST", "varchar(128)", "NO"},
                      {"GRANT_TEXT", "varchar(4096)", "NO"}}),
             [&services](const Context& context, RowTable& table) { grants(services, context, table); });
  add_source(
      dictionary, source::kSessionRoles,
      columns({{"ROLE", "varchar(128)", "NO"},
               {"ENABLED", "varchar(3)", "NO"},
               {"DIRECT", "varchar(3)", "NO"},
               {"ADMIN_OPTION", "varchar(3)", "NO"},
               {"DEFAULT_ROLE", "varchar(3)", "NO"}}),
      [&services](const Context& context, RowTable& table) { session_roles(services, context, table); });
  add_source(dictionary, source::kUsers,
             columns({{"USER", "varchar(64)", "NO"},
                      {"HOST", "varchar(128)", "NO"},
                      {"CREATE_TEXT", "varchar(4096)", "NO"}}),
             [&services](const Context& context, RowTable& table) { users(services, context, table); });
  add_source(dictionary, source::kPrivileges,
             columns({{"USER", "varchar(64)", "NO"},
                      {"HOST", "varchar(128)", "NO"},
                      {"SCHEMA_NAME", "varchar(64)", "NO"},
                      {"TABLE_NAME", "varchar(64)", "NO"},
                      {"PRIVILEGE", "varchar(64)", "NO"},
                      {"GRANTABLE", "varchar(3)", "NO"}}),
             [&services](const Context& context, RowTable& table) { privileges(services, context, table); });
}

}  // namespace breakwater::server::execute
