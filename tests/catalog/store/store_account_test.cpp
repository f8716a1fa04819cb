// The store's contract: accounts, hosts, grants; and the pure parts behind them.
#include <functional>

#include "base/password_hash.h"
#include "catalog/model/host_match.h"
#include "catalog/model/password.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

const ClientHost kNoHost{};
const Actor kServer = Actor::server();

class StoreAccountTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    tenant_ = make_tenant("t");
  }

  AccountKey key(const std::string& user, const std::string& host = "%") const {
    return {.tenant_id = tenant_, .user = user, .host = host};
  }
  Result<> create(const std::string& user, const std::string& host = "%") {
    return write([&](Transaction& t) { return t.accounts().create(kServer, {.key = key(user, host)}); });
  }
  Result<> grant(const std::string& user, const GrantRow& what) {
    return write([&](Transaction& t) { return t.accounts().grant(key(user), what); });
  }
  Result<> revoke(const std::string& user, const GrantRow& what) {
    return write([&](Transaction& t) { return t.accounts().revoke(kServer, key(user), what); });
  }
  std::vector<std::string> show_grants(const std::string& user) {
    return describe_grants(key(user), value_of(reader_->accounts().grants(key(user))));
  }
  std::string login_host(const std::string& user, const ClientHost& client) {
    const auto account = value_of(reader_->accounts().for_login(tenant_, user, client));
    return account ? account->key.host : "(nobody)";
  }

  TenantId tenant_ = 0;
};

TEST_F(StoreAccountTest, EveryTenantHasItsAdministrator) {
  const auto root = value_of(reader_->accounts().find(key("root")));
  ASSERT_TRUE(root);
  EXPECT_FALSE(root->credential.native_hash || root->credential.sha2_hash) << "its password is empty";
  EXPECT_EQ(root->plugin, "") << "whichever the client brings";
  EXPECT_EQ(show_grants("root"),
            std::vector<std::string>{"GRANT ALL PRIVILEGES ON *.* TO 'root' WITH GRANT OPTION"});
  const TenantId oracle = make_tenant("o", CompatibilityMode::oracle);
  EXPECT_TRUE(value_of(reader_->accounts().find({.tenant_id = oracle, .user = "SYS"})));
  EXPECT_FALSE(value_of(reader_->accounts().find({.tenant_id = oracle, .user = "root"})));
}

