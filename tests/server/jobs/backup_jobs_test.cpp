// The state machine of backups, with a store that is real and a destination that isn't: it fails, stalls and loses answers as
// each test says.
#include "server/jobs/backup_jobs.h"

#include <deque>
#include <map>
#include <optional>
#include <set>

#include "server/jobs/jobs_fixture.h"

namespace breakwater::server::jobs {
namespace {

using namespace std::chrono_literals;
using catalog::BackupJob;
using catalog::BackupJobKey;
using catalog::BackupSet;
using catalog::TenantId;
using catalog::value_of;

/// How an operation goes, once. What isn't named goes well.
enum class Fate : std::uint8_t {
  refused,      ///< nothing happens, an error
  answer_lost,  ///< it happens, an error all the same
  stalled,      ///< nothing happens until a deadline of 30 s, or the cancellation
  endless,      ///< nothing happens until the cancellation
  not_there,    ///< 9080
  not_ours,     ///< 9081
  power_lost,   ///< it happens, then nothing more: the test ends the engine
  power_lost_before,
};

class FakeMaker final : public SetMaker {
 public:
  explicit FakeMaker(Timers& timers) : timers_(timers) {}

  /// By tenant and operation, one after the other.
  std::map<std::pair<TenantId, std::string>, std::deque<Fate>> fates;
  std::vector<std::string> calls;       ///< "write 1002"
  std::set<std::string> complete_sets;  ///< manifests that are out there: "1002/1 attempt 1"
  std::set<std::int64_t> swept;
  std::string why_not;                     ///< no incremental set can be built
  std::map<TenantId, std::int64_t> taken;  ///< the highest number of others
  std::string token;                       ///< of the set that was written last
  bool power = true;
  int attempts = 0;
  int at_work = 0;
  int most_at_work = 0;
  std::string lost;               ///< why the next set can't be completed
  std::vector<bool> looked_into;  ///< whether contents were asked for, of each complete()

  Task<Result<>> verify(const BackupJob& job, storage::Cancellation& cancellation) override {
    co_return co_await go(job.key.tenant_id, "verify", cancellation, [] {});
  }
  Task<Result<std::int64_t>> highest_taken(const BackupJob& job, const BackupSet* own,
                                           storage::Cancellation& cancellation) override {
    BW_CO_CHECK(co_await go(job.key.tenant_id, "look", cancellation, [] {}));
    if (own != nullptr && own->token.size() != catalog::kSetToken) co_return fail(error::internal_error());
    co_return taken[job.key.tenant_id];
  }
  Task<Result<std::string>> hindrance(const BackupJob&, const BackupSet& previous,
                                      storage::Cancellation& cancellation) override {
    BW_CO_CHECK(co_await go(previous.tenant_id, "hindrance", cancellation, [] {}));
    co_return why_not;
  }
  Task<Result<WrittenSet>> write(const BackupJob& job, const BackupSet& set,
                                 storage::Cancellation& cancellation) override {
    const std::string name = std::to_string(set.tenant_id) + "/" + std::to_string(set.set_id) + " attempt " +
                             std::to_string(++attempts);
    token = set.token;
    if (set.incremental && set.start_scn == 0) co_return fail(error::internal_error());
    BW_CO_CHECK(co_await go(job.key.tenant_id, "write", cancellation, [] {}));
    WrittenSet written;
    written.result.end_scn = 1'700'000'000'000'000'000 + attempts;
    written.result.start_scn = set.incremental ? set.start_scn : written.result.end_scn;
    written.result.file_count = 3;
    written.manifest.assign(name.begin(), name.end());
    co_return written;
  }
  Task<Result<std::string>> complete(const BackupJob& job, const BackupSet&, const Bytes& manifest,
                                     bool contents, storage::Cancellation& cancellation) override {
    looked_into.push_back(contents);
    std::string why;
    BW_CO_CHECK(co_await go(job.key.tenant_id, "complete", cancellation, [&] {
      std::swap(why, lost);
      if (why.empty()) complete_sets.emplace(manifest.begin(), manifest.end());
    }));
    co_return why;
  }
  Task<Result<bool>> is_whole(const BackupSet& set, storage::Cancellation& cancellation) override {
    BW_CO_CHECK(co_await go(set.tenant_id, "whole", cancellation, [] {}));
    co_return has_manifest(set);
  }
  Task<Result<bool>> sweep(const BackupSet& set, storage::Cancellation& cancellation) override {
    BW_CO_CHECK(co_await go(set.tenant_id, "sweep", cancellation, [] {}));
    if (has_manifest(set)) co_return false;
    swept.insert(set.set_id);
    co_return true;
  }

