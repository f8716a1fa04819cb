// The store's contract: master keys that are restored and forgotten, and what is known of their backups.
#include "base/crypto.h"
#include "base/limits.h"
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class StoreKeyTest : public StoreTest {
 protected:
  using Texts = std::vector<std::string>;

  void SetUp() override {
    StoreTest::SetUp();
    a_ = make_tenant("a");
  }

  void rotate(TenantId tenant) {
    value_of(write([&](Transaction& t) { return t.keys().rotate(tenant); }));
  }

  Result<std::size_t> restore(TenantId tenant, const std::vector<MasterKey>& keys) {
    return write([&](Transaction& t) { return t.keys().restore(tenant, keys); });
  }

  Result<> note(std::int64_t version, const std::string& path, std::optional<bool> is_protected = true) {
    return write([&](Transaction& t) {
      return t.keys().note_backup(
          a_, {.version = version, .time = 7, .path = path, .is_protected = is_protected});
    });
  }

  // Versions from `first`, each a key of its own.
  static std::vector<MasterKey> keys(std::int64_t first, const Texts& texts) {
    std::vector<MasterKey> made;
    for (const std::string& text : texts) {
      made.push_back({.version = first, .created = first * 100, .key = Secret(std::string_view(text))});
      ++first;
    }
    return made;
  }

  Texts at_risk() {
    Texts found;
    for (const KeyStatus& each : value_of(reader_->keys().at_risk(10)))
      found.push_back(std::to_string(each.tenant_id) + " " + each.tenant_name + " " + each.status);
    return found;
  }

  Texts versions(TenantId tenant) {
    Texts found;
    for (const MasterKey& key : value_of(reader_->keys().unsealed(tenant)))
      found.push_back(std::to_string(key.version) + " " + std::to_string(key.created) + " " +
                      std::string(key.key.reveal()));
    return found;
  }

  Result<> forget(TenantId tenant) {
    return write([&](Transaction& t) { return t.keys().forget(tenant); });
  }

  static IntentSpec key_at(TenantId tenant, const std::string& path) {
    return {
        .key = {.tenant_id = tenant, .path = path}, .kind = DestinationKind::backup_key, .path_key = path};
  }

  TenantId a_ = 0;
};

TEST_F(StoreKeyTest, KeysAreRestoredAsTheyWere) {
  EXPECT_EQ(value_of(restore(a_, keys(1, {"one", "two"}))), 2U);
  EXPECT_EQ(versions(a_), (Texts{"1 100 one", "2 200 two"}));
  EXPECT_EQ(value_of(restore(a_, keys(2, {"two", "three"}))), 1U) << "what is there stays";
  EXPECT_EQ(versions(a_), (Texts{"1 100 one", "2 200 two", "3 300 three"}));
  value_of(write([&](Transaction& t) -> Result<> {
    BW_CHECK(connection_of(t.read()).run("DELETE FROM master_key WHERE version = 2"));
    return {};
  }));
  EXPECT_EQ(value_of(restore(a_, keys(1, {"one", "two"}))), 1U) << "a hole is filled";
  rotate(a_);
  EXPECT_EQ(value_of(reader_->keys().newest(a_)), 4);
  reopen();
  EXPECT_EQ(versions(a_).size(), 4U);
}

TEST_F(StoreKeyTest, NothingOfARefusedOneIsKept) {
  value_of(restore(a_, keys(1, {"one", "two"})));
  EXPECT_EQ(code_of(restore(a_, keys(2, {"another", "three"}))), Errc::invalid_argument) << "another key";
  EXPECT_EQ(code_of(restore(a_, keys(1, {"one", "another"}))), Errc::invalid_argument);
  EXPECT_EQ(code_of(restore(a_, keys(4, {"four"}))), Errc::invalid_argument) << "3 is left out";
  EXPECT_EQ(code_of(restore(a_ + 1000, keys(1, {"one"}))), Errc::tenant_not_exist);
  EXPECT_EQ(versions(a_), (Texts{"1 100 one", "2 200 two"}));
}

TEST_F(StoreKeyTest, TheNewestBackupIsKnown) {
  EXPECT_FALSE(value_of(reader_->keys().newest_backup(a_)));
  EXPECT_EQ(at_risk(), Texts{});
  rotate(a_);
  const std::string id = std::to_string(a_);
  EXPECT_EQ(at_risk(), Texts{id + " a NEVER_BACKED_UP"});
  value_of(note(1, "file:///one", std::nullopt));
  EXPECT_EQ(at_risk(), Texts{id + " a UNPROTECTED"}) << "nobody knows";
  value_of(note(1, "file:///two"));
  EXPECT_EQ(at_risk(), Texts{});
  rotate(a_);
  EXPECT_EQ(at_risk(), Texts{id + " a STALE"});
  value_of(note(2, "file:///three", false));
  EXPECT_EQ(at_risk(), Texts{id + " a UNPROTECTED"});
  value_of(note(1, "file:///old"));
  const auto newest = value_of(reader_->keys().newest_backup(a_));
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->path, "file:///three") << "it holds more";
  EXPECT_EQ(newest->version, 2);
  EXPECT_EQ(newest->is_protected, false);
}

