// Reader on SQLite. The connection and the keyring outlive it.
#pragma once

#include "catalog/sqlite/sqlite.h"
#include "catalog/store/keyring.h"
#include "catalog/store/store.h"

namespace breakwater::catalog {

class SqliteReader : public virtual Reader {
 public:
  SqliteReader(sqlite::Connection& connection, const Keyring& keyring)
      : connection_(connection), keyring_(keyring) {}

  // reader_tenant.cpp
  Result<std::optional<Tenant>> tenant(std::string_view name) override;
  Result<std::optional<Tenant>> tenant(TenantId id) override;
  Result<std::vector<Tenant>> tenants() override;
  Result<std::size_t> tenant_count() override;
  Result<std::optional<ResourceUnit>> resource_unit(std::string_view name) override;
  Result<std::optional<ResourcePool>> resource_pool(std::string_view name) override;
  Result<std::vector<ResourcePool>> resource_pools(TenantId tenant) override;
  Result<std::optional<std::string>> parameter(TenantId tenant, std::string_view name) override;
  Result<std::optional<Secret>> secret_parameter(TenantId tenant, std::string_view name) override;
  Result<std::vector<ParameterRow>> parameters(TenantId tenant) override;
  Result<std::optional<std::string>> global_variable(TenantId tenant, std::string_view name) override;
  Result<std::vector<std::pair<std::string, std::string>>> global_variables(TenantId tenant) override;
  Result<std::vector<MasterKeyVersion>> master_key_versions(TenantId tenant) override;
  Result<std::int64_t> newest_master_key(TenantId tenant) override;
  Result<std::vector<MasterKey>> master_keys(TenantId tenant) override;
  Result<std::optional<Keystore>> keystore(TenantId tenant) override;

  // reader_account.cpp
  Result<std::optional<Account>> login_account(TenantId tenant, std::string_view user,
                                               const ClientHost& client) override;
  Result<std::optional<Account>> account(const AccountKey& key) override;
  Result<std::vector<Account>> accounts(TenantId tenant) override;
  Result<AccountCounts> account_counts() override;
  Result<std::vector<GrantRow>> grants(const AccountKey& key) override;
  Result<Privileges> global_privileges(const AccountKey& key) override;

  // reader_destination.cpp
  Result<std::optional<Destination>> destination(const DestinationKey& key) override;
  Result<std::optional<Destination>> current_data_destination(TenantId tenant) override;
  Result<std::vector<Destination>> destinations(TenantId tenant) override;
  Result<std::int64_t> destination_count(TenantId tenant) override;
  Result<std::optional<std::string>> backup_parameter(TenantId tenant, std::string_view name) override;
  Result<std::optional<std::string>> archive_attribute(TenantId tenant, std::string_view name) override;
  Result<std::optional<Secret>> access_key(const DestinationKey& key) override;
  Result<std::vector<PathClaim>> claims_at_or_above(std::string_view path_key) override;
  Result<std::vector<PathClaim>> claims_below(std::string_view path_key, std::size_t limit) override;
  Result<std::optional<Intent>> intent(std::int64_t id) override;
  Result<std::optional<Secret>> intent_uri(const Intent& intent) override;
  Result<std::vector<Intent>> intents() override;
  Result<std::vector<Intent>> intents(TenantId tenant) override;

  Result<> hold_snapshot() override { return connection_.hold_snapshot(); }
  void release_snapshot() override { connection_.release_snapshot(); }

  sqlite::Connection& connection() { return connection_; }

 protected:
  const Keyring& keyring() const { return keyring_; }

 private:
  sqlite::Connection& connection_;
  const Keyring& keyring_;
};

// ---- the identities under which values are sealed ----
RowIdentity access_key_identity(const DestinationKey& key);
RowIdentity intent_uri_identity(const DestinationKey& key);
RowIdentity parameter_identity(TenantId tenant, std::string_view name);
RowIdentity master_key_identity(TenantId tenant, std::int64_t version);

// ---- rows to structs ----

/// All rows of a query, each made by `make(statement)`.
template <class Make>
auto all_rows(Result<sqlite::Lease> query, Make make)
    -> Result<std::vector<std::invoke_result_t<Make, sqlite::Statement&>>> {
  if (!query) return fail(std::move(query).error());
  std::vector<std::invoke_result_t<Make, sqlite::Statement&>> rows;
  while (true) {
    BW_TRY(const bool row, (*query)->step());
    if (!row) return rows;
    rows.push_back(make(**query));
  }
}

/// The first row, or nothing.
template <class Make>
auto first_row(Result<sqlite::Lease> query, Make make)
    -> Result<std::optional<std::invoke_result_t<Make, sqlite::Statement&>>> {
  if (!query) return fail(std::move(query).error());
  BW_TRY(const bool row, (*query)->step());
  if (!row) return std::nullopt;
  return make(**query);
}

inline std::string string_of(sqlite::Statement& row) {
  return row.string(0);
}

/// A list of names in one blob, each ended by a NUL (which no path holds).
Bytes encode_names(const std::vector<std::string>& names);
std::vector<std::string> decode_names(std::span<const std::uint8_t> blob);

}  // namespace breakwater::catalog