 private:
  bool has_manifest(const BackupSet& set) const {
    const std::string prefix = std::to_string(set.tenant_id) + "/" + std::to_string(set.set_id) + " ";
    return std::ranges::any_of(complete_sets,
                               [&](const std::string& name) { return name.starts_with(prefix); });
  }

  Task<Result<>> go(TenantId tenant, std::string what, storage::Cancellation& cancellation,
                    std::function<void()> happen) {
    most_at_work = std::max(most_at_work, ++at_work);
    calls.push_back(what + " " + std::to_string(tenant));
    const Result<> done = co_await meet(tenant, what, cancellation, happen);
    --at_work;
    co_return done;
  }

  Task<Result<>> meet(TenantId tenant, const std::string& what, storage::Cancellation& cancellation,
                      const std::function<void()>& happen) {
    auto& line = fates[{tenant, what}];
    if (line.empty()) {
      happen();
      co_return Result<>{};
    }
    const Fate fate = line.front();
    line.pop_front();
    if (fate == Fate::answer_lost || fate == Fate::power_lost) happen();
    if (fate == Fate::power_lost || fate == Fate::power_lost_before) {
      power = false;
      co_await timers_.sleep_for(std::chrono::hours(24 * 365), cancellation);
      co_return fail(error::server_shutdown());
    }
    if (fate == Fate::endless) co_await timers_.sleep_for(std::chrono::hours(24 * 365), cancellation);
    if (fate == Fate::stalled) co_await timers_.sleep_for(30s, cancellation);
    if (cancellation.cancelled()) co_return fail(cancellation.why());
    if (fate == Fate::not_there) co_return fail(error::format_file_not_exist());
    if (fate == Fate::not_ours) co_return fail(error::format_file_not_match());
    co_return fail(error::backup_dest_not_connect());
  }

  Timers& timers_;
};

class BackupJobsTest : public JobsTest<BackupJobs> {
 protected:
  std::unique_ptr<BackupJobs> make_jobs(JobWorld world) override {
    return std::make_unique<BackupJobs>(std::move(world), maker_);
  }
  void ended() override { maker_.power = true; }

  static catalog::BackupTarget target(TenantId tenant) {
    return {.tenant_id = tenant,
            .path = "file:///backup",
            .destination = {.tenant_id = tenant, .path = "file:///backup", .endpoint = ""},
            .dest_id = 1001};
  }

  /// BACKUP by the tenant itself, or by sys.
  BackupJobKey backup(std::vector<TenantId> tenants, bool by_sys = false, bool incremental = false) {
    catalog::BackupRequest request;
    request.initiator = by_sys ? catalog::kSysTenantId : tenants.front();
    for (const TenantId tenant : tenants) request.targets.push_back(target(tenant));
    request.incremental = incremental;
    request.password = Secret(std::string_view("secret"));
    const auto key = value_of(store_->write_and_wait<BackupJobKey>(
        [&](catalog::Transaction& t) { return t.jobs().begin(request); }));
    ring();
    return key;
  }

  void cancel(TenantId tenant) {
    value_of(store_->write_and_wait([&](catalog::Transaction& t) -> Result<> {
      BW_CHECK(t.jobs().cancel(tenant));
      return {};
    }));
    jobs_->ring();
  }

