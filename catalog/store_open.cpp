// open_store(): finding, making and migrating a catalogue, and the store on SQLite.
#include "catalog/store_open.h"

#include <algorithm>

#include "catalog/files.h"
#include "catalog/password.h"
#include "catalog/schema.h"
#include "catalog/writer.h"

namespace breakwater::catalog {
namespace {

using Steps = std::span<const schema::Step>;

constexpr std::int64_t kFirstUnitId = 1001;
constexpr std::int64_t kFirstPoolId = 1001;
constexpr std::int64_t kGiB = std::int64_t{1} << 30U;

// A reader owns its connection; the base reads through it.
struct OwnedConnection {
  sqlite::Connection owned;
};

class OwningReader final : private OwnedConnection, public SqliteReader {
 public:
  OwningReader(sqlite::Connection opened, const Keyring& keyring)
      : OwnedConnection{std::move(opened)}, SqliteReader(owned, keyring) {}
};

class SqliteStore final : public Store {
 public:
  SqliteStore(DataDirectory directory, Keyring keyring, Cluster cluster, sqlite::Connection connection,
              const StoreOptions& options)
      : directory_(std::move(directory)),
        keyring_(std::move(keyring)),
        cluster_(std::move(cluster)),
        entropy_(*options.entropy),
        writer_(std::move(connection), commits_, keyring_, *options.clock, *options.entropy, *options.log) {}

  const Cluster& cluster() const override { return cluster_; }

  Result<std::unique_ptr<Reader>> open_reader() override {
    BW_TRY(auto connection,
           sqlite::Connection::open(directory_.file(kDatabaseFile), sqlite::OpenMode::reader));
    connection.follow(commits_);
    return std::make_unique<OwningReader>(std::move(connection), keyring_);
  }

  void submit(Job job, Completion done) override { writer_.submit(std::move(job), std::move(done)); }
  StoreStats stats() const override { return writer_.stats(); }

  Result<std::string> display_key(const Secret& access_key) const override {
    return keyring_.display(access_key, entropy_);
  }

  std::uint32_t draw(std::string_view text) const override { return keyring_.draw(text); }

