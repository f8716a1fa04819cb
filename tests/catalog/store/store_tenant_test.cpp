// The store's contract: tenants, resources, parameters, variables, keys.
#include "base/limits.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

TEST_F(StoreTest, ANewStoreHoldsTheClusterAndSys) {
  EXPECT_EQ(store_->cluster().id, 1);
  EXPECT_EQ(store_->cluster().name, "obcluster");
  const auto sys = value_of(reader_->tenants().find("sys"));
  ASSERT_TRUE(sys);
  EXPECT_EQ(sys->id, kSysTenantId);
  EXPECT_TRUE(sys->is_sys());
  EXPECT_EQ(value_of(reader_->tenants().count()), 1U);
}

TEST_F(StoreTest, TenantIdsAreEvenAndNeverComeBack) {
  EXPECT_EQ(make_tenant("a"), 1002);
  EXPECT_EQ(make_tenant("b"), 1004);
  value_of(write([](Transaction& t) { return t.tenants().drop(1004); }));
  reopen();
  EXPECT_EQ(make_tenant("c"), 1006);
}

TEST_F(StoreTest, ATenantIsFoundByItsExactName) {
  const TenantId id = make_tenant("Mixed_Case", CompatibilityMode::oracle);
  EXPECT_FALSE(value_of(reader_->tenants().find("mixed_case")));
  EXPECT_FALSE(value_of(reader_->tenants().find("Mixed_Cas")));
  const auto tenant = value_of(reader_->tenants().find("Mixed_Case"));
  ASSERT_TRUE(tenant);
  EXPECT_EQ(tenant->id, id);
  EXPECT_EQ(tenant->mode, CompatibilityMode::oracle);
  EXPECT_EQ(tenant->invited_nodes, "127.0.0.1,::1");
  EXPECT_EQ(tenant->created, FixedClock::kNow);
  EXPECT_EQ(value_of(reader_->tenants().find(id))->name, "Mixed_Case");
}

TEST_F(StoreTest, InvitedNodesHaveALimit) {
  const std::string longest(TenantWriter::kMaxInvitedNodes, '%');
  const TenantId id = value_of(write([&](Transaction& t) {
                        return t.tenants().create({.name = "t", .invited_nodes = longest});
                      })).id;
  EXPECT_EQ(
      code_of(write([&](Transaction& t) { return t.tenants().alter(id, {.invited_nodes = longest + "%"}); })),
      Errc::var_wrong_value);
  EXPECT_EQ(code_of(write([&](Transaction& t) {
              return t.tenants().create({.name = "u", .invited_nodes = longest + "%"});
            })),
            Errc::var_wrong_value);
}

TEST_F(StoreTest, ATakenNameIsRefused) {
  make_tenant("a");
  const auto again = write([](Transaction& t) { return t.tenants().create({.name = "a"}); });
  EXPECT_EQ(code_of(again), Errc::tenant_exist);
  EXPECT_EQ(again.error().text(), "tenant 'a' already exist");
  EXPECT_EQ(value_of(reader_->tenants().count()), 2U);
}

TEST_F(StoreTest, ATenantIsRenamedLockedAndMoved) {
  const TenantId id = make_tenant("a");
  make_tenant("b");
  const auto alter = [&](const TenantChange& change) {
    return write([&](Transaction& t) { return t.tenants().alter(id, change); });
  };
  EXPECT_EQ(code_of(alter({.name = "b"})), Errc::tenant_exist);
  value_of(alter({.name = "z", .locked = true, .locality = "FULL{1}@zone2"}));
  const auto tenant = *value_of(reader_->tenants().find(id));
  EXPECT_EQ(tenant.name, "z");
  EXPECT_TRUE(tenant.locked);
  EXPECT_EQ(tenant.locality, "FULL{1}@zone2");
  EXPECT_EQ(tenant.invited_nodes, "127.0.0.1,::1") << "what is not named stays";
  value_of(alter({.locked = false}));
  EXPECT_FALSE(value_of(reader_->tenants().find(id))->locked);
}

