// Opening: the first start, refused starts, migration, and what the files give away.
#include "catalog/store/store_open.h"

#include <array>
#include <chrono>
#include <map>
#include <set>

#include <sys/stat.h>
#include <unistd.h>

#include "base/password_hash.h"
#include "catalog/model/password.h"
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/schema.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

using sqlite::Connection;
using sqlite::OpenMode;

class LogLines final : public Log {
 public:
  void write(LogLevel /*level*/, std::uint64_t /*connection_id*/, std::string_view text) override {
    text_.append(text).append("\n");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class StoreOpenTest : public StoreTest {
 protected:
  void SetUp() override {}  // each test opens for itself

  std::string file(const std::string& name) const { return (temp_ / "data") + "/" + name; }
  Connection database() { return value_of(Connection::open(file("catalog.db"), OpenMode::writer)); }

  /// The text of the refusal; the hint must say something.
  std::string refused(StoreOptions wanted) {
    const auto opened = open_store(std::move(wanted));
    EXPECT_FALSE(opened.has_value());
    if (opened) return {};
    EXPECT_FALSE(opened.error().hint().empty());
    return opened.error().text();
  }
  std::string refused() { return refused(options()); }

  /// Takes a closed catalogue's later additions away, so that it is as version 3 had left it.
  void back_to_version_3() {
    value_of(database().execute(
        "DROP TABLE archive_piece; DROP TABLE archive_round; DROP TABLE changed_key; DROP TABLE change_track;"
        "DROP TABLE change_log; DROP TABLE log_state; DELETE FROM counter WHERE name IN ('intent_id', "
        "'event_id');"
        "DROP TABLE backup_storage_info_history; CREATE TABLE backup_storage_info_history("
        " tenant_id INTEGER NOT NULL, path TEXT NOT NULL, endpoint TEXT NOT NULL, dest_id INTEGER, dest_type "
        "TEXT,"
        " authorization TEXT NOT NULL, extension TEXT NOT NULL, check_file_name TEXT, last_check_timestamp "
        "INTEGER,"
        " sealed_key BLOB, path_key TEXT NOT NULL, format BLOB, removed_time INTEGER NOT NULL);"
        "CREATE INDEX backup_storage_info_history_tenant ON backup_storage_info_history(tenant_id);"
        "DROP TABLE intent; CREATE TABLE intent(intent_id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " tenant_id INTEGER NOT NULL, dest_type TEXT NOT NULL, path TEXT NOT NULL, endpoint TEXT NOT NULL,"
        " path_key TEXT NOT NULL, dest_id INTEGER NOT NULL, format BLOB NOT NULL, files BLOB NOT NULL,"
        " created_dirs BLOB NOT NULL, create_time INTEGER NOT NULL, sealed_uri BLOB,"
        " record BLOB NOT NULL DEFAULT x'');"
        "CREATE INDEX intent_tenant ON intent(tenant_id); CREATE INDEX intent_path_key ON intent(path_key);"
        "DROP TABLE log_archive_dest; DROP TABLE backup_delete_policy; DROP TABLE backup_event; DROP TABLE "
        "keystore;"
        "DROP TABLE catalog_root; DROP TABLE void_format; DROP TABLE key_backup; DROP TABLE backup_key; DROP "
        "TABLE "
        "backup_dest_refused;"
        "ALTER TABLE intent DROP COLUMN record;"
        "DROP INDEX backup_storage_info_located; ALTER TABLE backup_storage_info DROP COLUMN file_system;"
        "DROP INDEX account_number; DROP INDEX account_plugin; ALTER TABLE account DROP COLUMN account_id;"
        "ALTER TABLE account DROP COLUMN password_time; ALTER TABLE account DROP COLUMN password_expired;"
        "ALTER TABLE account DROP COLUMN password_lifetime;"
        "ALTER TABLE account DROP COLUMN failed_login_attempts;"
        "ALTER TABLE account DROP COLUMN password_lock_time;"
        "DROP TABLE role_of_role; DROP TABLE role_of_account; DROP TABLE role_privilege; DROP TABLE role;"
        "DROP TABLE audit; DROP TABLE validate_task; DROP TABLE validate_job; DROP TABLE delete_task; DROP "
        "TABLE delete_job;"
        "DROP TABLE backup_dest_status; DROP TABLE backup_schedule; DROP TABLE standby; DROP TABLE "
        "restore_job; DROP TABLE backup_job; DROP "
        "TABLE backup_set; DROP "
        "TABLE backup_counter;"
        "DELETE FROM counter WHERE name IN ('account_id', 'audit_id'); PRAGMA user_version = 3"));
  }

  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(temp_ / "data"))
      found.insert(entry.path().filename());
    return found;
  }

