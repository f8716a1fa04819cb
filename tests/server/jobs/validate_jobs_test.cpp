// The state machine of VALIDATE, with a store that is real and a destination that isn't.
#include "server/jobs/validate_jobs.h"

#include <deque>

#include "server/jobs/jobs_fixture.h"

namespace breakwater::server::jobs {
namespace {

using namespace std::chrono_literals;
using catalog::TenantId;
using catalog::ValidationTask;
using catalog::ValidationVerdict;
using catalog::value_of;

enum class Sight : std::uint8_t { good, bad, refused, stalled, power_lost };

class FakeValidator final : public Validator {
 public:
  explicit FakeValidator(Timers& timers) : timers_(timers) {}

  std::map<std::int64_t, std::deque<Sight>> sights;  ///< by the set's number; what isn't named is good
  std::vector<std::string> checked;                  ///< "1002/3 PHYSICAL"
  bool power = true;
  int at_work = 0;
  int most_at_work = 0;

  Task<Result<ValidationVerdict>> check(const ValidationTask& task, bool physical,
                                        storage::Cancellation& cancellation) override {
    most_at_work = std::max(most_at_work, ++at_work);
    checked.push_back(std::to_string(task.destination.tenant_id) + "/" + std::to_string(task.id) +
                      (physical ? " PHYSICAL" : " BASIC"));
    const Result<ValidationVerdict> seen = co_await look(task, cancellation);
    --at_work;
    co_return seen;
  }

 private:
  Task<Result<ValidationVerdict>> look(const ValidationTask& task, storage::Cancellation& cancellation) {
    auto& line = sights[task.id];
    if (line.empty()) co_return ValidationVerdict{.total_bytes = 7, .validated_bytes = 7};
    const Sight sight = line.front();
    line.pop_front();
    if (sight == Sight::bad)
      co_return ValidationVerdict{.result = -4103, .comment = "missing: x", .total_bytes = 7};
    if (sight == Sight::stalled) co_await timers_.sleep_for(1h, cancellation);
    if (sight == Sight::power_lost) {
      power = false;
      co_await timers_.sleep_for(std::chrono::hours(24 * 365), cancellation);
    }
    if (cancellation.cancelled()) co_return fail(cancellation.why());
    co_return fail(error::backup_dest_not_connect());
  }

  Timers& timers_;
};

class ValidateJobsTest : public JobsTest<ValidateJobs> {
 protected:
  std::unique_ptr<ValidateJobs> make_jobs(JobWorld world) override {
    return std::make_unique<ValidateJobs>(std::move(world), validator_);
  }
  void ended() override { validator_.power = true; }

  /// With so many sets, all of which are available.
  TenantId make_tenant(const std::string& name, int sets) {
    return value_of(store_->write_and_wait<TenantId>([&](catalog::Transaction& t) -> Result<TenantId> {
      BW_TRY(const auto tenant, t.tenants().create({.name = name}));
      for (int number = 1; number <= sets; ++number) {
        const std::string row = "INSERT INTO backup_set VALUES (" + std::to_string(tenant.id) + ", " +
                                std::to_string(number) +
                                ", 1, 1001, 'file:///d', '', 'file:///d', 0, 0, 0, 0, '', 1, 1, 'SUCCESS',"
                                " 'AVAILABLE', 1, 1, 1, 1, 1, 0, '', '', 1, '')";
        BW_CHECK(catalog::connection_of(t.read()).execute(row.c_str()));
      }
      return tenant.id;
    }));
  }
  void validate(std::vector<TenantId> tenants, bool physical = true) {
    value_of(store_->write_and_wait([&](catalog::Transaction& t) {
      return t.validations().begin(
          {.tenants = tenants, .kind = catalog::ValidationKind::sets, .physical = physical});
    }));
    ring();
  }
  void cancel(TenantId tenant) {
    value_of(store_->write_and_wait([&](catalog::Transaction& t) -> Result<> {
      BW_CHECK(t.validations().cancel(tenant));
      return {};
    }));
    jobs_->ring();
  }
  std::string seen(TenantId tenant, int job = 1) {
    return row(
        "SELECT status || ' ' || result || CASE WHEN in_history THEN ' history' ELSE '' END FROM"
        " validate_job WHERE tenant_id = " +
        std::to_string(tenant) + " AND job_id = " + std::to_string(job));
  }
  void wait_for(TenantId tenant, const std::string& state, int job = 1) {
    thread_.until([&] { return seen(tenant, job) == state; }, state.c_str());
  }

