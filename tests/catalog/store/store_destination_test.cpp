// The store's contract: destinations, intents, claims on paths.
#include <limits>

#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class StoreDestinationTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    a_ = make_tenant("a");
    b_ = make_tenant("b");
  }

  static IntentSpec spec(TenantId tenant, const std::string& path,
                         DestinationKind kind = DestinationKind::data_backup_dest) {
    return {.key = {.tenant_id = tenant, .path = path},
            .kind = kind,
            .path_key = path,
            .format = Bytes{1, 2, 3, 0, 255},
            .record = Bytes{'a', '=', 'b', 0, 255}};
  }

  /// Opens an intent with the next dest_id.
  Result<std::int64_t> open(IntentSpec wanted) {
    return write([&](Transaction& t) -> Result<std::int64_t> {
      BW_TRY(wanted.dest_id, t.destinations().reserve_id(wanted.key.tenant_id));
      return t.intents().open(wanted);
    });
  }

  Result<> finish(std::int64_t intent, const std::string& value, std::optional<Secret> key = {}) {
    return write([&](Transaction& t) {
      return t.intents().finish(intent,
                                {.authorization = "access_id=i&encrypt_key=AB",
                                 .extension = "delete_mode=delete",
                                 .check_file_name = "check_1",
                                 .last_check = FixedClock::kNow},
                                value, key);
    });
  }

  void set(TenantId tenant, const std::string& path) {
    value_of(finish(value_of(open(spec(tenant, path))), path));
  }

  TenantId a_ = 0;
  TenantId b_ = 0;
};

TEST_F(StoreDestinationTest, AnIntentHoldsWhatIsToBeMade) {
  const auto id = value_of(open(spec(a_, "file:///b/c")));
  reopen();
  const auto intents = value_of(reader_->intents().all());
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_EQ(intents[0].id, id);
  EXPECT_EQ(intents[0].spec.key.path, "file:///b/c");
  EXPECT_EQ(intents[0].spec.dest_id, 1001);
  EXPECT_EQ(intents[0].spec.format, (Bytes{1, 2, 3, 0, 255}));
  EXPECT_EQ(intents[0].spec.record, (Bytes{'a', '=', 'b', 0, 255}));
  EXPECT_TRUE(intents[0].lines.empty());
  EXPECT_FALSE(value_of(reader_->destinations().backup_parameter(a_, "data_backup_dest")));
  EXPECT_TRUE(value_of(reader_->destinations().all(a_)).empty()) << "nothing is set before it is made";
  EXPECT_TRUE(value_of(reader_->intents().all(b_)).empty());
}

TEST_F(StoreDestinationTest, FinishingMakesTheDestinationAndEndsTheIntent) {
  const auto id = value_of(open(spec(a_, "file:///b/c")));
  value_of(finish(id, "file:///b/c"));
  reopen();
  EXPECT_TRUE(value_of(reader_->intents().all()).empty());
  EXPECT_EQ(value_of(reader_->destinations().backup_parameter(a_, "data_backup_dest")), "file:///b/c");
  const auto now = value_of(reader_->destinations().current(a_));
  ASSERT_TRUE(now);
  EXPECT_EQ(now->dest_id, 1001);
  EXPECT_EQ(now->format, (Bytes{1, 2, 3, 0, 255}));
  EXPECT_EQ(now->authorization, "access_id=i&encrypt_key=AB");
  EXPECT_EQ(now->check_file_name, "check_1");
  EXPECT_EQ(now->last_check, FixedClock::kNow);
  EXPECT_EQ(code_of(finish(id, "file:///b/c")), Errc::entry_not_exist) << "an intent ends once";
}

TEST_F(StoreDestinationTest, DestIdsAreNeverGivenTwice) {
  const auto first = value_of(open(spec(a_, "file:///1")));
  value_of(write([&](Transaction& t) { return t.intents().abandon(first); }));
  reopen();
  const auto second = value_of(open(spec(a_, "file:///1")));
  EXPECT_EQ(value_of(reader_->intents().find(second))->spec.dest_id, 1002);
  const auto other = value_of(open(spec(b_, "file:///2")));
  EXPECT_EQ(value_of(reader_->intents().find(other))->spec.dest_id, 1001) << "each tenant counts for itself";
}