  /// Everything in the data directory but the lock.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> found;
    for (const std::string& name : names())
      if (name != "breakwater.lock") found[name] = read_whole(file(name));
    return found;
  }

  static mode_t mode_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
  }
};

#define EXPECT_CONTAINS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(StoreOpenTest, TheFirstStartMakesEverythingForItsOwnerAlone) {
  reopen();
  EXPECT_EQ(mode_of(temp_ / "data"), 0700U);
  for (const char* name :
       {"catalog.db", "catalog.db-wal", "catalog.db-shm", "catalog.key", "breakwater.lock"}) {
    EXPECT_EQ(mode_of(file(name)), 0600U) << name;
  }
  EXPECT_EQ(read_whole(file("catalog.key")).size(), 32U);
}

TEST_F(StoreOpenTest, TheFirstStartTakesItsSettingsAndLaterOnesKeepThem) {
  StoreOptions first = options();
  first.cluster_id = 7;
  first.cluster_name = "prod";
  first.root_password = Secret(std::string_view("password"));
  close();
  value_of(open_store(std::move(first))).reset();
  reopen();
  EXPECT_EQ(store_->cluster().id, 7);
  EXPECT_EQ(store_->cluster().name, "prod");
  const auto root = value_of(reader_->accounts().find({.tenant_id = kSysTenantId, .user = "root"}));
  const Secret password(std::string_view("password"));
  EXPECT_EQ(root->credential.native_hash, crypto::native_hash(password));
  EXPECT_TRUE(crypto::matches_sha2(password, root->credential.sha2_hash.value()));
}

TEST_F(StoreOpenTest, ASecondOpenerIsRefused) {
  reopen();
  const std::string text = refused();
  EXPECT_CONTAINS(text, "in use by another server");
  EXPECT_CONTAINS(text, std::to_string(::getpid()));
  close();
  reopen();
}

TEST_F(StoreOpenTest, ADirectoryOfSomethingElseIsRefusedAsItIs) {
  std::filesystem::create_directory(temp_ / "data");
  write_whole(file("thesis.txt"), "x");
  EXPECT_CONTAINS(refused(), "is not empty and holds no catalogue");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temp_ / "data"), {}), 1)
      << "nothing was made in it";
}

TEST_F(StoreOpenTest, AMissingParentIsRefused) {
  StoreOptions deep = options();
  deep.data_dir = temp_ / "no/such/data";
  const std::string text = refused(std::move(deep));
  EXPECT_CONTAINS(text, "can't make the data directory");
}

TEST_F(StoreOpenTest, SomebodyElsesDatabaseIsRefused) {
  std::filesystem::create_directory(temp_ / "data");
  value_of(database().execute("CREATE TABLE t(x)"));
  const std::string before = read_whole(file("catalog.db"));
  EXPECT_CONTAINS(refused(), "is not a catalogue of this program");
  EXPECT_EQ(read_whole(file("catalog.db")), before);
  value_of(database().execute("PRAGMA journal_mode = WAL"));
  EXPECT_CONTAINS(refused(), "is not a catalogue of this program");
  EXPECT_EQ(names(), (std::set<std::string>{"catalog.db", "breakwater.lock"}));
  write_whole(file("catalog.db"), std::string(4096, 'x'));
  refused();
  EXPECT_EQ(read_whole(file("catalog.db")), std::string(4096, 'x'));
}

