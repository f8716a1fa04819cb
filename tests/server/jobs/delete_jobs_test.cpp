// The state machine of the clean-up, with a store that is real and a destination that isn't.
#include "server/jobs/delete_jobs.h"

#include <deque>
#include <map>

#include "server/jobs/jobs_fixture.h"

namespace breakwater::server::jobs {
namespace {

using namespace std::chrono_literals;
using catalog::DeletionKind;
using catalog::DeletionTask;
using catalog::DeletionVerdict;
using catalog::TenantId;
using catalog::value_of;

enum class DeletionFate : std::uint8_t {
  refused,
  answer_lost,  ///< it is gone, an error all the same
  others,       ///< it isn't ours
  not_ours,     ///< 9081
  stalled,
  power_lost_before,
  power_lost,  ///< it is gone, and nothing more happens
};

class FakeDeleter final : public Deleter {
 public:
  explicit FakeDeleter(Timers& timers) : timers_(timers) {}

  std::map<std::string, std::deque<DeletionFate>> fates;  ///< "prove file:///d", "1002/3"
  std::vector<std::string> calls;
  std::vector<std::string> gone;
  bool power = true;

  Task<Result<>> prove(const catalog::DestinationKey& destination,
                       storage::Cancellation& cancellation) override {
    co_return co_await meet("prove " + destination.path, cancellation);
  }
  Task<Result<DeletionVerdict>> remove(const DeletionTask& task,
                                       storage::Cancellation& cancellation) override {
    const std::string what = std::to_string(task.destination.tenant_id) + "/" + std::to_string(task.id);
    auto& line = fates[what];
    if (!line.empty() && line.front() == DeletionFate::others) {
      line.pop_front();
      co_return DeletionVerdict{.result = -4103, .comment = "another", .touched = false};
    }
    BW_CO_CHECK(co_await meet(what, cancellation));
    co_return DeletionVerdict{.files = 3, .bytes = 77};
  }

 private:
  Task<Result<>> meet(std::string what, storage::Cancellation& cancellation) {
    calls.push_back(what);
    auto& line = fates[what];
    if (line.empty()) {
      gone.push_back(what);
      co_return Result<>{};
    }
    const DeletionFate fate = line.front();
    line.pop_front();
    if (fate == DeletionFate::answer_lost || fate == DeletionFate::power_lost) gone.push_back(what);
    if (fate == DeletionFate::not_ours) co_return fail(error::format_file_not_match());
    if (fate == DeletionFate::stalled) co_await timers_.sleep_for(24h, cancellation);
    if (fate == DeletionFate::power_lost || fate == DeletionFate::power_lost_before) {
      power = false;
      co_await timers_.sleep_for(std::chrono::hours(24 * 365), cancellation);
    }
    if (cancellation.cancelled()) co_return fail(cancellation.why());
    co_return fail(error::backup_dest_not_connect());
  }

  Timers& timers_;
};

class DeleteJobsTest : public JobsTest<DeleteJobs> {
 protected:
  std::unique_ptr<DeleteJobs> make_jobs(JobWorld world) override {
    return std::make_unique<DeleteJobs>(std::move(world), deleter_);
  }
  void ended() override { deleter_.power = true; }

