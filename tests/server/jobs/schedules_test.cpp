// What backup_schedule begins, and when: the rows are real, time is moved by hand.
#include "server/jobs/schedules.h"

#include <mutex>

#include "server/execute/parameters/backup_schedule.h"
#include "server/jobs/jobs_fixture.h"

namespace breakwater::server::jobs {
namespace {

using namespace std::chrono_literals;
using catalog::TenantId;
using catalog::value_of;

class SchedulesTest : public JobsTest<Schedules> {
 protected:
  // 2023-11-14 22:13:20 UTC
  std::unique_ptr<Schedules> make_jobs(JobWorld world) override {
    return std::make_unique<Schedules>(Schedules::World{.store = world.store,
                                                        .clock = world.clock,
                                                        .timers = world.timers,
                                                        .log = log_,
                                                        .ending = world.ending,
                                                        .deadline = [] { return 1h; },
                                                        .begun = [this] { ++begun_; }});
  }

  class Lines final : public Log {
   public:
    void write(LogLevel /*level*/, std::uint64_t /*connection*/, std::string_view text) override {
      const std::scoped_lock lock(mutex_);
      texts_.emplace_back(text);
    }
    std::vector<std::string> texts() const {
      const std::scoped_lock lock(mutex_);
      return texts_;
    }

   private:
    mutable std::mutex mutex_;
    std::vector<std::string> texts_;  ///< guarded by mutex_
  };

  void write(const std::function<Result<>(catalog::Transaction&)>& change) {
    value_of(store_->write_and_wait(change));
  }
  void run(const std::string& sql) {
    write([&](catalog::Transaction& t) { return catalog::connection_of(t.read()).execute(sql.c_str()); });
  }

  TenantId tenant_that_archives(const std::string& name) {
    const TenantId tenant = make_tenant(name);
    const std::string id = std::to_string(tenant);
    run("INSERT INTO backup_parameter(tenant_id, name, value, path, endpoint) VALUES (" + id +
        ", 'data_backup_dest', 'file:///d', 'file:///d', '')");
    run("INSERT INTO backup_storage_info(tenant_id, path, endpoint, dest_id, dest_type, authorization, "
        "extension, path_key) VALUES (" +
        id + ", 'file:///d', '', 1001, 'backup_data', '', '', 'file:///d')");
    run("INSERT INTO archive_round VALUES (" + id +
        ", 1, 0, 1002, 'file:///l', '', 'DOING', 1, 1, 1, 1, 1, 1, 1, 0, x'', '')");
    return tenant;
  }
  void archive(TenantId tenant, const std::string& status) {
    run("UPDATE archive_round SET status = '" + status + "' WHERE tenant_id = " + std::to_string(tenant));
  }

  // As the statement does it.
  void plan(TenantId tenant, const std::string& schedule) {
    write([&](catalog::Transaction& t) -> Result<> {
      BW_CHECK(t.parameters().set(tenant, execute::kBackupSchedule, schedule));
      return execute::plan_schedules(t, tenant, "UTC", clock_.now());
    });
    ring();
  }

  std::string next(TenantId tenant, int kind = 1) {
    return row("SELECT next_run FROM backup_schedule WHERE tenant_id = " + std::to_string(tenant) +
               " AND kind = " + std::to_string(kind));
  }
  std::string jobs(TenantId tenant) {
    return row(
        "SELECT group_concat(incremental || ' ' || description, ', ') FROM backup_job WHERE tenant_id = " +
        std::to_string(tenant));
  }
  // Whoever looked at the clock just before time was moved sleeps on: it is rung.
  void wait_for(const std::string& sql, const std::string& state) {
    thread_.until(
        [&] {
          ring();
          return row(sql) == state;
        },
        (sql + ": " + state).c_str());
  }
  void wait_for_jobs(TenantId tenant, int count) {
    wait_for("SELECT COUNT(*) FROM backup_job WHERE tenant_id = " + std::to_string(tenant),
             std::to_string(count));
  }
  void end_jobs(TenantId tenant) {
    run("UPDATE backup_job SET in_history = 1, step = 4, status = 'COMPLETED' WHERE tenant_id = " +
        std::to_string(tenant));
  }
  // Time goes by in steps, in which whatever is due comes about.
  void pass(std::chrono::minutes time) {
    for (std::chrono::minutes done{0}; done < time; ++done) {
      timers_.pass(1min);
      wait_for("SELECT COUNT(*) FROM backup_schedule WHERE next_run <= " + std::to_string(clock_.now()), "0");
    }
  }