// ---- the key file ----

TEST_F(StoreOpenTest, WithoutItsKeyFileNothingStartsAndNoKeyIsMade) {
  reopen();
  close();
  std::filesystem::remove(file("catalog.key"));
  EXPECT_CONTAINS(refused(), "catalog.key");
  EXPECT_FALSE(std::filesystem::exists(file("catalog.key")));
}

TEST_F(StoreOpenTest, AnotherCataloguesKeyIsRefused) {
  reopen();
  close();
  const std::string own = read_whole(file("catalog.key"));
  write_whole(file("catalog.key"), std::string(32, 'k'));
  EXPECT_CONTAINS(refused(), "is not the one of this catalogue");
  write_whole(file("catalog.key"), own.substr(1));
  EXPECT_CONTAINS(refused(), "does not hold a key");
  write_whole(file("catalog.key"), own + "\n");
  EXPECT_CONTAINS(refused(), "does not hold a key");
  write_whole(file("catalog.key"), own);
  reopen();
}

TEST_F(StoreOpenTest, TheKeyFileMayStandElsewhere) {
  const auto elsewhere = [&] {
    StoreOptions wanted = options();
    wanted.key_file = temp_ / "my.key";
    return wanted;
  };
  value_of(open_store(elsewhere())).reset();
  EXPECT_EQ(mode_of(temp_ / "my.key"), 0600U);
  EXPECT_FALSE(std::filesystem::exists(file("catalog.key")));
  EXPECT_CONTAINS(refused(), "catalog.key");
  value_of(open_store(elsewhere())).reset();
}

// ---- a first start that was cut off ----

TEST_F(StoreOpenTest, WhatACutOffFirstStartLeftIsCompleted) {
  std::filesystem::create_directory(temp_ / "data");
  reopen();  // the directory alone
  close();

  const std::string key(32, 'k');
  const auto start_over = [&] {
    std::filesystem::remove_all(temp_ / "data");
    std::filesystem::create_directory(temp_ / "data");
    write_whole(file("breakwater.lock"), "1\n");
  };
  start_over();
  write_whole(file("catalog.key.tmp"), key.substr(0, 5));  // in the middle of the key file
  reopen();
  close();
  EXPECT_FALSE(std::filesystem::exists(file("catalog.key.tmp")));

  start_over();
  write_whole(file("catalog.first-start"), "");
  write_whole(file("catalog.db"), "");
  write_whole(file("catalog.key"), key);  // before the database's first commit
  reopen();
  EXPECT_EQ(read_whole(file("catalog.key")), key) << "the key that is there is used";
  close();

  start_over();
  write_whole(file("catalog.first-start"), "");
  write_whole(file("catalog.key"), key);
  value_of(database().execute("PRAGMA journal_mode = WAL"));  // before the tables
  reopen();
  EXPECT_EQ(make_tenant("a"), 1002);
  EXPECT_FALSE(names().contains("catalog.first-start"));
  close();

  write_whole(file("catalog.first-start"), "");  // after its commit, before its end
  reopen();
  EXPECT_EQ(value_of(reader_->tenants().find("a"))->id, 1002);
  EXPECT_FALSE(names().contains("catalog.first-start"));
}

// ---- a catalogue that is gone ----

class StoreLostTest : public StoreOpenTest {
 protected:
  void SetUp() override {
    reopen();
    make_tenant("a");
    close();
  }

  void expect_refused(const std::string& why) {
    SCOPED_TRACE(why);
    const auto before = contents();
    const std::string text = refused();
    EXPECT_EQ(text.find("Internal error"), std::string::npos) << text;
    EXPECT_CONTAINS(text, "catalog.db");
    EXPECT_TRUE(contents() == before) << "something was changed or made";
  }