  /// "DOING 0" of JOBS, "COMPLETED 0 history"
  std::string seen(const BackupJobKey& key) {
    return row(
        "SELECT status || ' ' || result || CASE WHEN in_history THEN ' history' ELSE '' END FROM backup_job"
        " WHERE tenant_id = " +
        std::to_string(key.tenant_id) + " AND job_id = " + std::to_string(key.job_id));
  }
  void wait_for(const BackupJobKey& key, const std::string& state) {
    thread_.until([&] { return seen(key) == state; }, state.c_str());
  }
  /// Waits, with the time going on in steps.
  void wait_long_for(const BackupJobKey& key, const std::string& state) {
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    while (seen(key) != state && std::chrono::steady_clock::now() < give_up) {
      timers_.pass(500ms);
      for (int turn = 0; turn < 20; ++turn) thread_.until([] { return true; }, "");
      poll();
    }
    EXPECT_EQ(seen(key), state);
  }
  std::size_t calls(const std::string& call) {
    return static_cast<std::size_t>(std::ranges::count(maker_.calls, call));
  }

  FakeMaker maker_{timers_};
};

TEST_F(BackupJobsTest, AJobIsShownAsRunningUntilItsTimeIsOver) {
  const TenantId tenant = make_tenant("t");
  const auto key = backup({tenant});
  EXPECT_EQ(seen(key), "INIT 0");
  begin();
  thread_.until([&] { return !maker_.complete_sets.empty(); }, "the set");
  thread_.until([&] { return row("SELECT status FROM backup_set") == "SUCCESS"; }, "the set's row");
  EXPECT_EQ(seen(key), "DOING 0");
  EXPECT_TRUE(value_of(reader_->jobs().is_running(tenant)));
  timers_.pass(kVisible - 1ms);
  poll();
  EXPECT_EQ(seen(key), "DOING 0");
  timers_.pass(1ms);
  wait_for(key, "COMPLETED 0 history");
  EXPECT_FALSE(value_of(reader_->jobs().is_running(tenant)));
  EXPECT_EQ(row("SELECT file_status FROM backup_set"), "AVAILABLE");
}

TEST_F(BackupJobsTest, AStoreThatHangsLeavesPlacesToOthers) {
  shares_.emplace(places_);
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
    const TenantId hung = make_tenant(name);
    maker_.fates[{hung, "verify"}] = {Fate::stalled};
    backup({hung});
  }
  catalog::BackupRequest request;
  request.initiator = make_tenant("elsewhere");
  request.targets.push_back(target(request.initiator));
  request.targets.back().destination = {
      .tenant_id = request.initiator, .path = "oss://b/p", .endpoint = "host=h"};
  const auto key = value_of(
      store_->write_and_wait<BackupJobKey>([&](catalog::Transaction& t) { return t.jobs().begin(request); }));
  begin();
  thread_.until([&] { return maker_.calls.size() >= 3 && !maker_.complete_sets.empty(); },
                "the set elsewhere");
  EXPECT_EQ(seen(key), "DOING 0");
  EXPECT_EQ(maker_.complete_sets.size(), 1U) << "those at the other store hang";
}

TEST_F(BackupJobsTest, ThePasswordIsErasedWithTheJobsEnd) {
  const TenantId tenant = make_tenant("t");
  const auto key = backup({tenant});
  EXPECT_EQ(value_of(reader_->jobs().password(key))->reveal(), "secret");
  begin();
  thread_.until([&] { return row("SELECT status FROM backup_set") == "SUCCESS"; }, "the set's row");
  EXPECT_FALSE(value_of(reader_->jobs().password(key)));
  EXPECT_EQ(row("SELECT length(passwd) FROM backup_job"), "41");
}

TEST_F(BackupJobsTest, AFormatFileThatIsMissingOrNotOursIsNotTriedAgain) {
  const TenantId a = make_tenant("a");
  const TenantId b = make_tenant("b");
  maker_.fates[{a, "verify"}] = {Fate::not_there};
  maker_.fates[{b, "verify"}] = {Fate::not_ours};
  const auto first = backup({a});
  const auto second = backup({b});
  begin();
  wait_for(first, "FAILED -9080 history");
  wait_for(second, "FAILED -9081 history");
  EXPECT_EQ(calls("write 1002"), 0U);
  EXPECT_EQ(row("SELECT COUNT(*) FROM backup_set"), "0");
  EXPECT_FALSE(value_of(reader_->jobs().password(first)));
}

TEST_F(BackupJobsTest, WhatFailsIsTriedThreeTimesMore) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "write"}] = {Fate::refused, Fate::stalled, Fate::refused, Fate::refused};
  const auto key = backup({tenant});
  begin();
  thread_.until([&] { return row("SELECT attempts FROM backup_job") == "1"; }, "the first failure");
  timers_.pass(999ms);
  poll();
  EXPECT_EQ(calls("verify 1002"), 1U);
  timers_.pass(1ms);
  thread_.until([&] { return calls("write 1002") == 2; }, "the second attempt");
  timers_.pass(30s);
  thread_.until([&] { return row("SELECT attempts FROM backup_job") == "2"; }, "the second failure");
  EXPECT_EQ(seen(key), "DOING 0");
  timers_.pass(10s);
  thread_.until([&] { return row("SELECT attempts FROM backup_job") == "3"; }, "the third failure");
  timers_.pass(60s);
  wait_for(key, "FAILED -9070 history");
  thread_.until([&] { return maker_.swept.contains(1); }, "what it left");
  thread_.until([&] { return row("SELECT file_status FROM backup_set") == "DELETED"; }, "the set's row");
  EXPECT_NE(row("SELECT comment FROM backup_job"), "");
}

