// Transaction: destinations and intents. What order they come in: docs/spec/behaviour.md#order-of-a-set.
#include "catalog/store/sqlite_transaction.h"

namespace breakwater::catalog {
namespace {

// Where another claim stands on the path that `wanted` names.
Error conflict(DestinationKind wanted, bool same_tenant, DestinationKind held) {
  if (wanted != DestinationKind::backup_key) return path_taken(same_tenant, held);
  if (held == DestinationKind::backup_key)
    return error::file_already_exist().with_hint("another tenant's key backup has this path");
  return error::invalid_backup_dest().with_hint("a backup destination has this path; name a file of its own");
}

std::string_view made_event(DestinationKind kind) {
  if (kind == DestinationKind::backup_key) return "backup_key";
  return kind == DestinationKind::data_backup_dest ? "set_data_backup_dest" : "set_log_archive_dest";
}

}  // namespace

Error path_taken(bool same_tenant, DestinationKind held) {
  if (!same_tenant)
    return error::format_file_not_match().with_hint("another tenant's backups have this path");
  std::string holder = "a key backup";
  if (held == DestinationKind::data_backup_dest) holder = "a data backup destination";
  if (held == DestinationKind::log_archive_dest) holder = "a log archive destination";
  return error::format_file_not_match().with_hint(holder + " of this tenant has this path");
}

Result<std::int64_t> SqliteTransaction::reserve_dest_id(TenantId tenant) {
  BW_TRY(const auto id,
         connection().integer("UPDATE tenant SET next_dest_id = next_dest_id + 1 WHERE tenant_id = ?"
                              " RETURNING next_dest_id - 1",
                              tenant));
  if (!id) return fail(error::tenant_not_exist());
  return *id;
}

Result<> SqliteTransaction::claim_path(const IntentSpec& spec) {
  const std::string_view type = dest_type(spec.kind);
  BW_TRY(const auto made,
         connection().run("INSERT INTO path_claim(path_key, tenant_id, dest_type) VALUES (?, ?, ?)"
                          " ON CONFLICT DO NOTHING",
                          spec.path_key, spec.key.tenant_id, type));
  if (made == 1) return {};
  BW_TRY(sqlite::Lease held,
         connection().query("SELECT tenant_id, dest_type FROM path_claim WHERE path_key = ?", spec.path_key));
  BW_CHECK(held->step());
  const bool same_tenant = held->integer(0) == spec.key.tenant_id;
  if (same_tenant && held->text(1) == type) return {};
  return fail(conflict(spec.kind, same_tenant, destination_kind(held->text(1))));
}

Result<> SqliteTransaction::release_path(std::string_view path_key) {
  BW_CHECK(
      connection().run("DELETE FROM path_claim WHERE path_key = ?1"
                       " AND NOT EXISTS (SELECT 1 FROM backup_storage_info WHERE path_key = ?1)"
                       " AND NOT EXISTS (SELECT 1 FROM intent WHERE path_key = ?1)",
                       path_key));
  return {};
}

Result<std::int64_t> SqliteTransaction::open_intent(const IntentSpec& spec, const Secret* uri) {
  BW_CHECK(require_tenant(spec.key.tenant_id));
  std::optional<Bytes> sealed;
  if (uri != nullptr) {
    BW_TRY(sealed, keyring().seal(intent_uri_identity(spec.key), *uri, entropy_));
  }
  BW_CHECK(claim_path(spec));
  BW_CHECK(connection().run(
      "INSERT INTO intent(tenant_id, dest_type, path, endpoint, path_key, dest_id, format,"
      " files, created_dirs, create_time, sealed_uri) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      spec.key.tenant_id, dest_type(spec.kind), spec.key.path, spec.key.endpoint, spec.path_key, spec.dest_id,
      spec.format, encode_names(spec.files), encode_names(spec.created_dirs), clock_.now(), sealed));
  return connection().last_insert_rowid();
}

Result<> SqliteTransaction::upsert_destination(const IntentSpec& spec, const Destination& made,
                                               const std::optional<Secret>& access_key) {
  std::optional<Bytes> sealed;
  if (access_key) {
    BW_TRY(sealed, keyring().seal(access_key_identity(spec.key), *access_key, entropy_));
  }
  BW_CHECK(connection().run(
      "INSERT INTO backup_storage_info(tenant_id, path, endpoint, dest_id, dest_type, authorization, "
      "extension,"
      " check_file_name, last_check_timestamp, sealed_key, path_key, format)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT DO UPDATE SET dest_id = excluded.dest_id, dest_type = excluded.dest_type,"
      " authorization = excluded.authorization, extension = excluded.extension,"
      " check_file_name = excluded.check_file_name, last_check_timestamp = excluded.last_check_timestamp,"
      " sealed_key = excluded.sealed_key, path_key = excluded.path_key, format = excluded.format",
      spec.key.tenant_id, spec.key.path, spec.key.endpoint, spec.dest_id, dest_type(spec.kind),
      made.authorization, made.extension, made.check_file_name,
      made.last_check == 0 ? std::nullopt : std::optional(made.last_check), sealed, spec.path_key,
      spec.format));
  return {};
}

Result<> SqliteTransaction::finish_destination(std::int64_t intent_id, const Destination& made,
                                               std::string_view value,
                                               const std::optional<Secret>& access_key) {
  BW_TRY(const auto open, intent(intent_id));
  if (!open) return fail(error::entry_not_exist());
  const IntentSpec& spec = open->spec;
  BW_CHECK(require_tenant(spec.key.tenant_id));
  BW_CHECK(upsert_destination(spec, made, access_key));
  if (spec.kind == DestinationKind::data_backup_dest) {
    BW_CHECK(
        connection().run("INSERT INTO backup_parameter(tenant_id, name, value, path, endpoint)"
                         " VALUES (?, 'data_backup_dest', ?, ?, ?) ON CONFLICT DO UPDATE"
                         " SET value = excluded.value, path = excluded.path, endpoint = excluded.endpoint",
                         spec.key.tenant_id, value, spec.key.path, spec.key.endpoint));
  }
  BW_CHECK(connection().run("DELETE FROM intent WHERE intent_id = ?", intent_id));
  const bool numbered = spec.kind != DestinationKind::backup_key;
  return record_event(made_event(spec.kind), spec.key, numbered ? std::optional(spec.dest_id) : std::nullopt);
}

// In the transaction of what it tells, so that neither is there without the other.
Result<> SqliteTransaction::record_event(std::string_view event, const DestinationKey& key,
                                         std::optional<std::int64_t> dest_id) {
  BW_CHECK(
      connection().run("INSERT INTO backup_event(time, tenant_id, event, path, endpoint, dest_id)"
                       " VALUES (?, ?, ?, ?, ?, ?)",
                       clock_.now(), key.tenant_id, event, key.path, key.endpoint, dest_id));
  BW_CHECK(connection().run("DELETE FROM backup_event WHERE event_id <= ?",
                            connection().last_insert_rowid() - kKeptEvents));
  return {};
}

Result<> SqliteTransaction::abandon_intent(std::int64_t intent_id) {
  BW_TRY(const auto open, intent(intent_id));
  if (!open) return {};
  BW_CHECK(connection().run("DELETE FROM intent WHERE intent_id = ?", intent_id));
  return release_path(open->spec.path_key);
}

Result<> SqliteTransaction::touch_check(const DestinationKey& key, std::string_view check_file_name,
                                        Timestamp time) {
  BW_TRY(const auto rows,
         connection().run("UPDATE backup_storage_info SET check_file_name = ?, last_check_timestamp = ?"
                          " WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                          check_file_name, time, key.tenant_id, key.path, key.endpoint));
  if (rows == 0) return fail(error::entry_not_exist());
  return {};
}

Result<> SqliteTransaction::record_checks(const DestinationKey& key, Timestamp time,
                                          const std::vector<DestinationCheck>& checks) {
  BW_CHECK(require_tenant(key.tenant_id));
  BW_TRY(const auto last, connection().integer("SELECT MAX(check_id) FROM backup_dest_check"
                                               " WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                                               key.tenant_id, key.path, key.endpoint));
  const std::int64_t id = last.value_or(0) + 1;
  std::int64_t number = 0;
  for (const DestinationCheck& check : checks) {
    BW_CHECK(connection().run("INSERT INTO backup_dest_check VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                              key.tenant_id, key.path, key.endpoint, id, ++number, time, check.name, check.ok,
                              check.milliseconds, check.seen, check.hint));
  }
  BW_CHECK(
      connection().run("DELETE FROM backup_dest_check"
                       " WHERE tenant_id = ? AND path = ? AND endpoint = ? AND check_id <= ?",
                       key.tenant_id, key.path, key.endpoint, id - kKeptChecks));
  BW_TRY(const auto set, destination(key));
  if (set) return {};
  return remember_refused(key, id);
}

// A user may try any number of destinations that are refused: the check that is one too many goes. One of a
// destination that was set after it stays, among that destination's own.
Result<> SqliteTransaction::remember_refused(const DestinationKey& key, std::int64_t check_id) {
  BW_TRY(const auto last,
         connection().integer("SELECT MAX(refused_no) FROM backup_dest_refused WHERE tenant_id = ?",
                              key.tenant_id));
  const std::int64_t number = last.value_or(0) + 1;
  BW_CHECK(connection().run("INSERT INTO backup_dest_refused VALUES (?, ?, ?, ?, ?)", key.tenant_id, number,
                            key.path, key.endpoint, check_id));
  constexpr const char* kForget =
      "DELETE FROM backup_dest_check WHERE (tenant_id, path, endpoint, check_id) ="
      " (SELECT tenant_id, path, endpoint, check_id FROM backup_dest_refused"
      " WHERE tenant_id = ?1 AND refused_no = ?2)"
      " AND NOT EXISTS (SELECT 1 FROM backup_storage_info s WHERE s.tenant_id = backup_dest_check.tenant_id"
      " AND s.path = backup_dest_check.path AND s.endpoint = backup_dest_check.endpoint)";
  BW_CHECK(connection().run(kForget, key.tenant_id, number - kKeptChecks));
  BW_CHECK(connection().run("DELETE FROM backup_dest_refused WHERE tenant_id = ? AND refused_no <= ?",
                            key.tenant_id, number - kKeptChecks));
  return {};
}

Result<> SqliteTransaction::clear_data_destination(TenantId tenant) {
  BW_CHECK(require_tenant(tenant));
  BW_CHECK(connection().run(
      "INSERT INTO backup_parameter(tenant_id, name, value) VALUES (?, 'data_backup_dest', '')"
      " ON CONFLICT DO UPDATE SET value = '', path = NULL, endpoint = NULL",
      tenant));
  return record_event("clear_data_backup_dest", {.tenant_id = tenant, .path = {}, .endpoint = {}},
                      std::nullopt);
}

Result<> SqliteTransaction::set_archive_attribute(TenantId tenant, std::string_view name,
                                                  std::string_view value) {
  BW_CHECK(
      connection().run("INSERT INTO log_archive_dest(tenant_id, dest_no, name, value) VALUES (?, 0, ?, ?)"
                       " ON CONFLICT DO UPDATE SET value = excluded.value",
                       tenant, name, value));
  return {};
}

Result<> SqliteTransaction::set_archive_dest(TenantId tenant, const ArchiveDest& dest) {
  BW_CHECK(forget_archive_dest(tenant));
  BW_CHECK(set_archive_attribute(tenant, "path", dest.path));
  BW_CHECK(set_archive_attribute(tenant, "binding", dest.binding));
  BW_CHECK(set_archive_attribute(tenant, "dest_id", std::to_string(dest.dest_id)));
  BW_CHECK(set_archive_attribute(tenant, "piece_switch_interval", dest.piece_switch_interval));
  return set_archive_attribute(tenant, "state", dest.state);
}

Result<> SqliteTransaction::clear_archive_dest(TenantId tenant) {
  BW_CHECK(forget_archive_dest(tenant));
  return record_event("clear_log_archive_dest", {.tenant_id = tenant, .path = {}, .endpoint = {}},
                      std::nullopt);
}

Result<> SqliteTransaction::forget_archive_dest(TenantId tenant) {
  BW_CHECK(require_tenant(tenant));
  BW_CHECK(connection().run("DELETE FROM log_archive_dest WHERE tenant_id = ?", tenant));
  return {};
}

Result<> SqliteTransaction::set_archive_dest_state(TenantId tenant, std::string_view state) {
  BW_CHECK(require_tenant(tenant));
  return set_archive_attribute(tenant, "state", state);
}

Result<> SqliteTransaction::set_archivelog(TenantId tenant, bool on) {
  BW_TRY(const Tenant before, require_tenant(tenant));
  if (before.archivelog == on)
    return fail(on ? error::already_in_archive_mode() : error::already_in_noarchive_mode());
  BW_CHECK(connection().run("UPDATE tenant SET log_mode = ?2, modify_time = ?3 WHERE tenant_id = ?1", tenant,
                            std::string_view(on ? "ARCHIVELOG" : "NOARCHIVELOG"), clock_.now()));
  return {};
}

Result<> SqliteTransaction::add_delete_policy(TenantId tenant, const DeletePolicy& policy) {
  BW_CHECK(require_tenant(tenant));
  BW_TRY(
      const auto made,
      connection().run("INSERT INTO backup_delete_policy(tenant_id, policy_name, recovery_window, redundancy,"
                       " backup_copies) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                       tenant, policy.name, policy.recovery_window, policy.redundancy, policy.backup_copies));
  if (made == 0) return fail(error::primary_key_duplicate());
  return {};
}

Result<> SqliteTransaction::drop_delete_policy(TenantId tenant, std::string_view name) {
  BW_CHECK(require_tenant(tenant));
  BW_CHECK(connection().run("DELETE FROM backup_delete_policy WHERE tenant_id = ? AND policy_name = ?",
                            tenant, name));
  return {};
}

// The history keeps what the views show; nothing needs the access key any more.
Result<> SqliteTransaction::retire_destinations(TenantId tenant) {
  BW_TRY(const auto old, destinations(tenant));
  BW_CHECK(connection().run(
      "INSERT INTO backup_storage_info_history(tenant_id, path, endpoint, dest_id, dest_type, authorization,"
      " extension, check_file_name, last_check_timestamp, path_key, format, removed_time)"
      " SELECT tenant_id, path, endpoint, dest_id, dest_type, authorization, extension, check_file_name,"
      " last_check_timestamp, path_key, format, ?2 FROM backup_storage_info WHERE tenant_id = ?1",
      tenant, clock_.now()));
  BW_CHECK(connection().run("DELETE FROM backup_storage_info WHERE tenant_id = ?", tenant));
  for (const Destination& destination : old) BW_CHECK(release_path(destination.path_key));
  return {};
}

}  // namespace breakwater::catalog