  void empty_database() {
    std::filesystem::remove(file("catalog.db"));
    value_of(database().execute("PRAGMA user_version = 1; PRAGMA user_version = 0"));
    ASSERT_GT(std::filesystem::file_size(file("catalog.db")), 0U);
  }
};

TEST_F(StoreLostTest, WhateverEmptiedItNoNewOneTakesItsPlace) {
  const std::string whole = read_whole(file("catalog.db"));
  for (const std::size_t size : {0U, 1U, 99U, 100U, 512U, 4096U, 4097U, 8192U}) {
    write_whole(file("catalog.db"), whole.substr(0, size));
    expect_refused("cut to " + std::to_string(size) + " bytes");
  }
  write_whole(file("catalog.db"), std::string(whole.size(), '\0'));
  expect_refused("all zeros");
  empty_database();
  expect_refused("an empty database");
  value_of(database().execute("PRAGMA journal_mode = WAL"));
  expect_refused("an empty database with a log");
  std::filesystem::remove(file("catalog.db"));
  expect_refused("deleted");
  write_whole(file("server-cert.pem"), "x");  // what else stands in a directory that was used
  expect_refused("deleted beside other files");
  write_whole(file("catalog.db"), whole);
  reopen();
  EXPECT_TRUE(value_of(reader_->tenants().find("a")));
}

// SQLite itself would throw such a log away.
TEST_F(StoreLostTest, ALogWhoseDatabaseIsEmptyIsKept) {
  write_whole(file("catalog.db"), "");
  write_whole(file("catalog.db-wal"), std::string(4096 + 56, 'w'));
  expect_refused("a log is there");
}

TEST_F(StoreLostTest, WithoutItsKeyEither) {
  std::filesystem::remove(file("catalog.key"));
  write_whole(file("catalog.db"), "");
  expect_refused("no key");
  EXPECT_FALSE(std::filesystem::exists(file("catalog.key")));
}

// A volume that isn't mounted, say: the key stands elsewhere.
TEST_F(StoreOpenTest, AKeyThatStandsElsewhereOpensNoNewCatalogue) {
  const auto elsewhere = [&] {
    StoreOptions wanted = options();
    wanted.key_file = temp_ / "my.key";
    return wanted;
  };
  value_of(open_store(elsewhere())).reset();
  std::filesystem::remove_all(temp_ / "data");
  EXPECT_CONTAINS(refused(elsewhere()), "my.key");
  EXPECT_FALSE(names().contains("catalog.db"));
}

TEST_F(StoreLostTest, WhatAnOlderVersionLeftNeedsNoMark) {
  back_to_version_3();
  const std::string whole = read_whole(file("catalog.db"));
  write_whole(file("catalog.db"), "");
  expect_refused("emptied before it was brought up to date");
  write_whole(file("catalog.db"), whole);
  reopen();
}

// A refused start makes neither a log nor an index, also where the log of a crash is there.
TEST_F(StoreLostTest, ARefusedCatalogueStaysAlone) {
  reopen();
  make_tenant("b");
  std::filesystem::create_directory(temp_ / "copy");  // as a crash leaves it, copied without the index
  for (const char* name : {"catalog.db", "catalog.db-wal", "catalog.key"})
    std::filesystem::copy_file(file(name), temp_ / "copy" + "/" + name);
  close();
  std::filesystem::remove_all(temp_ / "data");
  std::filesystem::rename(temp_ / "copy", temp_ / "data");
  ASSERT_GT(std::filesystem::file_size(file("catalog.db-wal")), 0U);
  const std::string key = read_whole(file("catalog.key"));
  write_whole(file("catalog.key"), std::string(32, 'k'));
  const auto before = contents();
  EXPECT_CONTAINS(refused(), "is not the one of this catalogue");
  EXPECT_TRUE(contents() == before);
  write_whole(file("catalog.key"), key);
  reopen();
  EXPECT_TRUE(value_of(reader_->tenants().find("b")));
}

