// Rows of restores, and what a tenant's role lets change.
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class StoreRestoreTest : public StoreTest {
 protected:
  static RestoreRequest request(const std::string& name) {
    RestoreRequest request{.tenant_name = name, .until = 7, .option = "pool_list=p"};
    request.secrets.data = secret("oss://canary-data");
    request.secrets.key_file = secret(std::string_view("9:\0x", 4));
    request.secrets.passwords.push_back(secret("canary-1"));
    request.secrets.passwords.push_back(Secret());
    return request;
  }

  std::int64_t begin(const std::string& name) {
    return value_of(write([&](Transaction& t) { return t.restores().begin(request(name)); }));
  }

  /// As an import makes it.
  static Result<> insert_tenant_row(Transaction& t, TenantId tenant) {
    BW_CHECK(connection_of(t.read()).run(
        "INSERT INTO tenant(tenant_id, tenant_name, tenant_type, create_time, modify_time, primary_zone,"
        " locality, compatibility_mode, invited_nodes) VALUES (?, 'r', 'USER', 0, 0, '', '', 'MYSQL', '%')",
        tenant));
    return {};
  }

  void set_role(TenantId tenant, const std::string& role) {
    value_of(write([&](Transaction& t) -> Result<> {
      BW_CHECK(
          connection_of(t.read()).run("UPDATE tenant SET tenant_role = ? WHERE tenant_id = ?", role, tenant));
      return {};
    }));
  }
};

TEST_F(StoreRestoreTest, TheSecretsComeBackAndLieSealed) {
  const std::int64_t job = begin("r");
  const auto secrets = value_of(reader_->restores().secrets(job));
  ASSERT_TRUE(secrets);
  EXPECT_EQ(secrets->data.reveal(), "oss://canary-data");
  EXPECT_TRUE(secrets->archive.empty());
  EXPECT_EQ(secrets->key_file.reveal(), std::string_view("9:\0x", 4));
  ASSERT_EQ(secrets->passwords.size(), 2U);
  EXPECT_EQ(secrets->passwords[0].reveal(), "canary-1");
  close();
  for (const char* name : {"data/catalog.db", "data/catalog.db-wal"})
    EXPECT_EQ(read_whole(temp_ / name).find("canary"), std::string::npos) << name;
}

TEST_F(StoreRestoreTest, ANameIsOnesOnlyAndNumbersGrow) {
  make_tenant("t");
  const auto begin_of = [&](const std::string& name) {
    return write([&](Transaction& t) { return t.restores().begin(request(name)); });
  };
  EXPECT_EQ(code_of(begin_of("t")), Errc::tenant_exist);
  const std::int64_t first = begin("r");
  EXPECT_EQ(code_of(begin_of("r")), Errc::tenant_exist);
  value_of(write([&](Transaction& t) { return t.restores().fail(first, "why"); }));
  EXPECT_EQ(begin("r"), first + 1);
  EXPECT_FALSE(value_of(reader_->restores().secrets(first))) << "they end with the restore";
  // The reserved id is nobody else's.
  const auto job = value_of(reader_->restores().find(first + 1));
  ASSERT_TRUE(job);
  EXPECT_GT(make_tenant("later"), job->tenant_id);
}

TEST_F(StoreRestoreTest, AsManyAtOnceAsThereMayBe) {
  for (std::int64_t i = 0; i < RestoreWriter::kMaxOpen; ++i) begin("r" + std::to_string(i));
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.restores().begin(request("more")); })),
            Errc::size_overflow);
}

TEST_F(StoreRestoreTest, CancelledBeforeItsTenantAndNotBehind) {
  const std::int64_t job = begin("r");
  value_of(write([&](Transaction& t) { return t.restores().cancel("r"); }));
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.restores().note_source(job, {}); })),
            Errc::job_canceled);
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.restores().note_imported(job, ""); })),
            Errc::job_canceled);
  value_of(write([&](Transaction& t) { return t.restores().fail(job, ""); }));
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.restores().cancel("r"); })), Errc::tenant_not_exist);
  const std::int64_t other = begin("r");
  value_of(write([&](Transaction& t) -> Result<> {
    BW_CHECK(insert_tenant_row(t, value_of(t.read().restores().find(other))->tenant_id));
    return t.restores().note_imported(other, "");
  }));
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.restores().fail(other, ""); })),
            Errc::entry_not_exist);
  value_of(write([&](Transaction& t) { return t.restores().cancel("r"); }));
  EXPECT_FALSE(value_of(write([&](Transaction& t) { return t.restores().move_shown(clock_.now()); })));
}

