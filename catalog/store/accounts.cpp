#include "catalog/store/accounts.h"

#include <algorithm>
#include <iterator>

#include "catalog/model/host_match.h"
#include "catalog/model/password.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kAccountColumns =
    "SELECT tenant_id, user_name, host, native_hash, plugin, locked, sha2_hash, require_tls, account_id,"
    " password_time, password_expired, password_lifetime, failed_login_attempts, password_lock_time"
    " FROM account ";

Account account_of(sqlite::Statement& row) {
  Account account{.id = row.integer(8),
                  .key = {.tenant_id = row.integer(0), .user = row.string(1), .host = row.string(2)},
                  .plugin = row.string(4),
                  .locked = row.integer(5) != 0};
  const auto hash = row.blob(3);
  if (hash.size() == NativeHash{}.size())
    std::ranges::copy(hash, account.credential.native_hash.emplace().begin());
  if (!row.is_null(6)) account.credential.sha2_hash = row.string(6);
  account.tls = tls_by_name(row.string(7));
  account.password_time = row.integer(9);
  account.policy.expired = row.integer(10) != 0;
  if (!row.is_null(11)) account.policy.lifetime = row.integer(11);
  account.policy.failed_login_attempts = row.integer(12);
  account.policy.lock_days = row.integer(13);
  return account;
}

GrantRow grant_of(sqlite::Statement& row) {
  return {
      .schema = row.string(0), .table = row.string(1), .privileges = static_cast<Privileges>(row.integer(2))};
}

AccountCounts counts_of(sqlite::Statement& row) {
  const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
  return {.accounts = number(0),
          .native = number(1),
          .sha2 = number(2),
          .tenants = number(3),
          .oracle = number(4)};
}

std::string display(const AccountKey& key) {
  return "'" + key.user + "'@'" + key.host + "'";
}

Privileges grantable(const GrantRow& what) {
  return what.privileges & (all_privileges(grant_level(what.schema, what.table)) | privilege::kGrantOption);
}

// The hashes that an account of this plugin keeps.
Result<Credential> for_plugin(Credential credential, std::string_view plugin) {
  const bool empty = !credential.native_hash && !credential.sha2_hash;
  if (plugin == kNativePlugin) credential.sha2_hash.reset();
  if (plugin == kSha2Plugin) credential.native_hash.reset();
  if (!empty && !credential.native_hash && !credential.sha2_hash) return fail(error::password_format());
  return credential;
}

// What a change of exactly one account's row came to.
Result<> changed_one(Result<std::int64_t> rows, std::string_view operation, const AccountKey& key) {
  if (!rows) return fail(std::move(rows).error());
  if (*rows == 0) return fail(error::user_not_exist(operation, display(key)));
  return {};
}

class SqliteAccountReader final : public OnSqlite<AccountReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<Account>> for_login(TenantId tenant, std::string_view user,
                                           const ClientHost& client) override {
    BW_TRY(auto candidates,
           all_rows(connection().query(select(kAccountColumns, "WHERE tenant_id = ? AND user_name = ?"),
                                       tenant, user),
                    account_of));
    std::erase_if(candidates, [&](const Account& a) { return !host_matches(a.key.host, client); });
    const auto best = std::ranges::min_element(
        candidates, [](const Account& a, const Account& b) { return more_specific(a.key.host, b.key.host); });
    if (best == candidates.end()) return std::nullopt;
    return std::move(*best);
  }

  Result<std::optional<Account>> find(const AccountKey& key) override {
    return first_row(
        connection().query(select(kAccountColumns, "WHERE tenant_id = ? AND user_name = ? AND host = ?"),
                           key.tenant_id, key.user, key.host),
        account_of);
  }

  Result<std::vector<Account>> all(TenantId tenant) override {
    return all_rows(
        connection().query(select(kAccountColumns, "WHERE tenant_id = ? ORDER BY user_name, host"), tenant),
        account_of);
  }

  // Served by the index over the plugins, a fraction of the table's size.
  Result<AccountCounts> counts() override {
    BW_TRY(const auto counted,
           first_row(connection().query("SELECT (SELECT COUNT(*) FROM account),"
                                        " (SELECT COUNT(*) FROM account WHERE plugin = ?),"
                                        " (SELECT COUNT(*) FROM account WHERE plugin = ?), COUNT(*),"
                                        " COUNT(*) FILTER (WHERE compatibility_mode = 'ORACLE') FROM tenant",
                                        kNativePlugin, kSha2Plugin),
                     counts_of));
    return counted.value_or(AccountCounts{});
  }

  Result<std::vector<GrantRow>> grants(const AccountKey& key) override {
    return all_rows(connection().query("SELECT schema_name, table_name, privileges FROM account_privilege"
                                       " WHERE tenant_id = ? AND user_name = ? AND host = ?"
                                       " ORDER BY schema_name, table_name",
                                       key.tenant_id, key.user, key.host),
                    grant_of);
  }

  Result<Privileges> global_privileges(const AccountKey& key) override {
    BW_TRY(
        const auto held,
        connection().integer("SELECT privileges FROM account_privilege WHERE tenant_id = ? AND user_name = ?"
                             " AND host = ? AND schema_name = '*' AND table_name = '*'",
                             key.tenant_id, key.user, key.host));
    return static_cast<Privileges>(held.value_or(0));
  }
};

