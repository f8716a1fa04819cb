// open_store(): finding, making and migrating a catalogue, and the store on SQLite.
#include "catalog/store/store_open.h"

#include <algorithm>

#include "catalog/model/password.h"
#include "catalog/model/privilege.h"
#include "catalog/store/change_log.h"
#include "catalog/store/data_directory.h"
#include "catalog/store/key_change.h"
#include "catalog/store/schema.h"
#include "catalog/store/shrink.h"
#include "catalog/store/sqlite_transaction.h"
#include "catalog/store/writer.h"

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
  SqliteStore(DataDirectory directory, std::shared_ptr<const KeySource> source, Keyring keyring,
              Cluster cluster, sqlite::Connection connection, std::unique_ptr<ChangeLog> changes,
              const StoreOptions& options)
      : directory_(std::move(directory)),
        source_(std::move(source)),
        keyring_(std::move(keyring)),
        cluster_(std::move(cluster)),
        entropy_(*options.entropy),
        writer_(std::move(connection), std::move(changes), commits_, keyring_, *options.clock,
                *options.entropy, *options.log) {}

  const Cluster& cluster() const override { return cluster_; }

  bool is_initializing() const override { return directory_.init_unfinished(); }
  Result<> end_init() override { return directory_.end_init(); }

  Result<std::unique_ptr<Reader>> open_reader() override {
    BW_TRY(auto connection,
           sqlite::Connection::open(directory_.file(kDatabaseFile), sqlite::OpenMode::reader));
    connection.follow(commits_);
    return std::make_unique<OwningReader>(std::move(connection), keyring_);
  }

  void submit(Job job, Completion done) override { writer_.submit(std::move(job), std::move(done)); }
  StoreStats stats() const override { return writer_.stats(); }

  std::shared_ptr<const KeySource> key_source() const override { return source_; }
  Bytes key_check() const override { return keyring_.check(); }
  void change_key(Secret key, Origin who, Job beside, Completion done) override {
    writer_.change_key(std::move(key), std::move(who), std::move(beside), std::move(done));
  }

  Result<std::string> display_key(const Secret& access_key) const override {
    return keyring_.display(access_key, entropy_);
  }

  std::uint32_t draw(std::string_view text) const override { return keyring_.draw(text); }

  Bytes installation_mac(std::span<const std::uint8_t> text) const override {
    return keyring_.installation_mac(text);
  }

 private:
  DataDirectory directory_;  // first: its lock goes last
  std::shared_ptr<const KeySource> source_;
  Keyring keyring_;
  Cluster cluster_;
  const Entropy& entropy_;
  Commits commits_;
  Writer writer_;
};

KeyPlace key_place(const StoreOptions& options, const DataDirectory& directory) {
  if (options.key_command) return {.command = *options.key_command};
  return {.file = options.key_file.value_or(directory.file(kKeyFile)),
          .given = options.key_file && options.key_given};
}

// A catalogue of an unknown kind must not be changed, not even by a checkpoint as its last connection closes.
Result<> checkpoint_on_close(sqlite::Connection& connection, bool on) {
  const int code =
      sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
  if (code != SQLITE_OK) return fail(sqlite::error_of(code));
  return {};
}

// ---- a look at what is there, which makes and changes nothing ----

constexpr std::string_view kRestore =
    "restore the data directory from a copy: catalog.db, catalog.db-wal if the copy has one, and the key "
    "file; "
    "nothing was changed";
constexpr std::string_view kAllForNothing =
    "; if no server ever finished its first start here, remove what is named above, so that the next start "
    "begins anew";

Error damaged(const std::string& database, const std::string& what) {
  return refusal(database + " is damaged: " + what, std::string(kRestore));
}

// An error of SQLite's as a refusal that says all of it.
Error unusable(const std::string& database, sqlite::Connection& connection, Error error) {
  const int code = sqlite3_extended_errcode(connection.handle());
  if (error.is(Errc::op_not_allow) || code == SQLITE_OK) return error;
  const std::string reason = sqlite::reason_of(code, connection.handle());
  if (sqlite::is_damage(code)) return damaged(database, reason);
  return refusal(database + " can't be read: " + reason,
                 "check the data directory's disk, who may use it, and the memory that is left");
}

// What a crash left in a log belongs to the catalogue; its index isn't put into a file where there is none.
// Only a first start leaves a rollback journal.
Result<sqlite::Connection> open_to_look(const DataDirectory& directory) {
  const std::string database = directory.file(kDatabaseFile);
  const bool journal = directory.first_start_unfinished() && file_exists(database + "-journal");
  if (!journal && file_size(database + "-wal") == 0)
    return sqlite::Connection::open(database, sqlite::OpenMode::look);
  const bool index = file_exists(database + "-shm");
  BW_TRY(auto connection, sqlite::Connection::open(
                              database, index ? sqlite::OpenMode::reader : sqlite::OpenMode::look_with_log));
  BW_CHECK(checkpoint_on_close(connection, false));
  return connection;
}

