// Backup jobs as rows: what may follow what, and what is never given twice.
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

class StoreJobTest : public StoreTest {
 protected:
  BackupRequest request(TenantId initiator, std::vector<TenantId> tenants) {
    BackupRequest request{.initiator = initiator};
    for (const TenantId tenant : tenants) {
      request.targets.push_back({.tenant_id = tenant,
                                 .path = "file:///d",
                                 .destination = {.tenant_id = tenant, .path = "file:///d", .endpoint = ""},
                                 .dest_id = 1001});
    }
    return request;
  }
  Result<BackupJobKey> begin(const BackupRequest& request) {
    return write([&](Transaction& t) { return t.jobs().begin(request); });
  }
  Result<> step(std::function<Result<>(BackupJobWriter&)> what) {
    return write([&](Transaction& t) { return what(t.jobs()); });
  }
  Result<> note_set(const BackupJobKey& key, std::int64_t set) {
    return step([&](BackupJobWriter& jobs) {
      return jobs.note_set(key, {.tenant_id = key.tenant_id, .set_id = set, .dest_id = 1001});
    });
  }
  std::string text(const std::string& sql) {
    auto statement = value_of(connection_of(*reader_).prepare(sql));
    return value_of(statement.step()) ? statement.string(0) : "";
  }
};

TEST_F(StoreJobTest, NumbersCountForEachTenantAndAreNeverGivenAgain) {
  const TenantId a = make_tenant("a");
  const TenantId b = make_tenant("b");
  EXPECT_EQ(value_of(begin(request(kSysTenantId, {a, b}))).job_id, 1);
  for (const TenantId tenant : {a, b}) {
    const auto job = value_of(reader_->jobs().find({tenant, 1}));
    ASSERT_TRUE(job);
    EXPECT_EQ(job->set_id, 1);
    EXPECT_EQ(job->task_id, 1);
    EXPECT_EQ(job->parent_job_id, 1);
  }
  value_of(step([&](BackupJobWriter& jobs) { return jobs.fail({a, 1}, -9080, "gone"); }));
  const auto own = value_of(begin(request(a, {a})));
  EXPECT_EQ(own.job_id, 2);
  EXPECT_EQ(value_of(reader_->jobs().find(own))->set_id, 2);
  EXPECT_EQ(value_of(reader_->jobs().find(own))->parent_job_id, 0);
}

TEST_F(StoreJobTest, OneInitiatorHasOneJobOfATenant) {
  const TenantId a = make_tenant("a");
  const TenantId b = make_tenant("b");
  value_of(begin(request(a, {a})));
  EXPECT_EQ(code_of(begin(request(a, {a}))), Errc::backup_in_progress);
  value_of(begin(request(kSysTenantId, {a})));
  EXPECT_EQ(code_of(begin(request(kSysTenantId, {b, a}))), Errc::backup_in_progress);
  EXPECT_FALSE(value_of(reader_->jobs().is_running(b))) << "all of the rows or none";
  EXPECT_EQ(code_of(begin(request(kSysTenantId, {9999}))), Errc::tenant_not_exist);
}

TEST_F(StoreJobTest, AJobThatIsDoneTakesNoStepAnyMore) {
  const TenantId a = make_tenant("a");
  const auto key = value_of(begin(request(a, {a})));
  value_of(note_set(key, 1));
  value_of(step([&](BackupJobWriter& jobs) { return jobs.succeed(key); }));
  EXPECT_EQ(code_of(step([&](BackupJobWriter& jobs) { return jobs.start(key); })), Errc::entry_not_exist);
  EXPECT_EQ(code_of(step([&](BackupJobWriter& jobs) { return jobs.fail(key, -1, ""); })),
            Errc::entry_not_exist);
  EXPECT_EQ(code_of(step([&](BackupJobWriter& jobs) { return jobs.cancelled(key); })), Errc::entry_not_exist);
  EXPECT_EQ(value_of(write([&](Transaction& t) { return t.jobs().cancel(a); })), 0);
  EXPECT_EQ(code_of(step([&](BackupJobWriter& jobs) { return jobs.put_off(key, 1, ""); })),
            Errc::entry_not_exist);
  EXPECT_EQ(value_of(reader_->jobs().newest_set(a, 1001))->set_id, 1);
}

TEST_F(StoreJobTest, AJobThatIsToBeCancelledGoesOnNoFurther) {
  const TenantId a = make_tenant("a");
  const auto key = value_of(begin(request(a, {a})));
  EXPECT_EQ(value_of(write([&](Transaction& t) { return t.jobs().cancel(a); })), 1);
  EXPECT_EQ(code_of(step([&](BackupJobWriter& jobs) { return jobs.start(key); })), Errc::job_canceled);
  EXPECT_EQ(code_of(note_set(key, 1)), Errc::job_canceled);
  EXPECT_TRUE(value_of(reader_->jobs().find(key))->canceling);
}