TEST_F(StoreRestoreTest, OnlyAPrimaryTenantsSettingsChange) {
  const TenantId tenant = make_tenant("t");
  const AccountKey root{.tenant_id = tenant, .user = "root"};
  for (const char* role : {"STANDBY", "RESTORE"}) {
    set_role(tenant, role);
    const auto refused = [&](auto job) { EXPECT_EQ(code_of(write(job)), Errc::standby_read_only) << role; };
    refused([&](Transaction& t) { return t.parameters().set(tenant, "p", "v"); });
    refused([&](Transaction& t) { return t.parameters().set_secret(tenant, "p", secret("v")); });
    refused([&](Transaction& t) { return t.parameters().reset(tenant, "p"); });
    refused([&](Transaction& t) { return t.parameters().set_variable(tenant, "p", "v"); });
    refused([&](Transaction& t) { return t.policies().add(tenant, {.name = "default"}); });
    refused([&](Transaction& t) { return t.policies().drop(tenant, "default"); });
    refused([&](Transaction& t) { return t.keys().rotate(tenant); });
    refused(
        [&](Transaction& t) { return t.keys().create_keystore(tenant, {.name = "k", .password_hash = ""}); });
    refused(
        [&](Transaction& t) { return t.keys().change_keystore(tenant, {.name = "k", .password_hash = ""}); });
    refused([&](Transaction& t) {
      return t.accounts().create(Actor::server(), {.key = {.tenant_id = tenant, .user = "u"}});
    });
    refused([&](Transaction& t) { return t.accounts().drop(Actor::server(), root); });
    refused(
        [&](Transaction& t) { return t.accounts().set_password(Actor::server(), root, {}, std::nullopt); });
    refused([&](Transaction& t) { return t.accounts().set_locked(Actor::server(), root, true); });
    refused([&](Transaction& t) { return t.accounts().set_tls(Actor::server(), root, TlsNeed::ssl); });
    refused([&](Transaction& t) { return t.accounts().grant(root, {.schema = "db", .privileges = 3}); });
    refused([&](Transaction& t) { return t.accounts().revoke(Actor::server(), root, {.privileges = 1}); });
    refused([&](Transaction& t) { return t.accounts().revoke_all(Actor::server(), root); });
    refused([&](Transaction& t) { return t.tenants().alter(tenant, {.invited_nodes = "%"}); });
    value_of(
        write([&](Transaction& t) { return t.tenants().alter(tenant, {.locked = false, .comment = "c"}); }));
    value_of(write([&](Transaction& t) {
      return t.archive().set_destination(tenant, {.path = "file:///a", .dest_id = 1001});
    }));
  }
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.tenants().activate(tenant); })), Errc::op_not_allow);
  set_role(tenant, "STANDBY");
  value_of(write([&](Transaction& t) { return t.tenants().activate(tenant); }));
  EXPECT_EQ(value_of(reader_->tenants().find(tenant))->role, TenantRole::primary);
  value_of(write([&](Transaction& t) { return t.parameters().set(tenant, "p", "v"); }));
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.tenants().activate(tenant); })), Errc::op_not_allow);
}

TEST_F(StoreRestoreTest, AStandbyTenantIsAsOfItsRestore) {
  const std::int64_t job = begin("r");
  const TenantId tenant = value_of(reader_->restores().find(job))->tenant_id;
  const auto recover = [&](Scn until) {
    return write([&](Transaction& t) { return t.restores().recover_until(tenant, until); });
  };
  value_of(write([&](Transaction& t) -> Result<> {
    BW_CHECK(t.restores().note_source(job, {.scn = 1000}));
    BW_CHECK(insert_tenant_row(t, tenant));
    return t.restores().note_imported(job, "");
  }));
  EXPECT_EQ(value_of(reader_->tenants().find(tenant))->role, TenantRole::restore);
  EXPECT_EQ(code_of(recover(999)), Errc::op_not_allow);
  value_of(recover(1000));
  value_of(recover(0));
  value_of(write([&](Transaction& t) { return t.restores().move_shown(clock_.now()); }));
  value_of(write([&](Transaction& t) { return t.tenants().activate(tenant); }));
  EXPECT_EQ(code_of(recover(2000)), Errc::entry_not_exist);
}

}  // namespace
}  // namespace breakwater::catalog
