#include "catalog/store/keys.h"

#include "base/limits.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

// What a master key is sealed for.
RowIdentity master_key_identity(TenantId tenant, std::int64_t version) {
  return {"master_key", std::to_string(tenant), std::to_string(version)};
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

  Result<std::optional<Keystore>> keystore(TenantId tenant) override {
    return first_row(
        connection().query("SELECT name, password_hash, open FROM keystore WHERE tenant_id = ?", tenant),
        [](sqlite::Statement& row) {
          return Keystore{.name = row.string(0), .password_hash = row.string(1), .open = row.integer(2) != 0};
        });
  }
};

class SqliteKeyWriter final : public OnSqlite<KeyWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::int64_t> rotate(TenantId tenant) override {
    BW_CHECK(require_tenant(with(), tenant));
    BW_TRY(const std::int64_t newest, read().keys().newest(tenant));
    if (newest >= limits::kMaxMasterKeys) {
      return fail(error::size_overflow().with_hint(
          "the tenant has " + std::to_string(newest) +
          " master keys, which is as many as a key backup holds; the newest one stays in use"));
    }
    const std::int64_t version = newest + 1;
    const Secret key = crypto::random_secret(crypto::kKeySize, with().entropy);
    BW_TRY(const Bytes sealed, keyring().seal(master_key_identity(tenant, version), key, with().entropy));
    BW_CHECK(connection().run(
        "INSERT INTO master_key(tenant_id, version, create_time, sealed) VALUES (?, ?, ?, ?)", tenant,
        version, with().clock.now(), sealed));
    return version;
  }

  Result<> create_keystore(TenantId tenant, const Keystore& keystore) override {
    BW_CHECK(require_tenant(with(), tenant));
    BW_TRY(const auto known, read().keys().keystore(tenant));
    if (known) return fail(error::keystore_exist());
    BW_CHECK(connection().run(
        "INSERT INTO keystore(tenant_id, name, password_hash, open, create_time) VALUES (?, ?, ?, ?, ?)",
        tenant, keystore.name, keystore.password_hash, std::int64_t{keystore.open}, with().clock.now()));
    return {};
  }

  Result<> change_keystore(TenantId tenant, const Keystore& keystore) override {
    BW_TRY(const auto known, read().keys().keystore(tenant));
    if (!known) return fail(error::keystore_not_exist());
    BW_CHECK(connection().run("UPDATE keystore SET password_hash = ?, open = ? WHERE tenant_id = ?",
                              keystore.password_hash, std::int64_t{keystore.open}, tenant));
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