TEST_F(StoreDestinationTest, ANumberThatWasSeenIsNotGiven) {
  const auto next = [&] {
    return value_of(write([&](Transaction& t) { return t.destinations().reserve_id(a_); }));
  };
  const auto skip = [&](std::int64_t seen) {
    return write([&](Transaction& t) { return t.destinations().skip_id(a_, seen); });
  };
  value_of(skip(1000));
  EXPECT_EQ(next(), 1001);
  value_of(skip(1002));
  EXPECT_EQ(next(), 1003);
  value_of(skip(1001));
  EXPECT_EQ(next(), 1004);
  value_of(skip(1004 + DestinationWriter::kMaxSkip));
  EXPECT_EQ(next(), 1004 + DestinationWriter::kMaxSkip + 1);
  value_of(skip(std::numeric_limits<std::int64_t>::max()));
  value_of(skip(std::numeric_limits<std::int64_t>::min()));
  value_of(skip(-1));
  EXPECT_EQ(next(), 1004 + DestinationWriter::kMaxSkip + 2);
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.destinations().skip_id(4711, 1); })),
            Errc::tenant_not_exist);
}

TEST_F(StoreDestinationTest, AnAdoptionChangesNoSetting) {
  set(a_, "file:///one");
  const auto intent = value_of(open(spec(a_, "file:///two")));
  value_of(write([&](Transaction& t) {
    return t.intents().finish_adoption(intent, {.check_file_name = "c", .file_system = "type=ext4"}, {});
  }));
  EXPECT_EQ(value_of(reader_->destinations().current(a_))->key.path, "file:///one");
  const auto row = value_of(reader_->destinations().find({.tenant_id = a_, .path = "file:///two"}));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->dest_id, 1002);
  EXPECT_EQ(row->file_system, "type=ext4");
  EXPECT_TRUE(value_of(reader_->intents().all()).empty());
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.intents().finish_adoption(intent, {}, {}); })),
            Errc::entry_not_exist);
}

TEST_F(StoreDestinationTest, SwitchingKeepsTheOldDestination) {
  set(a_, "file:///one");
  set(a_, "file:///two");
  EXPECT_EQ(value_of(reader_->destinations().current(a_))->key.path, "file:///two");
  EXPECT_EQ(value_of(reader_->destinations().all(a_)).size(), 2U);
  IntentSpec back = spec(a_, "file:///one");
  back.dest_id = value_of(reader_->destinations().find(back.key))->dest_id;
  value_of(finish(value_of(write([&](Transaction& t) { return t.intents().open(back); })), "file:///one"));
  EXPECT_EQ(value_of(reader_->destinations().current(a_))->dest_id, 1001);
  EXPECT_EQ(value_of(reader_->destinations().all(a_)).size(), 2U);
}

TEST_F(StoreDestinationTest, ClearingLeavesARowWithNothingInIt) {
  set(a_, "file:///one");
  value_of(write([&](Transaction& t) { return t.destinations().clear_current(a_); }));
  EXPECT_EQ(value_of(reader_->destinations().backup_parameter(a_, "data_backup_dest")), "");
  EXPECT_FALSE(value_of(reader_->destinations().current(a_)));
  EXPECT_EQ(value_of(reader_->destinations().all(a_)).size(), 1U);
  value_of(write([&](Transaction& t) { return t.destinations().clear_current(b_); }));
  EXPECT_EQ(value_of(reader_->destinations().backup_parameter(b_, "data_backup_dest")), "");
}

TEST_F(StoreDestinationTest, TheFileSystemIsRememberedUntilItsKindIsGivenUp) {
  set(a_, "file:///one");
  set(a_, "file:///two");
  set(b_, "file:///three");
  const auto on = [&](TenantId tenant, const std::string& path) {
    return value_of(reader_->destinations().find({.tenant_id = tenant, .path = path}))->file_system;
  };
  const auto remember = [&](TenantId tenant, const std::string& path) {
    value_of(write([&](Transaction& t) {
      return t.destinations().remember_file_system({.tenant_id = tenant, .path = path}, "type=" + path);
    }));
  };
  EXPECT_EQ(on(a_, "file:///one"), "");
  remember(a_, "file:///one");
  remember(a_, "file:///two");
  remember(b_, "file:///three");
  remember(b_, "file:///none");
  EXPECT_EQ(on(a_, "file:///one"), "type=file:///one");
  value_of(write([&](Transaction& t) { return t.archive().clear_destination(a_); }));
  EXPECT_EQ(on(a_, "file:///one"), "type=file:///one");
  value_of(write([&](Transaction& t) { return t.destinations().clear_current(a_); }));
  EXPECT_EQ(on(a_, "file:///one"), "");
  EXPECT_EQ(on(a_, "file:///two"), "");
  EXPECT_EQ(on(b_, "file:///three"), "type=file:///three");
}