TEST_F(StoreAccountTest, PasswordsAreKeptAsHashes) {
  const Credential both = hash_password(secret("password"), system_entropy());
  value_of(write([&](Transaction& t) { return t.accounts().set_password(kServer, key("root"), both); }));
  reopen();
  const auto root = value_of(reader_->accounts().find(key("root")));
  EXPECT_EQ(export_hash(root->credential.native_hash), "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
  EXPECT_TRUE(crypto::matches_sha2(secret("password"), root->credential.sha2_hash.value()));
  EXPECT_FALSE(crypto::matches_sha2(secret("Password"), root->credential.sha2_hash.value()));
  value_of(write([&](Transaction& t) { return t.accounts().set_password(kServer, key("root"), {}); }));
  const auto emptied = value_of(reader_->accounts().find(key("root")));
  EXPECT_FALSE(emptied->credential.native_hash || emptied->credential.sha2_hash);
}

TEST_F(StoreAccountTest, AnAccountOfOnePluginKeepsThatPluginsHashAlone) {
  const Credential both = hash_password(secret("password"), system_entropy());
  const auto kept = [&](const std::optional<std::string>& plugin) {
    value_of(
        write([&](Transaction& t) { return t.accounts().set_password(kServer, key("root"), both, plugin); }));
    return *value_of(reader_->accounts().find(key("root")));
  };
  const Account sha2 = kept(std::string(kSha2Plugin));
  EXPECT_TRUE(sha2.credential.sha2_hash && !sha2.credential.native_hash);
  EXPECT_TRUE(kept(std::nullopt).plugin == kSha2Plugin) << "as it was";
  const auto native_alone = [&](Transaction& t) {
    return t.accounts().set_password(kServer, key("root"),
                                     {.native_hash = both.native_hash, .sha2_hash = {}});
  };
  EXPECT_EQ(code_of(write(native_alone)), Errc::password_format) << "else the password would become empty";
  const Account native = kept(std::string(kNativePlugin));
  EXPECT_TRUE(native.credential.native_hash && !native.credential.sha2_hash);
  EXPECT_TRUE(kept(std::string()).credential.sha2_hash) << "either plugin: both";
}

TEST_F(StoreAccountTest, AnAccountMayNeedTls) {
  EXPECT_EQ(value_of(reader_->accounts().find(key("root")))->tls, TlsNeed::none);
  for (const TlsNeed need : {TlsNeed::ssl, TlsNeed::x509, TlsNeed::none}) {
    value_of(write([&](Transaction& t) { return t.accounts().set_tls(kServer, key("root"), need); }));
    EXPECT_EQ(value_of(reader_->accounts().find(key("root")))->tls, need);
  }
}

TEST(Password, ImportsBothKindsOfHash) {
  const std::string sha2 = crypto::sha2_hash(secret("password"), system_entropy());
  EXPECT_EQ(value_of(import_hash(secret(sha2))).sha2_hash, sha2);
  EXPECT_TRUE(value_of(import_hash(secret("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"))).native_hash);
  for (const std::string& wrong :
       {std::string("*2470"), sha2.substr(1), sha2 + "x", "$A$004$" + sha2.substr(7),
        "$A$FFF$" + sha2.substr(7), std::string("password")}) {
    EXPECT_EQ(code_of(import_hash(secret(wrong))), Errc::password_format) << wrong;
  }
}

// As a MySQL 8.0 server wrote it: the example that hashcat gives for its mode 7401.
TEST(Password, ReadsWhatMysqlWrote) {
  const Bytes salt = value_of(crypto::from_hex("F9CC98CE08892924F50A213B6BC571A2C11778C5"));
  const std::string hash =
      "$A$005$" + std::string(as_text(salt)) + "bTy95Y99eAME1dwEkHOA1ndHGBWz.1bxSSRkuTXFGV/";
  EXPECT_TRUE(crypto::matches_sha2(secret("hashcat"), hash));
  EXPECT_FALSE(crypto::matches_sha2(secret("hashca"), hash));
  EXPECT_FALSE(crypto::matches_sha2(secret(""), hash));
  EXPECT_FALSE(crypto::matches_sha2(secret("hashcat"), "")) << "what isn't a hash matches nothing";
}

TEST_F(StoreAccountTest, AnAccountIsMadeOnceAndDropped) {
  value_of(create("u"));
  const auto again = create("u");
  EXPECT_EQ(code_of(again), Errc::user_exist);
  EXPECT_EQ(again.error().text(), "Operation CREATE USER failed for 'u'@'%'");
  value_of(create("u", "localhost"));
  EXPECT_EQ(code_of(create("u", "LOCALHOST")), Errc::user_exist) << "hosts have no case";
  value_of(create("U"));
  value_of(grant("u", {.privileges = privilege::kSuper}));
  const auto drop = [&] {
    return write([&](Transaction& t) { return t.accounts().drop(kServer, key("u")); });
  };
  value_of(drop());
  EXPECT_EQ(code_of(drop()), Errc::user_not_exist);
  EXPECT_EQ(drop().error().text(), "Operation DROP USER failed for 'u'@'%'");
  value_of(create("u"));
  EXPECT_EQ(show_grants("u")[0], "GRANT USAGE ON *.* TO 'u'") << "a new account has nothing of the old one";
}

TEST_F(StoreAccountTest, ALockIsKept) {
  value_of(write([&](Transaction& t) { return t.accounts().set_locked(kServer, key("root"), true); }));
  EXPECT_TRUE(value_of(reader_->accounts().find(key("root")))->locked);
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.accounts().set_locked(kServer, key("x"), true); })),
            Errc::user_not_exist);
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.accounts().set_password(kServer, key("x"), {}); })),
            Errc::user_not_exist);
}

