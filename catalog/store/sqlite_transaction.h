// Transaction on SQLite: the writer's connection, within one job.
#pragma once

#include "catalog/store/sqlite_reader.h"

namespace breakwater::catalog {

class SqliteTransaction final : public SqliteReader, public Transaction {
 public:
  SqliteTransaction(sqlite::Connection& connection, const Keyring& keyring, const Clock& clock,
                    const Entropy& entropy)
      : SqliteReader(connection, keyring), clock_(clock), entropy_(entropy) {}

  // transaction_tenant.cpp
  Result<Tenant> create_tenant(const TenantSpec& spec) override;
  Result<> drop_tenant(TenantId id) override;
  Result<> alter_tenant(TenantId id, const TenantChange& change) override;
  Result<> set_parameter(TenantId tenant, std::string_view name, std::string_view value) override;
  Result<> set_secret_parameter(TenantId tenant, std::string_view name, const Secret& value) override;
  Result<> reset_parameter(TenantId tenant, std::string_view name) override;
  Result<> set_global_variable(TenantId tenant, std::string_view name, std::string_view value) override;
  Result<std::int64_t> rotate_master_key(TenantId tenant) override;
  Result<> create_keystore(TenantId tenant, const Keystore& keystore) override;
  Result<> change_keystore(TenantId tenant, const Keystore& keystore) override;

  // transaction_resource.cpp
  Result<std::int64_t> create_resource_unit(const ResourceUnit& unit) override;
  Result<> alter_resource_unit(const ResourceUnit& unit) override;
  Result<> drop_resource_unit(std::string_view name) override;
  Result<std::int64_t> create_resource_pool(const ResourcePool& pool) override;
  Result<> alter_resource_pool(std::string_view name, const PoolChange& change) override;
  Result<> drop_resource_pool(std::string_view name) override;

  // transaction_account.cpp
  Result<> create_account(const Actor& by, const Account& account) override;
  Result<> drop_account(const Actor& by, const AccountKey& key) override;
  Result<> set_password(const Actor& by, const AccountKey& key, const Credential& credential,
                        const std::optional<std::string>& plugin) override;
  Result<> set_account_tls(const Actor& by, const AccountKey& key, TlsNeed need) override;
  Result<> set_account_locked(const Actor& by, const AccountKey& key, bool locked) override;
  Result<> grant(const AccountKey& key, const GrantRow& what) override;
  Result<> revoke(const Actor& by, const AccountKey& key, const GrantRow& what) override;
  Result<> revoke_all(const Actor& by, const AccountKey& key) override;

  // transaction_destination.cpp
  Result<std::int64_t> reserve_dest_id(TenantId tenant) override;
  Result<std::int64_t> open_intent(const IntentSpec& spec, const Secret* uri) override;
  Result<> finish_destination(std::int64_t intent_id, const Destination& made, std::string_view value,
                              const std::optional<Secret>& access_key) override;
  Result<> abandon_intent(std::int64_t intent_id) override;
  Result<> touch_check(const DestinationKey& key, std::string_view check_file_name, Timestamp time) override;
  Result<> record_checks(const DestinationKey& key, Timestamp time,
                         const std::vector<DestinationCheck>& checks) override;
  Result<> clear_data_destination(TenantId tenant) override;
  Result<> set_archive_dest(TenantId tenant, const ArchiveDest& dest) override;
  Result<> clear_archive_dest(TenantId tenant) override;
  Result<> set_archive_dest_state(TenantId tenant, std::string_view state) override;
  Result<> set_archivelog(TenantId tenant, bool on) override;
  Result<> add_delete_policy(TenantId tenant, const DeletePolicy& policy) override;
  Result<> drop_delete_policy(TenantId tenant, std::string_view name) override;

  // store_open.cpp: a new catalogue's first rows.
  Result<> seed(const StoreOptions& options);

 private:
  Result<Tenant> require_tenant(TenantId id);
  Result<> require_free_name(std::string_view tenant_name);
  Result<std::int64_t> next_of_counter(std::string_view name, std::int64_t step);
  Result<> may_change(const Actor& by, const AccountKey& key, AccountChange change);

  Result<> insert_tenant(TenantId id, std::string_view type, const TenantSpec& spec);
  Result<> make_administrator(TenantId id, CompatibilityMode mode, const Credential& credential);
  Result<> grant_pools(TenantId id, const std::vector<std::string>& pools);
  Result<> make_own_pool(TenantId id);
  Result<> release_pools(TenantId id);

  Result<std::int64_t> insert_unit(std::int64_t id, const ResourceUnit& unit);
  Result<std::int64_t> unit_id(std::string_view name);
  Result<std::int64_t> insert_pool(std::int64_t id, const ResourcePool& pool, std::int64_t unit,
                                   bool implicit);

  Result<> claim_path(const IntentSpec& spec);
  Result<> release_path(std::string_view path_key);
  Result<> upsert_destination(const IntentSpec& spec, const Destination& made,
                              const std::optional<Secret>& access_key);
  Result<> retire_destinations(TenantId tenant);
  Result<> set_archive_attribute(TenantId tenant, std::string_view name, std::string_view value);
  Result<> remember_refused(const DestinationKey& key, std::int64_t check_id);
  Result<> forget_archive_dest(TenantId tenant);
  Result<> record_event(std::string_view event, const DestinationKey& key,
                        std::optional<std::int64_t> dest_id);

  const Clock& clock_;
  const Entropy& entropy_;
};

}  // namespace breakwater::catalog