TEST_F(StoreDestinationTest, APlaceIsFoundHoweverItIsSpelt) {
  set(a_, "file:///one");
  IntentSpec again = spec(a_, "file:////one");
  again.path_key = "file:///one";
  value_of(finish(value_of(open(again)), again.key.path));
  const auto found = value_of(reader_->destinations().at_place(a_, again.path_key));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.front().key.path, "file:////one") << "the newest is first";
  EXPECT_TRUE(value_of(reader_->destinations().at_place(b_, again.path_key)).empty());
}

TEST_F(StoreDestinationTest, ALaterCheckIsRemembered) {
  set(a_, "file:///one");
  const DestinationKey key{.tenant_id = a_, .path = "file:///one"};
  value_of(write([&](Transaction& t) { return t.destinations().touch_check(key, "check_2", 42); }));
  EXPECT_EQ(value_of(reader_->destinations().find(key))->check_file_name, "check_2");
  EXPECT_EQ(value_of(reader_->destinations().find(key))->last_check, 42);
  const DestinationKey other{.tenant_id = b_, .path = "file:///one"};
  EXPECT_EQ(code_of(write([&](Transaction& t) { return t.destinations().touch_check(other, "c", 1); })),
            Errc::entry_not_exist);
}

TEST_F(StoreDestinationTest, AccessKeysComeBackToTheirRowAlone) {
  value_of(finish(value_of(open(spec(a_, "oss://bk/d"))), "oss://bk/d?encrypt_key=AB", secret("the-key")));
  const DestinationKey key{.tenant_id = a_, .path = "oss://bk/d"};
  EXPECT_EQ(value_of(reader_->destinations().access_key(key))->reveal(), "the-key");
  set(b_, "file:///x");
  EXPECT_FALSE(value_of(reader_->destinations().access_key({.tenant_id = b_, .path = "file:///x"})));

  IntentSpec again = spec(a_, "oss://bk/d");
  again.dest_id = 1001;
  value_of(finish(value_of(write([&](Transaction& t) { return t.intents().open(again); })), "v",
                  secret("rotated")));
  EXPECT_EQ(value_of(reader_->destinations().access_key(key))->reveal(), "rotated");
}

// ---- two tenants never share a path ----

TEST_F(StoreDestinationTest, APathBelongsToOneTenant) {
  set(a_, "file:///one");
  const auto refused = open(spec(b_, "file:///one"));
  EXPECT_EQ(code_of(refused), Errc::format_file_not_match);
  EXPECT_FALSE(refused.error().hint().empty());
  EXPECT_TRUE(value_of(reader_->intents().all(b_)).empty());
}

TEST_F(StoreDestinationTest, AnOpenIntentClaimsThePathToo) {
  const auto id = value_of(open(spec(a_, "file:///one")));
  EXPECT_EQ(code_of(open(spec(b_, "file:///one"))), Errc::format_file_not_match);
  value_of(write([&](Transaction& t) { return t.intents().abandon(id); }));
  value_of(open(spec(b_, "file:///one")));
}

TEST_F(StoreDestinationTest, AnAbandonedIntentDoesNotGiveUpADestinationsPath) {
  set(a_, "file:///one");
  IntentSpec again = spec(a_, "file:///one");
  again.dest_id = 1001;
  const auto id = value_of(write([&](Transaction& t) { return t.intents().open(again); }));
  value_of(write([&](Transaction& t) { return t.intents().abandon(id); }));
  value_of(write([&](Transaction& t) { return t.intents().abandon(id); }));
  EXPECT_EQ(code_of(open(spec(b_, "file:///one"))), Errc::format_file_not_match);
}

TEST_F(StoreDestinationTest, ThePathIsComparedHoweverItIsSpelt) {
  IntentSpec one = spec(a_, "file:///d//one");
  one.path_key = "file:///d/one";
  value_of(open(one));
  EXPECT_EQ(code_of(open(spec(b_, "file:///d/one"))), Errc::format_file_not_match);
}