TEST_F(StoreTest, SysIsNeitherDroppedNorRenamedNorLocked) {
  EXPECT_EQ(code_of(write([](Transaction& t) { return t.tenants().drop(kSysTenantId); })),
            Errc::op_not_allow);
  EXPECT_EQ(code_of(write([](Transaction& t) { return t.tenants().alter(kSysTenantId, {.name = "x"}); })),
            Errc::op_not_allow);
  EXPECT_EQ(code_of(write([](Transaction& t) { return t.tenants().alter(kSysTenantId, {.locked = true}); })),
            Errc::op_not_allow);
}

TEST_F(StoreTest, AnUnknownTenantIsAnErrorEverywhere) {
  const auto expect_unknown = [&](auto job) { EXPECT_EQ(code_of(write(job)), Errc::tenant_not_exist); };
  expect_unknown([](Transaction& t) { return t.tenants().drop(1002); });
  expect_unknown([](Transaction& t) { return t.tenants().alter(1002, {}); });
  expect_unknown([](Transaction& t) { return t.parameters().set(1002, "p", "v"); });
  expect_unknown(
      [](Transaction& t) { return t.parameters().set_secret(1002, "p", Secret(std::string_view("v"))); });
  expect_unknown([](Transaction& t) { return t.parameters().set_variable(1002, "p", "v"); });
  expect_unknown([](Transaction& t) { return t.keys().rotate(1002); });
  expect_unknown([](Transaction& t) { return t.destinations().reserve_id(1002); });
  expect_unknown([](Transaction& t) { return t.destinations().clear_current(1002); });
  expect_unknown([](Transaction& t) {
    return t.accounts().create(Actor::server(), {.key = {.tenant_id = 1002, .user = "u"}});
  });
}

TEST_F(StoreTest, DroppingATenantTakesItsSettingsButKeepsItsKeys) {
  const TenantId id = make_tenant("a");
  value_of(write([&](Transaction& t) -> Result<> {
    BW_CHECK(t.parameters().set(id, "archive_lag_target", "60s"));
    BW_CHECK(t.parameters().set_variable(id, "time_zone", "+08:00"));
    BW_CHECK(t.keys().rotate(id));
    return {};
  }));
  value_of(write([&](Transaction& t) { return t.tenants().drop(id); }));
  EXPECT_FALSE(value_of(reader_->tenants().find("a")));
  EXPECT_TRUE(value_of(reader_->accounts().all(id)).empty());
  EXPECT_TRUE(value_of(reader_->parameters().all(id)).empty());
  EXPECT_TRUE(value_of(reader_->parameters().variables(id)).empty());
  EXPECT_EQ(value_of(reader_->keys().unsealed(id)).size(), 1U);
  EXPECT_TRUE(value_of(reader_->resources().pools(id)).empty()) << "the pool that was made for it goes";
}

TEST_F(StoreTest, AJobThatFailsLeavesNothing) {
  const auto failed = write([](Transaction& t) -> Result<> {
    BW_CHECK(t.tenants().create({.name = "a"}));
    BW_CHECK(t.tenants().create({.name = "a"}));
    return {};
  });
  EXPECT_EQ(code_of(failed), Errc::tenant_exist);
  EXPECT_FALSE(value_of(reader_->tenants().find("a")));
}

// ---- resources ----

TEST_F(StoreTest, APoolNeedsItsUnitAndATenantItsPool) {
  const auto create_pool = [&](const std::string& name) {
    return write([&](Transaction& t) { return t.resources().create_pool({.name = name, .unit = "u1"}); });
  };
  EXPECT_EQ(code_of(create_pool("p1")), Errc::resource_unit_not_exist);
  value_of(write([](Transaction& t) { return t.resources().create_unit({.name = "u1", .memory_size = 1}); }));
  value_of(create_pool("p1"));
  EXPECT_EQ(code_of(create_pool("p1")), Errc::resource_pool_exist);

  const auto with_pools = [&](const std::string& name, const std::vector<std::string>& pools) {
    return write([&](Transaction& t) { return t.tenants().create({.name = name, .pools = pools}); });
  };
  EXPECT_EQ(code_of(with_pools("a", {"p1", "nope"})), Errc::resource_pool_not_exist);
  const TenantId id = value_of(with_pools("a", {"p1"})).id;
  EXPECT_EQ(value_of(reader_->resources().pool("p1"))->tenant_id, id);
  EXPECT_EQ(code_of(with_pools("b", {"p1"})), Errc::resource_pool_already_granted);
}