  FakeValidator validator_{timers_};
};

TEST_F(ValidateJobsTest, AGoodJobIsShownUntilItsTimeIsOver) {
  const TenantId tenant = make_tenant("t", 2);
  validate({tenant}, false);
  EXPECT_EQ(seen(tenant), "INIT 0");
  begin();
  wait_for_row("SELECT success_task_count || ' ' || done FROM validate_job", "2 1");
  EXPECT_EQ(seen(tenant), "DOING 0");
  EXPECT_EQ(validator_.checked, (std::vector<std::string>{"1002/1 BASIC", "1002/2 BASIC"}));
  timers_.pass(kVisible - 1ms);
  poll();
  EXPECT_EQ(seen(tenant), "DOING 0");
  timers_.pass(1ms);
  wait_for(tenant, "COMPLETED 0 history");
}

TEST_F(ValidateJobsTest, ABadSetFailsTheJobOnceAllAreLookedAt) {
  const TenantId tenant = make_tenant("t", 3);
  validator_.sights[1] = {Sight::bad};
  begin();
  validate({tenant});
  wait_for(tenant, "FAILED -4103 history");
  EXPECT_EQ(row("SELECT comment FROM validate_job"), "missing: x");
  EXPECT_EQ(validator_.checked.size(), 3U);
  EXPECT_EQ(row("SELECT group_concat(status) FROM validate_task"), "FAILED,SUCCESS,SUCCESS");
}

TEST_F(ValidateJobsTest, AStoreThatFailsIsAskedAgainAndWhatIsDoneStays) {
  const TenantId tenant = make_tenant("t", 2);
  validator_.sights[2] = {Sight::refused, Sight::refused, Sight::refused, Sight::refused};
  begin();
  validate({tenant});
  for (const auto& [failures, pause] : {std::pair{1, 1s}, std::pair{2, 10s}, std::pair{3, 60s}}) {
    wait_for_row("SELECT attempts FROM validate_job", std::to_string(failures));
    timers_.pass(pause - 1ms);
    poll();
    EXPECT_EQ(validator_.checked.size(), 1U + static_cast<std::size_t>(failures));
    timers_.pass(1ms);
  }
  wait_for(tenant, "FAILED -9070 history");
  EXPECT_EQ(std::ranges::count(validator_.checked, "1002/1 PHYSICAL"), 1);
  EXPECT_EQ(row("SELECT group_concat(status) FROM validate_task"), "SUCCESS,FAILED");
  EXPECT_NE(row("SELECT comment FROM validate_job"), "");
}

TEST_F(ValidateJobsTest, ARestartGoesOnBehindTheLastVerdict) {
  const TenantId tenant = make_tenant("t", 3);
  validator_.sights[2] = {Sight::power_lost};
  begin();
  validate({tenant});
  thread_.until([&] { return !validator_.power; }, "the loss of power");
  restart();
  wait_for_row("SELECT success_task_count || ' ' || done FROM validate_job", "3 1");
  EXPECT_EQ(std::ranges::count(validator_.checked, "1002/1 PHYSICAL"), 1);
  EXPECT_EQ(std::ranges::count(validator_.checked, "1002/2 PHYSICAL"), 2);
}

TEST_F(ValidateJobsTest, CancelEndsAStalledCheckAtOnce) {
  const TenantId tenant = make_tenant("t", 2);
  validator_.sights[1] = {Sight::stalled};
  begin();
  validate({tenant});
  thread_.until([&] { return validator_.at_work == 1; }, "the check");
  validate({tenant});
  cancel(tenant);
  wait_for(tenant, "CANCELED -4072 history");
  wait_for(tenant, "CANCELED -4072 history", 2);
  EXPECT_EQ(validator_.checked.size(), 1U);
}

TEST_F(ValidateJobsTest, AStalledTenantHoldsUpNoOther) {
  places_ = 2;
  const TenantId first = make_tenant("a", 1);
  const TenantId second = make_tenant("b", 3);
  const TenantId third = make_tenant("c", 3);
  validator_.sights[1] = {Sight::stalled};
  begin();
  validate({first, second, third});
  wait_for_row("SELECT SUM(success_task_count) FROM validate_job", "6");
  EXPECT_EQ(seen(first), "DOING 0");
  EXPECT_LE(validator_.most_at_work, 2);
}

TEST_F(ValidateJobsTest, ADroppedTenantsJobEnds) {
  const TenantId tenant = make_tenant("t", 1);
  validator_.sights[1] = {Sight::stalled};
  begin();
  validate({tenant});
  thread_.until([&] { return validator_.at_work == 1; }, "the check");
  value_of(store_->write_and_wait([&](catalog::Transaction& t) { return t.tenants().drop(tenant); }));
  timers_.pass(1h);
  thread_.until([&] { return validator_.at_work == 0; }, "its end");
  const TenantId other = make_tenant("u", 1);
  validate({other});
  wait_for_row("SELECT success_task_count FROM validate_job", "1");
}

}  // namespace
}  // namespace breakwater::server::jobs