// A last page that is cut reads as if it ended in zeros. With a log, that may have the rest.
Result<> check_length(sqlite::Connection& connection, const std::string& database) {
  if (file_size(database + "-wal") != 0) return {};
  BW_TRY(const auto pages, connection.integer("PRAGMA page_count"));
  BW_TRY(const auto page_size, connection.integer("PRAGMA page_size"));
  const auto whole = static_cast<std::uint64_t>(pages.value_or(0) * page_size.value_or(0));
  const std::uint64_t size = file_size(database);
  if (size >= whole) return {};
  return fail(
      damaged(database, "it has " + std::to_string(size) + " of " + std::to_string(whole) + " bytes"));
}

// Of every page that is in use: structure, order of keys, types; and that each index is its table's, which a
// quick_check leaves out: a claim on a path that is lost from its index would be given again. It reads the
// whole file, a second for 200 MB. What a flipped bit makes of a value that is possible too, it can't know.
Result<> check_pages(sqlite::Connection& connection, const std::string& database) {
  constexpr std::size_t kShown = 200;
  BW_CHECK(check_length(connection, database));
  BW_CHECK(connection.execute("PRAGMA cell_size_check = ON"));
  BW_TRY(sqlite::Lease found, connection.query("PRAGMA integrity_check(1)"));
  BW_TRY(const bool row, found->step());
  std::string verdict = row ? found->string(0).substr(0, kShown) : "nothing can be read";
  if (verdict == "ok") return {};
  std::ranges::replace(verdict, '\n', ' ');
  return fail(damaged(database, verdict));
}

Result<Keyring> unlock(sqlite::Connection& connection, const KeySource& source) {
  BW_TRY(const auto check, first_row(connection.query("SELECT key_check FROM cluster"), bytes_of));
  BW_TRY(const Secret key, source.find(check.value_or(Bytes())));
  return Keyring::derive(key);
}

/// What is there, and for a catalogue that is to be opened its key.
struct Found {
  schema::State state = schema::State::empty;
  std::optional<Keyring> keyring{};
};

Result<Found> look_at(sqlite::Connection& connection, const DataDirectory& directory, const KeySource& source,
                      Steps steps) {
  Found found;
  BW_TRY(found.state, schema::inspect(connection, steps));
  if (found.state != schema::State::current && found.state != schema::State::older) return found;
  BW_CHECK(check_pages(connection, directory.file(kDatabaseFile)));
  BW_TRY(found.keyring, unlock(connection, source));
  return found;
}

Result<Found> look(const DataDirectory& directory, const KeySource& source, Steps steps) {
  const std::string database = directory.file(kDatabaseFile);
  if (file_size(database) == 0) return Found{};  // SQLite would throw its log away
  auto connection = open_to_look(directory);
  if (!connection) {
    return fail(refusal(database + " can't be opened: " + connection.error().hint(),
                        "check the data directory's disk and who may use it"));
  }
  auto found = look_at(*connection, directory, source, steps);
  if (!found) return fail(unusable(database, *connection, std::move(found).error()));
  return found;
}

// A catalogue and its key come and go together. What a first start that was cut off left has its mark;
// without one, what is missing was there once, and nothing new takes its place.
// A key that somebody else gives is there before the catalogue is.
Result<> begin_anew(const DataDirectory& directory, const KeySource& source) {
  if (directory.first_start_unfinished()) return {};
  const std::string database = directory.file(kDatabaseFile);
  const bool has_database = file_exists(database);
  const bool has_key = source.makes_keys() && file_exists(source.path());
  if (!has_database && !has_key) return directory.begin_first_start();
  const std::string lost = has_database ? database + " is empty" : database + " is missing";
  const std::string there = has_key ? ", and its key is there: " + source.path() : "";
  return fail(refusal(lost + there + "; no new catalogue is made in its place",
                      std::string(kRestore) + std::string(kAllForNothing)));
}

Result<sqlite::Connection> open_found(const DataDirectory& directory) {
  BW_CHECK(directory.ensure_file(kDatabaseFile));
  return sqlite::Connection::open(directory.file(kDatabaseFile), sqlite::OpenMode::writer);
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
  // A log that a long reader let grow is cut back to 16 MiB.
  return connection.execute(
      "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 16777216");
}

