// The store's roles on SQLite. Each role's classes stand in the .cpp beside its header, and are made by the functions
// here; what one role does for another is a function too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/keyring.h"
#include "catalog/store/store.h"

namespace breakwater::catalog {

/// What a role reads with. Both outlive it.
struct Reading {
  sqlite::Connection& connection;
  const Keyring& keyring;
};

/// What a job says and leaves beside its rows.
struct JobState {
  Origin origin{};
  std::vector<Event> events{};
};

/// What a role writes with, within one job. All outlive it.
struct Writing {
  sqlite::Connection& connection;
  const Keyring& keyring;
  const Clock& clock;
  const Entropy& entropy;
  Transaction& transaction;  ///< the other roles of the same job
  JobState& job;
};

/// The base of a role's class: class SqliteTenantReader final : public OnSqlite<TenantReader, Reading>.
template <class Role, class With>
class OnSqlite : public Role {
 public:
  explicit OnSqlite(const With& with) : with_(with) {}

 protected:
  const With& with() const { return with_; }
  sqlite::Connection& connection() const { return with_.connection; }
  const Keyring& keyring() const { return with_.keyring; }
  Reader& read() const { return with_.transaction.read(); }

 private:
  const With with_;
};

// ---- the roles ----
std::unique_ptr<TenantReader> tenants_on(const Reading& with);
std::unique_ptr<TenantWriter> tenants_on(const Writing& with);
std::unique_ptr<ResourceReader> resources_on(const Reading& with);
std::unique_ptr<ResourceWriter> resources_on(const Writing& with);
std::unique_ptr<AccountReader> accounts_on(const Reading& with);
std::unique_ptr<AccountWriter> accounts_on(const Writing& with);
std::unique_ptr<ParameterReader> parameters_on(const Reading& with);
std::unique_ptr<ParameterWriter> parameters_on(const Writing& with);
std::unique_ptr<KeyReader> keys_on(const Reading& with);
std::unique_ptr<KeyWriter> keys_on(const Writing& with);
std::unique_ptr<DestinationReader> destinations_on(const Reading& with);
std::unique_ptr<DestinationWriter> destinations_on(const Writing& with);
std::unique_ptr<IntentReader> intents_on(const Reading& with);
std::unique_ptr<IntentWriter> intents_on(const Writing& with);
std::unique_ptr<ArchiveReader> archive_on(const Reading& with);
std::unique_ptr<ArchiveWriter> archive_on(const Writing& with);
std::unique_ptr<AuditReader> audit_on(const Reading& with);
std::unique_ptr<AuditWriter> audit_on(const Writing& with);
std::unique_ptr<PartReader> parts_on(const Reading& with);
std::unique_ptr<PartWriter> parts_on(const Writing& with);
std::unique_ptr<EventWriter> events_on(const Writing& with);
std::unique_ptr<PolicyReader> policies_on(const Reading& with);
std::unique_ptr<PolicyWriter> policies_on(const Writing& with);
std::unique_ptr<BackupJobReader> jobs_on(const Reading& with);
std::unique_ptr<BackupJobWriter> jobs_on(const Writing& with);
std::unique_ptr<RestoreReader> restores_on(const Reading& with);
std::unique_ptr<RestoreWriter> restores_on(const Writing& with);
std::unique_ptr<ValidationReader> validations_on(const Reading& with);
std::unique_ptr<ValidationWriter> validations_on(const Writing& with);
std::unique_ptr<DeletionReader> deletions_on(const Reading& with);
std::unique_ptr<DeletionWriter> deletions_on(const Writing& with);
std::unique_ptr<ScheduleReader> schedules_on(const Reading& with);
std::unique_ptr<ScheduleWriter> schedules_on(const Writing& with);
std::unique_ptr<RoleReader> roles_on(const Reading& with);
std::unique_ptr<RoleWriter> roles_on(const Writing& with);
std::unique_ptr<DestinationStatusReader> dest_status_on(const Reading& with);
std::unique_ptr<DestinationStatusWriter> dest_status_on(const Writing& with);

// ---- what roles do for each other, and for a new catalogue ----

// change_log.cpp
/// The next SCN, which the catalogue remembers from this transaction on.
Result<Scn> give_scn(sqlite::Connection& connection, const Clock& clock);

// accounts.cpp
/// AccountWriter::grant() without an event.
Result<> insert_grant(const Writing& with, const AccountKey& key, const GrantRow& what);

// roles.cpp
/// Those that an Oracle tenant is made with.
Result<> make_predefined_roles(const Writing& with, TenantId tenant);

// parameters.cpp
/// ParameterWriter::set_variable() without an event.
Result<> insert_variable(const Writing& with, TenantId tenant, std::string_view name, std::string_view value);

// tenants.cpp
Result<Tenant> require_tenant(const Writing& with, TenantId id);  ///< tenant_not_exist (5157)
/// Whose own settings may change: standby_read_only (4688) for one that was restored and isn't activated yet.
Result<Tenant> require_primary(const Writing& with, TenantId id);
Result<std::int64_t> next_of_counter(const Writing& with, std::string_view name, std::int64_t step);
Result<> insert_tenant(const Writing& with, TenantId id, std::string_view type, const TenantSpec& spec);
Result<> make_administrator(const Writing& with, TenantId id, CompatibilityMode mode,
                            const Credential& credential);

// resources.cpp
Result<> grant_pools(const Writing& with, TenantId id, const std::vector<std::string>& pools);
Result<> make_own_pool(const Writing& with, TenantId id);
Result<> release_pools(const Writing& with, TenantId id);
Result<std::int64_t> insert_unit(const Writing& with, std::int64_t id, const ResourceUnit& unit);
Result<std::int64_t> insert_pool(const Writing& with, std::int64_t id, const ResourcePool& pool,
                                 std::int64_t unit, bool implicit);

// jobs.cpp
/// The parents of its jobs that aren't done will say what became of them.
Result<> end_jobs_of_dropped(const Writing& with, TenantId tenant);

// destinations.cpp
Result<> upsert_destination(const Writing& with, const IntentSpec& spec, const Destination& made,
                            const std::optional<Secret>& access_key);
/// A tenant's destinations move to the history, and their paths are free again.
Result<> retire_destinations(const Writing& with, TenantId tenant);
/// One of them does.
Result<> retire_destination(const Writing& with, const DestinationKey& key);
/// Its destinations of this kind are given up: another file system at their places is no mistake any more.
Result<> forget_file_systems(const Writing& with, TenantId tenant, DestinationKind kind);
/// Unless a destination or an intent has the path still.
Result<> release_path(const Writing& with, std::string_view path_key);

// events.cpp
/// EventWriter::record() for an event of a place, or of a tenant's keys.
Result<> record_event(const Writing& with, std::string_view event, const DestinationKey& key,
                      std::optional<std::int64_t> dest_id = std::nullopt);
/// From now on the tenant's events are kept with those of others that are gone.
Result<> keep_events_of_dropped(const Writing& with, TenantId tenant);

// ---- rows to structs ----

/// "SELECT … FROM …" and which of its rows: one statement.
inline std::string select(std::string_view columns, std::string_view rows) {
  return std::string(columns).append(rows);
}

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

inline Bytes bytes_of(sqlite::Statement& row) {
  return row.bytes(0);
}

}  // namespace breakwater::catalog