TEST_F(StoreDestinationTest, AKeyBackupIsARowOfItsOwn) {
  set(a_, "file:///one");
  value_of(finish(value_of(open(spec(a_, "file:///key", DestinationKind::backup_key))), ""));
  EXPECT_EQ(value_of(reader_->destinations().backup_parameter(a_, "data_backup_dest")), "file:///one");
  EXPECT_EQ(value_of(reader_->destinations().current(a_))->key.path, "file:///one");
  const auto row = value_of(reader_->destinations().find({.tenant_id = a_, .path = "file:///key"}));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->kind, DestinationKind::backup_key);
  EXPECT_EQ(row->dest_id, 1002);
}

TEST_F(StoreDestinationTest, AnArchiveIsADestinationBesideTheData) {
  set(a_, "file:///one");
  const auto intent = value_of(open(spec(a_, "file:///log", DestinationKind::log_archive_dest)));
  value_of(write([&](Transaction& t) -> Result<> {
    BW_CHECK(t.intents().finish(intent, {}, "file:///log", {}));
    return t.archive().set_destination(a_, {.path = "file:///log", .binding = "MANDATORY", .dest_id = 1002});
  }));
  reopen();
  EXPECT_EQ(value_of(reader_->destinations().backup_parameter(a_, "data_backup_dest")), "file:///one");
  EXPECT_EQ(value_of(reader_->destinations().find({.tenant_id = a_, .path = "file:///log"}))->kind,
            DestinationKind::log_archive_dest);
  const auto archive = value_of(reader_->archive().destination(a_));
  ASSERT_TRUE(archive);
  EXPECT_EQ(archive->path, "file:///log");
  EXPECT_EQ(archive->binding, "MANDATORY");
  EXPECT_EQ(archive->dest_id, 1002);
  EXPECT_EQ(archive->piece_switch_interval, "1d");
  EXPECT_EQ(archive->state, "ENABLE");
  EXPECT_FALSE(value_of(reader_->archive().destination(b_)));
  value_of(write([&](Transaction& t) { return t.archive().set_state(a_, "defer"); }));
  EXPECT_EQ(value_of(reader_->archive().destination(a_))->state, "defer");
  value_of(write([&](Transaction& t) { return t.archive().clear_destination(a_); }));
  EXPECT_FALSE(value_of(reader_->archive().destination(a_)));
  value_of(write([&](Transaction& t) { return t.archive().set_state(a_, "ENABLE"); }));
  EXPECT_FALSE(value_of(reader_->archive().destination(a_))) << "a state is no destination";
  EXPECT_EQ(value_of(reader_->destinations().all(a_)).size(), 2U) << "the destination itself stays";
  EXPECT_EQ(code_of(write([](Transaction& t) { return t.archive().set_state(4711, "ENABLE"); })),
            Errc::tenant_not_exist);
}

TEST_F(StoreDestinationTest, DataAndArchiveNeverShareAPath) {
  set(a_, "file:///one");
  value_of(open(spec(a_, "file:///log", DestinationKind::log_archive_dest)));
  const auto refused = [&](const IntentSpec& wanted) {
    const auto opened = open(wanted);
    EXPECT_EQ(code_of(opened), Errc::format_file_not_match);
    return opened ? std::string() : opened.error().hint();
  };
  EXPECT_EQ(refused(spec(a_, "file:///one", DestinationKind::log_archive_dest)),
            "a data backup destination of this tenant has this path");
  EXPECT_EQ(refused(spec(a_, "file:///log")), "a log archive destination of this tenant has this path");
  EXPECT_EQ(refused(spec(b_, "file:///log", DestinationKind::log_archive_dest)),
            "another tenant's backups have this path");
  EXPECT_EQ(code_of(open(spec(a_, "file:///log", DestinationKind::backup_key))), Errc::invalid_backup_dest);
  value_of(open(spec(a_, "file:///log", DestinationKind::log_archive_dest)));
}