  Lines log_;
  int begun_ = 0;
};

TEST_F(SchedulesTest, ARunThatIsDueBeginsAJobAndThenTheNextOneIsPlanned) {
  const TenantId tenant = tenant_that_archives("t");
  begin();
  plan(tenant, "full=15 22 * * *");
  wait_for("SELECT next_run FROM backup_schedule", "1700000100000000");
  EXPECT_EQ(jobs(tenant), "") << "it is 22:13:20";
  timers_.pass(100s);
  wait_for_jobs(tenant, 1);
  EXPECT_EQ(jobs(tenant), "0 backup_schedule");
  wait_for("SELECT next_run FROM backup_schedule", "1700086500000000");
  EXPECT_EQ(row("SELECT last_job || ' ' || last_run || ' ' || last_result FROM backup_schedule"),
            "1 1700000100000000 0");
  thread_.until([&] { return begun_ == 1; }, "the bell");
  EXPECT_EQ(begun_, 1);
}

TEST_F(SchedulesTest, EachKindBeginsItsOwn) {
  const TenantId tenant = tenant_that_archives("t");
  begin();
  plan(tenant, "incremental=14 22 * * *; validate=14 22 * * *");
  timers_.pass(1min);
  wait_for_jobs(tenant, 1);
  EXPECT_EQ(jobs(tenant), "1 backup_schedule");
  wait_for("SELECT description FROM validate_job", "backup_schedule");
  wait_for("SELECT COUNT(*) FROM backup_schedule WHERE last_job = 1", "2");
}

TEST_F(SchedulesTest, WhatCantBeginIsTriedAgainAndFailsInTheEnd) {
  const TenantId tenant = tenant_that_archives("t");
  archive(tenant, "INTERRUPTED");
  begin();
  plan(tenant, "full=14 22 * * *");
  timers_.pass(1min);
  wait_for("SELECT first_try > 0 AND comment <> '' FROM backup_schedule", "1");
  archive(tenant, "DOING");
  timers_.pass(1min);
  wait_for_jobs(tenant, 1);
  wait_for("SELECT first_try || comment FROM backup_schedule", "0");
  end_jobs(tenant);

  archive(tenant, "INTERRUPTED");
  plan(tenant, "full=20 22 * * *");
  pass(80min);
  wait_for("SELECT last_result || ' ' || last_job || ' ' || first_try FROM backup_schedule", "-9040 0 0");
  wait_for_jobs(tenant, 1);
  EXPECT_EQ(next(tenant), "1700086800000000") << "22:20 of the next day";
  EXPECT_EQ(log_.texts().size(), 1U);
}

TEST_F(SchedulesTest, RunsThatWereMissedHappenOnceWithinTenMinutesOfTheStart) {
  std::vector<TenantId> tenants;
  for (int i = 0; i < 8; ++i) {
    tenants.push_back(tenant_that_archives("t" + std::to_string(i)));
    plan(tenants.back(), "full=0 * * * *");
  }
  timers_.pass(50h);
  begin();
  wait_for("SELECT COUNT(*) FROM backup_schedule WHERE next_run > " + std::to_string(clock_.now()), "8");
  EXPECT_GT(std::stoi(row("SELECT COUNT(DISTINCT next_run) FROM backup_schedule")), 4) << "not all at once";
  pass(10min);
  for (const TenantId tenant : tenants) wait_for_jobs(tenant, 1);
  EXPECT_EQ(row("SELECT COUNT(*) FROM backup_job"), "8");
}

TEST_F(SchedulesTest, WhatIsPlannedAnewHasMissedNothing) {
  const TenantId tenant = tenant_that_archives("t");
  plan(tenant, "full=0 3 * * *");
  timers_.pass(1h);
  plan(tenant, "full=0 23 * * *");
  begin();
  pass(15min);
  EXPECT_EQ(jobs(tenant), "");
}

TEST_F(SchedulesTest, WithoutADestinationItSleepsAndMissesNothing) {
  const TenantId tenant = make_tenant("t");
  begin();
  plan(tenant, "full=14 22 * * *");
  timers_.pass(2min);
  wait_for("SELECT next_run FROM backup_schedule", "1700086440000000");
  EXPECT_EQ(row("SELECT last_run IS NULL FROM backup_schedule"), "1");
  EXPECT_EQ(jobs(tenant), "");
}

TEST_F(SchedulesTest, ACommitIsOneSoThatACrashBeginsNoRunTwice) {
  const TenantId tenant = tenant_that_archives("t");
  begin();
  plan(tenant, "full=14 22 * * *");
  timers_.pass(1min);
  wait_for_jobs(tenant, 1);
  end_jobs(tenant);
  for (int i = 0; i < 3; ++i) {
    restart();
    pass(4min);
  }
  EXPECT_EQ(row("SELECT COUNT(*) FROM backup_job"), "1");
}

TEST_F(SchedulesTest, AnotherTimeZoneCountsAtOnce) {
  const TenantId tenant = tenant_that_archives("t");
  begin();
  plan(tenant, "full=0 2 * * *");
  wait_for("SELECT next_run FROM backup_schedule", "1700013600000000");
  write([&](catalog::Transaction& t) -> Result<> {
    BW_CHECK(t.parameters().set_variable(tenant, "time_zone", "+08:00"));
    BW_CHECK(t.schedules().look_again(tenant));
    return {};
  });
  ring();
  wait_for("SELECT zone || ' ' || next_run FROM backup_schedule", "+08:00 1700071200000000");
}

TEST_F(SchedulesTest, AClockThatWasFarAheadStopsNothing) {
  const TenantId tenant = tenant_that_archives("t");
  begin();
  plan(tenant, "full=14 22 * * *");
  run("UPDATE backup_schedule SET settled = 4000000000000000, next_run = 1");
  ring();
  wait_for("SELECT next_run FROM backup_schedule", "1700000040000000");
  timers_.pass(1min);
  wait_for_jobs(tenant, 1);
}

TEST_F(SchedulesTest, AJobThatMakesNoProgressIsStuckAndSaidSoOnce) {
  const TenantId tenant = tenant_that_archives("t");
  begin();
  plan(tenant, "full=14 22 * * *");
  timers_.pass(1min);
  wait_for_jobs(tenant, 1);
  pass(55min);
  EXPECT_TRUE(log_.texts().empty());
  write([&](catalog::Transaction& t) { return t.jobs().start({.tenant_id = tenant, .job_id = 1}); });
  pass(55min);
  EXPECT_TRUE(log_.texts().empty()) << "it has made progress";
  pass(10min);
  wait_for("SELECT stuck_job FROM backup_schedule", "1");
  pass(10min);
  ASSERT_EQ(log_.texts().size(), 1U);
  EXPECT_NE(log_.texts().front().find("STUCK: job 1"), std::string::npos);
}

TEST_F(SchedulesTest, WhatIsNotPlannedAnyMoreIsGone) {
  const TenantId tenant = tenant_that_archives("t");
  plan(tenant, "full=0 2 * * *; validate=0 3 * * *");
  EXPECT_EQ(row("SELECT COUNT(*) FROM backup_schedule"), "2");
  plan(tenant, "validate=0 3 * * *");
  EXPECT_EQ(row("SELECT group_concat(kind) FROM backup_schedule"), "3");
  plan(tenant, "");
  EXPECT_EQ(row("SELECT COUNT(*) FROM backup_schedule"), "0");
}

}  // namespace
}  // namespace breakwater::server::jobs
