#include "catalog/store/keys.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "catalog/model/key_status.h"
#include "catalog/store/sqlite_roles.h"
#include "catalog/store/tables.h"

namespace breakwater::catalog {
namespace {

// What a master key is sealed for.
RowIdentity master_key_identity(TenantId tenant, std::int64_t version) {
  return sealed_identity("master_key", std::array{std::to_string(tenant), std::to_string(version)});
}

RowIdentity backup_key_identity(std::string_view fingerprint) {
  return sealed_identity("backup_key", std::array{std::string(fingerprint)});
}

MasterKeyVersion version_of(sqlite::Statement& row) {
  return {.version = row.integer(0), .created = row.integer(1)};
}

class SqliteKeyReader final : public OnSqlite<KeyReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::vector<MasterKeyVersion>> versions(TenantId tenant) override {
    return all_rows(connection().query("SELECT version, create_time FROM master_key WHERE tenant_id = ?"
                                       " ORDER BY version",
                                       tenant),
                    version_of);
  }

  Result<std::int64_t> newest(TenantId tenant) override {
    BW_TRY(const auto newest,
           connection().integer("SELECT MAX(version) FROM master_key WHERE tenant_id = ?", tenant));
    return newest.value_or(0);
  }

  Result<std::vector<MasterKey>> unsealed(TenantId tenant) override {
    BW_TRY(sqlite::Lease rows, connection().query("SELECT version, create_time, sealed FROM master_key"
                                                  " WHERE tenant_id = ? ORDER BY version",
                                                  tenant));
    std::vector<MasterKey> keys;
    while (true) {
      BW_TRY(const bool row, rows->step());
      if (!row) return keys;
      const auto [version, created] = version_of(*rows);
      BW_TRY(Secret key, keyring().open(master_key_identity(tenant, version), rows->blob(2)));
      keys.push_back({.version = version, .created = created, .key = std::move(key)});
    }
  }

  Result<std::optional<KeyBackupNote>> newest_backup(TenantId tenant) override {
    return first_row(
        connection().query(
            "SELECT version, backup_time, path, endpoint, protected FROM key_backup WHERE tenant_id = ?",
            tenant),
        [](sqlite::Statement& row) {
          KeyBackupNote note{.version = row.integer(0),
                             .time = row.integer(1),
                             .path = row.string(2),
                             .endpoint = row.string(3)};
          if (!row.is_null(4)) note.is_protected = row.integer(4) != 0;
          return note;
        });
  }

  Result<std::vector<KeyStatus>> at_risk(std::size_t most) override {
    const std::string statement = std::string(kAtRiskSelect).append(kKeyStatusRows).append(kAtRiskWhere);
    return all_rows(connection().query(statement, static_cast<std::int64_t>(most)),
                    [](sqlite::Statement& row) {
                      return KeyStatus{
                          .tenant_id = row.integer(0), .tenant_name = row.string(1), .status = row.string(2)};
                    });
  }

  Result<std::optional<Keystore>> keystore(TenantId tenant) override {
    return first_row(
        connection().query("SELECT name, password_hash, open FROM keystore WHERE tenant_id = ?", tenant),
        [](sqlite::Statement& row) {
          return Keystore{.name = row.string(0), .password_hash = row.string(1), .open = row.integer(2) != 0};
        });
  }

  Result<std::optional<StoredBackupKey>> own_backup_key() override {
    BW_TRY(auto keys,
           backup_keys_of(connection().query("SELECT fingerprint, own, saved_time, sealed FROM backup_key"
                                             " WHERE own = 1")));
    if (keys.empty()) return std::nullopt;
    return std::move(keys.front());
  }

  Result<std::vector<StoredBackupKey>> backup_keys() override {
    return backup_keys_of(
        connection().query("SELECT fingerprint, own, saved_time, sealed FROM backup_key"
                           " ORDER BY own DESC, fingerprint"));
  }