TEST_F(StoreDestinationTest, AKeyNeverStandsOnADestinationNorOnAnothersKey) {
  set(a_, "file:///one");
  const auto key_at = [&](TenantId tenant, const char* path) {
    return open(spec(tenant, path, DestinationKind::backup_key));
  };
  EXPECT_EQ(code_of(key_at(a_, "file:///one")), Errc::invalid_backup_dest);
  EXPECT_EQ(code_of(key_at(b_, "file:///one")), Errc::invalid_backup_dest);
  value_of(key_at(a_, "file:///key"));
  EXPECT_EQ(code_of(key_at(b_, "file:///key")), Errc::file_already_exist);
  EXPECT_EQ(code_of(open(spec(a_, "file:///key"))), Errc::format_file_not_match);
  value_of(key_at(a_, "file:///key"));
}

TEST_F(StoreDestinationTest, ClaimsAboveAndBelowAreFound) {
  set(a_, "file:///d/one");
  set(b_, "file:///d/one/two/three");
  set(b_, "file:///d/one0");
  const auto above = value_of(reader_->destinations().claims_at_or_above("file:///d/one/two"));
  ASSERT_EQ(above.size(), 1U);
  EXPECT_EQ(above[0].path_key, "file:///d/one");
  EXPECT_EQ(above[0].tenant_id, a_);
  EXPECT_EQ(value_of(reader_->destinations().claims_at_or_above("file:///d/one")).size(), 1U);
  EXPECT_TRUE(value_of(reader_->destinations().claims_at_or_above("file:///d/on")).empty());
  EXPECT_EQ(value_of(reader_->destinations().claims_at_or_above("file:///d/one/two/three/four")).size(), 2U);
  const auto below = value_of(reader_->destinations().claims_below("file:///d/one"));
  ASSERT_EQ(below.size(), 1U);
  EXPECT_EQ(below[0].path_key, "file:///d/one/two/three");
}

TEST_F(StoreDestinationTest, ClaimsAboveInABucketAreThoseOfItsEndpoint) {
  set(a_, "object://b/?host=h");
  set(b_, "object://b/p?host=h");
  set(b_, "object://b/p?host=other");
  const auto above = value_of(reader_->destinations().claims_at_or_above("object://b/p/q?host=h"));
  ASSERT_EQ(above.size(), 2U);
  EXPECT_EQ(above[0].path_key, "object://b/?host=h");
  EXPECT_EQ(above[1].path_key, "object://b/p?host=h");
  EXPECT_EQ(value_of(reader_->destinations().claims_at_or_above("object://b/?host=h")).size(), 1U);
  EXPECT_EQ(value_of(reader_->destinations().claims_at_or_above("object://c/p?host=h")).size(), 0U);
}

// ---- what settling takes, and the results of proofs ----

TEST_F(StoreDestinationTest, AnIntentKeepsItsUriSealed) {
  const auto id = value_of(write([&](Transaction& t) -> Result<std::int64_t> {
    IntentSpec wanted = spec(a_, "oss://b/p");
    BW_TRY(wanted.dest_id, t.destinations().reserve_id(a_));
    const Secret uri = secret("oss://b/p?host=h&access_id=i&access_key=CANARY");
    return t.intents().open(wanted, &uri);
  }));
  const auto without = value_of(open(spec(a_, "file:///one")));
  reopen();
  const auto sealed = value_of(reader_->intents().find(id));
  const auto uri = value_of(reader_->intents().uri(*sealed));
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->reveal(), "oss://b/p?host=h&access_id=i&access_key=CANARY");
  EXPECT_FALSE(value_of(reader_->intents().uri(*value_of(reader_->intents().find(without)))));
  EXPECT_EQ(value_of(connection_of(*reader_).integer(
                "SELECT COUNT(*) FROM intent WHERE instr(sealed_uri, CAST('CANARY' AS BLOB)) > 0")),
            0);
}