// ---- versions ----

TEST_F(StoreOpenTest, ANewerCatalogueIsLeftUntouched) {
  reopen();
  make_tenant("a");
  close();
  value_of(database().execute("PRAGMA user_version = 1000"));
  // As a newer program that was killed leaves it: with a log that is not in the database yet.
  const std::string log = file("catalog.db-wal");
  std::string before;
  {
    Connection newer = database();
    value_of(newer.execute("INSERT INTO counter VALUES ('x', 1)"));
    std::filesystem::copy_file(log, temp_ / "wal");
    before = read_whole(file("catalog.db"));
  }
  write_whole(file("catalog.db"), before);
  std::filesystem::copy_file(temp_ / "wal", log);
  EXPECT_CONTAINS(refused(), "newer version");
  EXPECT_EQ(read_whole(file("catalog.db")), before);
  EXPECT_EQ(read_whole(log), read_whole(temp_ / "wal"));
}

std::vector<schema::Step> steps_with(schema::Step next) {
  std::vector<schema::Step> steps(schema::steps().begin(), schema::steps().end());
  steps.push_back(next);
  return steps;
}

TEST_F(StoreOpenTest, AnOlderCatalogueIsMigrated) {
  reopen();
  make_tenant("kept");
  close();
  const auto steps = steps_with(
      "CREATE TABLE added(x); INSERT INTO added VALUES (1);"
      "ALTER TABLE tenant ADD COLUMN colour TEXT DEFAULT 'red'");
  store_ = value_of(open_store(options(), steps));
  reader_ = value_of(store_->open_reader());
  EXPECT_TRUE(value_of(reader_->tenants().find("kept")));
  EXPECT_EQ(
      value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM tenant, added WHERE colour = 'red'")),
      2);
  EXPECT_EQ(value_of(connection_of(*reader_).integer("PRAGMA user_version")),
            static_cast<std::int64_t>(steps.size()));
  close();
  EXPECT_CONTAINS(refused(), "newer version");
}

// Version 1 knew mysql_native_password alone, and every account was of it.
TEST_F(StoreOpenTest, OldAccountsLogInByEitherPlugin) {
  Connection old = value_of(Connection::open(temp_ / "old.db", OpenMode::writer));
  value_of(schema::migrate(old, schema::steps().first(1)));
  value_of(
      old.execute("INSERT INTO tenant(tenant_id, tenant_name, tenant_type, create_time, modify_time, "
                  "primary_zone, locality,"
                  " compatibility_mode, invited_nodes) VALUES (1, 'sys', 'SYS', 0, 0, '', '', 'MYSQL', '%');"
                  "INSERT INTO account(tenant_id, user_name, host, native_hash, create_time)"
                  " VALUES (1, 'root', '%', x'00112233445566778899aabbccddeeff00112233', 0)"));
  value_of(schema::migrate(old, schema::steps()));
  EXPECT_EQ(value_of(old.integer("SELECT COUNT(*) FROM account WHERE plugin = '' AND require_tls = ''"
                                 " AND length(native_hash) = 20 AND sha2_hash IS NULL")),
            1);
}

// Version 22 knew events of places alone, and no audit.
TEST_F(StoreOpenTest, OldEventsStayThoseOfPlaces) {
  Connection old = value_of(Connection::open(temp_ / "old.db", OpenMode::writer));
  value_of(schema::migrate(old, schema::steps().first(22)));
  value_of(
      old.execute("INSERT INTO backup_event(event_id, time, tenant_id, event, path, endpoint, dest_id)"
                  " VALUES (1, 2, 1002, 'set_data_backup_dest', 'file:///a', '', 1001)"));
  value_of(schema::migrate(old, schema::steps()));
  EXPECT_EQ(value_of(old.integer("SELECT COUNT(*) FROM backup_event WHERE module = 'backup' AND actor = ''"
                                 " AND name2 IS NULL AND path = 'file:///a' AND dest_id = 1001")),
            1);
  EXPECT_EQ(value_of(old.integer("SELECT next FROM counter WHERE name = 'audit_id'")), 1);
}