  void run(const std::string& sql) {
    value_of(store_->write_and_wait(
        [&](catalog::Transaction& t) { return catalog::connection_of(t.read()).execute(sql.c_str()); }));
  }
  /// With so many full sets at its current destination, all of a long time ago.
  TenantId tenant_with(const std::string& name, int sets, const std::string& path = "file:///d") {
    const TenantId tenant = make_tenant(name);
    const std::string id = std::to_string(tenant);
    run("INSERT INTO backup_parameter(tenant_id, name, value, path, endpoint) VALUES (" + id +
        ", 'data_backup_dest', '" + path + "', '" + path + "', '')");
    run("INSERT INTO backup_storage_info(tenant_id, path, endpoint, dest_id, dest_type, authorization, "
        "extension,"
        " path_key, format) VALUES (" +
        id + ", '" + path + "', '', 1001, 'backup_data', '', '', '" + path + id + "', x'00')");
    for (int number = 1; number <= sets; ++number) add_set(tenant, number, 1001, path);
    return tenant;
  }
  void add_set(TenantId tenant, int number, int dest, const std::string& path) {
    run("INSERT INTO backup_set VALUES (" + std::to_string(tenant) + ", " + std::to_string(number) + ", 1, " +
        std::to_string(dest) + ", '" + path + "', '', '" + path +
        "', 0, 0, 0, 0, '', 1, 1, 'SUCCESS', 'AVAILABLE', 1, 1, 1, 77, 3, 0, '', '', 0, 'abcdef')");
  }
  void remove(TenantId tenant, std::vector<std::int64_t> ids) {
    value_of(store_->write_and_wait<bool>([&](catalog::Transaction& t) {
      return t.deletions().begin({.tenant = tenant, .kind = DeletionKind::sets, .ids = ids});
    }));
    ring();
  }
  void cancel(TenantId tenant) {
    value_of(store_->write_and_wait([&](catalog::Transaction& t) -> Result<> {
      BW_CHECK(t.deletions().cancel(tenant));
      return {};
    }));
    ring();
  }
  std::string seen(TenantId tenant) {
    return row(
        "SELECT status || ' ' || result || CASE WHEN in_history THEN ' history' ELSE '' END FROM delete_job"
        " WHERE tenant_id = " +
        std::to_string(tenant) + " ORDER BY job_id DESC LIMIT 1");
  }
  void wait_for(TenantId tenant, const std::string& state) {
    thread_.until([&] { return seen(tenant) == state; }, state.c_str());
  }
  void wait_until_done() { wait_for_row("SELECT MIN(done) FROM delete_job", "1"); }
  std::string files(TenantId tenant) {
    return row(
        "SELECT group_concat(file_status) FROM (SELECT file_status FROM backup_set WHERE tenant_id = " +
        std::to_string(tenant) + " ORDER BY backup_set_id)");
  }