 private:
  Result<std::vector<StoredBackupKey>> backup_keys_of(Result<sqlite::Lease> rows) {
    if (!rows) return fail(std::move(rows).error());
    std::vector<StoredBackupKey> keys;
    while (true) {
      sqlite::Statement& row = **rows;
      BW_TRY(const bool there, row.step());
      if (!there) return keys;
      StoredBackupKey key{.fingerprint = row.string(0), .own = row.integer(1) != 0};
      if (!row.is_null(2)) key.saved = row.integer(2);
      BW_TRY(key.key, keyring().open(backup_key_identity(key.fingerprint), row.blob(3)));
      keys.push_back(std::move(key));
    }
  }
};

class SqliteKeyWriter final : public OnSqlite<KeyWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::int64_t> rotate(TenantId tenant) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const std::int64_t newest, read().keys().newest(tenant));
    if (newest >= limits::kMaxMasterKeys) {
      return fail(error::size_overflow().with_hint(
          "the tenant has " + std::to_string(newest) +
          " master keys, which is as many as a key backup holds; the newest one stays in use"));
    }
    const std::int64_t version = newest + 1;
    BW_CHECK(add(tenant, {.version = version,
                          .created = with().clock.now(),
                          .key = crypto::random_secret(crypto::kKeySize, with().entropy)}));
    BW_CHECK(record_event(with(), "rotate_master_key", {.tenant_id = tenant, .path = {}, .endpoint = {}}));
    return version;
  }

  Result<std::size_t> restore(TenantId tenant, std::span<const MasterKey> keys) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const auto had, read().keys().unsealed(tenant));
    std::set<std::int64_t> versions;
    for (const MasterKey& key : had) versions.insert(key.version);
    std::size_t added = 0;
    for (const MasterKey& key : keys) {
      if (key.version < 1 || key.version > limits::kMaxMasterKeys) return fail(error::size_overflow());
      if (!versions.insert(key.version).second) {
        // `had` is in the order of its versions.
        const auto known = std::ranges::lower_bound(had, key.version, {}, &MasterKey::version);
        if (known == had.end() || known->version != key.version || !known->key.equals(key.key))
          return fail(another_key(key.version));
        continue;
      }
      BW_CHECK(add(tenant, key));
      ++added;
    }
    BW_CHECK(check_gapless(versions));
    if (added > 0)
      BW_CHECK(record_event(with(), "restore_master_key", {.tenant_id = tenant, .path = {}, .endpoint = {}}));
    return added;
  }

  Result<> note_backup(TenantId tenant, const KeyBackupNote& backup) override {
    BW_CHECK(connection().run(
        "INSERT INTO key_backup VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = "
        "excluded.version,"
        " backup_time = excluded.backup_time, path = excluded.path, endpoint = excluded.endpoint,"
        " protected = excluded.protected WHERE excluded.version >= version",
        tenant, backup.version, backup.time, backup.path, backup.endpoint, protection(backup)));
    return {};
  }

  Result<> record_dropped_unsaved(TenantId tenant) override {
    return record_event(with(), "drop_tenant_with_unsaved_key",
                        {.tenant_id = tenant, .path = {}, .endpoint = {}});
  }

  Result<> forget(TenantId tenant) override {
    BW_TRY(const auto there, read().tenants().find(tenant));
    if (there) return fail(error::op_not_allow("forget key of a tenant that exists"));
    BW_TRY(const auto newest, read().keys().newest(tenant));
    if (newest == 0)
      return fail(error::entry_not_exist().with_hint("no master keys of a tenant of this number are kept"));
    BW_CHECK(connection().run("DELETE FROM master_key WHERE tenant_id = ?", tenant));
    BW_CHECK(connection().run("DELETE FROM key_backup WHERE tenant_id = ?", tenant));
    return record_event(with(), "forget_master_key", {.tenant_id = tenant, .path = {}, .endpoint = {}});
  }

  Result<> create_keystore(TenantId tenant, const Keystore& keystore) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const auto known, read().keys().keystore(tenant));
    if (known) return fail(error::keystore_exist());
    BW_CHECK(connection().run(
        "INSERT INTO keystore(tenant_id, name, password_hash, open, create_time) VALUES (?, ?, ?, ?, ?)",
        tenant, keystore.name, keystore.password_hash, std::int64_t{keystore.open}, with().clock.now()));
    return tell("create_keystore", tenant, keystore.name);
  }

  Result<> change_keystore(TenantId tenant, const Keystore& keystore) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const auto known, read().keys().keystore(tenant));
    if (!known) return fail(error::keystore_not_exist());
    BW_CHECK(connection().run("UPDATE keystore SET password_hash = ?, open = ? WHERE tenant_id = ?",
                              keystore.password_hash, std::int64_t{keystore.open}, tenant));
    std::string_view event = keystore.open ? "open_keystore" : "close_keystore";
    if (keystore.open == known->open) event = "change_keystore_password";
    return tell(event, tenant, known->name);
  }

  Result<> add_backup_key(std::string_view fingerprint, const Secret& key, bool own) override {
    BW_TRY(const auto known, connection().integer("SELECT COUNT(*) FROM backup_key"));
    if (known.value_or(0) >= kMaxBackupKeys) {
      return fail(error::size_overflow().with_hint("the catalogue holds " + std::to_string(kMaxBackupKeys) +
                                                   " backup keys, which is as many as it takes"));
    }
    BW_TRY(const Bytes sealed, keyring().seal(backup_key_identity(fingerprint), key, with().entropy));
    BW_CHECK(connection().run(
        "INSERT INTO backup_key(fingerprint, own, create_time, sealed)"
        " VALUES (?, ? AND NOT EXISTS (SELECT 1 FROM backup_key WHERE own = 1), ?, ?) ON CONFLICT DO NOTHING",
        fingerprint, std::int64_t{own}, with().clock.now(), sealed));
    return {};
  }

  Result<> note_backup_key_saved(std::string_view fingerprint) override {
    BW_CHECK(connection().run("UPDATE backup_key SET saved_time = ? WHERE fingerprint = ?",
                              with().clock.now(), fingerprint));
    return {};
  }

 private:
  Result<> tell(std::string_view event, TenantId tenant, const std::string& keystore) {
    return with().transaction.events().record({.module = "keystore",
                                               .event = event,
                                               .tenant_id = tenant,
                                               .details = {{"keystore_name", keystore}}});
  }

  static Error another_key(std::int64_t version) {
    return error::invalid_argument("key backup")
        .with_hint("the tenant's master key of version " + std::to_string(version) +
                   " is another key than the file's");
  }

  static Result<> check_gapless(const std::set<std::int64_t>& versions) {
    std::int64_t next = 1;
    for (const std::int64_t version : versions) {
      if (version != next) {
        return fail(error::invalid_argument("key backup")
                        .with_hint("the tenant needs version " + std::to_string(next) +
                                   " too, which the file doesn't have"));
      }
      ++next;
    }
    return {};
  }

  static std::optional<std::int64_t> protection(const KeyBackupNote& backup) {
    if (!backup.is_protected) return std::nullopt;
    return std::int64_t{*backup.is_protected};
  }

  Result<> add(TenantId tenant, const MasterKey& key) {
    BW_TRY(const Bytes sealed,
           keyring().seal(master_key_identity(tenant, key.version), key.key, with().entropy));
    BW_CHECK(connection().run(
        "INSERT INTO master_key(tenant_id, version, create_time, sealed) VALUES (?, ?, ?, ?)", tenant,
        key.version, key.created, sealed));
    return {};
  }
};

}  // namespace

std::unique_ptr<KeyReader> keys_on(const Reading& with) {
  return std::make_unique<SqliteKeyReader>(with);
}

std::unique_ptr<KeyWriter> keys_on(const Writing& with) {
  return std::make_unique<SqliteKeyWriter>(with);
}

}  // namespace breakwater::catalog
