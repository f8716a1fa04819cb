// Transaction: accounts and grants.
#include "catalog/model/password.h"
#include "catalog/store/sqlite_transaction.h"

namespace breakwater::catalog {
namespace {

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

}  // namespace

Result<> SqliteTransaction::may_change(const Actor& by, const AccountKey& key, AccountChange change) {
  return AccountRules(*this, by).check(key, change);
}

Result<> SqliteTransaction::create_account(const Actor& by, const Account& account) {
  const AccountKey& key = account.key;
  BW_CHECK(require_tenant(key.tenant_id));
  BW_CHECK(may_change(by, key, AccountChange::anything));
  BW_TRY(const Credential kept, for_plugin(account.credential, account.plugin));
  BW_TRY(const AccountId id, next_of_counter("account_id", 1));
  BW_TRY(const auto made,
         connection().run("INSERT INTO account(tenant_id, user_name, host, native_hash, plugin,"
                          " locked, create_time, sha2_hash, require_tls, account_id)"
                          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                          key.tenant_id, key.user, key.host, kept.native_hash, account.plugin, account.locked,
                          clock_.now(), kept.sha2_hash, tls_name(account.tls), id));
  if (made == 0) return fail(error::user_exist(display(key)));
  return {};
}

Result<> SqliteTransaction::drop_account(const Actor& by, const AccountKey& key) {
  BW_CHECK(may_change(by, key, AccountChange::anything));
  return changed_one(
      connection().run("DELETE FROM account WHERE tenant_id = ? AND user_name = ? AND host = ?",
                       key.tenant_id, key.user, key.host),
      "DROP USER", key);
}

Result<> SqliteTransaction::set_password(const Actor& by, const AccountKey& key, const Credential& credential,
                                         const std::optional<std::string>& plugin) {
  BW_CHECK(may_change(by, key, AccountChange::credential));
  BW_TRY(const auto existing, account(key));
  if (!existing) return fail(error::user_not_exist("ALTER USER", display(key)));
  const std::string& reads = plugin ? *plugin : existing->plugin;
  BW_TRY(const Credential kept, for_plugin(credential, reads));
  return changed_one(
      connection().run("UPDATE account SET native_hash = ?, sha2_hash = ?, plugin = ?"
                       " WHERE tenant_id = ? AND user_name = ? AND host = ?",
                       kept.native_hash, kept.sha2_hash, reads, key.tenant_id, key.user, key.host),
      "ALTER USER", key);
}

Result<> SqliteTransaction::set_account_tls(const Actor& by, const AccountKey& key, TlsNeed need) {
  BW_CHECK(may_change(by, key, AccountChange::anything));
  return changed_one(connection().run("UPDATE account SET require_tls = ?"
                                      " WHERE tenant_id = ? AND user_name = ? AND host = ?",
                                      tls_name(need), key.tenant_id, key.user, key.host),
                     "ALTER USER", key);
}

Result<> SqliteTransaction::set_account_locked(const Actor& by, const AccountKey& key, bool locked) {
  BW_CHECK(may_change(by, key, AccountChange::anything));
  return changed_one(connection().run("UPDATE account SET locked = ?"
                                      " WHERE tenant_id = ? AND user_name = ? AND host = ?",
                                      locked, key.tenant_id, key.user, key.host),
                     "ALTER USER", key);
}

Result<> SqliteTransaction::grant(const AccountKey& key, const GrantRow& what) {
  BW_TRY(const auto grantee, account(key));
  if (!grantee) return fail(error::create_user_with_grant());
  const Privileges added = grantable(what);
  if (added == privilege::kUsage) return {};
  BW_CHECK(connection().run(
      "INSERT INTO account_privilege(tenant_id, user_name, host, schema_name, table_name,"
      " privileges) VALUES (?, ?, ?, ?, ?, ?)"
      " ON CONFLICT DO UPDATE SET privileges = privileges | excluded.privileges",
      key.tenant_id, key.user, key.host, what.schema, what.table, static_cast<std::int64_t>(added)));
  return {};
}

Result<> SqliteTransaction::revoke(const Actor& by, const AccountKey& key, const GrantRow& what) {
  BW_TRY(const Tenant owner, require_tenant(key.tenant_id));
  if (key.user == administrator_of(owner.mode)) BW_CHECK(may_change(by, key, AccountChange::anything));
  BW_TRY(const auto holder, account(key));
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
  return {};
}

Result<> SqliteTransaction::revoke_all(const Actor& by, const AccountKey& key) {
  BW_CHECK(may_change(by, key, AccountChange::anything));
  BW_TRY(const auto holder, account(key));
  if (!holder) return fail(error::non_default_grant(key.user, key.host));
  BW_CHECK(
      connection().run("DELETE FROM account_privilege WHERE tenant_id = ? AND user_name = ? AND host = ?",
                       key.tenant_id, key.user, key.host));
  return {};
}

}  // namespace breakwater::catalog