TEST_F(StoreOpenTest, OldAccountsGetNumbersOfTheirOwn) {
  reopen();
  const TenantId tenant = make_tenant("kept");
  close();
  back_to_version_3();
  reopen();
  const auto number_of = [&](TenantId of) {
    return value_of(reader_->accounts().find({.tenant_id = of, .user = "root"}))->id;
  };
  EXPECT_EQ(number_of(kSysTenantId), 1);
  EXPECT_EQ(number_of(tenant), 2);
  EXPECT_EQ(number_of(make_tenant("new")), 3);
}

// ALTER SYSTEM was enough for tenants, resources and keys: nobody in sys loses that, and who is given more is named.
TEST_F(StoreOpenTest, AnOlderCataloguesAdministratorsKeepWhatTheyCouldDo) {
  reopen();
  const TenantId tenant = make_tenant("kept");
  const auto account = [&](TenantId of, const char* name, Privileges held) {
    const AccountKey key{.tenant_id = of, .user = name};
    value_of(write([&](Transaction& t) { return t.accounts().create(Actor::server(), {.key = key}); }));
    value_of(write([&](Transaction& t) { return t.accounts().grant(key, {.privileges = held}); }));
    return key;
  };
  const AccountKey operator_ =
      account(kSysTenantId, "op'erator", privilege::kAlterSystem | privilege::kSelect);
  const AccountKey reader = account(kSysTenantId, "reader", privilege::kSelect | privilege::kProcess);
  const AccountKey of_tenant = account(tenant, "of_tenant", privilege::kAlterSystem);
  close();
  back_to_version_3();
  const auto log_of_start = [&] {
    LogLines lines;
    StoreOptions logged = options();
    logged.log = &lines;
    value_of(open_store(std::move(logged))).reset();
    return lines.text();
  };
  const std::string log = log_of_start();
  EXPECT_CONTAINS(
      log,
      "the account 'op''erator'@'%' of sys has been given SUPER, CREATE RESOURCE POOL, CREATE RESOURCE "
      "UNIT, since it has ALTER SYSTEM");
  EXPECT_EQ(log.find("has been given"), log.rfind("has been given"));
  EXPECT_EQ(log_of_start().find("has been given"), std::string::npos);
  reopen();
  const auto held = [&](const AccountKey& key) {
    return value_of(reader_->accounts().global_privileges(key));
  };
  EXPECT_EQ(held(operator_), privilege::kAlterSystem | privilege::kSelect | privilege::kSuper |
                                 privilege::kCreateResourcePool | privilege::kCreateResourceUnit);
  EXPECT_EQ(held(reader), privilege::kSelect | privilege::kProcess);
  EXPECT_EQ(held(of_tenant), privilege::kAlterSystem);
}

// Version 3 knew data destinations and keys alone.
TEST_F(StoreOpenTest, AnOlderCatalogueGetsArchives) {
  reopen();
  const TenantId tenant = make_tenant("kept");
  close();
  back_to_version_3();
  {
    Connection database = value_of(Connection::open(file("catalog.db"), OpenMode::writer));
    const std::string id = std::to_string(tenant);
    value_of(database.execute(("INSERT INTO path_claim VALUES ('file:///one', " + id + ", 'backup_data');" +
                               "INSERT INTO backup_storage_info(tenant_id, path, endpoint, dest_type, "
                               "authorization, extension, path_key)"
                               " VALUES (" +
                               id + ", 'file:///one', '', 'backup_data', '', '', 'file:///one');" +
                               "INSERT INTO backup_parameter VALUES (" + id +
                               ", 'data_backup_dest', 'file:///one', 'file:///one', '')")
                                  .c_str()));
  }
  reopen();
  EXPECT_EQ(value_of(reader_->destinations().current(tenant))->key.path, "file:///one");
  EXPECT_FALSE(value_of(reader_->archive().destination(tenant)));
  value_of(
      write([&](Transaction& t) { return t.archive().set_destination(tenant, {.path = "file:///log"}); }));
  EXPECT_EQ(value_of(reader_->archive().destination(tenant))->path, "file:///log");
  EXPECT_EQ(code_of(write([&](Transaction& t) {
              return t.intents().open({.key = {.tenant_id = tenant, .path = "file:///one"},
                                       .kind = DestinationKind::log_archive_dest,
                                       .path_key = "file:///one"});
            })),
            Errc::format_file_not_match);
}

