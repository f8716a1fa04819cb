#include "catalog/store/roles.h"

#include <gtest/gtest.h>

#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

using Which = RoleChoice::Which;
using Names = std::vector<std::string>;

class RolesTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    value_of(write([&](Transaction& t) -> Result<> {
      BW_TRY(const Tenant tenant, t.tenants().create({.name = "o", .mode = CompatibilityMode::oracle}));
      tenant_ = tenant.id;
      for (const char* name : {"U", "V"}) BW_CHECK(t.accounts().create(Actor::server(), {.key = key(name)}));
      return {};
    }));
  }

  AccountKey key(const std::string& user) const { return {.tenant_id = tenant_, .user = user}; }
  Actor actor(const std::string& user, RoleChoice roles = {}) {
    return {key(user), value_of(reader_->accounts().find(key(user)))->id, std::move(roles)};
  }
  Actor sys() { return actor("SYS"); }

  template <class F>
  Result<> roles(F change) {
    return write([&](Transaction& t) { return change(t.roles()); });
  }
  void make(const std::string& role, Privileges held = 0) {
    const Actor by = sys();
    value_of(roles([&](RoleWriter& w) -> Result<> {
      BW_CHECK(w.create(by, tenant_, role));
      return w.grant_privileges(tenant_, role, {.privileges = held});
    }));
  }
  Result<> give(const std::string& to, const std::string& role, bool admin = false) {
    const Actor by = sys();
    return roles([&](RoleWriter& w) { return w.grant(by, key(to), {.role = role, .admin = admin}); });
  }
  Result<> give_role(const std::string& to, const std::string& role) {
    const Actor by = sys();
    return roles([&](RoleWriter& w) { return w.grant_to_role(by, tenant_, to, {.role = role}); });
  }

  Names enabled(const std::string& user, const RoleChoice& choice = {}) {
    return value_of(reader_->roles().enabled(key(user), choice));
  }
  Privileges held(const std::string& user, const RoleChoice& choice = {}) {
    return value_of(reader_->roles().global_privileges(key(user), choice));
  }

  TenantId tenant_ = 0;
};

TEST_F(RolesTest, AnOracleTenantIsMadeWithThree) {
  EXPECT_EQ(value_of(reader_->roles().all(tenant_)), (Names{"CONNECT", "DBA", "RESOURCE"}));
  EXPECT_EQ(value_of(reader_->roles().all(make_tenant("m"))), Names{});
  EXPECT_EQ(held("U"), 0U);
  value_of(give("U", "DBA"));
  EXPECT_EQ(held("U"), all_privileges(GrantLevel::global) | privilege::kGrantOption);
  const Actor by = sys();
  EXPECT_EQ(code_of(roles([&](RoleWriter& w) { return w.drop(by, tenant_, "DBA"); })), Errc::op_not_allow);
}

TEST_F(RolesTest, WhatARoleHoldsComesByOtherRolesToo) {
  make("A", privilege::kSelect);
  make("B", privilege::kSuper);
  make("C", privilege::kProcess);
  value_of(give_role("A", "B"));
  value_of(give_role("B", "C"));
  value_of(give("U", "A"));
  EXPECT_EQ(enabled("U"), (Names{"A", "B", "C"}));
  EXPECT_EQ(held("U"), privilege::kSelect | privilege::kSuper | privilege::kProcess);
  EXPECT_EQ(held("V"), 0U);
  EXPECT_EQ(enabled("U", {.which = Which::named, .names = {"B", "NOBODY"}}), (Names{"B", "C"}));
  EXPECT_EQ(held("U", {.which = Which::named}), 0U);
  EXPECT_EQ(enabled("U", {.which = Which::all, .names = {"A"}}), Names{});
  const Actor by = sys();
  value_of(roles([&](RoleWriter& w) { return w.revoke_from_role(by, tenant_, "A", "B"); }));
  EXPECT_EQ(held("U"), privilege::kSelect);
  value_of(roles([&](RoleWriter& w) { return w.drop(by, tenant_, "A"); }));
  EXPECT_EQ(enabled("U"), Names{});
}

TEST_F(RolesTest, NoGrantGoesRoundInACircle) {
  for (const char* role : {"A", "B", "C"}) make(role);
  value_of(give_role("A", "B"));
  value_of(give_role("B", "C"));
  EXPECT_EQ(code_of(give_role("C", "A")), Errc::role_grant_circular);
  EXPECT_EQ(code_of(give_role("A", "A")), Errc::role_grant_circular);
  value_of(give_role("A", "C"));
}

