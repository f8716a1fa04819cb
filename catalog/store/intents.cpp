// What order the operations come in: docs/spec/behaviour.md#order-of-a-set.
#include "catalog/store/intents.h"

#include "catalog/store/sqlite_roles.h"
#include "catalog/store/tables.h"

namespace breakwater::catalog {
namespace {

// Each line is ended by a NUL (which no path holds). Nothing is written so any more.
std::vector<std::string> lines_of(std::span<const std::uint8_t> blob) {
  std::vector<std::string> lines;
  std::string_view rest = as_text(blob);
  for (auto end = rest.find('\0'); end != std::string_view::npos; end = rest.find('\0')) {
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return lines;
}

// What an intent's URI is sealed for.
RowIdentity uri_identity(const DestinationKey& key) {
  return sealed_identity("intent", std::array{std::to_string(key.tenant_id), key.path, key.endpoint});
}

constexpr std::string_view kIntentColumns =
    "SELECT intent_id, tenant_id, path, endpoint, dest_type, path_key, dest_id, format, record,"
    " create_time, files FROM intent ";

Intent intent_of(sqlite::Statement& row) {
  return {.id = row.integer(0),
          .spec = {.key = {.tenant_id = row.integer(1), .path = row.string(2), .endpoint = row.string(3)},
                   .kind = destination_kind(row.text(4)),
                   .path_key = row.string(5),
                   .dest_id = row.integer(6),
                   .format = row.bytes(7),
                   .record = row.bytes(8)},
          .created = row.integer(9),
          .lines = lines_of(row.blob(10))};
}

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

class SqliteIntentReader final : public OnSqlite<IntentReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<Intent>> find(std::int64_t id) override {
    return first_row(connection().query(select(kIntentColumns, "WHERE intent_id = ?"), id), intent_of);
  }

  Result<std::optional<Secret>> uri(const Intent& intent) override {
    BW_TRY(const auto sealed, first_row(connection().query("SELECT sealed_uri FROM intent WHERE intent_id = ?"
                                                           " AND sealed_uri IS NOT NULL",
                                                           intent.id),
                                        bytes_of));
    if (!sealed) return std::nullopt;
    return keyring().open(uri_identity(intent.spec.key), *sealed);
  }

  Result<std::vector<Intent>> all() override {
    return all_rows(connection().query(select(kIntentColumns, "ORDER BY intent_id")), intent_of);
  }

  Result<std::vector<Intent>> all(TenantId tenant) override {
    return all_rows(
        connection().query(select(kIntentColumns, "WHERE tenant_id = ? ORDER BY intent_id"), tenant),
        intent_of);
  }

  Result<bool> is_void(TenantId tenant, std::string_view path_key,
                       std::span<const std::uint8_t> format) override {
    BW_TRY(const auto found,
           first_row(connection().query(
                         "SELECT format FROM void_format WHERE tenant_id = ? AND path_key = ? AND format = ?",
                         tenant, path_key, format),
                     bytes_of));
    return found.has_value();
  }
};

class SqliteIntentWriter final : public OnSqlite<IntentWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::int64_t> open(const IntentSpec& spec, const Secret* uri) override {
    BW_CHECK(require_owner(spec));
    std::optional<Bytes> sealed;
    if (uri != nullptr) {
      BW_TRY(sealed, keyring().seal(uri_identity(spec.key), *uri, with().entropy));
    }
    if (!spec.path_key.empty()) BW_CHECK(claim_path(spec));
    BW_TRY(const std::int64_t id, next_of_counter(with(), "intent_id", 1));
    BW_CHECK(connection().run(
        "INSERT INTO intent(intent_id, tenant_id, dest_type, path, endpoint, path_key, dest_id, format, "
        "record,"
        " create_time, sealed_uri, files, created_dirs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'', x'')",
        id, spec.key.tenant_id, dest_type(spec.kind), spec.key.path, spec.key.endpoint, spec.path_key,
        spec.dest_id, spec.format, spec.record, with().clock.now(), sealed));
    return id;
  }

  Result<> finish(std::int64_t intent_id, const Destination& made, std::string_view value,
                  const std::optional<Secret>& access_key) override {
    BW_TRY(const IntentSpec spec, enter(intent_id, made, access_key));
    if (spec.kind == DestinationKind::data_backup_dest) BW_CHECK(make_current(spec.key, value));
    BW_CHECK(remove(intent_id));
    const bool numbered = spec.kind != DestinationKind::backup_key;
    return record_event(with(), made_event(spec.kind), spec.key,
                        numbered ? std::optional(spec.dest_id) : std::nullopt);
  }

  Result<> finish_key(std::int64_t intent_id, const Destination& made,
                      const std::optional<Secret>& access_key, const KeyBackupNote& backup) override {
    BW_TRY(const auto intent, read().intents().find(intent_id));
    if (!intent) return fail(error::entry_not_exist());
    const IntentSpec& spec = intent->spec;
    BW_TRY(const auto tenant, read().tenants().find(spec.key.tenant_id));
    if (tenant) BW_CHECK(upsert_destination(with(), spec, made, access_key));
    BW_CHECK(remove(intent_id));
    if (!tenant) BW_CHECK(release_path(with(), spec.path_key));
    BW_TRY(const auto newest, read().keys().newest(spec.key.tenant_id));
    if (backup.version > 0 && newest > 0)
      BW_CHECK(with().transaction.keys().note_backup(spec.key.tenant_id, backup));
    return record_event(with(), made_event(spec.kind), spec.key);
  }