TEST_F(BackupJobsTest, AFailureInBetweenLeavesOneWholeSet) {
  for (const char* operation : {"verify", "write", "complete"}) {
    for (const Fate fate : {Fate::refused, Fate::answer_lost, Fate::stalled}) {
      const TenantId tenant = make_tenant(std::string(operation) + std::to_string(static_cast<int>(fate)));
      maker_.fates[{tenant, operation}] = {fate};
      const auto key = backup({tenant});
      if (jobs_ == nullptr) begin();
      wait_long_for(key, "COMPLETED 0 history");
      const std::string prefix = std::to_string(tenant) + "/1 ";
      EXPECT_EQ(std::ranges::count_if(maker_.complete_sets,
                                      [&](const std::string& name) { return name.starts_with(prefix); }),
                1)
          << operation;
    }
  }
}

TEST_F(BackupJobsTest, AManifestThatMayBeOutThereIsTheOnlyOne) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "complete"}] = {Fate::refused, Fate::answer_lost};
  const auto key = backup({tenant});
  begin();
  wait_long_for(key, "COMPLETED 0 history");
  EXPECT_EQ(calls("write 1002"), 1U) << "once the manifest is decided nothing is written anew";
  EXPECT_EQ(calls("complete 1002"), 3U);
}

TEST_F(BackupJobsTest, AfterACrashBetweenAnyTwoStepsAJobGoesOn) {
  for (const char* operation : {"verify", "write", "complete"}) {
    for (const Fate fate : {Fate::power_lost_before, Fate::power_lost}) {
      const TenantId tenant = make_tenant(std::string(operation) + std::to_string(static_cast<int>(fate)));
      maker_.fates[{tenant, operation}] = {fate};
      const auto key = backup({tenant});
      if (jobs_ == nullptr) begin();
      jobs_->ring();
      thread_.until([&] { return !maker_.power; }, "the crash");
      restart();
      wait_long_for(key, "COMPLETED 0 history");
      const std::string prefix = std::to_string(tenant) + "/";
      EXPECT_EQ(std::ranges::count_if(maker_.complete_sets,
                                      [&](const std::string& name) { return name.starts_with(prefix); }),
                1)
          << operation;
      EXPECT_EQ(row("SELECT attempts FROM backup_job WHERE tenant_id = " + std::to_string(tenant)), "0");
    }
  }
}