TEST_F(StoreAccountTest, ARenamedAccountKeepsEverything) {
  const Credential credential = hash_password(secret("p"), system_entropy());
  const PasswordPolicy policy{.expired = true, .lifetime = 90, .failed_login_attempts = 3, .lock_days = -1};
  value_of(write([&](Transaction& t) {
    return t.accounts().create(kServer, {.key = key("u"),
                                         .credential = credential,
                                         .plugin = std::string(kSha2Plugin),
                                         .locked = true,
                                         .tls = TlsNeed::ssl,
                                         .policy = policy});
  }));
  value_of(grant("u", {.privileges = privilege::kSuper}));
  value_of(grant("u", {.schema = "mysql", .privileges = privilege::kSelect}));
  const Account before = *value_of(reader_->accounts().find(key("u")));
  const auto rename = [&](const AccountKey& from, const AccountKey& to) {
    return write([&](Transaction& t) { return t.accounts().rename(kServer, from, to); });
  };
  value_of(rename(key("u"), key("v", "10.%")));
  EXPECT_FALSE(value_of(reader_->accounts().find(key("u"))));
  EXPECT_TRUE(value_of(reader_->accounts().grants(key("u"))).empty());
  const Account after = *value_of(reader_->accounts().find(key("v", "10.%")));
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.credential.sha2_hash, credential.sha2_hash);
  EXPECT_EQ(after.plugin, kSha2Plugin);
  EXPECT_TRUE(after.locked);
  EXPECT_EQ(after.tls, TlsNeed::ssl);
  EXPECT_TRUE(after.policy.expired);
  EXPECT_EQ(after.policy.lifetime, 90);
  EXPECT_EQ(after.policy.failed_login_attempts, 3);
  EXPECT_EQ(after.policy.lock_days, PasswordPolicy::kUnbounded);
  EXPECT_EQ(after.password_time, FixedClock::kNow);
  EXPECT_EQ(value_of(reader_->accounts().grants(key("v", "10.%"))).size(), 2U);
  value_of(create("w"));
  EXPECT_EQ(code_of(rename(key("w"), key("v", "10.%"))), Errc::user_not_exist);
  EXPECT_EQ(code_of(rename(key("u"), key("x"))), Errc::user_not_exist);
  EXPECT_TRUE(value_of(reader_->accounts().find(key("w")))) << "a renaming that failed changed nothing";
}

TEST_F(StoreAccountTest, ANewPasswordHasNotExpired) {
  value_of(create("u"));
  value_of(
      write([&](Transaction& t) { return t.accounts().set_policy(kServer, key("u"), {.expired = true}); }));
  EXPECT_TRUE(has_expired(*value_of(reader_->accounts().find(key("u"))), 0, FixedClock::kNow));
  value_of(write([&](Transaction& t) { return t.accounts().set_password(kServer, key("u"), {}); }));
  EXPECT_FALSE(has_expired(*value_of(reader_->accounts().find(key("u"))), 0, FixedClock::kNow));
}