TEST_F(StoreTest, WhatIsInUseIsNotDropped) {
  const TenantId id = value_of(write([](Transaction& t) -> Result<Tenant> {
                        BW_CHECK(t.resources().create_unit({.name = "u1"}));
                        BW_CHECK(t.resources().create_pool({.name = "p1", .unit = "u1"}));
                        return t.tenants().create({.name = "a", .pools = {"p1"}});
                      })).id;
  const auto drop_pool = [&] { return write([](Transaction& t) { return t.resources().drop_pool("p1"); }); };
  const auto drop_unit = [&] { return write([](Transaction& t) { return t.resources().drop_unit("u1"); }); };
  EXPECT_EQ(code_of(drop_pool()), Errc::resource_pool_already_granted);
  EXPECT_EQ(code_of(drop_unit()), Errc::resource_unit_in_use);
  value_of(write([&](Transaction& t) { return t.tenants().drop(id); }));
  EXPECT_FALSE(value_of(reader_->resources().pool("p1"))->tenant_id) << "a named pool is freed";
  value_of(drop_pool());
  value_of(drop_unit());
  EXPECT_EQ(code_of(drop_pool()), Errc::resource_pool_not_exist);
  EXPECT_EQ(code_of(drop_unit()), Errc::resource_unit_not_exist);
}

TEST_F(StoreTest, UnitsAndPoolsAreAltered) {
  value_of(write([](Transaction& t) -> Result<> {
    BW_CHECK(t.resources().create_unit({.name = "u1", .max_cpu = 1}));
    BW_CHECK(t.resources().create_unit({.name = "u2", .max_cpu = 1}));
    BW_CHECK(t.resources().create_pool({.name = "p1", .unit_count = 1, .unit = "u1", .zone_list = "z1"}));
    BW_CHECK(t.resources().alter_unit({.name = "u1", .max_cpu = 2.5, .memory_size = 7}));
    return t.resources().alter_pool("p1", {.unit_count = 3, .unit = "u2"});
  }));
  EXPECT_EQ(value_of(reader_->resources().unit("u1"))->max_cpu, 2.5);
  EXPECT_EQ(value_of(reader_->resources().unit("u1"))->memory_size, 7);
  const auto pool = *value_of(reader_->resources().pool("p1"));
  EXPECT_EQ(pool.unit_count, 3);
  EXPECT_EQ(pool.unit, "u2");
  EXPECT_EQ(pool.zone_list, "z1");
  EXPECT_EQ(code_of(write([](Transaction& t) { return t.resources().alter_pool("p1", {.unit = "no"}); })),
            Errc::resource_unit_not_exist);
}

// ---- parameters and keys ----

TEST_F(StoreTest, ParametersAreSetAndReset) {
  const TenantId id = make_tenant("a");
  value_of(write([&](Transaction& t) { return t.parameters().set(id, "tde_method", "none"); }));
  value_of(write([&](Transaction& t) { return t.parameters().set(id, "tde_method", "internal"); }));
  EXPECT_EQ(value_of(reader_->parameters().find(id, "tde_method")), "internal");
  EXPECT_FALSE(value_of(reader_->parameters().find(id + 2, "tde_method")));
  value_of(write([&](Transaction& t) { return t.parameters().reset(id, "tde_method"); }));
  EXPECT_FALSE(value_of(reader_->parameters().find(id, "tde_method")));
}

TEST_F(StoreTest, ASecretParameterIsListedWithoutItsValue) {
  const TenantId id = make_tenant("a");
  value_of(write([&](Transaction& t) {
    return t.parameters().set_secret(id, "external_kms_info", Secret(std::string_view("{\"KEY\":1}")));
  }));
  reopen();
  EXPECT_EQ(value_of(reader_->parameters().secret(id, "external_kms_info"))->reveal(), "{\"KEY\":1}");
  EXPECT_FALSE(value_of(reader_->parameters().find(id, "external_kms_info")));
  const auto rows = value_of(reader_->parameters().all(id));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].secret);
  EXPECT_EQ(rows[0].value, "");
}