// A new catalogue's first rows.
Result<> seed(const Writing& with, const StoreOptions& options) {
  BW_CHECK(
      with.connection.run("INSERT INTO cluster(one, cluster_id, cluster_name, create_time, key_check)"
                          " VALUES (1, ?, ?, ?, ?)",
                          options.cluster_id, options.cluster_name, with.clock.now(), with.keyring.check()));
  BW_CHECK(
      with.connection.run("INSERT INTO counter(name, next) VALUES ('tenant_id', ?), ('unit_config_id', ?),"
                          " ('resource_pool_id', ?)",
                          kFirstUserTenantId, kFirstUnitId, kFirstPoolId));
  BW_CHECK(
      insert_tenant(with, kSysTenantId, "SYS",
                    {.name = std::string(kSysTenantName), .invited_nodes = "%", .comment = "system tenant"}));
  BW_CHECK(make_administrator(
      with, kSysTenantId, CompatibilityMode::mysql,
      options.root_password ? hash_password(*options.root_password, with.entropy) : Credential{}));
  BW_TRY(const auto unit, insert_unit(with, 1,
                                      {.name = "sys_unit_config",
                                       .memory_size = 2 * kGiB,
                                       .log_disk_size = 2 * kGiB,
                                       .max_iops = 9'223'372'036'854'775'807,
                                       .min_iops = 9'223'372'036'854'775'807,
                                       .iops_weight = 1}));
  BW_CHECK(insert_pool(with, 1, {.tenant_id = kSysTenantId, .name = "sys_pool", .zone_list = "zone1"}, unit,
                       false));
  return {};
}

Result<Keyring> fill_new(sqlite::Connection& connection, const StoreOptions& options, const KeySource& source,
                         Steps steps) {
  BW_TRY(const Secret key, source.first(*options.entropy));
  BW_TRY(Keyring keyring, Keyring::derive(key));
  BW_CHECK(connection.execute("PRAGMA auto_vacuum = INCREMENTAL"));  // before the first page
  BW_CHECK(use_wal(connection));
  BW_CHECK(in_transaction(connection, [&]() -> Result<> {
    BW_CHECK(schema::migrate(connection, steps));
    SqliteTransaction transaction(connection, keyring, *options.clock, *options.entropy);
    return seed(transaction.with(), options);
  }));
  options.log->info("made a new catalogue; its key is in " + source.name() + ": keep a copy in a safe place");
  return keyring;
}

// Accounts of sys with ALTER SYSTEM, and what each holds. Every version has this table.
Result<std::vector<std::pair<AccountKey, Privileges>>> administrators(sqlite::Connection& connection) {
  return all_rows(
      connection.query("SELECT user_name, host, privileges FROM account_privilege WHERE tenant_id = ?"
                       " AND schema_name = '*' AND table_name = '*' AND (privileges & ?) <> 0"
                       " ORDER BY user_name, host",
                       kSysTenantId, static_cast<std::int64_t>(privilege::kAlterSystem)),
      [](sqlite::Statement& row) {
        return std::pair{AccountKey{.tenant_id = kSysTenantId, .user = row.string(0), .host = row.string(1)},
                         static_cast<Privileges>(row.integer(2))};
      });
}

// Whoever was given more by the migration is named.
Result<> bring_up_to_date(sqlite::Connection& connection, const StoreOptions& options, Steps steps) {
  std::vector<std::pair<AccountKey, Privileges>> before;
  std::vector<std::pair<AccountKey, Privileges>> after;
  BW_CHECK(in_transaction(connection, [&]() -> Result<> {
    BW_TRY(before, administrators(connection));
    BW_CHECK(schema::migrate(connection, steps));
    BW_TRY(after, administrators(connection));
    return {};
  }));
  options.log->info("brought an older catalogue up to date");
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Privileges given = after[i].second & ~before[i].second;
    if (given == 0) continue;
    std::string names;
    for (const std::string_view name : privilege_names(given, GrantLevel::global))
      names += (names.empty() ? "" : ", ") + std::string(name);
    options.log->warning("the account " + quoted_account(before[i].first) + " of sys has been given " +
                         names +
                         ", since it has ALTER SYSTEM, which sufficed so far: REVOKE what it doesn't need");
  }
  return {};
}

// Whether this is to be opened; a start that is refused has changed nothing.
Result<Found> judge(const KeySource& source, const DataDirectory& directory, Steps steps) {
  const std::string database = directory.file(kDatabaseFile);
  BW_TRY(Found found, look(directory, source, steps));
  switch (found.state) {
    case schema::State::empty:
      BW_CHECK(begin_anew(directory, source));
      break;
    case schema::State::newer:
      return fail(refusal(database + " was written by a newer version of this program",
                          "start that version; nothing was changed"));
    case schema::State::foreign:
      return fail(refusal(database + " is not a catalogue of this program", "name another data directory"));
    case schema::State::older:
    case schema::State::current:
      break;
  }
  return found;
}