TEST_F(StoreJobTest, ThePasswordOpensInItsOwnRowAloneAndGoesWithTheJob) {
  const TenantId a = make_tenant("a");
  const TenantId b = make_tenant("b");
  BackupRequest wanted = request(kSysTenantId, {a, b});
  wanted.password = secret("a password");
  value_of(begin(wanted));
  EXPECT_EQ(value_of(reader_->jobs().password({a, 1}))->reveal(), "a password");
  EXPECT_EQ(text("SELECT COUNT(DISTINCT passwd) || MIN(length(passwd)) FROM backup_job"), "141");
  EXPECT_EQ(
      text("SELECT COUNT(*) FROM backup_job WHERE passwd = '*3fbae66c9acd9a0dc49c4f7ebff2a2ab1b3c09a3'"),
      "0");
  value_of(write([&](Transaction& t) {
    return connection_of(t.read()).execute(
        "UPDATE backup_job SET sealed_password = (SELECT sealed_password FROM backup_job WHERE tenant_id = "
        "1004)"
        " WHERE tenant_id = 1002");
  }));
  EXPECT_EQ(code_of(reader_->jobs().password({a, 1})), Errc::checksum_error);
  value_of(step([&](BackupJobWriter& jobs) { return jobs.fail({b, 1}, -9081, ""); }));
  EXPECT_FALSE(value_of(reader_->jobs().password({b, 1})));
}

TEST_F(StoreJobTest, TheHistoryOfATenantIsBounded) {
  const TenantId a = make_tenant("a");
  for (int i = 0; i < BackupJobWriter::kKeptJobs + 5; ++i) {
    value_of(write([&](Transaction& t) -> Result<> {
      BW_TRY(const auto key, t.jobs().begin(request(a, {a})));
      return t.jobs().fail(key, -9080, "");
    }));
  }
  EXPECT_EQ(text("SELECT COUNT(*) || ' ' || MIN(job_id) FROM backup_job"), "1000 6");
}

TEST_F(StoreJobTest, JobsGoWithTheirTenant) {
  const TenantId a = make_tenant("a");
  value_of(begin(request(kSysTenantId, {a})));
  value_of(write([&](Transaction& t) { return t.tenants().drop(a); }));
  EXPECT_EQ(text("SELECT COUNT(*) FROM backup_job WHERE tenant_id <> 1"), "0");
  value_of(write([&](Transaction& t) { return t.jobs().move_shown(0); }));
  EXPECT_EQ(text("SELECT in_history || ' ' || status || ' ' || result || ' ' || comment FROM backup_job"),
            "1 FAILED -5157 tenant a was dropped during its backup")
      << "the parent ends, since nobody else would end it";
}

TEST_F(StoreJobTest, ATenantThatIsDroppedBehindItsBackupLeavesTheParentAsItWas) {
  const TenantId a = make_tenant("a");
  const TenantId b = make_tenant("b");
  value_of(begin(request(kSysTenantId, {a, b})));
  for (const TenantId tenant : {a, b}) {
    value_of(note_set({tenant, 1}, 1));
    value_of(step([&](BackupJobWriter& jobs) { return jobs.succeed({tenant, 1}); }));
  }
  value_of(write([&](Transaction& t) { return t.tenants().drop(a); }));
  value_of(write([&](Transaction& t) { return t.jobs().move_shown(FixedClock::kNow); }));
  EXPECT_EQ(text("SELECT in_history || ' ' || status || ' ' || result FROM backup_job WHERE tenant_id = 1"),
            "1 COMPLETED 0");
}

TEST_F(StoreJobTest, AnotherNumberIsBehindAllThatWereSeenAndEndsWhatWasBegun) {
  const TenantId a = make_tenant("a");
  const auto key = value_of(begin(request(a, {a})));
  const auto renumber = [&](std::int64_t seen) {
    return value_of(write([&](Transaction& t) { return t.jobs().renumber(key, seen, "taken"); }));
  };
  EXPECT_EQ(renumber(1), 2);
  value_of(note_set(key, 2));
  const auto begun = value_of(reader_->jobs().set(a, 2));
  EXPECT_EQ(begun->token.size(), kSetToken);
  value_of(note_set(key, 2));
  EXPECT_EQ(value_of(reader_->jobs().set(a, 2))->token, begun->token) << "as long as the row lives";
  EXPECT_EQ(renumber(40), 41);
  EXPECT_EQ(value_of(reader_->jobs().find(key))->set_id, 41);
  EXPECT_EQ(value_of(reader_->jobs().find(key))->task_id, 1);
  ASSERT_EQ(value_of(reader_->jobs().unswept(a, 1001, 0)).size(), 1U);
  EXPECT_EQ(value_of(reader_->jobs().unswept(a, 1001, 0)).front().token, begun->token);
  EXPECT_EQ(code_of(write(
                [&](Transaction& t) { return t.jobs().renumber(key, BackupJobWriter::kMaxSetId, "taken"); })),
            Errc::size_overflow);
  value_of(step([&](BackupJobWriter& jobs) { return jobs.fail(key, -1, ""); }));
  EXPECT_EQ(value_of(reader_->jobs().find(value_of(begin(request(a, {a})))))->set_id, 42);
}

