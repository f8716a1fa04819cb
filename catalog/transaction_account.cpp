// Transaction: accounts and grants.
#include "catalog/password.h"
#include "catalog/sqlite_transaction.h"

namespace breakwater::catalog {
namespace {

std::string display(const AccountKey& key) {
  return "'" + key.user + "'@'" + key.host + "'";
}

Privileges grantable(const GrantRow& what) {
  return what.privileges & (all_privileges(grant_level(what.schema, what.table)) | privilege::kGrantOption);
}

// What a change of exactly one account's row came to.
Result<> changed_one(Result<std::int64_t> rows, std::string_view operation, const AccountKey& key) {
  if (!rows) return fail(std::move(rows).error());
  if (*rows == 0) return fail(error::user_not_exist(operation, display(key)));
  return {};
}

}  // namespace

Result<> SqliteTransaction::create_account(const Account& account) {
  const AccountKey& key = account.key;
  BW_CHECK(require_tenant(key.tenant_id));
  BW_TRY(const auto made,
         connection().run("INSERT INTO account(tenant_id, user_name, host, native_hash, plugin,"
                          " locked, create_time) VALUES (?, ?, ?, ?, ?, ?, ?)"
                          " ON CONFLICT DO NOTHING",
                          key.tenant_id, key.user, key.host, account.native_hash,
                          account.plugin.empty() ? kNativePlugin : account.plugin, account.locked,
                          clock_.now()));
  if (made == 0) return fail(error::user_exist(display(key)));
  return {};
}

Result<> SqliteTransaction::drop_account(const AccountKey& key) {
  return changed_one(
      connection().run("DELETE FROM account WHERE tenant_id = ? AND user_name = ? AND host = ?",
                       key.tenant_id, key.user, key.host),
      "DROP USER", key);
}

Result<> SqliteTransaction::set_password(const AccountKey& key, const std::optional<NativeHash>& hash) {
  return changed_one(connection().run("UPDATE account SET native_hash = ?, sha2_hash = NULL"
                                      " WHERE tenant_id = ? AND user_name = ? AND host = ?",
                                      hash, key.tenant_id, key.user, key.host),
                     "ALTER USER", key);
}

Result<> SqliteTransaction::set_account_locked(const AccountKey& key, bool locked) {
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

Result<> SqliteTransaction::revoke(const AccountKey& key, const GrantRow& what) {
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
                       " AND privileges = 0",
                       key.tenant_id, key.user, key.host));
  return {};
}

Result<> SqliteTransaction::revoke_all(const AccountKey& key) {
  BW_TRY(const auto holder, account(key));
  if (!holder) return fail(error::non_default_grant(key.user, key.host));
  BW_CHECK(
      connection().run("DELETE FROM account_privilege WHERE tenant_id = ? AND user_name = ? AND host = ?",
                       key.tenant_id, key.user, key.host));
  return {};
}

}  // namespace breakwater::catalog