TEST_F(StoreKeyTest, ADroppedTenantsKeysStayUntilTheyAreForgotten) {
  rotate(a_);
  EXPECT_EQ(code_of(forget(a_)), Errc::op_not_allow);
  value_of(write([&](Transaction& t) { return t.tenants().drop(a_); }));
  EXPECT_EQ(at_risk(), Texts{std::to_string(a_) + "  NEVER_BACKED_UP"});
  EXPECT_EQ(versions(a_).size(), 1U);
  const IntentSpec key = key_at(a_, "file:///k");
  value_of(write([&](Transaction& t) -> Result<> {
    BW_TRY(const auto intent, t.intents().open(key));
    return t.intents().finish_key(intent, {}, std::nullopt,
                                  {.version = 1, .path = "file:///k", .is_protected = true});
  }));
  EXPECT_EQ(at_risk(), Texts{});
  EXPECT_FALSE(value_of(reader_->destinations().find(key.key))) << "a dropped tenant has no destinations";
  value_of(forget(a_));
  EXPECT_EQ(versions(a_).size(), 0U);
  EXPECT_FALSE(value_of(reader_->keys().newest_backup(a_)));
  EXPECT_EQ(code_of(forget(a_)), Errc::entry_not_exist);
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.intents().open(key); })), Errc::tenant_not_exist);
}

// A key backup of an older version holds what was made before it; of a tenant that is dropped too.
TEST_F(StoreKeyTest, AnOlderVersionsBackupsAreKnown) {
  const TenantId b = make_tenant("b");
  const TenantId c = make_tenant("c");
  for (const TenantId tenant : {a_, b, c}) {
    value_of(restore(tenant, keys(1, {"one", "two", "three"})));
    value_of(write([&](Transaction& t) -> Result<> {
      BW_TRY(const auto intent, t.intents().open(key_at(tenant, "file:///" + std::to_string(tenant))));
      return t.intents().finish_key(intent, {.last_check = tenant == b ? 250 : 350}, std::nullopt, {});
    }));
  }
  value_of(write([&](Transaction& t) { return t.tenants().drop(c); }));
  close();
  {
    auto database =
        value_of(sqlite::Connection::open(options().data_dir + "/catalog.db", sqlite::OpenMode::writer));
    value_of(database.execute(
        "DROP TABLE key_backup; DROP TABLE validate_job; DROP TABLE validate_task; DROP "
        "TABLE delete_job; DROP TABLE delete_task; DROP INDEX backup_set_there; DROP INDEX "
        "backup_set_built_on; DROP INDEX archive_piece_there; DROP "
        "TABLE restore_job; DROP TABLE standby;"
        "ALTER TABLE account DROP COLUMN password_time; ALTER TABLE account DROP COLUMN password_expired;"
        "ALTER TABLE account DROP COLUMN password_lifetime;"
        "ALTER TABLE account DROP COLUMN failed_login_attempts;"
        "ALTER TABLE account DROP COLUMN password_lock_time;"
        "ALTER TABLE change_track DROP COLUMN history;"
        "ALTER TABLE backup_event DROP COLUMN module; ALTER TABLE backup_event DROP COLUMN actor;"
        "ALTER TABLE backup_event DROP COLUMN actor_tenant_id; ALTER TABLE backup_event DROP COLUMN address;"
        "ALTER TABLE backup_event DROP COLUMN name2; ALTER TABLE backup_event DROP COLUMN value2;"
        "ALTER TABLE backup_event DROP COLUMN name3; ALTER TABLE backup_event DROP COLUMN value3;"
        "ALTER TABLE backup_event DROP COLUMN name4; ALTER TABLE backup_event DROP COLUMN value4;"
        "DROP TABLE role_of_role; DROP TABLE role_of_account; DROP TABLE role_privilege; DROP TABLE role;"
        "DROP INDEX backup_event_kept; ALTER TABLE backup_event DROP COLUMN kept_for;"
        "ALTER TABLE backup_event DROP COLUMN number;"
        "DROP TABLE backup_dest_status; DROP TABLE catalog_root; DROP TABLE backup_schedule;"
        "ALTER TABLE backup_job DROP COLUMN "
        "progress_time;"
        "DROP TABLE audit; DELETE FROM counter WHERE name = 'audit_id'; PRAGMA user_version = 15"));
  }
  reopen();
  const std::uint32_t draw = store_->draw("a name");
  value_of(change_key(*store_));  // of a catalogue that was made before it could be changed
  EXPECT_EQ(store_->draw("a name"), draw);
  EXPECT_FALSE(value_of(reader_->keys().unsealed(a_)).empty());
  for (const TenantId tenant : {a_, b, c}) {
    const auto noted = value_of(reader_->keys().newest_backup(tenant));
    ASSERT_TRUE(noted) << tenant;
    EXPECT_EQ(noted->version, tenant == b ? 2 : 3);
    EXPECT_EQ(noted->path, "file:///" + std::to_string(tenant));
    EXPECT_FALSE(noted->is_protected) << "nobody noted it";
  }
}

}  // namespace
}  // namespace breakwater::catalog