TEST_F(StoreTest, ATenantHasAsManyKeysAsABackupHolds) {
  const TenantId id = make_tenant("a");
  value_of(write([&](Transaction& t) -> Result<> {
    for (std::int64_t i = 0; i < limits::kMaxMasterKeys - 1; ++i) BW_CHECK(t.keys().rotate(id));
    return {};
  }));
  const auto rotate = [&] { return write([&](Transaction& t) { return t.keys().rotate(id); }); };
  EXPECT_EQ(value_of(rotate()), limits::kMaxMasterKeys);
  const auto refused = rotate();
  EXPECT_EQ(code_of(refused), Errc::size_overflow);
  EXPECT_FALSE(refused.error().hint().empty());
  EXPECT_EQ(value_of(reader_->keys().newest(id)), limits::kMaxMasterKeys);
  EXPECT_EQ(static_cast<std::int64_t>(value_of(reader_->keys().unsealed(id)).size()), limits::kMaxMasterKeys);
}

TEST_F(StoreTest, BackupKeysAreKeptSealedAndOneIsTheOwn) {
  EXPECT_FALSE(value_of(reader_->keys().own_backup_key()));
  const auto add = [&](std::string_view fingerprint, std::string_view key, bool own) {
    value_of(write([&](Transaction& t) { return t.keys().add_backup_key(fingerprint, Secret(key), own); }));
  };
  add("bb", "of elsewhere", false);
  EXPECT_FALSE(value_of(reader_->keys().own_backup_key()));
  add("cc", "ours", true);
  add("aa", "too late", true);
  add("cc", "another of that name", true);
  reopen();
  const auto own = value_of(reader_->keys().own_backup_key());
  ASSERT_TRUE(own);
  EXPECT_EQ(own->fingerprint, "cc");
  EXPECT_EQ(own->key.reveal(), "ours");
  EXPECT_FALSE(own->saved);
  value_of(write([&](Transaction& t) { return t.keys().note_backup_key_saved("cc"); }));
  EXPECT_TRUE(value_of(reader_->keys().own_backup_key())->saved);
  const auto all = value_of(reader_->keys().backup_keys());
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].fingerprint, "aa");
  EXPECT_FALSE(all[1].own);
}

TEST_F(StoreTest, EachRotationAddsAKey) {
  const TenantId id = make_tenant("a");
  const auto rotate = [&] { return value_of(write([&](Transaction& t) { return t.keys().rotate(id); })); };
  EXPECT_TRUE(value_of(reader_->keys().unsealed(id)).empty());
  EXPECT_EQ(rotate(), 1);
  const auto before = value_of(reader_->keys().unsealed(id));
  EXPECT_EQ(rotate(), 2);
  reopen();
  const auto keys = value_of(reader_->keys().unsealed(id));
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].key.size(), crypto::kKeySize);
  EXPECT_TRUE(keys[0].key.equals(before[0].key)) << "older versions stay as they are";
  EXPECT_FALSE(keys[0].key.equals(keys[1].key));
  EXPECT_EQ(value_of(reader_->keys().versions(id))[1].version, 2);
  EXPECT_EQ(keys[1].created, FixedClock::kNow);
}

TEST_F(StoreTest, GlobalVariablesAreKeptForEachTenant) {
  const TenantId id = value_of(write([](Transaction& t) {
                        return t.tenants().create({.name = "a", .variables = {{"time_zone", "+01:00"}}});
                      })).id;
  value_of(write([&](Transaction& t) { return t.parameters().set_variable(id, "sql_mode", ""); }));
  EXPECT_EQ(value_of(reader_->parameters().variable(id, "time_zone")), "+01:00");
  EXPECT_EQ(value_of(reader_->parameters().variable(id, "sql_mode")), "");
  EXPECT_FALSE(value_of(reader_->parameters().variable(kSysTenantId, "time_zone")));
  EXPECT_EQ(value_of(reader_->parameters().variables(id)).size(), 2U);
}

}  // namespace
}  // namespace breakwater::catalog