TEST_F(BackupJobsTest, AJobThatIsDoneButShownGoesToTheHistoryAfterARestart) {
  const TenantId tenant = make_tenant("t");
  const auto key = backup({tenant});
  begin();
  thread_.until([&] { return row("SELECT status FROM backup_set") == "SUCCESS"; }, "the set's row");
  restart();
  poll();
  EXPECT_EQ(seen(key), "DOING 0");
  timers_.pass(kVisible);
  wait_for(key, "COMPLETED 0 history");
  EXPECT_EQ(calls("write 1002"), 1U);
}

TEST_F(BackupJobsTest, CancelEndsAJobThatHangs) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "write"}] = {Fate::stalled};
  const auto key = backup({tenant});
  begin();
  thread_.until([&] { return calls("write 1002") == 1; }, "the write");
  cancel(tenant);
  EXPECT_EQ(seen(key), "CANCELING 0");
  wait_for(key, "CANCELED -4072 history");
  thread_.until([&] { return maker_.swept.contains(1); }, "what it left");
  EXPECT_EQ(row("SELECT status FROM backup_set"), "FAILED");
}

TEST_F(BackupJobsTest, CancelBetweenAttemptsEndsAJob) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "verify"}] = {Fate::refused};
  const auto key = backup({tenant});
  begin();
  thread_.until([&] { return row("SELECT attempts FROM backup_job") == "1"; }, "the failure");
  cancel(tenant);
  wait_for(key, "CANCELED -4072 history");
}

TEST_F(BackupJobsTest, CancelOfAJobThatIsDoneChangesNothing) {
  const TenantId tenant = make_tenant("t");
  const auto key = backup({tenant});
  begin();
  thread_.until([&] { return row("SELECT status FROM backup_set") == "SUCCESS"; }, "the set's row");
  cancel(tenant);
  timers_.pass(kVisible);
  wait_for(key, "COMPLETED 0 history");
}

TEST_F(BackupJobsTest, AStoreThatHangsHoldsUpItsOwnJobAlone) {
  const TenantId a = make_tenant("a");
  const TenantId b = make_tenant("b");
  maker_.fates[{a, "write"}] = {Fate::stalled};
  backup({a});
  const auto other = backup({b});
  begin();
  thread_.until([&] { return row("SELECT status FROM backup_set WHERE tenant_id = 1004") == "SUCCESS"; },
                "the other");
  timers_.pass(kVisible);
  wait_for(other, "COMPLETED 0 history");
  EXPECT_EQ(row("SELECT status FROM backup_job WHERE tenant_id = 1002"), "DOING");
}

TEST_F(BackupJobsTest, TheParentEndsWithTheLastOfItsJobs) {
  const TenantId a = make_tenant("a");
  const TenantId b = make_tenant("b");
  maker_.fates[{a, "verify"}] = {Fate::not_there};
  const auto parent = backup({a, b}, true);
  EXPECT_EQ(parent.tenant_id, catalog::kSysTenantId);
  EXPECT_EQ(seen(parent), "INIT 0");
  begin();
  wait_for({a, 1}, "FAILED -9080 history");
  EXPECT_EQ(seen(parent), "DOING 0");
  timers_.pass(kVisible);
  wait_for({b, 1}, "COMPLETED 0 history");
  EXPECT_EQ(seen(parent), "FAILED -9080 history");
}

TEST_F(BackupJobsTest, AParentWhoseTenantsAreDroppedEnds) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "write"}] = {Fate::stalled};
  const auto parent = backup({tenant}, true);
  begin();
  thread_.until([&] { return calls("write 1002") == 1; }, "the write");
  value_of(store_->write_and_wait([&](catalog::Transaction& t) { return t.tenants().drop(tenant); }));
  timers_.pass(30s);
  poll();
  jobs_->ring();
  wait_for(parent, "FAILED -5157 history");
  EXPECT_EQ(row("SELECT comment FROM backup_job WHERE tenant_id = 1"),
            "tenant t was dropped during its backup");
}