  FakeDeleter deleter_{timers_};
};

TEST_F(DeleteJobsTest, AGoodJobIsShownUntilItsTimeIsOver) {
  const TenantId tenant = tenant_with("t", 3);
  remove(tenant, {1, 2});
  EXPECT_EQ(seen(tenant), "INIT 0");
  begin();
  wait_until_done();
  EXPECT_EQ(deleter_.calls, (std::vector<std::string>{"prove file:///d", "1002/2", "1002/1"}));
  EXPECT_EQ(files(tenant), "DELETED,DELETED,AVAILABLE");
  EXPECT_EQ(seen(tenant), "DOING 0");
  timers_.pass(kVisible);
  wait_for(tenant, "COMPLETED 0 history");
}

TEST_F(DeleteJobsTest, AStoreThatFailsIsAskedAgainAndWhatIsDoneStays) {
  const TenantId tenant = tenant_with("t", 3);
  deleter_.fates["1002/1"] = {DeletionFate::refused, DeletionFate::answer_lost, DeletionFate::refused,
                              DeletionFate::refused};
  begin();
  remove(tenant, {1, 2});
  for (const auto& [failures, pause] : {std::pair{1, 1s}, std::pair{2, 10s}, std::pair{3, 60s}}) {
    wait_for_row("SELECT attempts FROM delete_job", std::to_string(failures));
    EXPECT_EQ(files(tenant), "DELETING,DELETED,AVAILABLE");
    timers_.pass(pause);
  }
  wait_for(tenant, "FAILED -9070 history");
  EXPECT_EQ(std::ranges::count(deleter_.calls, "1002/2"), 1);
  EXPECT_EQ(files(tenant), "DELETING,DELETED,AVAILABLE");
  remove(tenant, {1});
  wait_until_done();
  EXPECT_EQ(files(tenant), "DELETED,DELETED,AVAILABLE") << "what was half gone is taken up";
}

TEST_F(DeleteJobsTest, ADestinationThatCannotBeProvedRefusesBeforeAnythingGoes) {
  const TenantId tenant = tenant_with("t", 3);
  deleter_.fates["prove file:///d"] = {DeletionFate::not_ours};
  begin();
  remove(tenant, {1, 2});
  wait_for(tenant, "FAILED -9045 history");
  EXPECT_TRUE(row("SELECT comment FROM delete_job").starts_with("id=2(dest connectivity check failed): "));
  EXPECT_EQ(files(tenant), "AVAILABLE,AVAILABLE,AVAILABLE");
  EXPECT_TRUE(deleter_.gone.empty());
}

TEST_F(DeleteJobsTest, AClaimThatIsLostInBetweenEndsTheJob) {
  const TenantId tenant = tenant_with("t", 3);
  deleter_.fates["1002/1"] = {DeletionFate::not_ours};
  begin();
  remove(tenant, {1, 2});
  wait_for(tenant, "FAILED -9081 history");
  EXPECT_EQ(files(tenant), "DELETING,DELETED,AVAILABLE");
}

TEST_F(DeleteJobsTest, WhatIsSomebodyElsesStaysAndTheOthersGo) {
  const TenantId tenant = tenant_with("t", 3);
  deleter_.fates["1002/2"] = {DeletionFate::others};
  begin();
  remove(tenant, {1, 2});
  wait_for(tenant, "FAILED -4103 history");
  EXPECT_EQ(files(tenant), "DELETED,AVAILABLE,AVAILABLE");
}

TEST_F(DeleteJobsTest, ARestartGoesOnWhereItWas) {
  for (const DeletionFate fate : {DeletionFate::power_lost_before, DeletionFate::power_lost}) {
    const TenantId tenant = tenant_with(fate == DeletionFate::power_lost ? "a" : "b", 3);
    deleter_.fates[std::to_string(tenant) + "/1"] = {fate};
    if (jobs_ == nullptr) begin();
    remove(tenant, {1, 2});
    thread_.until([&] { return !deleter_.power; }, "the loss of power");
    EXPECT_EQ(files(tenant), "DELETING,DELETED,AVAILABLE");
    restart();
    wait_until_done();
    EXPECT_EQ(files(tenant), "DELETED,DELETED,AVAILABLE");
    EXPECT_EQ(std::ranges::count(deleter_.calls, std::to_string(tenant) + "/2"), 1);
  }
}

TEST_F(DeleteJobsTest, CancelEndsAStalledDeletionAtOnce) {
  const TenantId tenant = tenant_with("t", 3);
  deleter_.fates["1002/2"] = {DeletionFate::stalled};
  begin();
  remove(tenant, {1, 2});
  thread_.until([&] { return deleter_.calls.size() == 2; }, "the deletion");
  cancel(tenant);
  wait_for(tenant, "CANCELED -4072 history");
  EXPECT_EQ(files(tenant), "AVAILABLE,DELETING,AVAILABLE");
}

TEST_F(DeleteJobsTest, AStoreThatHangsHoldsUpItsOwnJobsAlone) {
  shares_.emplace(places_);
  std::vector<TenantId> hung;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    hung.push_back(tenant_with(name, 2, "oss://hung/d"));
    deleter_.fates[std::to_string(hung.back()) + "/1"] = {DeletionFate::stalled};
  }
  run("UPDATE backup_set SET dest_endpoint = 'host=h'");
  const TenantId other = tenant_with("other", 2, "file:///d");
  begin();
  for (const TenantId tenant : hung) remove(tenant, {1});
  thread_.until([&] { return deleter_.calls.size() == 4; }, "two that hang");
  remove(other, {1});
  thread_.until([&] { return files(other) == "DELETED,AVAILABLE"; }, "the other's");
  EXPECT_EQ(seen(hung.back()), "INIT 0");
}

TEST_F(DeleteJobsTest, AnAttemptThatTakesTooLongGivesItsPlaceToOthers) {
  const TenantId tenant = tenant_with("t", 2);
  deleter_.fates["1002/1"] = {DeletionFate::stalled};
  begin();
  remove(tenant, {1});
  thread_.until([&] { return deleter_.calls.size() == 2; }, "the deletion");
  timers_.pass(DeleteJobs::kLongestAttempt);
  ring();
  wait_for_row("SELECT attempts FROM delete_job", "1");
}

TEST_F(DeleteJobsTest, PoliciesAreLookedAtEveryHour) {
  const TenantId tenant = tenant_with("t", 3);
  const TenantId without = tenant_with("u", 3, "file:///u");
  run("INSERT INTO backup_delete_policy VALUES (" + std::to_string(tenant) + ", 'default', '7d', 1, 0)");
  begin();
  poll();
  EXPECT_EQ(seen(tenant), "");
  timers_.pass(DeleteJobs::kFirstPolicies);
  thread_.until([&] { return files(tenant) == "DELETED,DELETED,AVAILABLE"; }, "the policy's work");
  EXPECT_EQ(row("SELECT type || ' ' || initiator_tenant_id || ' ' || (expire_time > 0) FROM delete_job"),
            "OBSOLETE BACKUP " + std::to_string(tenant) + " 1");
  EXPECT_EQ(files(without), "AVAILABLE,AVAILABLE,AVAILABLE");
  timers_.pass(DeleteJobs::kPolicies);
  wait_for(tenant, "COMPLETED 0 history");
  poll();
  EXPECT_EQ(row("SELECT COUNT(*) FROM delete_job"), "1") << "there is nothing left to delete";
  add_set(tenant, 4, 1001, "file:///d");
  timers_.pass(DeleteJobs::kPolicies);
  thread_.until([&] { return files(tenant) == "DELETED,DELETED,DELETED,AVAILABLE"; }, "the next hour's");
}

TEST_F(DeleteJobsTest, TwoDestinationsAreTwoTurns) {
  const TenantId tenant = tenant_with("t", 3);
  const std::string id = std::to_string(tenant);
  run("INSERT INTO log_archive_dest VALUES (" + id + ", 0, 'path', 'file:///l'), (" + id +
      ", 0, 'dest_id', '1002')");
  run("INSERT INTO archive_round VALUES (" + id +
      ", 1, 0, 1002, 'file:///l', '', 'STOP', 1, 1, 1, 1, 1, 1, 1, 0, x'', '')");
  run("INSERT INTO archive_piece VALUES (" + id +
      ", 7, 1, 1002, 'file:///l', 1, 1, 1, 1, 1, 5, 1, 55, 'AVAILABLE')");
  run("INSERT INTO backup_delete_policy VALUES (" + id + ", 'default', '7d', 1, 0)");
  begin();
  timers_.pass(DeleteJobs::kFirstPolicies);
  wait_for_row("SELECT MAX(done) FROM delete_job", "1");
  EXPECT_EQ(deleter_.calls,
            (std::vector<std::string>{"prove file:///d", "1002/2", "1002/1", "prove file:///l", "1002/7"}));
  EXPECT_EQ(row("SELECT file_status FROM archive_piece"), "DELETED");
}

TEST_F(DeleteJobsTest, ADroppedTenantsJobEnds) {
  const TenantId tenant = tenant_with("t", 2);
  deleter_.fates["1002/1"] = {DeletionFate::stalled};
  begin();
  remove(tenant, {1});
  thread_.until([&] { return deleter_.calls.size() == 2; }, "the deletion");
  value_of(store_->write_and_wait([&](catalog::Transaction& t) { return t.tenants().drop(tenant); }));
  ring();
  thread_.until([&] { return tasks_ == 1; }, "its end");
}

}  // namespace
}  // namespace breakwater::server::jobs