class SqliteAccountWriter final : public OnSqlite<AccountWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> create(const Actor& by, const Account& account) override {
    const AccountKey& key = account.key;
    BW_CHECK(require_tenant(with(), key.tenant_id));
    BW_CHECK(may_change(by, key, AccountChange::anything));
    BW_TRY(const bool is_role, read().roles().exists(key.tenant_id, key.user));
    if (is_role) return fail(error::user_exist(display(key)));
    BW_TRY(const Credential kept, for_plugin(account.credential, account.plugin));
    BW_TRY(const AccountId id, next_of_counter(with(), "account_id", 1));
    BW_TRY(const auto made,
           connection().run("INSERT INTO account(tenant_id, user_name, host, native_hash, plugin,"
                            " locked, create_time, password_time, sha2_hash, require_tls, account_id,"
                            " password_expired, password_lifetime, failed_login_attempts, password_lock_time)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
                            " ON CONFLICT DO NOTHING",
                            key.tenant_id, key.user, key.host, kept.native_hash, account.plugin,
                            account.locked, with().clock.now(), kept.sha2_hash, tls_name(account.tls), id,
                            account.policy.expired, account.policy.lifetime,
                            account.policy.failed_login_attempts, account.policy.lock_days));
    if (made == 0) return fail(error::user_exist(display(key)));
    return tell(by, "create_user", key);
  }

  Result<> drop(const Actor& by, const AccountKey& key) override {
    BW_CHECK(may_change(by, key, AccountChange::anything));
    BW_CHECK(
        changed_one(connection().run("DELETE FROM account WHERE tenant_id = ? AND user_name = ? AND host = ?",
                                     key.tenant_id, key.user, key.host),
                    "DROP USER", key));
    return tell(by, "drop_user", key);
  }

  Result<> set_password(const Actor& by, const AccountKey& key, const Credential& credential,
                        const std::optional<std::string>& plugin) override {
    BW_CHECK(may_change(by, key, AccountChange::credential));
    BW_TRY(const auto existing, read().accounts().find(key));
    if (!existing) return fail(error::user_not_exist("ALTER USER", display(key)));
    const std::string& reads = plugin ? *plugin : existing->plugin;
    BW_TRY(const Credential kept, for_plugin(credential, reads));
    BW_CHECK(changed_one(
        connection().run("UPDATE account SET native_hash = ?, sha2_hash = ?, plugin = ?, password_time = ?,"
                         " password_expired = 0 WHERE tenant_id = ? AND user_name = ? AND host = ?",
                         kept.native_hash, kept.sha2_hash, reads, with().clock.now(), key.tenant_id, key.user,
                         key.host),
        "ALTER USER", key));
    return tell(by, "set_password", key);
  }

  Result<> set_policy(const Actor& by, const AccountKey& key, const PasswordPolicy& policy) override {
    BW_CHECK(may_change(by, key, AccountChange::anything));
    BW_CHECK(changed_one(connection().run("UPDATE account SET password_expired = ?, password_lifetime = ?,"
                                          " failed_login_attempts = ?, password_lock_time = ?"
                                          " WHERE tenant_id = ? AND user_name = ? AND host = ?",
                                          policy.expired, policy.lifetime, policy.failed_login_attempts,
                                          policy.lock_days, key.tenant_id, key.user, key.host),
                         "ALTER USER", key));
    return tell(by, "set_password_policy", key);
  }

  // What refers to an account goes with its row, so the row is made anew; for a moment there are two, and no two have the
  // same number.
  Result<> rename(const Actor& by, const AccountKey& from, const AccountKey& to) override {
    BW_CHECK(may_change(by, from, AccountChange::anything));
    BW_CHECK(may_change(by, to, AccountChange::anything));
    BW_TRY(const bool is_role, read().roles().exists(to.tenant_id, to.user));
    if (is_role) return fail(error::user_not_exist("RENAME USER", display(from)));
    BW_TRY(const auto made,
           connection().run(
               "INSERT INTO account(tenant_id, user_name, host, native_hash, sha2_hash, plugin, locked, "
               "create_time,"
               " require_tls, account_id, password_time, password_expired, password_lifetime,"
               " failed_login_attempts, password_lock_time)"
               " SELECT tenant_id, ?4, ?5, native_hash, sha2_hash, plugin, locked, create_time, require_tls,"
               " -account_id, password_time, password_expired, password_lifetime, failed_login_attempts,"
               " password_lock_time FROM account WHERE tenant_id = ?1 AND user_name = ?2 AND host = ?3"
               " ON CONFLICT DO NOTHING",
               from.tenant_id, from.user, from.host, to.user, to.host));
    if (made == 0) return fail(error::user_not_exist("RENAME USER", display(from)));
    BW_CHECK(connection().run(
        "INSERT INTO account_privilege(tenant_id, user_name, host, schema_name, table_name, privileges)"
        " SELECT tenant_id, ?4, ?5, schema_name, table_name, privileges FROM account_privilege"
        " WHERE tenant_id = ?1 AND user_name = ?2 AND host = ?3",
        from.tenant_id, from.user, from.host, to.user, to.host));
    BW_CHECK(connection().run(
        "INSERT INTO role_of_account(tenant_id, user_name, host, role_name, admin, by_default)"
        " SELECT tenant_id, ?4, ?5, role_name, admin, by_default FROM role_of_account"
        " WHERE tenant_id = ?1 AND user_name = ?2 AND host = ?3",
        from.tenant_id, from.user, from.host, to.user, to.host));
    BW_CHECK(connection().run("DELETE FROM account WHERE tenant_id = ? AND user_name = ? AND host = ?",
                              from.tenant_id, from.user, from.host));
    BW_CHECK(
        connection().run("UPDATE account SET account_id = -account_id"
                         " WHERE tenant_id = ? AND user_name = ? AND host = ?",
                         to.tenant_id, to.user, to.host));
    return tell(by, "rename_user", from, {{"new_name", display(to)}});
  }

  Result<> record_reset(const AccountKey& key) override { return tell("reset_password", key); }

  Result<> set_tls(const Actor& by, const AccountKey& key, TlsNeed need) override {
    BW_CHECK(may_change(by, key, AccountChange::anything));
    BW_CHECK(changed_one(connection().run("UPDATE account SET require_tls = ?"
                                          " WHERE tenant_id = ? AND user_name = ? AND host = ?",
                                          tls_name(need), key.tenant_id, key.user, key.host),
                         "ALTER USER", key));
    return tell(by, "set_user_tls", key,
                {{"require", need == TlsNeed::none ? "NONE" : std::string(tls_name(need))}});
  }

  Result<> set_locked(const Actor& by, const AccountKey& key, bool locked) override {
    BW_CHECK(may_change(by, key, AccountChange::anything));
    BW_CHECK(changed_one(connection().run("UPDATE account SET locked = ?"
                                          " WHERE tenant_id = ? AND user_name = ? AND host = ?",
                                          locked, key.tenant_id, key.user, key.host),
                         "ALTER USER", key));
    return tell(by, locked ? "lock_user" : "unlock_user", key);
  }

  Result<> grant(const AccountKey& key, const GrantRow& what) override {
    BW_CHECK(insert_grant(with(), key, what));
    return tell("grant", key, told(what, grantable(what)));
  }

  Result<> revoke(const Actor& by, const AccountKey& key, const GrantRow& what) override {
    BW_TRY(const Tenant owner, require_primary(with(), key.tenant_id));
    if (key.user == administrator_of(owner.mode)) BW_CHECK(may_change(by, key, AccountChange::anything));
    BW_TRY(const auto holder, read().accounts().find(key));
    if (!holder) return fail(error::non_default_grant(key.user, key.host));
    BW_TRY(const auto rows,
           connection().run(
               "UPDATE account_privilege SET privileges = privileges & ~?"
               " WHERE tenant_id = ? AND user_name = ? AND host = ? AND schema_name = ? AND table_name = ?",
               static_cast<std::int64_t>(what.privileges), key.tenant_id, key.user, key.host, what.schema,
               what.table));
    const bool global = grant_level(what.schema, what.table) == GrantLevel::global;
    if (rows == 0 && !global) return fail(error::non_default_grant(key.user, key.host));
    BW_CHECK(
        connection().run("DELETE FROM account_privilege WHERE tenant_id = ? AND user_name = ? AND host = ?"
                         " AND schema_name = ? AND table_name = ? AND privileges = 0",
                         key.tenant_id, key.user, key.host, what.schema, what.table));
    return tell("revoke", key, told(what, what.privileges));
  }

  Result<> revoke_all(const Actor& by, const AccountKey& key) override {
    BW_CHECK(may_change(by, key, AccountChange::anything));
    BW_TRY(const auto holder, read().accounts().find(key));
    if (!holder) return fail(error::non_default_grant(key.user, key.host));
    BW_CHECK(
        connection().run("DELETE FROM account_privilege WHERE tenant_id = ? AND user_name = ? AND host = ?",
                         key.tenant_id, key.user, key.host));
    return tell("revoke_all", key);
  }

 private:
  using Details = std::vector<std::pair<std::string_view, std::string>>;

  /// The privileges by their names, and on what.
  static Details told(const GrantRow& what, Privileges privileges) {
    std::string names;
    for (const std::string_view name : privilege_names(privileges, grant_level(what.schema, what.table)))
      names += (names.empty() ? "" : ", ") + std::string(name);
    if ((privileges & privilege::kGrantOption) != 0) names += ", GRANT OPTION";
    return {{"privileges", std::move(names)}, {"on", what.schema + "." + what.table}};
  }

  // What the server makes by itself is part of something else.
  Result<> tell(const Actor& by, std::string_view event, const AccountKey& key, Details details = {}) {
    return by.is_server() ? Result<>() : tell(event, key, std::move(details));
  }

  Result<> tell(std::string_view event, const AccountKey& key, Details details = {}) {
    Details all{{"account", display(key)}};
    std::ranges::move(details, std::back_inserter(all));
    return with().transaction.events().record(
        {.module = "account", .event = event, .tenant_id = key.tenant_id, .details = std::move(all)});
  }

  Result<> may_change(const Actor& by, const AccountKey& key, AccountChange change) {
    BW_CHECK(AccountRules(read(), by).check(key, change));
    BW_CHECK(require_primary(with(), key.tenant_id));
    return {};
  }
};

}  // namespace

std::unique_ptr<AccountReader> accounts_on(const Reading& with) {
  return std::make_unique<SqliteAccountReader>(with);
}

std::unique_ptr<AccountWriter> accounts_on(const Writing& with) {
  return std::make_unique<SqliteAccountWriter>(with);
}

Result<> insert_grant(const Writing& with, const AccountKey& key, const GrantRow& what) {
  BW_TRY(const auto grantee, with.transaction.read().accounts().find(key));
  if (!grantee) return fail(error::create_user_with_grant());
  BW_CHECK(require_primary(with, key.tenant_id));
  const Privileges added = grantable(what);
  if (added == privilege::kUsage) return {};
  BW_CHECK(with.connection.run(
      "INSERT INTO account_privilege(tenant_id, user_name, host, schema_name, table_name,"
      " privileges) VALUES (?, ?, ?, ?, ?, ?)"
      " ON CONFLICT DO UPDATE SET privileges = privileges | excluded.privileges",
      key.tenant_id, key.user, key.host, what.schema, what.table, static_cast<std::int64_t>(added)));
  return {};
}

}  // namespace breakwater::catalog