TEST_F(RolesTest, WhoHasARoleWithAdminOptionGivesIt) {
  make("A", privilege::kSelect);
  const auto by_u = [&] {
    const Actor by = actor("U");
    return roles([&](RoleWriter& w) { return w.grant(by, key("V"), {.role = "A"}); });
  };
  EXPECT_EQ(code_of(by_u()), Errc::role_admin_not_granted);
  value_of(give("U", "A"));
  EXPECT_EQ(code_of(by_u()), Errc::role_admin_not_granted) << "having it isn't enough";
  value_of(give("U", "A", true));
  value_of(by_u());
  EXPECT_EQ(held("V"), privilege::kSelect);
  value_of(give("U", "A", false));
  value_of(by_u());  // a second GRANT takes nothing away
  const Actor by = actor("U");
  EXPECT_EQ(code_of(roles([&](RoleWriter& w) { return w.grant(by, key("U"), {.role = "DBA"}); })),
            Errc::role_admin_not_granted);
  EXPECT_EQ(code_of(roles([&](RoleWriter& w) { return w.create(by, tenant_, "MINE"); })), Errc::no_privilege);
}

TEST_F(RolesTest, PrivilegesByRolesCountWhereAccountsAreChanged) {
  make("A", privilege::kCreateUser);
  value_of(give("U", "A"));
  const auto drop = [&](const RoleChoice& choice) {
    const Actor by = actor("U", choice);
    return write([&](Transaction& t) { return t.accounts().drop(by, key("V")); });
  };
  EXPECT_EQ(code_of(drop({.which = Which::named})), Errc::no_privilege);
  value_of(drop({}));
}

TEST_F(RolesTest, DefaultsAreOfTheAccount) {
  make("A");
  make("B");
  value_of(give("U", "A"));
  value_of(give("U", "B"));
  const Actor by = sys();
  const auto set = [&](const RoleChoice& choice) {
    return roles([&](RoleWriter& w) { return w.set_default(by, key("U"), choice); });
  };
  value_of(set({.which = Which::named, .names = {"B"}}));
  EXPECT_EQ(enabled("U"), Names{"B"});
  value_of(set({.which = Which::all, .names = {"B"}}));
  EXPECT_EQ(enabled("U"), Names{"A"});
  EXPECT_EQ(enabled("U", {.which = Which::all}), (Names{"A", "B"}));
  EXPECT_EQ(code_of(set({.which = Which::named, .names = {"DBA"}})), Errc::default_role_not_granted);
  value_of(write([&](Transaction& t) { return t.accounts().rename(by, key("U"), key("W")); }));
  EXPECT_EQ(enabled("W"), Names{"A"}) << "roles go along";
}

TEST_F(RolesTest, ANameIsAUsersOrARoles) {
  make("A");
  const Actor by = sys();
  EXPECT_EQ(code_of(roles([&](RoleWriter& w) { return w.create(by, tenant_, "U"); })), Errc::role_exist);
  EXPECT_EQ(code_of(roles([&](RoleWriter& w) { return w.create(by, tenant_, "A"); })), Errc::role_exist);
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.accounts().create(by, {.key = key("A")}); })),
            Errc::user_exist);
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.accounts().rename(by, key("U"), key("A")); })),
            Errc::user_not_exist);
  EXPECT_EQ(code_of(roles([&](RoleWriter& w) { return w.create(by, tenant_, "PUBLIC"); })), Errc::role_exist);
  EXPECT_EQ(code_of(give("NOBODY", "A")), Errc::user_or_role_not_exist);
  EXPECT_EQ(code_of(give("U", "NOBODY")), Errc::role_not_exist);
  EXPECT_EQ(code_of(roles([&](RoleWriter& w) { return w.revoke(by, key("U"), "A"); })),
            Errc::role_not_granted_to);
}

TEST_F(RolesTest, TheirNumbersAreBounded) {
  const Actor by = sys();
  value_of(roles([&](RoleWriter& w) -> Result<> {
    for (std::int64_t i = std::ssize(kPredefinedRoles); i < kMaxRoles; ++i)
      BW_CHECK(w.create(Actor::server(), tenant_, "R" + std::to_string(i)));
    return {};
  }));
  EXPECT_EQ(code_of(roles([&](RoleWriter& w) { return w.create(by, tenant_, "ONE"); })), Errc::size_overflow);
  const auto name = [](std::int64_t i) { return "R" + std::to_string(20 + i); };
  for (std::int64_t i = 0; i < kMaxRolesOfOne; ++i) {
    value_of(give_role("R10", name(i)));
    const std::string schema = name(i);
    if (i >= kMaxObjectsOfRole) continue;
    value_of(roles([&](RoleWriter& w) {
      return w.grant_privileges(tenant_, "R10", {.schema = schema, .privileges = privilege::kSelect});
    }));
  }
  value_of(give_role("R10", name(0)));
  EXPECT_EQ(code_of(give_role("R10", "DBA")), Errc::size_overflow);
  EXPECT_EQ(code_of(roles([&](RoleWriter& w) {
              return w.grant_privileges(tenant_, "R10", {.schema = "one", .privileges = privilege::kSelect});
            })),
            Errc::size_overflow);
}

}  // namespace
}  // namespace breakwater::catalog
