// A tenant's part: lines out of one catalogue, a tenant in another.
#include <algorithm>

#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class Lines final : public LineSink {
 public:
  Result<> line(std::string_view line) override {
    all.emplace_back(line);
    return {};
  }
  std::size_t with(std::string_view text) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }
  std::vector<std::string> all;
};

/// Its "encryption" is good for one identity, and without the key for none.
class TestKey final : public ValueSealer, public ValueOpener {
 public:
  Result<Bytes> seal(std::string_view identity, const Secret& plain) override {
    std::string text = std::string(identity) + '\n' + std::string(plain.reveal());
    for (char& c : text) c = static_cast<char>(c ^ 0x55);
    const auto bytes = as_bytes(text);
    return Bytes(bytes.begin(), bytes.end());
  }
  Result<std::optional<Secret>> open(std::string_view identity,
                                     std::span<const std::uint8_t> sealed) override {
    if (missing) return std::nullopt;
    std::string text(as_text(sealed));
    for (char& c : text) c = static_cast<char>(c ^ 0x55);
    const std::string start = std::string(identity) + '\n';
    if (!text.starts_with(start)) return fail(error::checksum_error());
    return Secret(std::string_view(text).substr(start.size()));
  }
  bool missing = false;
};

/// In caching_sha2_password's form.
const std::string kHash = "$A$005$" + std::string(20, 's') + "canary" + std::string(37, 'h');

class PartTest : public StoreTest {
 protected:
  void SetUp() override {
    open(1 << 28U);
    tenant_ = make_tenant("t");
    value_of(write([&](Transaction& t) -> Result<> {
      NativeHash hash{};
      hash[0] = 7;
      const AccountKey key{.tenant_id = tenant_, .user = "u", .host = "Host"};
      BW_CHECK(t.accounts().create(Actor::server(),
                                   {.key = key, .credential = {.native_hash = hash, .sha2_hash = kHash}}));
      BW_CHECK(t.accounts().grant(key, {.schema = "db", .privileges = 3}));
      BW_CHECK(t.parameters().set(tenant_, "archive_lag_target", "60s"));
      BW_CHECK(t.parameters().set_secret(tenant_, "external_kms_info", secret("canary-kms")));
      BW_CHECK(t.parameters().set_variable(tenant_, "binary", "\xff\xfe"));
      BW_CHECK(t.keys().rotate(tenant_));
      BW_CHECK(t.keys().create_keystore(tenant_, {.name = "k", .password_hash = kHash, .open = true}));
      BW_CHECK(t.policies().add(tenant_, {.name = "default", .recovery_window = "7d"}));
      IntentSpec spec{.key = {.tenant_id = tenant_, .path = "oss://b/d", .endpoint = "host=h"},
                      .path_key = "p"};
      BW_TRY(spec.dest_id, t.destinations().reserve_id(tenant_));
      BW_TRY(const auto intent, t.intents().open(spec));
      return t.intents().finish(intent, {}, "oss://b/d?host=h&access_id=a", secret("canary-access"));
    }));
  }

  /// A store whose tenants can archive.
  void open(std::int64_t log_limit) {
    close();
    StoreOptions wanted = options();
    wanted.log_limit = log_limit;
    store_ = value_of(open_store(std::move(wanted)));
    reader_ = value_of(store_->open_reader());
  }

  Lines snapshot() {
    Lines lines;
    value_of(reader_->parts().snapshot(tenant_, key_, lines));
    return lines;
  }

  std::unique_ptr<PartScratch> scratch_of(const Lines& lines) {
    auto scratch = value_of(make_part_scratch());
    for (const std::string& line : lines.all) value_of(scratch->add(line, key_));
    value_of(scratch->finish());
    return scratch;
  }

  PartReport import_to(Store& store, PartScratch& scratch, const std::string& name) {
    return value_of(store.write_and_wait<PartReport>(
        [&](Transaction& t) { return t.parts().import(scratch, {.name = name, .role = "RESTORE"}); }));
  }

