#include "catalog/store/destinations.h"

#include <algorithm>
#include <array>
#include <string>

#include "catalog/store/sqlite_roles.h"
#include "catalog/store/tables.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kDestinationColumns =
    "SELECT s.tenant_id, s.path, s.endpoint, s.dest_type, s.path_key, s.dest_id, s.authorization,"
    " s.extension, s.check_file_name, s.last_check_timestamp, s.format, s.file_system FROM "
    "backup_storage_info s ";

Destination destination_of(sqlite::Statement& row) {
  return {.key = {.tenant_id = row.integer(0), .path = row.string(1), .endpoint = row.string(2)},
          .kind = destination_kind(row.text(3)),
          .path_key = row.string(4),
          .dest_id = row.integer(5),
          .authorization = row.string(6),
          .extension = row.string(7),
          .check_file_name = row.string(8),
          .last_check = row.integer(9),
          .format = row.bytes(10),
          .file_system = row.string(11)};
}

PathClaim claim_of(sqlite::Statement& row) {
  return {.path_key = row.string(0), .tenant_id = row.integer(1), .kind = destination_kind(row.text(2))};
}

// CHECKED_BY of the view, in the order of ProofNote::By.
constexpr std::array<std::string_view, 3> kProvedBy = {"SET", "CHECK", "SCHEDULE"};

// What an access key is sealed for.
RowIdentity access_key_identity(const DestinationKey& key) {
  return sealed_identity("backup_storage_info",
                         std::array{std::to_string(key.tenant_id), key.path, key.endpoint});
}

class SqliteDestinationReader final : public OnSqlite<DestinationReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<Destination>> find(const DestinationKey& key) override {
    return first_row(
        connection().query(select(kDestinationColumns, "WHERE tenant_id = ? AND path = ? AND endpoint = ?"),
                           key.tenant_id, key.path, key.endpoint),
        destination_of);
  }

  Result<std::optional<Destination>> current(TenantId tenant) override {
    return first_row(
        connection().query(select(kDestinationColumns,
                                  "JOIN backup_parameter p ON p.tenant_id = s.tenant_id AND p.path = s.path"
                                  " AND p.endpoint = s.endpoint"
                                  " WHERE p.tenant_id = ? AND p.name = 'data_backup_dest'"),
                           tenant),
        destination_of);
  }

  Result<std::vector<Destination>> all(TenantId tenant) override {
    return all_rows(
        connection().query(select(kDestinationColumns, "WHERE tenant_id = ? ORDER BY dest_id"), tenant),
        destination_of);
  }

  Result<std::vector<Destination>> at_place(TenantId tenant, std::string_view path_key) override {
    return all_rows(
        connection().query(select(kDestinationColumns,
                                  "WHERE path_key = ? AND tenant_id = ? AND dest_type <> 'backup_key'"
                                  " ORDER BY dest_id DESC"),
                           path_key, tenant),
        destination_of);
  }

  Result<std::int64_t> count(TenantId tenant) override {
    BW_TRY(const auto count,
           connection().integer("SELECT COUNT(*) FROM backup_storage_info WHERE tenant_id = ?", tenant));
    return count.value_or(0);
  }

  Result<std::optional<std::string>> backup_parameter(TenantId tenant, std::string_view name) override {
    return first_row(connection().query("SELECT value FROM backup_parameter WHERE tenant_id = ? AND name = ?",
                                        tenant, name),
                     string_of);
  }

  Result<std::optional<Secret>> access_key(const DestinationKey& key) override {
    BW_TRY(const auto sealed,
           first_row(connection().query(
                         "SELECT sealed_key FROM backup_storage_info"
                         " WHERE tenant_id = ? AND path = ? AND endpoint = ? AND sealed_key IS NOT NULL",
                         key.tenant_id, key.path, key.endpoint),
                     bytes_of));
    if (!sealed) return std::nullopt;
    return keyring().open(access_key_identity(key), *sealed);
  }

  // Above "object://b/p/q?host=h" are "object://b/p?host=h" and "object://b/?host=h", the whole bucket.
  Result<std::vector<PathClaim>> claims_at_or_above(std::string_view path_key) override {
    const std::size_t options = std::min(path_key.find('?'), path_key.size());
    const std::string_view path = path_key.substr(0, options);
    std::vector<PathClaim> claims;
    const auto look = [&](std::string_view above) -> Result<> {
      const std::string key = std::string(above).append(path_key.substr(options));
      BW_TRY(auto claim, first_row(connection().query("SELECT path_key, tenant_id, dest_type FROM path_claim"
                                                      " WHERE path_key = ?",
                                                      key),
                                   claim_of));
      if (claim) claims.push_back(*std::move(claim));
      return {};
    };
    const std::size_t scheme = path.find("://");
    const std::size_t bucket_end = path.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
    if (path_key.starts_with("object://") && bucket_end < path.size() - 1)
      BW_CHECK(look(path.substr(0, bucket_end + 1)));
    for (std::size_t end = 0; end != std::string_view::npos;) {
      end = path.find('/', end + 1);
      BW_CHECK(look(path.substr(0, end)));
    }
    return claims;
  }

  // Below p are the keys from "p/" to before "p0": '0' follows '/'.
  Result<std::vector<PathClaim>> claims_below(std::string_view path_key, std::size_t limit) override {
    const std::string low = std::string(path_key) + "/";
    const std::string high = std::string(path_key) + "0";
    return all_rows(connection().query("SELECT path_key, tenant_id, dest_type FROM path_claim"
                                       " WHERE path_key > ? AND path_key < ? ORDER BY path_key LIMIT ?",
                                       low, high, static_cast<std::int64_t>(limit)),
                    claim_of);
  }
};