  Result<> finish_adoption(std::int64_t intent_id, const Destination& made,
                           const std::optional<Secret>& access_key) override {
    BW_TRY(const IntentSpec spec, enter(intent_id, made, access_key));
    BW_CHECK(remove(intent_id));
    return record_event(with(), "adopt_backup_dest", spec.key, spec.dest_id);
  }

  Result<> finish_giving_up(std::int64_t intent_id, std::string_view event) override {
    BW_TRY(const auto intent, read().intents().find(intent_id));
    if (!intent) return fail(error::entry_not_exist());
    const IntentSpec& spec = intent->spec;
    BW_CHECK(require_tenant(with(), spec.key.tenant_id));
    BW_CHECK(remove(intent_id));
    BW_CHECK(retire_destination(with(), spec.key));
    BW_CHECK(release_path(with(), spec.path_key));
    return record_event(with(), event, spec.key, spec.dest_id);
  }

  Result<> abandon(std::int64_t intent_id) override {
    BW_TRY(const auto intent, read().intents().find(intent_id));
    if (!intent) return {};
    BW_CHECK(remove(intent_id));
    if (intent->spec.path_key.empty()) return {};
    return release_path(with(), intent->spec.path_key);
  }

  Result<> abandon_claim(std::int64_t intent_id) override {
    BW_TRY(const auto intent, read().intents().find(intent_id));
    if (!intent) return {};
    BW_CHECK(abandon(intent_id));
    const IntentSpec& spec = intent->spec;
    const Timestamp now = with().clock.now();
    const Timestamp oldest = now - std::chrono::microseconds(kVoidLife).count();
    BW_CHECK(connection().run("DELETE FROM void_format WHERE abandon_time < ?", oldest));
    BW_CHECK(connection().run("INSERT OR REPLACE INTO void_format VALUES (?, ?, ?, ?)", spec.key.tenant_id,
                              spec.path_key, spec.format, now));
    BW_CHECK(connection().run(
        "DELETE FROM void_format WHERE tenant_id = ?1 AND abandon_time <"
        " (SELECT abandon_time FROM void_format WHERE tenant_id = ?1 ORDER BY abandon_time DESC LIMIT 1 "
        "OFFSET"
        " ?2)",
        spec.key.tenant_id, kMostVoid - 1));
    return {};
  }

 private:
  // Of whom a key backup is; of a dropped tenant its master keys are left.
  Result<> require_owner(const IntentSpec& spec) {
    if (spec.kind == DestinationKind::backup_key) {
      BW_TRY(const auto newest, read().keys().newest(spec.key.tenant_id));
      if (newest > 0) return {};
    }
    BW_CHECK(require_tenant(with(), spec.key.tenant_id));
    return {};
  }

  // What the intent was about, whose destination is in the catalogue now.
  Result<IntentSpec> enter(std::int64_t intent_id, const Destination& made,
                           const std::optional<Secret>& access_key) {
    BW_TRY(auto intent, read().intents().find(intent_id));
    if (!intent) return fail(error::entry_not_exist());
    BW_CHECK(require_tenant(with(), intent->spec.key.tenant_id));
    BW_CHECK(upsert_destination(with(), intent->spec, made, access_key));
    return std::move(intent->spec);
  }

  Result<> claim_path(const IntentSpec& spec) {
    const std::string_view type = dest_type(spec.kind);
    BW_TRY(const auto made,
           connection().run("INSERT INTO path_claim(path_key, tenant_id, dest_type) VALUES (?, ?, ?)"
                            " ON CONFLICT DO NOTHING",
                            spec.path_key, spec.key.tenant_id, type));
    if (made == 1) return {};
    BW_TRY(
        sqlite::Lease held,
        connection().query("SELECT tenant_id, dest_type FROM path_claim WHERE path_key = ?", spec.path_key));
    BW_CHECK(held->step());
    const bool same_tenant = held->integer(0) == spec.key.tenant_id;
    if (same_tenant && held->text(1) == type) return {};
    return fail(conflict(spec.kind, same_tenant, destination_kind(held->text(1))));
  }

  Result<> make_current(const DestinationKey& key, std::string_view value) {
    BW_CHECK(
        connection().run("INSERT INTO backup_parameter(tenant_id, name, value, path, endpoint)"
                         " VALUES (?, 'data_backup_dest', ?, ?, ?) ON CONFLICT DO UPDATE"
                         " SET value = excluded.value, path = excluded.path, endpoint = excluded.endpoint",
                         key.tenant_id, value, key.path, key.endpoint));
    return {};
  }

  Result<> remove(std::int64_t intent_id) {
    BW_CHECK(connection().run("DELETE FROM intent WHERE intent_id = ?", intent_id));
    return {};
  }
};

}  // namespace

std::unique_ptr<IntentReader> intents_on(const Reading& with) {
  return std::make_unique<SqliteIntentReader>(with);
}

std::unique_ptr<IntentWriter> intents_on(const Writing& with) {
  return std::make_unique<SqliteIntentWriter>(with);
}

}  // namespace breakwater::catalog