Result<Keyring> prepare(sqlite::Connection& connection, const StoreOptions& options, const KeySource& source,
                        Found found, Steps steps) {
  if (found.state == schema::State::empty) return fill_new(connection, options, source, steps);
  Keyring keyring = *std::move(found.keyring);
  source.warn_if_open(*options.log);
  BW_CHECK(use_wal(connection));
  if (found.state == schema::State::older) BW_CHECK(bring_up_to_date(connection, options, steps));
  BW_CHECK(read_roots(connection, keyring));
  const auto tidied = source.tidy(keyring.check(), *options.log);
  if (!tidied) options.log->warning(tidied.error().text());  // the key is known all the same
  make_shrinkable(connection, *options.log);
  if (options.root_password) {
    options.log->warning(
        "the password that was given for root@sys (BREAKWATER_ROOT_PASSWORD) is ignored: it is for a new "
        "catalogue, and this "
        "one was there. `breakwater reset-password` changes one");
  }
  return keyring;
}

Result<Cluster> read_cluster(sqlite::Connection& connection) {
  BW_TRY(auto cluster,
         first_row(connection.query("SELECT cluster_id, cluster_name, create_time FROM cluster"),
                   [](sqlite::Statement& row) {
                     return Cluster{.id = row.integer(0), .name = row.string(1), .created = row.integer(2)};
                   }));
  if (!cluster) return fail(refusal("the catalogue has lost its cluster", std::string(kRestore)));
  return *std::move(cluster);
}

// Names that may stand in a data directory before the catalogue does: the key file, where it is inside.
std::vector<std::string> expected_names(const StoreOptions& options) {
  if (!options.key_file) return {};
  const std::string name = options.key_file->substr(options.key_file->rfind('/') + 1);
  return {name, name + std::string(kUnfinished)};
}

// What was carried out of the statements can't be told from here, and nobody has been served.
Result<> refuse_half_init(const DataDirectory& directory) {
  if (!directory.init_unfinished()) return {};
  return fail(refusal(
      "the first start on " + directory.path() +
          " did not end: one of its statements failed, or it was cut off",
      "remove the directory, mend the init files and start again; destinations that they had set hold "
      "a format file"));
}

// The catalogue is whole and the mark of its first start is gone before anybody is served.
Result<std::unique_ptr<Store>> open_directory(const StoreOptions& options, Steps steps) {
  BW_TRY(DataDirectory directory, DataDirectory::acquire(options.data_dir, expected_names(options)));
  BW_CHECK(refuse_half_init(directory));
  const auto source = std::make_shared<const KeySource>(key_place(options, directory));
  BW_TRY(Found found, judge(*source, directory, steps));
  BW_TRY(sqlite::Connection connection, open_found(directory));
  if (!options.durable) BW_CHECK(connection.execute("PRAGMA synchronous = OFF"));
  auto recorder = std::make_unique<Recorder>(connection);  // before the first statement
  BW_TRY(Keyring keyring, prepare(connection, options, *source, std::move(found), steps));
  BW_TRY(Cluster cluster, read_cluster(connection));
  BW_TRY(auto changes, ChangeLog::open(connection, std::move(recorder), options.log_limit));
  if (options.init && directory.first_start_unfinished()) BW_CHECK(directory.begin_init());
  BW_CHECK(directory.end_first_start());
  return std::make_unique<SqliteStore>(std::move(directory), source, std::move(keyring), std::move(cluster),
                                       std::move(connection), std::move(changes), options);
}

// An operator reads this line alone.
Error whole_refusal(const std::string& directory, const Error& error) {
  const std::string database = directory + "/" + std::string(kDatabaseFile);
  const bool says_little = error.is(Errc::internal_error) && !error.hint().empty();
  return refusal(database + " can't be opened: " + (says_little ? error.hint() : error.text()),
                 error.hint().empty() ? "try again; the log may say more" : error.hint());
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(StoreOptions options) {
  return open_store(std::move(options), schema::steps());
}

Result<std::unique_ptr<Store>> open_store(StoreOptions options, std::span<const schema::Step> steps) {
  auto opened = open_directory(options, steps);
  if (opened || opened.error().is(Errc::op_not_allow)) return opened;
  return fail(whole_refusal(options.data_dir, opened.error()));
}

}  // namespace breakwater::catalog