 private:
  DataDirectory directory_;  // first: its lock goes last
  Keyring keyring_;
  Cluster cluster_;
  const Entropy& entropy_;
  Commits commits_;
  Writer writer_;
};

std::string key_path(const StoreOptions& options, const DataDirectory& directory) {
  return options.key_file.value_or(directory.file(kKeyFile));
}

// A catalogue of an unknown kind must not be changed, not even by a checkpoint as its last connection closes.
Result<> checkpoint_on_close(sqlite::Connection& connection, bool on) {
  const int code =
      sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
  if (code != SQLITE_OK) return fail(sqlite::error_of(code));
  return {};
}

Result<sqlite::Connection> open_unchanged(const DataDirectory& directory) {
  BW_CHECK(directory.ensure_file(kDatabaseFile));
  BW_TRY(auto connection, sqlite::Connection::open(directory.file(kDatabaseFile), sqlite::OpenMode::writer));
  BW_CHECK(checkpoint_on_close(connection, false));
  return connection;
}

// Runs `work` in a transaction of its own.
template <class Work>
Result<> in_transaction(sqlite::Connection& connection, Work work) {
  BW_CHECK(connection.execute("BEGIN IMMEDIATE"));
  Result<> done = work();
  if (done) done = connection.execute("COMMIT");
  if (!done) connection.roll_back();
  return done;
}

Result<> use_wal(sqlite::Connection& connection) {
  BW_CHECK(checkpoint_on_close(connection, true));
  // A log that a long reader let grow is cut back to 16 MiB.
  return connection.execute(
      "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 16777216");
}

// The key of a new catalogue; that of a first start which was cut off, if there is one.
Result<Keyring> new_keyring(const StoreOptions& options, const std::string& path) {
  if (file_exists(path)) {
    ::unlink((path + std::string(kUnfinished)).c_str());  // a cut-off start may leave a second name for it
    BW_TRY(const Secret key, load_key_file(path, *options.log));
    return Keyring::derive(key);
  }
  BW_TRY(const Secret key, create_key_file(path, *options.entropy));
  return Keyring::derive(key);
}

Result<Keyring> fill_new(sqlite::Connection& connection, const StoreOptions& options, const std::string& path,
                         Steps steps) {
  BW_TRY(Keyring keyring, new_keyring(options, path));
  BW_CHECK(use_wal(connection));
  BW_CHECK(in_transaction(connection, [&]() -> Result<> {
    BW_CHECK(schema::migrate(connection, steps));
    return SqliteTransaction(connection, keyring, *options.clock, *options.entropy).seed(options);
  }));
  options.log->info("made a new catalogue; its key is in " + path +
                    ": keep a copy of that file in a safe place");
  return keyring;
}

Result<Keyring> unlock(sqlite::Connection& connection, const StoreOptions& options, const std::string& path) {
  BW_TRY(const Secret key, load_key_file(path, *options.log));
  BW_TRY(Keyring keyring, Keyring::derive(key));
  BW_TRY(sqlite::Lease row, connection.query("SELECT key_check FROM cluster"));
  BW_TRY(const bool found, row->step());
  if (found && keyring.is_key_of(row->blob(0))) return keyring;
  return fail(refusal("the key file " + path + " is not the one of this catalogue",
                      "put back the key file that was made with this catalogue; no new key is made"));
}

Result<> bring_up_to_date(sqlite::Connection& connection, const StoreOptions& options, Steps steps) {
  BW_CHECK(in_transaction(connection, [&] { return schema::migrate(connection, steps); }));
  options.log->info("brought an older catalogue up to date");
  return {};
}

Result<Keyring> prepare(sqlite::Connection& connection, const StoreOptions& options,
                        const DataDirectory& directory, Steps steps) {
  const std::string path = key_path(options, directory);
  const std::string database = directory.file(kDatabaseFile);
  BW_TRY(const schema::State state, schema::inspect(connection, steps));
  switch (state) {
    case schema::State::empty:
      return fill_new(connection, options, path, steps);
    case schema::State::newer:
      return fail(refusal(database + " was written by a newer version of this program",
                          "start that version; nothing was changed"));
    case schema::State::foreign:
      return fail(refusal(database + " is not a catalogue of this program", "name another data directory"));
    case schema::State::older:
    case schema::State::current:
      break;
  }
  BW_TRY(Keyring keyring, unlock(connection, options, path));
  BW_CHECK(use_wal(connection));
  if (state == schema::State::older) BW_CHECK(bring_up_to_date(connection, options, steps));
  return keyring;
}

Result<Cluster> read_cluster(sqlite::Connection& connection) {
  BW_TRY(auto cluster,
         first_row(connection.query("SELECT cluster_id, cluster_name, create_time FROM cluster"),
                   [](sqlite::Statement& row) {
                     return Cluster{.id = row.integer(0), .name = row.string(1), .created = row.integer(2)};
                   }));
  if (!cluster) return fail(error::internal_error().with_hint("the catalogue has lost its cluster"));
  return *std::move(cluster);
}

// Names that may stand in a data directory before the catalogue does: the key file, where it is inside.
std::vector<std::string> expected_names(const StoreOptions& options) {
  if (!options.key_file) return {};
  const std::string name = options.key_file->substr(options.key_file->rfind('/') + 1);
  return {name, name + std::string(kUnfinished)};
}

}  // namespace

Result<> SqliteTransaction::seed(const StoreOptions& options) {
  const Bytes check(keyring().check().begin(), keyring().check().end());
  BW_CHECK(
      connection().run("INSERT INTO cluster(one, cluster_id, cluster_name, create_time, key_check)"
                       " VALUES (1, ?, ?, ?, ?)",
                       options.cluster_id, options.cluster_name, clock_.now(), check));
  BW_CHECK(
      connection().run("INSERT INTO counter(name, next) VALUES ('tenant_id', ?), ('unit_config_id', ?),"
                       " ('resource_pool_id', ?)",
                       kFirstUserTenantId, kFirstUnitId, kFirstPoolId));
  BW_CHECK(
      insert_tenant(kSysTenantId, "SYS",
                    {.name = std::string(kSysTenantName), .invited_nodes = "%", .comment = "system tenant"}));
  BW_CHECK(make_administrator(
      kSysTenantId, CompatibilityMode::mysql,
      options.root_password ? hash_password(*options.root_password, entropy_) : Credential{}));
  BW_TRY(const auto unit, insert_unit(1, {.name = "sys_unit_config",
                                          .memory_size = 2 * kGiB,
                                          .log_disk_size = 2 * kGiB,
                                          .max_iops = 9'223'372'036'854'775'807,
                                          .min_iops = 9'223'372'036'854'775'807,
                                          .iops_weight = 1}));
  BW_CHECK(
      insert_pool(1, {.tenant_id = kSysTenantId, .name = "sys_pool", .zone_list = "zone1"}, unit, false));
  return {};
}

Result<std::unique_ptr<Store>> open_store(StoreOptions options) {
  return open_store(std::move(options), schema::steps());
}

Result<std::unique_ptr<Store>> open_store(StoreOptions options, std::span<const schema::Step> steps) {
  BW_TRY(DataDirectory directory, DataDirectory::acquire(options.data_dir, expected_names(options)));
  BW_TRY(sqlite::Connection connection, open_unchanged(directory));
  BW_TRY(Keyring keyring, prepare(connection, options, directory, steps));
  BW_TRY(Cluster cluster, read_cluster(connection));
  return std::make_unique<SqliteStore>(std::move(directory), std::move(keyring), std::move(cluster),
                                       std::move(connection), options);
}

}  // namespace breakwater::catalog