TEST(Password, ExpiresByItsOwnLifetimeElseTheServers) {
  constexpr Timestamp kDay = 86'400'000'000;
  Account account{.password_time = 100};
  EXPECT_FALSE(has_expired(account, 0, 100 + 10'000 * kDay));
  EXPECT_FALSE(has_expired(account, 30, 99 + 30 * kDay));
  EXPECT_TRUE(has_expired(account, 30, 100 + 30 * kDay));
  account.policy.lifetime = 0;
  EXPECT_FALSE(has_expired(account, 30, 100 + 30 * kDay)) << "PASSWORD EXPIRE NEVER";
  account.policy.lifetime = 2;
  EXPECT_TRUE(has_expired(account, 30, 100 + 2 * kDay));
}

TEST(Password, IsKnownAgain) {
  const Credential both = hash_password(secret("p"), system_entropy());
  const Credential sha2{.native_hash = {}, .sha2_hash = both.sha2_hash};
  for (const Credential& credential : {both, sha2}) {
    EXPECT_TRUE(is_password(credential, secret("p")));
    EXPECT_FALSE(is_password(credential, secret("q")));
    EXPECT_FALSE(is_password(credential, secret("")));
  }
  EXPECT_TRUE(is_password({}, secret("")));
  EXPECT_FALSE(is_password({}, secret("p")));
  EXPECT_TRUE(share_a_hash(both, sha2));
  EXPECT_TRUE(share_a_hash({}, {}));
  EXPECT_FALSE(share_a_hash(both, {}));
  EXPECT_FALSE(share_a_hash(both, hash_password(secret("q"), system_entropy())));
}

TEST_F(StoreAccountTest, ANumberIsGivenOnce) {
  value_of(create("u"));
  const AccountId first = value_of(reader_->accounts().find(key("u")))->id;
  EXPECT_GT(first, value_of(reader_->accounts().find(key("root")))->id);
  value_of(write([&](Transaction& t) -> Result<> {
    BW_CHECK(t.accounts().drop(kServer, key("u")));
    return t.accounts().create(kServer, {.key = key("u")});
  }));
  EXPECT_GT(value_of(reader_->accounts().find(key("u")))->id, first);
  value_of(write([&](Transaction& t) { return t.accounts().set_password(kServer, key("u"), {}); }));
  const AccountId second = value_of(reader_->accounts().find(key("u")))->id;
  value_of(write([&](Transaction& t) { return t.accounts().set_locked(kServer, key("u"), true); }));
  EXPECT_EQ(value_of(reader_->accounts().find(key("u")))->id, second) << "a change keeps it";
}

// Every way to change an account, as one does it who holds `held`: who may do what to whom.
class AccountRulesTest : public StoreAccountTest {
 protected:
  using Change = std::function<Result<>(Transaction&, const Actor&, const AccountKey&)>;
  struct Way {
    const char* name;
    Change change;
    bool own;  ///< one's own may be changed without any right
  };
  const std::vector<Way> ways_ = {
      {"password",
       [](Transaction& t, const Actor& by, const AccountKey& k) {
         return t.accounts().set_password(by, k, hash_password(secret("x"), system_entropy()));
       },
       true},
      {"plugin",
       [](Transaction& t, const Actor& by, const AccountKey& k) {
         return t.accounts().set_password(by, k, {}, std::string(kSha2Plugin));
       },
       true},
      {"lock",
       [](Transaction& t, const Actor& by, const AccountKey& k) {
         return t.accounts().set_locked(by, k, true);
       },
       false},
      {"tls",
       [](Transaction& t, const Actor& by, const AccountKey& k) {
         return t.accounts().set_tls(by, k, TlsNeed::ssl);
       },
       false},
      {"policy",
       [](Transaction& t, const Actor& by, const AccountKey& k) {
         return t.accounts().set_policy(by, k, {.expired = true});
       },
       false},
      {"drop", [](Transaction& t, const Actor& by, const AccountKey& k) { return t.accounts().drop(by, k); },
       false},
      {"revoke_all",
       [](Transaction& t, const Actor& by, const AccountKey& k) { return t.accounts().revoke_all(by, k); },
       false}};

  /// What the change comes to, which is undone.
  Errc outcome(const Change& change, const Actor& by, const AccountKey& target) {
    const Result<> tried = write([&](Transaction& t) -> Result<> {
      BW_CHECK(change(t, by, target));
      return fail(error::try_again());
    });
    return code_of(tried);
  }
  Actor actor(const std::string& user, Privileges held, TenantId tenant) {
    const AccountKey key{.tenant_id = tenant, .user = user};
    value_of(write([&](Transaction& t) -> Result<> {
      BW_CHECK(t.accounts().create(kServer, {.key = key}));
      return t.accounts().grant(key, {.privileges = held});
    }));
    return {key, value_of(reader_->accounts().find(key))->id};
  }
};

TEST_F(AccountRulesTest, EveryWayAsksTheSame) {
  const TenantId oracle = make_tenant("o", CompatibilityMode::oracle);
  const Privileges all_but =
      all_privileges(GrantLevel::global) & ~(privilege::kCreateUser | privilege::kSuper);
  const Actor low = actor("low", all_but | privilege::kGrantOption, tenant_);
  const Actor maker = actor("maker", privilege::kCreateUser, tenant_);
  const Actor super = actor("super", privilege::kSuper, tenant_);
  const Actor of_sys = actor("of_sys", privilege::kCreateUser | privilege::kSuper, kSysTenantId);
  value_of(create("u"));
  value_of(create("root", "10.%"));
  value_of(write([&](Transaction& t) -> Result<> {
    BW_CHECK(t.accounts().create(kServer, {.key = {.tenant_id = oracle, .user = "root"}}));
    return t.accounts().create(kServer, {.key = {.tenant_id = tenant_, .user = "SYS"}});
  }));
  const AccountKey sys{.tenant_id = oracle, .user = "SYS"};
  const Errc done = Errc::try_again;
  for (const Way& way : ways_) {
    SCOPED_TRACE(way.name);
    for (const AccountKey& target : {key("u"), key("SYS"), {.tenant_id = oracle, .user = "root"}}) {
      EXPECT_EQ(outcome(way.change, low, target), Errc::no_privilege) << target.user;
      EXPECT_EQ(outcome(way.change, maker, target), done) << target.user;
      EXPECT_EQ(outcome(way.change, super, target), Errc::no_privilege) << target.user;
      EXPECT_EQ(outcome(way.change, of_sys, target), done) << target.user;
    }
    for (const AccountKey& target : {key("root"), key("root", "10.%"), sys}) {
      EXPECT_EQ(outcome(way.change, low, target), Errc::no_privilege) << target.user;
      EXPECT_EQ(outcome(way.change, maker, target), Errc::no_privilege) << target.user;
      EXPECT_EQ(outcome(way.change, super, target), done) << target.user;
      EXPECT_EQ(outcome(way.change, kServer, target), done) << target.user;
    }
    EXPECT_EQ(outcome(way.change, low, key("low")), way.own ? done : Errc::no_privilege);
    EXPECT_EQ(outcome(way.change, low, key("low", "10.%")), Errc::no_privilege)
        << "another host's is another";
  }
  const auto make = [](Transaction& t, const Actor& by, const AccountKey& k) {
    return t.accounts().create(by, {.key = k});
  };
  EXPECT_EQ(outcome(make, low, key("new")), Errc::no_privilege);
  EXPECT_EQ(outcome(make, maker, key("new")), done);
  EXPECT_EQ(outcome(make, maker, key("root", "192.0.2.1")), Errc::no_privilege)
      << "root's places and exemptions go by its name";
  EXPECT_EQ(outcome(make, super, key("root", "192.0.2.1")), done);
}

// Both names count: an administrator's name is neither given away nor taken without SUPER.
TEST_F(AccountRulesTest, ARenamingAsksForBothNames) {
  const Actor low = actor("low", privilege::kSelect, tenant_);
  const Actor maker = actor("maker", privilege::kCreateUser, tenant_);
  const Actor both = actor("both", privilege::kCreateUser | privilege::kSuper, tenant_);
  value_of(create("u"));
  const auto renaming = [&](const AccountKey& from) {
    return [from](Transaction& t, const Actor& by, const AccountKey& to) {
      return t.accounts().rename(by, from, to);
    };
  };
  EXPECT_EQ(outcome(renaming(key("u")), low, key("v")), Errc::no_privilege);
  EXPECT_EQ(outcome(renaming(key("low")), low, key("v")), Errc::no_privilege) << "not even one's own";
  EXPECT_EQ(outcome(renaming(key("u")), maker, key("v")), Errc::try_again);
  EXPECT_EQ(outcome(renaming(key("u")), maker, key("root", "10.%")), Errc::no_privilege);
  EXPECT_EQ(outcome(renaming(key("root")), maker, key("v")), Errc::no_privilege);
  EXPECT_EQ(outcome(renaming(key("root")), both, key("v")), Errc::try_again);
  EXPECT_EQ(outcome(renaming(key("u")), both, key("root", "10.%")), Errc::try_again);
}

TEST_F(AccountRulesTest, PartOfWhatRootHoldsIsTakenWithSuperAlone) {
  const Actor maker =
      actor("maker", privilege::kCreateUser | privilege::kSelect | privilege::kGrantOption, tenant_);
  const auto revoke = [](Transaction& t, const Actor& by, const AccountKey& k) {
    return t.accounts().revoke(by, k, {.privileges = privilege::kSelect});
  };
  value_of(create("u"));
  EXPECT_EQ(outcome(revoke, maker, key("root")), Errc::no_privilege);
  EXPECT_EQ(outcome(revoke, maker, key("u")), Errc::try_again);
  EXPECT_EQ(outcome(revoke, actor("super", privilege::kSuper, tenant_), key("root")), Errc::try_again);
}

TEST_F(AccountRulesTest, WhoseAccountIsGoneChangesNothing) {
  const Actor before = actor("u", privilege::kCreateUser, tenant_);
  value_of(write([&](Transaction& t) { return t.accounts().drop(kServer, key("u")); }));
  const auto change = ways_.front().change;
  EXPECT_EQ(outcome(change, before, key("u")), Errc::connection_killed);
  const Actor now = actor("u", privilege::kCreateUser, tenant_);
  EXPECT_EQ(outcome(change, before, key("u")), Errc::connection_killed) << "another has its name";
  EXPECT_EQ(outcome(change, now, key("u")), Errc::try_again);
}

TEST_F(StoreAccountTest, CountsAreOfTheWholeCatalogue) {
  make_tenant("o", CompatibilityMode::oracle);
  for (const auto& plugin : {kNativePlugin, kSha2Plugin, kSha2Plugin}) {
    static int number = 0;
    const AccountKey made = key("p" + std::to_string(number++));
    value_of(write([&](Transaction& t) {
      return t.accounts().create(kServer, {.key = made, .plugin = std::string(plugin)});
    }));
  }
  const AccountCounts counts = value_of(reader_->accounts().counts());
  EXPECT_EQ(counts.accounts, 6U) << "with three administrators";
  EXPECT_EQ(counts.native, 1U);
  EXPECT_EQ(counts.sha2, 2U);
  EXPECT_EQ(counts.tenants, 3U);
  EXPECT_EQ(counts.oracle, 1U);
}

TEST_F(StoreAccountTest, TheMostSpecificHostWins) {
  for (const char* host : {"%", "10.%", "10.1.2.3", "localhost", "10.1.%"}) value_of(create("u", host));
  EXPECT_EQ(login_host("u", {.address = "10.1.2.3"}), "10.1.2.3");
  EXPECT_EQ(login_host("u", {.address = "10.1.2.4"}), "10.1.%");
  EXPECT_EQ(login_host("u", {.address = "10.9.2.4"}), "10.%");
  EXPECT_EQ(login_host("u", {.address = "192.168.0.1"}), "%");
  EXPECT_EQ(login_host("u", {.address = "127.0.0.1", .local = true}), "localhost");
  EXPECT_EQ(login_host("u", {.address = "", .local = true}), "localhost");
  EXPECT_EQ(login_host("nobody", {.address = "10.1.2.3"}), "(nobody)");
}

TEST_F(StoreAccountTest, AHostThatDoesNotFitIsNobody) {
  value_of(create("u", "10.1.2.3"));
  EXPECT_EQ(login_host("u", {.address = "10.1.2.30"}), "(nobody)");
  EXPECT_EQ(login_host("u", kNoHost), "(nobody)");
}

TEST(HostMatch, WildcardsMatchAsInMySql) {
  const auto fits = [](std::string_view pattern, std::string_view address) {
    return host_matches(pattern, {.address = std::string(address)});
  };
  EXPECT_TRUE(fits("%", ""));
  EXPECT_TRUE(fits("", "10.0.0.1"));
  EXPECT_TRUE(fits("192.168.1._", "192.168.1.7"));
  EXPECT_FALSE(fits("192.168.1._", "192.168.1.77"));
  EXPECT_TRUE(fits("%.1.%", "10.1.1.1.1"));
  EXPECT_TRUE(fits("FE80::%", "fe80::1"));
  EXPECT_FALSE(fits("localhost", "10.0.0.1"));
  EXPECT_FALSE(fits("127.0.0.1%x", "127.0.0.1"));
}

TEST_F(StoreAccountTest, GrantsAddUpAndRevokeTakesAway) {
  value_of(create("u"));
  value_of(grant("u", {.privileges = privilege::kAlterSystem}));
  value_of(grant("u", {.privileges = privilege::kSuper}));
  value_of(grant("u", {.schema = "oceanbase", .privileges = privilege::kSelect}));
  value_of(grant("u", {.schema = "oceanbase", .table = "DBA_OB_TENANTS", .privileges = privilege::kSelect}));
  EXPECT_EQ(show_grants("u"),
            (std::vector<std::string>{"GRANT SUPER, ALTER SYSTEM ON *.* TO 'u'",
                                      "GRANT SELECT ON `oceanbase`.* TO 'u'",
                                      "GRANT SELECT ON `oceanbase`.`DBA_OB_TENANTS` TO 'u'"}));
  value_of(revoke("u", {.privileges = privilege::kSuper}));
  value_of(revoke("u", {.schema = "OCEANBASE", .privileges = privilege::kSelect}));
  EXPECT_EQ(show_grants("u")[0], "GRANT ALTER SYSTEM ON *.* TO 'u'");
  EXPECT_EQ(show_grants("u").size(), 2U);
  value_of(write([&](Transaction& t) { return t.accounts().revoke_all(kServer, key("u")); }));
  EXPECT_EQ(show_grants("u"), std::vector<std::string>{"GRANT USAGE ON *.* TO 'u'"});
}

TEST_F(StoreAccountTest, WhatWasNotGrantedIsNotRevoked) {
  value_of(create("u"));
  EXPECT_EQ(code_of(revoke("u", {.schema = "oceanbase", .privileges = privilege::kSelect})),
            Errc::non_default_grant);
  EXPECT_EQ(code_of(revoke("x", {.privileges = privilege::kSelect})), Errc::non_default_grant);
  EXPECT_EQ(code_of(grant("x", {.privileges = privilege::kSelect})), Errc::create_user_with_grant);
}

TEST(Privileges, NamesAreOfALevel) {
  EXPECT_EQ(privilege_by_name("alter system", GrantLevel::global), privilege::kAlterSystem);
  EXPECT_FALSE(privilege_by_name("ALTER SYSTEM", GrantLevel::schema));
  EXPECT_EQ(privilege_by_name("SELECT", GrantLevel::table), privilege::kSelect);
  EXPECT_EQ(privilege_by_name("ALL", GrantLevel::table), all_privileges(GrantLevel::table));
  EXPECT_EQ(privilege_by_name("USAGE", GrantLevel::global), privilege::kUsage);
  EXPECT_FALSE(privilege_by_name("FLY", GrantLevel::global));
}

TEST(Privileges, AWiderGrantCoversANarrowerObject) {
  const std::vector<GrantRow> schema = {{.schema = "oceanbase", .privileges = privilege::kSelect}};
  EXPECT_TRUE(allows(schema, privilege::kSelect, "OceanBase", "DBA_OB_TENANTS"));
  EXPECT_TRUE(allows(schema, privilege::kSelect, "oceanbase"));
  EXPECT_FALSE(allows(schema, privilege::kSelect, "mysql", "user"));
  EXPECT_FALSE(allows(schema, privilege::kSelect)) << "a grant on a schema is not one on *.*";
  EXPECT_FALSE(allows(schema, privilege::kSelect | privilege::kInsert, "oceanbase"));
  const std::vector<GrantRow> table = {
      {.schema = "oceanbase", .table = "v", .privileges = privilege::kSelect}};
  EXPECT_TRUE(allows(table, privilege::kSelect, "oceanbase", "V"));
  EXPECT_FALSE(allows(table, privilege::kSelect, "oceanbase"));
}

TEST(Privileges, QuotesInNamesAreDoubled) {
  const std::vector<GrantRow> rows = {{.schema = "a`b", .privileges = privilege::kSelect}};
  EXPECT_EQ(describe_grants({.user = "o'k", .host = "h"}, rows)[1], "GRANT SELECT ON `a``b`.* TO 'o''k'@'h'");
}

TEST(PasswordHash, OnlyAWellFormedHashIsImported) {
  const auto hash = value_of(import_hash(secret("*2470c0c06dee42fd1618bb99005adca2ec9d1e19"))).native_hash;
  EXPECT_EQ(hash, crypto::native_hash(secret("password")));
  const Credential empty = value_of(import_hash(secret("")));
  EXPECT_FALSE(empty.native_hash || empty.sha2_hash);
  for (const char* bad :
       {"*", "2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E1",
        "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1EZZ", "**470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"}) {
    EXPECT_EQ(code_of(import_hash(secret(bad))), Errc::password_format) << bad;
  }
}

}  // namespace
}  // namespace breakwater::catalog