// Versions before 9 kept lines, each ended by a NUL.
TEST_F(StoreOpenTest, AnOlderCataloguesOpenIntentsKeepTheirLines) {
  reopen();
  const TenantId tenant = make_tenant("kept");
  close();
  back_to_version_3();
  {
    Connection database = value_of(Connection::open(file("catalog.db"), OpenMode::writer));
    value_of(
        database.run("INSERT INTO intent(tenant_id, dest_type, path, endpoint, path_key, dest_id, format,"
                     " files, created_dirs, create_time)"
                     " VALUES (?, 'backup_data', 'file:///b/t', '', 'file:///b/t', 1001, x'0102',"
                     " CAST('name' || x'00' || 'token' || x'00' || x'00' || '/b/t' || x'00' AS BLOB),"
                     " CAST('/b/t' || x'00' AS BLOB), 7)",
                     tenant));
  }
  reopen();
  const auto intents = value_of(reader_->intents().all(tenant));
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_EQ(intents[0].lines, (std::vector<std::string>{"name", "token", "", "/b/t"}));
  EXPECT_TRUE(intents[0].spec.record.empty());
  EXPECT_EQ(intents[0].spec.format, (Bytes{1, 2}));
  EXPECT_EQ(intents[0].created, 7);
  value_of(write([&](Transaction& t) { return t.intents().abandon(intents[0].id); }));
  EXPECT_TRUE(value_of(reader_->intents().all()).empty());
}

TEST_F(StoreOpenTest, AMigrationThatFailsChangesNothing) {
  reopen();
  make_tenant("kept");
  close();
  const auto steps = steps_with("CREATE TABLE added(x); INSERT INTO no_such_table VALUES (1)");
  EXPECT_FALSE(open_store(options(), steps).has_value());
  reopen();
  EXPECT_TRUE(value_of(reader_->tenants().find("kept")));
  EXPECT_EQ(
      value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM sqlite_master WHERE name = 'added'")),
      0);
}

// ---- secrets at rest ----

constexpr std::string_view kCanary = "CANARY-7f3a-access-key";

class StoreSecretTest : public StoreOpenTest {
 protected:
  void SetUp() override {
    reopen();
    a_ = make_tenant("a");
    b_ = make_tenant("b");
    const Secret secret(kCanary);
    value_of(write([&](Transaction& t) -> Result<> {
      BW_CHECK(t.parameters().set_secret(a_, "external_kms_info", secret));
      BW_CHECK(t.parameters().set_secret(b_, "external_kms_info", Secret(std::string_view("other"))));
      BW_CHECK(t.keys().rotate(a_));
      BW_CHECK(t.keys().rotate(a_));
      for (const TenantId tenant : {a_, b_}) {
        const std::string path = "oss://bucket/" + std::to_string(tenant);
        BW_TRY(const auto intent,
               t.intents().open({.key = {.tenant_id = tenant, .path = path}, .path_key = path}));
        BW_CHECK(t.intents().finish(intent, {}, path, secret.clone()));
      }
      return {};
    }));
  }

  DestinationKey destination(TenantId tenant) const {
    return {.tenant_id = tenant, .path = "oss://bucket/" + std::to_string(tenant)};
  }

  TenantId a_ = 0;
  TenantId b_ = 0;
};