TEST_F(BackupJobsTest, AnIncrementalSetBuildsOnTheNewestOne) {
  const TenantId tenant = make_tenant("t");
  begin();
  wait_long_for(backup({tenant}, false, true), "COMPLETED 0 history");
  EXPECT_EQ(row("SELECT incremental FROM backup_set WHERE backup_set_id = 1"), "0")
      << "there was none before";
  wait_long_for(backup({tenant}, false, true), "COMPLETED 0 history");
  wait_long_for(backup({tenant}, false, true), "COMPLETED 0 history");
  EXPECT_EQ(row("SELECT incremental || ' ' || prev_full || ' ' || prev_inc FROM backup_set WHERE "
                "backup_set_id = 3"),
            "1 1 2");
  maker_.why_not = "set 3 is INCOMPLETE at the destination";
  wait_long_for(backup({tenant}, false, true), "COMPLETED 0 history");
  EXPECT_EQ(row("SELECT incremental || ' ' || comment FROM backup_job WHERE job_id = 4"),
            "0 a full set: set 3 is INCOMPLETE at the destination");
  EXPECT_EQ(row("SELECT comment FROM backup_set WHERE backup_set_id = 4"),
            "a full set: set 3 is INCOMPLETE at the destination");
  EXPECT_EQ(row("SELECT comment FROM backup_set WHERE backup_set_id = 3"), "");
}

TEST_F(BackupJobsTest, ANumberThatTheDestinationHasIsNeverUsed) {
  const TenantId tenant = make_tenant("t");
  maker_.taken[tenant] = 7;
  begin();
  wait_long_for(backup({tenant}), "COMPLETED 0 history");
  EXPECT_EQ(row("SELECT group_concat(backup_set_id) FROM backup_set"), "8");
  EXPECT_EQ(row("SELECT backup_set_id || ' ' || task_id FROM backup_job"), "8 1");
  EXPECT_EQ(maker_.token.size(), catalog::kSetToken);
  wait_long_for(backup({tenant}), "COMPLETED 0 history");
  EXPECT_EQ(row("SELECT MAX(backup_set_id) FROM backup_set"), "9");
}

TEST_F(BackupJobsTest, ANumberThatIsTakenMeanwhileIsGivenUpWithWhatWasBegunUnderIt) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "write"}] = {Fate::refused};
  begin();
  const auto key = backup({tenant});
  thread_.until([&] { return row("SELECT attempts FROM backup_job") == "1"; }, "the first failure");
  EXPECT_EQ(row("SELECT backup_set_id || ' ' || status FROM backup_set"), "1 DOING");
  const std::string token = maker_.token;
  maker_.taken[tenant] = 1;
  wait_long_for(key, "COMPLETED 0 history");
  EXPECT_EQ(
      row("SELECT group_concat(backup_set_id || ' ' || status) FROM (SELECT * FROM backup_set ORDER BY 2)"),
      "1 FAILED,2 SUCCESS");
  EXPECT_NE(maker_.token, token);
  maker_.taken.clear();
  wait_long_for(backup({tenant}), "COMPLETED 0 history");
  EXPECT_TRUE(maker_.swept.contains(1)) << "what the first attempt left";
  EXPECT_FALSE(maker_.swept.contains(2));
}

TEST_F(BackupJobsTest, WhatCouldNotBeRemovedTheNextJobRemoves) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "verify"}] = {};
  maker_.fates[{tenant, "write"}] = {Fate::refused, Fate::refused, Fate::refused, Fate::refused};
  maker_.fates[{tenant, "sweep"}] = {Fate::refused};
  begin();
  wait_long_for(backup({tenant}), "FAILED -9070 history");
  poll();
  EXPECT_FALSE(maker_.swept.contains(1));
  wait_long_for(backup({tenant}), "COMPLETED 0 history");
  EXPECT_TRUE(maker_.swept.contains(1));
  EXPECT_FALSE(maker_.swept.contains(2));
}