class SqliteDestinationWriter final : public OnSqlite<DestinationWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::int64_t> reserve_id(TenantId tenant) override {
    BW_TRY(const auto id,
           connection().integer("UPDATE tenant SET next_dest_id = next_dest_id + 1 WHERE tenant_id = ?"
                                " RETURNING next_dest_id - 1",
                                tenant));
    if (!id) return fail(error::tenant_not_exist());
    return *id;
  }

  Result<> skip_id(TenantId tenant, std::int64_t seen) override {
    BW_CHECK(require_tenant(with(), tenant));
    BW_CHECK(
        connection().run("UPDATE tenant SET next_dest_id = ?2 + 1 WHERE tenant_id = ?1"
                         " AND next_dest_id <= ?2 AND ?2 - next_dest_id < ?3",
                         tenant, seen, kMaxSkip));
    return {};
  }

  Result<> touch_check(const DestinationKey& key, std::string_view check_file_name, Timestamp time) override {
    BW_TRY(const auto rows,
           connection().run("UPDATE backup_storage_info SET check_file_name = ?, last_check_timestamp = ?"
                            " WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                            check_file_name, time, key.tenant_id, key.path, key.endpoint));
    if (rows == 0) return fail(error::entry_not_exist());
    return {};
  }

  Result<> change_access(const DestinationKey& key, std::string_view authorization,
                         const std::optional<Access>& access, std::string_view value) override {
    BW_TRY(const auto dest_id,
           connection().integer("UPDATE backup_storage_info SET authorization = ?"
                                " WHERE tenant_id = ? AND path = ? AND endpoint = ? RETURNING dest_id",
                                authorization, key.tenant_id, key.path, key.endpoint));
    if (!dest_id) return fail(error::entry_not_exist());
    if (access) {
      BW_TRY(const Bytes sealed, keyring().seal(access_key_identity(key), access->key, with().entropy));
      BW_CHECK(
          connection().run("UPDATE backup_storage_info SET sealed_key = ?, last_check_timestamp = ?"
                           " WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                           sealed, access->checked, key.tenant_id, key.path, key.endpoint));
    }
    BW_CHECK(
        connection().run("UPDATE backup_parameter SET value = ? WHERE tenant_id = ?"
                         " AND name = 'data_backup_dest' AND path = ? AND endpoint = ?",
                         value, key.tenant_id, key.path, key.endpoint));
    BW_CHECK(
        connection().run("UPDATE log_archive_dest SET value = ?1 WHERE tenant_id = ?2 AND dest_no = 0"
                         " AND name = 'path' AND EXISTS (SELECT 1 FROM log_archive_dest d"
                         " WHERE d.tenant_id = ?2 AND d.dest_no = 0 AND d.name = 'dest_id'"
                         " AND d.value = ?3)"
                         // Another destination may have the number too.
                         " AND (value = ?4 OR substr(value, 1, length(?4) + 1) = ?4 || '?')",
                         value, key.tenant_id, std::to_string(*dest_id), key.path));
    return record_event(with(), "change_external_storage_dest", key, dest_id);
  }

  Result<> remember_file_system(const DestinationKey& key, std::string_view file_system) override {
    BW_CHECK(
        connection().run("UPDATE backup_storage_info SET file_system = ?"
                         " WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                         file_system, key.tenant_id, key.path, key.endpoint));
    return {};
  }

  Result<> record_gone(const DestinationKey& key, std::int64_t dest_id) override {
    return record_event(with(), "backup_dest_gone", key, dest_id);
  }

  Result<> record_checks(const DestinationKey& key, Timestamp time,
                         const std::vector<DestinationCheck>& checks, const ProofNote& note) override {
    BW_CHECK(require_tenant(with(), key.tenant_id));
    BW_TRY(const auto last, connection().integer("SELECT MAX(check_id) FROM backup_dest_check"
                                                 " WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                                                 key.tenant_id, key.path, key.endpoint));
    const std::int64_t id = last.value_or(0) + 1;
    std::int64_t number = 0;
    for (const DestinationCheck& check : checks) {
      BW_CHECK(connection().run("INSERT INTO backup_dest_check VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                key.tenant_id, key.path, key.endpoint, id, ++number, time, check.name,
                                check.ok, check.milliseconds, check.seen, check.hint));
    }
    BW_CHECK(
        connection().run("DELETE FROM backup_dest_check"
                         " WHERE tenant_id = ? AND path = ? AND endpoint = ? AND check_id <= ?",
                         key.tenant_id, key.path, key.endpoint, id - kKeptChecks));
    BW_TRY(const auto set, read().destinations().find(key));
    if (set) return record_status(*set, time, checks, note);
    return remember_refused(key, id);
  }

  Result<> clear_current(TenantId tenant) override {
    BW_CHECK(require_tenant(with(), tenant));
    BW_CHECK(connection().run(
        "INSERT INTO backup_parameter(tenant_id, name, value) VALUES (?, 'data_backup_dest', '')"
        " ON CONFLICT DO UPDATE SET value = '', path = NULL, endpoint = NULL",
        tenant));
    BW_CHECK(forget_file_systems(with(), tenant, DestinationKind::data_backup_dest));
    return record_event(with(), "clear_data_backup_dest", {.tenant_id = tenant, .path = {}, .endpoint = {}});
  }

 private:
  Result<> record_status(const Destination& set, Timestamp time, const std::vector<DestinationCheck>& checks,
                         const ProofNote& note) {
    const auto failed = std::ranges::find(checks, false, &DestinationCheck::ok);
    const bool ok = failed == checks.end();
    const DestinationKey& key = set.key;
    BW_TRY(const auto before, read().dest_status().find(key));
    BW_CHECK(connection().run(
        "INSERT INTO backup_dest_status(tenant_id, path, endpoint, ok, error, since, checked, checked_by,"
        " next_check, free_bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, 0, ?8)"
        " ON CONFLICT DO UPDATE SET since = CASE WHEN ok = excluded.ok THEN since ELSE excluded.since END,"
        " ok = excluded.ok, error = excluded.error, checked = excluded.checked,"
        " checked_by = excluded.checked_by, free_bytes = COALESCE(excluded.free_bytes, free_bytes)",
        key.tenant_id, key.path, key.endpoint, ok, ok ? std::string() : failed->name + ": " + failed->hint,
        time, kProvedBy[static_cast<std::size_t>(note.by)], note.free_bytes));
    const bool changed = before && before->ok && *before->ok != ok;
    if (!changed && (ok || (before && before->ok))) return {};
    return record_event(with(), ok ? "backup_dest_recovered" : "backup_dest_failed", key, set.dest_id);
  }

  // A user may try any number of destinations that are refused: the check that is one too many goes. One of a
  // destination that was set after it stays, among that destination's own.
  Result<> remember_refused(const DestinationKey& key, std::int64_t check_id) {
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
};

}  // namespace

std::unique_ptr<DestinationReader> destinations_on(const Reading& with) {
  return std::make_unique<SqliteDestinationReader>(with);
}

std::unique_ptr<DestinationWriter> destinations_on(const Writing& with) {
  return std::make_unique<SqliteDestinationWriter>(with);
}

Error path_taken(bool same_tenant, DestinationKind held) {
  if (!same_tenant)
    return error::format_file_not_match().with_hint("another tenant's backups have this path");
  std::string holder = "a key backup";
  if (held == DestinationKind::data_backup_dest) holder = "a data backup destination";
  if (held == DestinationKind::log_archive_dest) holder = "a log archive destination";
  return error::format_file_not_match().with_hint(holder + " of this tenant has this path");
}

Result<> upsert_destination(const Writing& with, const IntentSpec& spec, const Destination& made,
                            const std::optional<Secret>& access_key) {
  std::optional<Bytes> sealed;
  if (access_key) {
    BW_TRY(sealed, with.keyring.seal(access_key_identity(spec.key), *access_key, with.entropy));
  }
  BW_CHECK(with.connection.run(
      "INSERT INTO backup_storage_info(tenant_id, path, endpoint, dest_id, dest_type, authorization, "
      "extension,"
      " check_file_name, last_check_timestamp, sealed_key, path_key, format, file_system)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT DO UPDATE SET dest_id = excluded.dest_id, dest_type = excluded.dest_type,"
      " authorization = excluded.authorization, extension = excluded.extension,"
      " check_file_name = excluded.check_file_name, last_check_timestamp = excluded.last_check_timestamp,"
      " sealed_key = excluded.sealed_key, path_key = excluded.path_key, format = excluded.format,"
      " file_system = excluded.file_system",
      spec.key.tenant_id, spec.key.path, spec.key.endpoint, spec.dest_id, dest_type(spec.kind),
      made.authorization, made.extension, made.check_file_name,
      made.last_check == 0 ? std::nullopt : std::optional(made.last_check), sealed, spec.path_key,
      spec.format, made.file_system));
  return {};
}

// The history keeps what the views show; nothing needs the access key any more. Where a place is removed twice at one
// moment, the later removal is a microsecond behind.
Result<> retire_destinations(const Writing& with, TenantId tenant) {
  BW_TRY(const auto old, with.transaction.read().destinations().all(tenant));
  BW_CHECK(with.connection.run(
      "INSERT INTO backup_storage_info_history(tenant_id, path, endpoint, dest_id, dest_type, authorization,"
      " extension, check_file_name, last_check_timestamp, path_key, format, removed_time)"
      " SELECT tenant_id, path, endpoint, dest_id, dest_type, authorization, extension, check_file_name,"
      " last_check_timestamp, path_key, format, "
      "MAX(?2, 1 + COALESCE((SELECT MAX(removed_time) FROM backup_storage_info_history h"
      " WHERE h.tenant_id = s.tenant_id AND h.path = s.path AND h.endpoint = s.endpoint), 0))"
      " FROM backup_storage_info s WHERE tenant_id = ?1",
      tenant, with.clock.now()));
  BW_CHECK(with.connection.run("DELETE FROM backup_storage_info WHERE tenant_id = ?", tenant));
  for (const Destination& destination : old) BW_CHECK(release_path(with, destination.path_key));
  return {};
}

Result<> retire_destination(const Writing& with, const DestinationKey& key) {
  BW_CHECK(with.connection.run(
      "INSERT INTO backup_storage_info_history(tenant_id, path, endpoint, dest_id, dest_type, authorization,"
      " extension, check_file_name, last_check_timestamp, path_key, format, removed_time)"
      " SELECT tenant_id, path, endpoint, dest_id, dest_type, authorization, extension, check_file_name,"
      " last_check_timestamp, path_key, format, "
      "MAX(?4, 1 + COALESCE((SELECT MAX(removed_time) FROM backup_storage_info_history h"
      " WHERE h.tenant_id = s.tenant_id AND h.path = s.path AND h.endpoint = s.endpoint), 0))"
      " FROM backup_storage_info s WHERE tenant_id = ?1 AND path = ?2 AND endpoint = ?3",
      key.tenant_id, key.path, key.endpoint, with.clock.now()));
  BW_CHECK(
      with.connection.run("DELETE FROM backup_storage_info WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                          key.tenant_id, key.path, key.endpoint));
  return {};
}

Result<> forget_file_systems(const Writing& with, TenantId tenant, DestinationKind kind) {
  BW_CHECK(with.connection.run(
      "UPDATE backup_storage_info INDEXED BY backup_storage_info_located SET file_system = ''"
      " WHERE tenant_id = ? AND dest_type = ? AND file_system <> ''",
      tenant, dest_type(kind)));
  return {};
}

Result<> release_path(const Writing& with, std::string_view path_key) {
  BW_CHECK(
      with.connection.run("DELETE FROM path_claim WHERE path_key = ?1"
                          " AND NOT EXISTS (SELECT 1 FROM backup_storage_info WHERE path_key = ?1)"
                          " AND NOT EXISTS (SELECT 1 FROM intent WHERE path_key = ?1)",
                          path_key));
  return {};
}

}  // namespace breakwater::catalog