  /// What a tenant has here, by what the store's own readers say.
  static void expect_same(Reader& before, TenantId old_id, Reader& after, TenantId new_id) {
    const AccountKey old_key{.tenant_id = old_id, .user = "u", .host = "host"};
    const AccountKey new_key{.tenant_id = new_id, .user = "u", .host = "host"};
    const auto was = value_of(before.accounts().find(old_key));
    const auto is = value_of(after.accounts().find(new_key));
    ASSERT_TRUE(was && is);
    EXPECT_EQ(is->credential.native_hash, was->credential.native_hash);
    EXPECT_EQ(is->credential.sha2_hash, was->credential.sha2_hash);
    EXPECT_EQ(is->key.host, was->key.host);
    EXPECT_EQ(value_of(after.accounts().grants(new_key)).size(),
              value_of(before.accounts().grants(old_key)).size());
    EXPECT_EQ(value_of(after.parameters().find(new_id, "archive_lag_target")), "60s");
    EXPECT_EQ(value_of(after.parameters().secret(new_id, "external_kms_info"))->reveal(), "canary-kms");
    EXPECT_EQ(value_of(after.parameters().variable(new_id, "binary")), "\xff\xfe");
    const auto old_keys = value_of(before.keys().unsealed(old_id));
    const auto new_keys = value_of(after.keys().unsealed(new_id));
    ASSERT_EQ(new_keys.size(), 1U);
    EXPECT_TRUE(new_keys[0].key.equals(old_keys[0].key));
    EXPECT_EQ(value_of(after.keys().keystore(new_id))->password_hash, kHash);
    EXPECT_FALSE(value_of(after.destinations().current(new_id)));
    EXPECT_TRUE(value_of(after.destinations().all(new_id)).empty());
    EXPECT_FALSE(value_of(after.tenants().find(new_id))->archivelog);
  }

  TenantId tenant_ = 0;
  TestKey key_;
};

TEST_F(PartTest, ATenantComesBackUnderAnotherId) {
  const Lines lines = snapshot();
  EXPECT_EQ(lines.with("canary"), 0U) << "a secret in clear";
  const auto scratch = scratch_of(lines);
  EXPECT_EQ(value_of(scratch->tenant_name()), "t");
  const PartReport report = import_to(*store_, *scratch, "copy");
  EXPECT_NE(report.tenant, tenant_);
  EXPECT_TRUE(report.left_out.empty());
  EXPECT_EQ(report.settings, std::vector<std::string>{"DATA_BACKUP_DEST=oss://b/d"});
  expect_same(*reader_, tenant_, *reader_, report.tenant);
  EXPECT_EQ(value_of(reader_->tenants().find("copy"))->id, report.tenant);
}

TEST_F(PartTest, ATenantComesToAnotherInstallation) {
  const auto scratch = scratch_of(snapshot());
  TempDirectory elsewhere;
  StoreOptions options;
  options.data_dir = elsewhere / "data";
  const auto other = value_of(open_store(std::move(options)));
  const PartReport report = import_to(*other, *scratch, "t");
  const auto reader = value_of(other->open_reader());
  expect_same(*reader_, tenant_, *reader, report.tenant);
}

TEST_F(PartTest, WhatAKeyIsMissingForIsLeftOutAndSaid) {
  const Lines lines = snapshot();
  key_.missing = true;
  const auto scratch = scratch_of(lines);
  const PartReport report = import_to(*store_, *scratch, "copy");
  const std::vector<std::string> expected = {"password of 'u'@'Host'", "parameter external_kms_info",
                                             "master key 1", "keystore"};
  EXPECT_EQ(report.left_out, expected);
  const auto account =
      value_of(reader_->accounts().find({.tenant_id = report.tenant, .user = "u", .host = "Host"}));
  ASSERT_TRUE(account);
  EXPECT_TRUE(account->locked) << "an account without its password must not have an empty one";
  EXPECT_EQ(value_of(reader_->keys().newest(report.tenant)), 0);
  EXPECT_FALSE(value_of(reader_->parameters().secret(report.tenant, "external_kms_info")));
}