TEST_F(BackupJobsTest, AJobWhoseSetIsWholeEndsCompletedWhateverElseHappened) {
  const TenantId cancelled = make_tenant("cancelled");
  maker_.fates[{cancelled, "complete"}] = {Fate::answer_lost};
  begin();
  const auto first = backup({cancelled});
  thread_.until([&] { return row("SELECT attempts FROM backup_job") == "1"; }, "the lost answer");
  cancel(cancelled);
  wait_long_for(first, "COMPLETED 0 history");
  const TenantId failed = make_tenant("failed");
  maker_.fates[{failed, "complete"}] = {Fate::answer_lost, Fate::refused, Fate::refused, Fate::refused};
  wait_long_for(backup({failed}), "COMPLETED 0 history");
  EXPECT_EQ(row("SELECT COUNT(*) FROM backup_set WHERE status = 'SUCCESS'"), "2");
  EXPECT_TRUE(maker_.swept.empty());
}

TEST_F(BackupJobsTest, WhetherTheSetIsWholeIsAskedForOnlySoLong) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "complete"}] = {Fate::refused};
  maker_.fates[{tenant, "whole"}] = {Fate::endless};
  begin();
  const auto key = backup({tenant});
  thread_.until([&] { return row("SELECT attempts FROM backup_job") == "1"; }, "the failure");
  cancel(tenant);
  thread_.until([&] { return calls("whole 1002") == 1; }, "the last look");
  poll();
  timers_.pass(BackupJobs::kLongestLastLook);
  wait_for(key, "CANCELED -4072 history");
}

TEST_F(BackupJobsTest, ASetThatCannotBecomeWholeIsWrittenAnewUnderAnotherNumber) {
  const TenantId tenant = make_tenant("t");
  maker_.lost = "missing: an object";
  begin();
  wait_long_for(backup({tenant}), "COMPLETED 0 history");
  EXPECT_EQ(
      row("SELECT group_concat(backup_set_id || ' ' || status) FROM (SELECT * FROM backup_set ORDER BY 2)"),
      "1 FAILED,2 SUCCESS");
  EXPECT_EQ(row("SELECT comment FROM backup_set WHERE backup_set_id = 1"), "missing: an object");
  EXPECT_EQ(calls("write 1002"), 2U);
  EXPECT_EQ(maker_.looked_into, (std::vector<bool>{false, false})) << "written in the same attempt";
}

TEST_F(BackupJobsTest, WhatWasWrittenInAnAttemptBeforeIsLookedInto) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "complete"}] = {Fate::refused};
  begin();
  wait_long_for(backup({tenant}), "COMPLETED 0 history");
  EXPECT_EQ(maker_.looked_into, (std::vector<bool>{false, true}));
}

TEST_F(BackupJobsTest, ASetThatAnEarlierRunBeganIsGivenUpUnlessItIsWhole) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "complete"}] = {Fate::power_lost_before};
  begin();
  const auto first = backup({tenant});
  thread_.until([&] { return !maker_.power; }, "the crash");
  const std::string token = maker_.token;
  restart();
  wait_long_for(first, "COMPLETED 0 history");
  EXPECT_EQ(maker_.complete_sets, (std::set<std::string>{"1002/2 attempt 2"}));
  EXPECT_NE(maker_.token, token) << "a copy of the catalogue has it too";
  maker_.fates[{tenant, "complete"}] = {Fate::power_lost};
  const auto second = backup({tenant});
  thread_.until([&] { return !maker_.power; }, "the crash behind the manifest");
  restart();
  wait_long_for(second, "COMPLETED 0 history");
  EXPECT_EQ(row("SELECT MAX(backup_set_id) FROM backup_set WHERE status = 'SUCCESS'"), "3");
  EXPECT_EQ(maker_.attempts, 3);
}

TEST_F(BackupJobsTest, AnAttemptThatDoesNotEndIsEnded) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "write"}] = {Fate::endless};
  begin();
  const auto key = backup({tenant});
  thread_.until([&] { return calls("write 1002") == 1; }, "the write");
  timers_.pass(BackupJobs::kLongestAttempt);
  jobs_->ring();
  thread_.until([&] { return row("SELECT attempts FROM backup_job") == "1"; }, "the end of the attempt");
  wait_long_for(key, "COMPLETED 0 history");
}