TEST_F(StoreDestinationTest, AStatusFollowsTheProofs) {
  set(a_, "file:///one");
  const DestinationKey one{.tenant_id = a_, .path = "file:///one", .endpoint = {}};
  const auto record = [&](Timestamp time, bool ok, ProofNote note = {}) {
    value_of(write([&](Transaction& t) {
      return t.destinations().record_checks(
          one, time, {{.name = "path", .ok = true}, {.name = "content", .ok = ok, .hint = ok ? "" : "gone"}},
          note);
    }));
    return *value_of(reader_->dest_status().find(one));
  };
  const auto events = [&] {
    return value_of(connection_of(*reader_).integer(
        "SELECT COUNT(*) FROM backup_event WHERE event IN ('backup_dest_failed', 'backup_dest_recovered')"));
  };
  record(100, true, {.by = ProofNote::By::set, .free_bytes = 7});
  const DestinationStatus later = record(200, true);
  EXPECT_EQ(later.ok, true);
  EXPECT_EQ(later.since, 100);
  EXPECT_EQ(later.checked, 200);
  EXPECT_EQ(later.free_bytes, 7);
  EXPECT_EQ(later.next_check, 0);
  EXPECT_EQ(events(), 0);
  record(300, false);
  const DestinationStatus failed = record(400, false);
  EXPECT_EQ(failed.ok, false);
  EXPECT_EQ(failed.error, "content: gone");
  EXPECT_EQ(failed.since, 300);
  EXPECT_EQ(events(), 1);
  EXPECT_EQ(record(500, true).since, 500);
  EXPECT_EQ(events(), 2);
  // One that the tenant never set has none.
  value_of(write([&](Transaction& t) {
    return t.destinations().record_checks({.tenant_id = a_, .path = "file:///two", .endpoint = {}}, 1, {});
  }));
  EXPECT_EQ(value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM backup_dest_status")), 1);
}

TEST_F(StoreDestinationTest, ChecksAreDueInTheOrderOfTheirTimes) {
  std::vector<PlannedCheck> plan;
  for (const auto& [path, time] : std::vector<std::pair<std::string, Timestamp>>{
           {"file:///a", 30}, {"file:///b", 10}, {"file:///c", 20}, {"file:///d", kNoCheck}}) {
    set(a_, path);
    const DestinationKey key{.tenant_id = a_, .path = path, .endpoint = {}};
    value_of(write([&](Transaction& t) { return t.destinations().record_checks(key, 1, {}); }));
    plan.push_back({.key = key, .next_check = time});
  }
  value_of(write([&](Transaction& t) { return t.dest_status().plan(plan); }));
  DestinationStatusReader& status = reader_->dest_status();
  const auto paths = [](const std::vector<PlannedCheck>& checks) {
    std::string all;
    for (const PlannedCheck& check : checks) all += check.key.path.back();
    return all;
  };
  EXPECT_EQ(paths(value_of(status.due(25, nullptr, 10))), "bc");
  EXPECT_EQ(paths(value_of(status.due(30, nullptr, 2))), "bc");
  const PlannedCheck after = value_of(status.due(30, nullptr, 2)).back();
  EXPECT_EQ(paths(value_of(status.due(30, &after, 2))), "a");
  EXPECT_EQ(value_of(status.next_after(10)), 20);
  EXPECT_EQ(paths(value_of(status.planned(nullptr, 3))), "abc");
  EXPECT_EQ(paths(value_of(status.planned(&plan[2].key, 3))), "d");
  value_of(write([&](Transaction& t) { return t.dest_status().forget(plan[1].key); }));
  EXPECT_EQ(paths(value_of(status.due(25, nullptr, 10))), "c");
  value_of(write([&](Transaction& t) { return t.dest_status().plan_again(a_); }));
  EXPECT_EQ(paths(value_of(status.due(1, nullptr, 10))), "acd");
  value_of(write([&](Transaction& t) { return t.tenants().drop(a_); }));
  EXPECT_EQ(value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM backup_dest_status")), 0);
}

TEST_F(StoreDestinationTest, TheLastChecksOfADestinationAreKept) {
  set(a_, "file:///one");
  const auto record = [&](const std::string& path, int times, Timestamp time) {
    for (int i = 0; i < times; ++i) {
      value_of(write([&](Transaction& t) {
        return t.destinations().record_checks(
            {.tenant_id = a_, .path = path}, time + i,
            {{.name = "path", .ok = true, .milliseconds = 1.5, .seen = "/one"},
             {.name = "content", .ok = false, .hint = "not empty"}});
      }));
    }
  };
  const auto count = [&](const std::string& path) {
    return value_of(connection_of(*reader_).integer(
        "SELECT COUNT(DISTINCT check_id) FROM backup_dest_check WHERE path = ?", path));
  };
  record("file:///one", 25, 1000);
  EXPECT_EQ(count("file:///one"), DestinationWriter::kKeptChecks);
  EXPECT_EQ(value_of(connection_of(*reader_).integer("SELECT MIN(check_id) FROM backup_dest_check")), 6);
  // Of destinations that were never set as many together.
  record("file:///two", 15, 2000);
  record("file:///three", 15, 3000);
  EXPECT_EQ(count("file:///two"), 5);
  EXPECT_EQ(count("file:///three"), 15);
  EXPECT_EQ(count("file:///one"), DestinationWriter::kKeptChecks);
  value_of(write([&](Transaction& t) { return t.tenants().drop(a_); }));
  EXPECT_EQ(value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM backup_dest_check")), 0);
}

TEST_F(StoreDestinationTest, ATenantHasOneDeletePolicyOfAName) {
  const auto add = [&](TenantId tenant) {
    return write([&](Transaction& t) {
      return t.policies().add(tenant, {.name = "default", .recovery_window = "7d"});
    });
  };
  value_of(add(a_));
  value_of(add(b_));
  EXPECT_EQ(code_of(add(a_)), Errc::primary_key_duplicate);
  EXPECT_EQ(code_of(add(4711)), Errc::tenant_not_exist);
  value_of(write([&](Transaction& t) { return t.policies().drop(a_, "default"); }));
  value_of(write([&](Transaction& t) { return t.policies().drop(a_, "default"); }));
  value_of(add(a_));
  value_of(write([&](Transaction& t) { return t.tenants().drop(a_); }));
  EXPECT_EQ(value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM backup_delete_policy")), 1);
}

// ---- dropping a tenant ----

TEST_F(StoreDestinationTest, DroppingATenantMovesItsDestinationsToTheHistory) {
  set(a_, "file:///one");
  value_of(write([&](Transaction& t) { return t.archive().set_destination(a_, {.path = "file:///log"}); }));
  value_of(write([&](Transaction& t) { return t.tenants().drop(a_); }));
  EXPECT_TRUE(value_of(reader_->destinations().all(a_)).empty());
  EXPECT_FALSE(value_of(reader_->destinations().backup_parameter(a_, "data_backup_dest")));
  EXPECT_EQ(value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM log_archive_dest")), 0);
  value_of(open(spec(b_, "file:///one")));
}

TEST_F(StoreDestinationTest, AnIntentOutlivesItsTenantUntilItIsSettled) {
  const auto id = value_of(open(spec(a_, "file:///one")));
  value_of(write([&](Transaction& t) { return t.tenants().drop(a_); }));
  EXPECT_EQ(code_of(finish(id, "file:///one")), Errc::tenant_not_exist);
  ASSERT_EQ(value_of(reader_->intents().all()).size(), 1U);
  EXPECT_EQ(code_of(open(spec(b_, "file:///one"))), Errc::format_file_not_match)
      << "its files may still be there";
  value_of(write([&](Transaction& t) { return t.intents().abandon(id); }));
  value_of(open(spec(b_, "file:///one")));
}

TEST_F(StoreDestinationTest, KeepsTheNewestEventsOfEachTenant) {
  constexpr std::int64_t kMore = 3;
  auto& database = connection_of(*reader_);
  const auto count = [&](const std::string& where) {
    const std::string sql = "SELECT COUNT(*) FROM backup_event WHERE " + where;
    return value_of(database.integer(sql.c_str())).value_or(0);
  };
  const std::string of_a = "tenant_id = " + std::to_string(a_);
  const std::string of_b = "tenant_id = " + std::to_string(b_);
  const auto before = count(of_b);
  ASSERT_GT(before, 0);
  value_of(write([&](Transaction& t) -> Result<> {
    for (std::int64_t i = 0; i < EventWriter::kKeptEvents + kMore; ++i)
      BW_CHECK(t.destinations().clear_current(a_));
    return {};
  }));
  EXPECT_EQ(count(of_a), EventWriter::kKeptEvents);
  EXPECT_EQ(count(of_a + " AND event = 'create_tenant'"), 0) << "the oldest has gone";
  EXPECT_EQ(count(of_b), before) << "who is busy pushes out nobody else's";
  const auto of_others = count("kept_for <> " + std::to_string(a_));
  value_of(write([&](Transaction& t) { return t.tenants().drop(a_); }));
  EXPECT_EQ(count(of_a), EventWriter::kKeptEvents + 1)
      << "sys sees those of a dropped tenant, and that it was";
  EXPECT_EQ(count("kept_for = " + std::to_string(a_)), 0);
  EXPECT_EQ(count("kept_for <> 0"), of_others);
}

}  // namespace
}  // namespace breakwater::catalog