TEST_F(StoreSecretTest, NoFileHoldsASecret) {
  std::vector<std::string> needles = {std::string(kCanary)};
  for (const MasterKey& key : value_of(reader_->keys().unsealed(a_))) needles.emplace_back(key.key.reveal());
  const auto expect_clean = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(temp_ / "data")) {
      const std::string content = read_whole(entry.path());
      for (const std::string& needle : needles) {
        EXPECT_EQ(content.find(needle), std::string::npos) << entry.path();
      }
    }
  };
  expect_clean();  // with -wal and -shm
  close();
  expect_clean();
}

TEST_F(StoreSecretTest, ASealedValueOpensInItsOwnRowAlone) {
  close();
  value_of(database().execute(
      "CREATE TEMP TABLE s AS SELECT tenant_id AS i, sealed_key AS v FROM backup_storage_info;"
      "CREATE TEMP TABLE p AS SELECT tenant_id AS i, sealed AS v FROM tenant_parameter;"
      "CREATE TEMP TABLE k AS SELECT version AS i, sealed AS v FROM master_key;"
      "UPDATE backup_storage_info SET sealed_key = (SELECT v FROM s WHERE i <> tenant_id);"
      "UPDATE tenant_parameter SET sealed = (SELECT v FROM p WHERE i <> tenant_id);"
      "UPDATE master_key SET sealed = (SELECT v FROM k WHERE i <> version)"));
  reopen();
  EXPECT_EQ(code_of(reader_->destinations().access_key(destination(a_))), Errc::checksum_error);
  EXPECT_EQ(code_of(reader_->destinations().access_key(destination(b_))), Errc::checksum_error);
  EXPECT_EQ(code_of(reader_->parameters().secret(a_, "external_kms_info")), Errc::checksum_error);
  EXPECT_EQ(code_of(reader_->keys().unsealed(a_)), Errc::checksum_error);
}

TEST_F(StoreSecretTest, TheDisplayedKeyIsNotTheKey) {
  const Secret secret(kCanary);
  const std::string shown = value_of(store_->display_key(secret));
  EXPECT_EQ(shown.find_first_not_of("0123456789ABCDEF"), std::string::npos);
  EXPECT_EQ(shown.size(), 2 * (16 + 32)) << "the IV and the padded text";
  EXPECT_NE(value_of(store_->display_key(secret)), shown);
}

TEST_F(StoreSecretTest, ADroppedTenantsAccessKeysAreGone) {
  value_of(write([&](Transaction& t) { return t.tenants().drop(a_); }));
  EXPECT_EQ(value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM backup_storage_info_history")), 1);
  EXPECT_EQ(value_of(connection_of(*reader_).integer(
                "SELECT COUNT(*) FROM backup_storage_info_history WHERE sealed_key IS NOT NULL")),
            0);
}

// ---- size ----

TEST_F(StoreOpenTest, AHundredThousandTenantsDoNotSlowTheStart) {
  using namespace std::chrono;
  reopen();
  value_of(write([](Transaction& t) {
    return connection_of(t.read()).execute(
        "WITH RECURSIVE n(i) AS (SELECT 1002 UNION ALL SELECT i + 2 FROM n WHERE i < 201000)"
        "INSERT INTO tenant(tenant_id, tenant_name, tenant_type, create_time, modify_time, primary_zone, "
        "locality,"
        " compatibility_mode, invited_nodes) SELECT i, 'tenant_' || i, 'USER', 0, 0, '', '', 'MYSQL', '%' "
        "FROM n");
  }));
  close();
  const auto start = steady_clock::now();
  reopen();
  EXPECT_EQ(value_of(reader_->tenants().find("tenant_150002"))->id, 150002);
  EXPECT_LT(steady_clock::now() - start, 3s) << "a second for 200 MB, of which these are a tenth";
  EXPECT_EQ(value_of(reader_->tenants().count()), 100'001U);
}

}  // namespace
}  // namespace breakwater::catalog