TEST_F(BackupJobsTest, ASweepTakesNoPlaceAndEndsByItselfOrByCancel) {
  places_ = 1;
  const TenantId tenant = make_tenant("t");
  const TenantId other = make_tenant("other");
  maker_.fates[{tenant, "write"}] = {Fate::stalled};
  maker_.fates[{tenant, "sweep"}] = {Fate::endless, Fate::endless};
  begin();
  const auto first = backup({tenant});
  thread_.until([&] { return calls("write 1002") == 1; }, "the write");
  cancel(tenant);
  wait_for(first, "CANCELED -4072 history");
  thread_.until([&] { return calls("sweep 1002") == 1; }, "the sweep");
  wait_long_for(backup({other}), "COMPLETED 0 history");
  EXPECT_EQ(calls("sweep 1002"), 1U);
  const auto second = backup({tenant});
  cancel(tenant);
  wait_for(second, "CANCELED -4072 history");
  thread_.until([&] { return calls("sweep 1002") == 2; }, "the sweep behind it");
  const auto third = backup({tenant});
  poll();
  EXPECT_EQ(calls("write 1002"), 1U) << "one after the other";
  timers_.pass(BackupJobs::kLongestSweep);
  wait_long_for(third, "COMPLETED 0 history");
  poll();
  EXPECT_TRUE(maker_.swept.contains(1));
}

TEST_F(BackupJobsTest, ASetThatCannotBeRemovedKeepsNoLaterOne) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "write"}] = {Fate::refused, Fate::stalled};
  maker_.fates[{tenant, "sweep"}] = {Fate::refused, Fate::refused};
  begin();
  for (const char* number : {"1", "2"}) {
    const auto key = backup({tenant});
    thread_.until([&] { return row("SELECT MAX(backup_set_id) FROM backup_set") == number; }, "the set");
    cancel(tenant);
    wait_for(key, "CANCELED -4072 history");
  }
  thread_.until([&] { return maker_.swept.contains(2); }, "the later one");
  EXPECT_FALSE(maker_.swept.contains(1));
}

TEST_F(BackupJobsTest, AWorkerWithoutATenantIsEnded) {
  const TenantId tenant = make_tenant("t");
  maker_.fates[{tenant, "write"}] = {Fate::endless};
  begin();
  backup({tenant});
  thread_.until([&] { return calls("write 1002") == 1; }, "the write");
  value_of(store_->write_and_wait([&](catalog::Transaction& t) { return t.tenants().drop(tenant); }));
  jobs_->ring();
  thread_.until([&] { return maker_.at_work == 0; }, "the end of its work");
}

TEST_F(BackupJobsTest, AClockThatIsSetBackDoesNotKeepAJobShown) {
  const TenantId tenant = make_tenant("t");
  const auto key = backup({tenant});
  begin();
  thread_.until([&] { return row("SELECT status FROM backup_set") == "SUCCESS"; }, "the set's row");
  clock_.time -= 86'400'000'000;
  jobs_->ring();
  wait_for(key, "COMPLETED 0 history");
}

TEST_F(BackupJobsTest, ManyJobsTakeFewCoroutinesAndFewPlaces) {
  std::vector<TenantId> tenants;
  for (int i = 0; i < 150; ++i) tenants.push_back(make_tenant("t" + std::to_string(i)));
  const auto parent = backup(tenants, true);
  begin();
  thread_.until([&] { return row("SELECT COUNT(*) FROM backup_set WHERE status = 'SUCCESS'") == "150"; },
                "all sets");
  timers_.pass(kVisible);
  wait_for(parent, "COMPLETED 0 history");
  EXPECT_LE(maker_.most_at_work, 4);
  EXPECT_LE(most_tasks_, static_cast<int>(BackupJobs::kMaxAtHand) + 1);
}

}  // namespace
}  // namespace breakwater::server::jobs
