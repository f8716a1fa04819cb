// Reader: accounts and grants.
#include <algorithm>

#include "catalog/model/host_match.h"
#include "catalog/model/password.h"
#include "catalog/store/sqlite_reader.h"

namespace breakwater::catalog {
namespace {

#define ACCOUNT_COLUMNS                                                                                \
  "SELECT tenant_id, user_name, host, native_hash, plugin, locked, sha2_hash, require_tls, account_id" \
  " FROM account "

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
  return account;
}

GrantRow grant_of(sqlite::Statement& row) {
  return {
      .schema = row.string(0), .table = row.string(1), .privileges = static_cast<Privileges>(row.integer(2))};
}

}  // namespace

Result<std::optional<Account>> SqliteReader::login_account(TenantId tenant, std::string_view user,
                                                           const ClientHost& client) {
  BW_TRY(auto candidates,
         all_rows(connection_.query(ACCOUNT_COLUMNS "WHERE tenant_id = ? AND user_name = ?", tenant, user),
                  account_of));
  std::erase_if(candidates, [&](const Account& a) { return !host_matches(a.key.host, client); });
  const auto best = std::ranges::min_element(
      candidates, [](const Account& a, const Account& b) { return more_specific(a.key.host, b.key.host); });
  if (best == candidates.end()) return std::nullopt;
  return std::move(*best);
}

Result<std::optional<Account>> SqliteReader::account(const AccountKey& key) {
  return first_row(connection_.query(ACCOUNT_COLUMNS "WHERE tenant_id = ? AND user_name = ? AND host = ?",
                                     key.tenant_id, key.user, key.host),
                   account_of);
}

Result<std::vector<Account>> SqliteReader::accounts(TenantId tenant) {
  return all_rows(connection_.query(ACCOUNT_COLUMNS "WHERE tenant_id = ? ORDER BY user_name, host", tenant),
                  account_of);
}

// Served by the index over the plugins, a fraction of the table's size.
Result<AccountCounts> SqliteReader::account_counts() {
  const auto counted = first_row(
      connection_.query("SELECT (SELECT COUNT(*) FROM account),"
                        " (SELECT COUNT(*) FROM account WHERE plugin = ?),"
                        " (SELECT COUNT(*) FROM account WHERE plugin = ?), COUNT(*),"
                        " COUNT(*) FILTER (WHERE compatibility_mode = 'ORACLE') FROM tenant",
                        kNativePlugin, kSha2Plugin),
      [](sqlite::Statement& row) {
        const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
        return AccountCounts{.accounts = number(0),
                             .native = number(1),
                             .sha2 = number(2),
                             .tenants = number(3),
                             .oracle = number(4)};
      });
  if (!counted) return fail(counted.error());
  return counted->value_or(AccountCounts{});
}

Result<std::vector<GrantRow>> SqliteReader::grants(const AccountKey& key) {
  return all_rows(connection_.query("SELECT schema_name, table_name, privileges FROM account_privilege"
                                    " WHERE tenant_id = ? AND user_name = ? AND host = ?"
                                    " ORDER BY schema_name, table_name",
                                    key.tenant_id, key.user, key.host),
                  grant_of);
}

Result<Privileges> SqliteReader::global_privileges(const AccountKey& key) {
  BW_TRY(const auto held,
         connection_.integer("SELECT privileges FROM account_privilege WHERE tenant_id = ? AND user_name = ?"
                             " AND host = ? AND schema_name = '*' AND table_name = '*'",
                             key.tenant_id, key.user, key.host));
  return static_cast<Privileges>(held.value_or(0));
}

}  // namespace breakwater::catalog