// Its manifest may come to a bucket days later.
TEST_F(StoreJobTest, ASetWhoseManifestWasBeingWrittenIsLookedAtAgainForSomeDays) {
  const TenantId a = make_tenant("a");
  const auto key = value_of(begin(request(a, {a})));
  value_of(note_set(key, 1));
  value_of(step([&](BackupJobWriter& jobs) {
    return jobs.note_written(key, {.manifest_sha256 = std::string(64, 'a')}, Bytes(10));
  }));
  value_of(step([&](BackupJobWriter& jobs) { return jobs.cancelled(key); }));
  const auto other = value_of(begin(request(a, {a})));
  const auto number = value_of(reader_->jobs().find(other))->set_id;
  value_of(note_set(other, number));
  value_of(step([&](BackupJobWriter& jobs) { return jobs.fail(other, -1, ""); }));
  const auto sweep = [&] {
    for (const std::int64_t set : {std::int64_t{1}, number})
      value_of(step([&](BackupJobWriter& jobs) { return jobs.note_swept(a, set); }));
    return value_of(reader_->jobs().unswept(a, 1001, 0)).size();
  };
  ASSERT_EQ(value_of(reader_->jobs().unswept(a, 1001, 0)).size(), 2U);
  EXPECT_EQ(sweep(), 1U) << "of the one that came to no manifest nothing can come";
  const auto ended_before = [&](Timestamp time) {
    value_of(write([&](Transaction& t) -> Result<> {
      BW_CHECK(connection_of(t.read()).run("UPDATE backup_set SET end_time = ?", FixedClock::kNow - time));
      return {};
    }));
  };
  ended_before(BackupJobWriter::kLateWrite - 1);
  EXPECT_EQ(sweep(), 1U);
  ended_before(BackupJobWriter::kLateWrite);
  EXPECT_EQ(sweep(), 0U);
}

TEST_F(StoreJobTest, TheSetsOfATenantAreBoundedAndACompleteOneIsNeverForgotten) {
  const TenantId a = make_tenant("a");
  // Two that failed, of which the second is swept; the rest complete.
  value_of(write([&](Transaction& t) {
    return connection_of(t.read()).execute(
        "INSERT INTO backup_set SELECT 1002, n, n, 1001, '', '', '', 0, 0, 0, 0, '', 0, 0,"
        " CASE WHEN n < 3 THEN 'FAILED' ELSE 'SUCCESS' END, CASE n WHEN 1 THEN 'INCOMPLETE' WHEN 2 THEN "
        "'DELETED'"
        " ELSE 'AVAILABLE' END, 0, 0, 0, 0, 0, 0, '', '', n = 2, '' FROM (WITH RECURSIVE c(n) AS (SELECT 1 "
        "UNION"
        " ALL SELECT n + 1 FROM c WHERE n < 10000) SELECT n FROM c);"
        "INSERT INTO backup_counter VALUES (1002, 1, 10001)");
  }));
  const auto fail_one = [&] {
    const auto key = value_of(begin(request(a, {a})));
    value_of(step([&](BackupJobWriter& jobs) { return jobs.fail(key, -1, ""); }));
  };
  fail_one();
  EXPECT_EQ(text("SELECT COUNT(*) || ' ' || MIN(backup_set_id) FROM backup_set"), "9999 1")
      << "what was swept first";
  const auto key = value_of(begin(request(a, {a})));
  value_of(note_set(key, 10'002));
  value_of(step([&](BackupJobWriter& jobs) { return jobs.succeed(key); }));
  value_of(write([&](Transaction& t) { return t.jobs().move_shown(FixedClock::kNow); }));
  const auto last = value_of(begin(request(a, {a})));
  EXPECT_EQ(text("SELECT COUNT(*) || ' ' || MIN(backup_set_id) FROM backup_set"), "9999 3");
  value_of(note_set(last, 10'003));
  value_of(step([&](BackupJobWriter& jobs) { return jobs.succeed(last); }));
  value_of(write([&](Transaction& t) { return t.jobs().move_shown(FixedClock::kNow); }));
  EXPECT_FALSE(value_of(reader_->jobs().has_room(a)));
  const auto refused = begin(request(a, {a}));
  EXPECT_EQ(code_of(refused), Errc::backup_can_not_start);
  EXPECT_NE(refused.error().text().find("as many backup sets as are kept"), std::string::npos);
  EXPECT_EQ(text("SELECT COUNT(*) FROM backup_set WHERE status = 'SUCCESS'"), "10000");
}

}  // namespace
}  // namespace breakwater::catalog