TEST_F(PartTest, LinesOfAnotherTenantOrNoLinesAreRefused) {
  Lines lines = snapshot();
  auto scratch = value_of(make_part_scratch());
  EXPECT_EQ(code_of(scratch->add(lines.all[1], key_)), Errc::checksum_error) << "no schema version yet";
  value_of(scratch->add(lines.all[0], key_));
  value_of(scratch->add(lines.all[1], key_));
  for (const char* bad :
       {"", "{}", "[1]", "{\"table\":\"nothing\",\"row\":{}}", "{\"table\":\"cluster\",\"row\":{}}",
        "{\"table\":\"tenant\",\"row\":{\"tenant_id\":1}}",
        "{\"table\":\"global_variable\",\"row\":{\"tenant_id\":7,"
        "\"name\":\"n\",\"value\":\"v\"}}",
        "{\"table\":\"global_variable\",\"gone\":{\"tenant_id\":7,\"name\":\"n\"}}"})
    EXPECT_EQ(code_of(scratch->add(bad, key_)), Errc::checksum_error) << bad;
  EXPECT_EQ(code_of(scratch->add("{\"schema_version\":9999,\"scn\":1}", key_)), Errc::not_supported);
}

// Deep enough to take the stack of who copies it.
TEST_F(PartTest, WhatIsNestedDeeplyIsRefused) {
  const Lines lines = snapshot();
  auto scratch = value_of(make_part_scratch());
  value_of(scratch->add(lines.all[0], key_));
  value_of(scratch->add(lines.all[1], key_));
  const auto nested = [](const char* open, const char* close) {
    std::string text = "{\"table\":\"account\",\"row\":{\"user_name\":";
    for (int i = 0; i < 300'000; ++i) text += open;
    text += "1";
    for (int i = 0; i < 300'000; ++i) text += close;
    return text + ",\"host\":\"%\"}}";
  };
  EXPECT_EQ(code_of(scratch->add(nested("[", "]"), key_)), Errc::checksum_error);
  EXPECT_EQ(code_of(scratch->add(nested("{\"a\":", "}"), key_)), Errc::checksum_error);
  EXPECT_EQ(code_of(read_head("{\"schema_version\":1,\"scn\":" + std::string(300'000, '['))),
            Errc::checksum_error);
  EXPECT_EQ(code_of(read_head("{\"schema_version\":1,\"scn\":7}")), Errc::checksum_error);
  EXPECT_EQ(value_of(read_head("{\"schema_version\":1,\"scn\":7,\"history\":\"\"}")).scn, 7);
}

// Each name would be looked for among all before it, each object compared with all beside it.
TEST_F(PartTest, WhatHasMoreValuesThanARowIsRefusedBeforeItIsBuilt) {
  const Lines lines = snapshot();
  auto scratch = value_of(make_part_scratch());
  value_of(scratch->add(lines.all[0], key_));
  for (const char* value : {"1", "{}", "[]"}) {
    std::string text = "{\"table\":\"account\",\"row\":{";
    for (int i = 0; i < 80'000; ++i)
      text.append(i == 0 ? "\"" : ",\"").append(std::to_string(i)).append("\":").append(value);
    for (int again = 0; again < 64; ++again)
      EXPECT_EQ(code_of(scratch->add(text + "}}", key_)), Errc::checksum_error);
  }
}

// In clear it could be the number under which the scratch has another row's secret.
TEST_F(PartTest, ASecretThatStandsInClearIsRefused) {
  const Lines lines = snapshot();
  int tried = 0;
  for (const std::string& line : lines.all) {
    for (const std::string_view sealed : {"{\"sealed\":", "{\"sealed_text\":"}) {
      const auto at = line.find(sealed);
      if (at == std::string::npos) continue;
      for (const char* clear : {"\"2\"", "2", "{\"blob\":\"Mg==\"}", "{\"text\":\"Mg==\"}"}) {
        auto scratch = value_of(make_part_scratch());
        value_of(scratch->add(lines.all[0], key_));
        value_of(scratch->add(lines.all[1], key_));
        std::string forged = line;
        forged.replace(at, line.find('}', at) + 1 - at, clear);
        EXPECT_EQ(code_of(scratch->add(forged, key_)), Errc::checksum_error) << forged;
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 8);
}

// ---- rows that no statement makes

class ForgedPartTest : public PartTest {
 protected:
  /// What comes of the tenant's lines with one more, or with one changed.
  std::optional<Errc> finish(const std::vector<std::string>& lines) {
    auto scratch = value_of(make_part_scratch());
    for (const std::string& line : lines) {
      const auto added = scratch->add(line, key_);
      if (!added) return added.error().code();
    }
    const auto done = scratch->finish();
    if (!done) return done.error().code();
    return std::nullopt;
  }
  std::optional<Errc> changed(const std::string& table, const std::string& from, const std::string& to) {
    Lines lines = snapshot();
    for (std::string& line : lines.all) {
      if (!line.starts_with("{\"table\":\"" + table + "\"")) continue;
      const auto at = line.find(from);
      if (at == std::string::npos) continue;
      line.replace(at, from.size(), to);
      return finish(lines.all);
    }
    ADD_FAILURE() << table << " has no " << from;
    return std::nullopt;
  }
};

TEST_F(ForgedPartTest, EachIsRefused) {
  EXPECT_EQ(finish(snapshot().all), std::nullopt);
  const std::string plugin = "\"plugin\":\"\"";
  EXPECT_EQ(changed("account", plugin, plugin), std::nullopt) << "the same line";
  EXPECT_EQ(changed("account", plugin, "\"plugin\":\"auth_socket\""), Errc::checksum_error);
  EXPECT_EQ(changed("account", "\"user_name\":\"u\"", "\"user_name\":\"" + std::string(65, 'u') + "\""),
            Errc::checksum_error);
  EXPECT_EQ(changed("account", "\"user_name\":\"u\"", "\"user_name\":{\"text\":\"/w==\"}"),
            Errc::checksum_error)
      << "not UTF-8";
  EXPECT_EQ(changed("account", "\"user_name\":\"u\"", "\"user_name\":{\"blob\":\"dQ==\"}"),
            Errc::checksum_error)
      << "no text";
  EXPECT_EQ(changed("account", "\"locked\":0", "\"locked\":7"), Errc::checksum_error);
  EXPECT_EQ(changed("account_privilege", "\"privileges\":3", "\"privileges\":4611686018427387904"),
            Errc::checksum_error);
  EXPECT_EQ(changed("account_privilege", "\"privileges\":3", "\"privileges\":16387"), Errc::checksum_error)
      << "SUPER, of a schema";
  EXPECT_EQ(changed("account_privilege", "\"user_name\":\"u\"", "\"user_name\":\"nobody\""),
            Errc::checksum_error);
  EXPECT_EQ(changed("tenant", "\"tenant_type\":\"USER\"", "\"tenant_type\":\"SYS\""), Errc::checksum_error);
  EXPECT_EQ(changed("tenant", "\"invited_nodes\":\"",
                    "\"invited_nodes\":\"" + std::string(TenantWriter::kMaxInvitedNodes + 1, '1')),
            Errc::checksum_error);
  EXPECT_EQ(changed("master_key", "\"version\":1", "\"version\":0"), Errc::checksum_error);
  EXPECT_EQ(changed("tenant_parameter", "\"value\":\"60s\"", "\"value\":\"" + std::string(5000, '6') + "\""),
            Errc::checksum_error);
}

TEST_F(ForgedPartTest, RolesComeAlongAndForgedOnesDoNot) {
  value_of(write([&](Transaction& t) -> Result<> {
    BW_TRY(const Tenant oracle, t.tenants().create({.name = "o", .mode = CompatibilityMode::oracle}));
    tenant_ = oracle.id;
    const Actor by = Actor::server();
    const AccountKey user{.tenant_id = tenant_, .user = "U"};
    BW_CHECK(t.accounts().create(by, {.key = user}));
    for (const char* role : {"A", "B"}) BW_CHECK(t.roles().create(by, tenant_, role));
    BW_CHECK(t.roles().grant_privileges(tenant_, "B", {.privileges = privilege::kSelect}));
    BW_CHECK(t.roles().grant_to_role(by, tenant_, "A", {.role = "B"}));
    return t.roles().grant(by, user, {.role = "A", .admin = true});
  }));
  const auto scratch = scratch_of(snapshot());
  const PartReport report = import_to(*store_, *scratch, "copy");
  const AccountKey copied{.tenant_id = report.tenant, .user = "U"};
  EXPECT_EQ(value_of(reader_->roles().all(report.tenant)).size(), 5U);
  EXPECT_EQ(value_of(reader_->roles().enabled(copied, {})), (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(value_of(reader_->roles().global_privileges(copied, {})), privilege::kSelect);
  EXPECT_TRUE(value_of(reader_->roles().granted(copied)).at(0).admin);
  const auto forged = [&](const char* table, const char* from, const char* to) {
    EXPECT_EQ(changed(table, from, to), Errc::checksum_error) << table << ": " << to;
  };
  forged("role_of_account", "\"role_name\":\"A\"", "\"role_name\":\"X\"");
  forged("role_of_account", "\"user_name\":\"U\"", "\"user_name\":\"X\"");
  forged("role_of_account", "\"admin\":1", "\"admin\":2");
  forged("role_of_role", "\"holder\":\"A\"", "\"holder\":\"X\"");
  forged("role_privilege", "\"privileges\":128", "\"privileges\":9223372036854775807");
  forged("role", "\"role_name\":\"A\"", "\"role_name\":\"\"");
}

TEST_F(ForgedPartTest, RowsAreCounted) {
  Lines lines = snapshot();
  for (int i = 0; i < 17; ++i) {
    lines.all.push_back("{\"table\":\"backup_delete_policy\",\"row\":{\"tenant_id\":" +
                        std::to_string(tenant_) + ",\"policy_name\":\"p" + std::to_string(i) +
                        "\",\"recovery_window\":\"1d\",\"redundancy\":1,\"backup_copies\":0}}");
  }
  EXPECT_EQ(finish(lines.all), Errc::size_overflow);
}

TEST_F(ForgedPartTest, SettingsThatNoStatementTakesAreLeftOutAndSaid) {
  auto scratch = value_of(make_part_scratch());
  for (const std::string& line : snapshot().all) value_of(scratch->add(line, key_));
  std::vector<std::string> asked;
  value_of(scratch->finish([&](std::string_view table, std::string_view name, std::string_view value) {
    asked.push_back(std::string(table).append(" ").append(name).append("=").append(value));
    return name != "binary" && name != "external_kms_info";
  }));
  const std::vector<std::string> expected = {
      "global_variable binary=\xff\xfe", "tenant_parameter archive_lag_target=60s",
      "tenant_parameter external_kms_info=canary-kms", "backup_delete_policy default=7d"};
  EXPECT_EQ(asked, expected);
  const PartReport report = import_to(*store_, *scratch, "copy");
  EXPECT_EQ(report.left_out, (std::vector<std::string>{"variable binary", "parameter external_kms_info"}));
  EXPECT_FALSE(value_of(reader_->parameters().variable(report.tenant, "binary")));
  EXPECT_EQ(value_of(reader_->parameters().find(report.tenant, "archive_lag_target")), "60s");
}

// A log may say one row as often as it likes.
constexpr std::size_t kFew = std::size_t{16} << 20U;  ///< bytes

TEST_F(PartTest, WhatPassesIsNotWhatIsHeld) {
  const Lines lines = snapshot();
  auto scratch = value_of(make_part_scratch(kFew));
  for (const std::string& line : lines.all) value_of(scratch->add(line, key_));
  const std::string start =
      "{\"table\":\"tenant_parameter\",\"row\":{\"tenant_id\":" + std::to_string(tenant_) +
      ",\"name\":\"external_kms_info\",\"value\":";
  const std::string identity =
      "[\"tenant_parameter\",\"sealed\"," + std::to_string(tenant_) + ",\"external_kms_info\"]";
  const auto sealed = value_of(key_.seal(identity, secret(std::string(700'000, 'k'))));
  const std::string line = start + "null,\"sealed\":{\"sealed\":\"" + crypto::to_base64(sealed) + "\"}}}";
  constexpr std::size_t kTimes = kFew / 700'000 + 20;
  for (std::size_t i = 0; i < kTimes; ++i) value_of(scratch->add(line, key_));
  for (const std::string& last : lines.all)
    if (last.find("external_kms_info") != std::string::npos) value_of(scratch->add(last, key_));
  value_of(scratch->finish());
  const PartReport report = import_to(*store_, *scratch, "copy");
  EXPECT_EQ(value_of(reader_->parameters().secret(report.tenant, "external_kms_info"))->reveal(),
            "canary-kms");
}

TEST_F(PartTest, MoreThanMayBeHeldIsRefused) {
  auto scratch = value_of(make_part_scratch(kFew));
  for (const std::string& line : snapshot().all) value_of(scratch->add(line, key_));
  const std::string value(900'000, 'v');
  std::size_t rows = 0;
  for (; rows < 2 * kFew / value.size(); ++rows) {
    const auto added =
        scratch->add("{\"table\":\"global_variable\",\"row\":{\"tenant_id\":" + std::to_string(tenant_) +
                         ",\"name\":\"v" + std::to_string(rows) + "\",\"value\":\"" + value + "\"}}",
                     key_);
    if (added) continue;
    EXPECT_TRUE(added.error().is(Errc::size_overflow));
    break;
  }
  EXPECT_LE(rows, kFew / value.size() + 3);
}

// Nobody vouches for the rows: not for accounts without a password either.
TEST_F(PartTest, AllAccountsAreLockedIfAskedFor) {
  value_of(write([&](Transaction& t) {
    return t.accounts().create(Actor::server(), {.key = {.tenant_id = tenant_, .user = "open"}});
  }));
  key_.missing = true;
  const auto scratch = scratch_of(snapshot());
  const PartReport report = value_of(store_->write_and_wait<PartReport>(
      [&](Transaction& t) { return t.parts().import(*scratch, {.lock_accounts = true, .name = "copy"}); }));
  EXPECT_TRUE(report.all_locked);
  for (const Account& account : value_of(reader_->accounts().all(report.tenant)))
    EXPECT_TRUE(account.locked) << account.key.user;
}

class ArchivedPartTest : public PartTest {
 protected:
  void SetUp() override {
    PartTest::SetUp();
    value_of(write([&](Transaction& t) -> Result<> {
      BW_CHECK(t.archive().set_destination(tenant_, {.path = "file:///a", .dest_id = 1002}));
      return t.archive().set_archivelog(tenant_, true);
    }));
  }
  ArchiveRound round() { return *value_of(reader_->archive().round(tenant_)); }
};

TEST_F(ArchivedPartTest, TheLogAppliedToASnapshotIsTheNewestState) {
  Lines lines;
  const Scn scn = value_of(reader_->parts().snapshot(tenant_, key_, lines));
  const AccountKey old{.tenant_id = tenant_, .user = "u", .host = "Host"};
  value_of(write([&](Transaction& t) { return t.accounts().drop(Actor::server(), old); }));
  value_of(write([&](Transaction& t) {
    return t.accounts().create(Actor::server(), {.key = {.tenant_id = tenant_, .user = "u", .host = "HOST"}});
  }));
  value_of(write([&](Transaction& t) { return t.parameters().set(tenant_, "later", "1"); }));
  value_of(write([&](Transaction& t) { return t.parameters().set(1, "of_sys", "1"); }));
  EXPECT_EQ(code_of(reader_->parts().log(tenant_, round().start_scn - 1, 1 << 20U, key_, lines)),
            Errc::entry_not_exist);
  const auto read =
      value_of(reader_->parts().log(tenant_, std::max(scn, round().checkpoint_scn), 1 << 20U, key_, lines));
  EXPECT_EQ(read.commits, 3);
  EXPECT_FALSE(read.more);
  EXPECT_EQ(read.upto, value_of(reader_->parts().last_scn()));
  const PartReport report = import_to(*store_, *scratch_of(lines), "copy");
  const auto account =
      value_of(reader_->accounts().find({.tenant_id = report.tenant, .user = "u", .host = "host"}));
  ASSERT_TRUE(account);
  EXPECT_EQ(account->key.host, "HOST");
  EXPECT_FALSE(account->credential.native_hash);
  EXPECT_EQ(value_of(reader_->parameters().find(report.tenant, "later")), "1");
}

TEST_F(ArchivedPartTest, ChangesSinceASetMakeTheSameOfIt) {
  Lines lines;
  const Scn scn = value_of(reader_->parts().snapshot(tenant_, key_, lines));
  value_of(write([&](Transaction& t) { return t.parameters().reset(tenant_, "archive_lag_target"); }));
  value_of(write([&](Transaction& t) { return t.parameters().set(tenant_, "later", "1"); }));
  // The archive has its log: what changed is known nevertheless.
  ArchiveRound done = round();
  done.status = RoundStatus::doing;
  done.used_piece_id = 1;
  done.checkpoint_scn = value_of(reader_->parts().last_scn());
  value_of(
      write([&](Transaction& t) { return t.archive().advance(done, RoundStatus::beginning, std::nullopt); }));
  const std::size_t before = lines.all.size();
  const Scn upto = value_of(reader_->parts().changes(tenant_, scn, key_, lines));
  EXPECT_GT(upto, scn);
  EXPECT_EQ(lines.all.size(), before + 3);
  EXPECT_EQ(lines.with("\"gone\""), 1U);
  const PartReport report = import_to(*store_, *scratch_of(lines), "copy");
  EXPECT_FALSE(value_of(reader_->parameters().find(report.tenant, "archive_lag_target")));
  EXPECT_EQ(value_of(reader_->parameters().find(report.tenant, "later")), "1");
  // After the archiving has ended, nobody knows any more.
  value_of(write([&](Transaction& t) { return t.archive().set_archivelog(tenant_, false); }));
  EXPECT_EQ(code_of(reader_->parts().changes(tenant_, scn, key_, lines)), Errc::entry_not_exist);
}

TEST_F(ArchivedPartTest, WhatNobodyArchivesLeavesNothing) {
  const auto count = [&] {
    return *value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM change_log"));
  };
  const auto before = count();
  value_of(write([&](Transaction& t) { return t.parameters().set(1, "of_sys", "1"); }));
  EXPECT_EQ(count(), before);
  EXPECT_FALSE(write([&](Transaction& t) -> Result<> {
    BW_CHECK(t.parameters().set(tenant_, "p", "1"));
    return fail(error::op_not_allow("undone"));
  }));
  EXPECT_EQ(count(), before);
  value_of(write([&](Transaction& t) { return t.parameters().set(tenant_, "p", "1"); }));
  EXPECT_EQ(count(), before + 1);
  value_of(write([&](Transaction& t) { return t.tenants().drop(tenant_); }));
  value_of(write([&](Transaction& t) { return t.parameters().set(1, "of_sys", "2"); }));
  value_of(write([&](Transaction& t) { return t.parameters().set(1, "of_sys", "3"); }));
  EXPECT_EQ(count(), 0);
}

TEST_F(ArchivedPartTest, AStatementOfMeanwhileStays) {
  ArchiveRound seen = round();
  EXPECT_EQ(seen.status, RoundStatus::beginning);
  seen.status = RoundStatus::doing;
  seen.used_piece_id = 1;
  value_of(
      write([&](Transaction& t) { return t.archive().advance(seen, RoundStatus::beginning, std::nullopt); }));
  EXPECT_EQ(round().status, RoundStatus::doing);
  value_of(write([&](Transaction& t) { return t.archive().set_state(tenant_, "DEFER"); }));
  EXPECT_EQ(round().status, RoundStatus::suspending);
  value_of(
      write([&](Transaction& t) { return t.archive().advance(seen, RoundStatus::doing, std::nullopt); }));
  EXPECT_EQ(round().status, RoundStatus::suspending);
  value_of(write([&](Transaction& t) { return t.archive().set_archivelog(tenant_, false); }));
  EXPECT_EQ(round().status, RoundStatus::stopping);
  // ARCHIVELOG again, before the round is at its end.
  value_of(write([&](Transaction& t) { return t.archive().set_archivelog(tenant_, true); }));
  EXPECT_EQ(round().round_id, 1);
  value_of(write([&](Transaction& t) { return t.archive().set_state(tenant_, "ENABLE"); }));
  seen.status = RoundStatus::stop;
  value_of(
      write([&](Transaction& t) { return t.archive().advance(seen, RoundStatus::stopping, std::nullopt); }));
  EXPECT_EQ(round().round_id, 2);
  EXPECT_EQ(round().base_piece_id, 2);
  EXPECT_EQ(round().status, RoundStatus::beginning);
}

TEST_F(ArchivedPartTest, AnIdleTenantsCheckpointMoves) {
  ArchiveRound seen = round();
  seen.status = RoundStatus::doing;
  value_of(
      write([&](Transaction& t) { return t.archive().advance(seen, RoundStatus::beginning, std::nullopt); }));
  const Scn before = round().checkpoint_scn;
  value_of(write([&](Transaction& t) { return t.parameters().set(tenant_, "p", "1"); }));
  const auto reserve = [&] {
    return value_of(write([&](Transaction& t) { return t.archive().reserve_checkpoint(tenant_, 1); }));
  };
  EXPECT_FALSE(reserve()) << "there is log that the archive hasn't";
  EXPECT_EQ(round().checkpoint_scn, before);
  seen.checkpoint_scn = value_of(reader_->parts().last_scn());
  value_of(
      write([&](Transaction& t) { return t.archive().advance(seen, RoundStatus::doing, std::nullopt); }));
  const auto scn = reserve();
  ASSERT_TRUE(scn);
  EXPECT_EQ(round().checkpoint_scn, seen.checkpoint_scn);
  value_of(write([&](Transaction& t) { return t.archive().touch_checkpoint(tenant_, 1, *scn); }));
  EXPECT_EQ(round().checkpoint_scn, *scn);
  EXPECT_GT(*scn, seen.checkpoint_scn);
}

class SmallLogTest : public ArchivedPartTest {};

TEST_F(SmallLogTest, ALogThatIsTooLongIsLostAndSaid) {
  open(20'000);
  for (int i = 0; i < 30; ++i)
    value_of(write([&](Transaction& t) { return t.parameters().set(tenant_, "p", std::string(1000, 'x')); }));
  EXPECT_TRUE(round().lost);
  EXPECT_EQ(round().status, RoundStatus::interrupted);
  EXPECT_NE(round().comment.find("log of changes was lost"), std::string::npos);
  EXPECT_EQ(*value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM change_log")), 0);
  value_of(write([&](Transaction& t) { return t.archive().begin_next_round(tenant_, 1, "after a loss"); }));
  EXPECT_EQ(round().round_id, 2);
  EXPECT_FALSE(round().lost);
  value_of(write([&](Transaction& t) { return t.parameters().set(tenant_, "p", "after"); }));
  Lines lines;
  EXPECT_EQ(value_of(reader_->parts().log(tenant_, round().checkpoint_scn, 1 << 20U, key_, lines)).commits,
            1);
}

}  // namespace
}  // namespace breakwater::catalog
