#include "server/jobs/schedules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/guard.h"
#include "catalog/values/time_zone.h"
#include "server/execute/context/await.h"
#include "server/execute/context/backup_target.h"
#include "server/execute/context/tenant_zone.h"
#include "server/execute/parameters/backup_schedule.h"
#include "server/jobs/attempts.h"

namespace breakwater::server::jobs {
namespace {

using catalog::Schedule;
using catalog::ScheduleKey;
using catalog::ScheduleKind;

constexpr std::string_view kName = "schedules";
constexpr std::size_t kTenantsATime = 500;  ///< that one commit plans anew

std::string named(const ScheduleKey& key) {
  return "the schedule " + std::string(catalog::name_of(key.kind)) + " of tenant " +
         std::to_string(key.tenant_id);
}

// What may be otherwise in a minute.
bool may_pass(const Error& why) {
  return why.is(Errc::backup_can_not_start) || why.is(Errc::backup_in_progress) || why.is(Errc::try_again);
}

Result<std::optional<Timestamp>> next_run(catalog::Reader& reader, const Schedule& schedule,
                                          Timestamp after) {
  const auto times = execute::CronTimes::parse(schedule.fields);
  if (!times) return std::nullopt;
  BW_TRY(const std::string zone, execute::tenant_zone(reader, schedule.key.tenant_id));
  return times->next(after, catalog::parse_time_zone(zone).value_or(catalog::TimeZone{}));
}

}  // namespace

Schedules::Schedules(World world)
    : world_(std::move(world)), started_(world_.clock.now()), reader_(world_.reader) {}

template <class Step>
Task<Result<>> Schedules::commit(Step step) {
  return execute::write_catalog(world_.store, std::move(step));
}

Task<> Schedules::run() {
  while (!world_.ending.cancelled()) {
    try {
      co_await look_and_wait();
    } catch (...) {  // no memory: the rows stay as they are
      log_caught(world_.log, kName);
      pause_after_failure();
    }
  }
}

Task<> Schedules::look_and_wait() {
  const auto next = co_await look();
  if (!next) world_.log.error("what backups are due isn't known: " + next.error().text());
  const Deadline until = next ? *next : world_.timers.now() + kAfterFailure;
  co_await wake_.wait_until(until, world_.timers, world_.ending);
}

Task<Result<Deadline>> Schedules::look() {
  if (reader_ == nullptr) {
    BW_CO_TRY(reader_, world_.store.open_reader());
  }
  BW_CO_CHECK(co_await look_at_all_again());
  BW_CO_CHECK(co_await begin_what_is_due());
  BW_CO_CHECK(co_await say_what_is_stuck());
  const Timestamp now = world_.clock.now();
  BW_CO_TRY(const auto next, reader_->schedules().next_after(now));
  const std::chrono::microseconds left(next ? std::max<Timestamp>(*next - now, 0) : micros_in(kLookAgain));
  co_return world_.timers.now() + std::min<std::chrono::microseconds>(left, kLookAgain);
}

// Once, at the start: the machine's time zone may be another one than before.
Task<Result<>> Schedules::look_at_all_again() {
  while (!looked_at_all_ && !world_.ending.cancelled()) {
    std::optional<catalog::TenantId> last;
    auto step = [&](catalog::Transaction& transaction) -> Result<> {
      BW_TRY(last, transaction.schedules().look_again_behind(looked_up_to_.value_or(0), kTenantsATime));
      return {};
    };
    BW_CO_CHECK(co_await commit(std::move(step)));
    looked_at_all_ = !last.has_value();
    looked_up_to_ = last;
  }
  co_return Result<>{};
}

Task<Result<>> Schedules::begin_what_is_due() {
  for (;;) {
    BW_CO_TRY(const std::vector<Schedule> due, reader_->schedules().due(world_.clock.now(), kAtATime));
    for (const Schedule& schedule : due) {
      if (world_.ending.cancelled()) co_return Result<>{};
      const auto done = co_await settle(schedule.key);
      // It isn't planned any more.
      if (!done && !done.error().is(Errc::entry_not_exist) && !done.error().is(Errc::tenant_not_exist))
        co_return done;
    }
    // What was planned anew may be due.
    const bool planned = std::ranges::any_of(due, [](const Schedule& row) { return row.next_run == 0; });
    if (due.size() < kAtATime && !planned) co_return Result<>{};
  }
}

Task<Result<>> Schedules::settle(ScheduleKey key) {
  Run run;
  auto step = [&](catalog::Transaction& transaction) { return look_at(transaction, key, run); };
  const auto done = co_await commit(std::move(step));
  if (done && run.begun) world_.begun();
  if (!run.refused) co_return done;
  // What had been written of the job is gone.
  auto note = [&](catalog::Transaction& transaction) { return note_refused(transaction, key, run); };
  co_return co_await commit(std::move(note));
}

// On the writer's thread: what is due is judged by the rows of this commit.
Result<> Schedules::look_at(catalog::Transaction& transaction, const ScheduleKey& key, Run& run) const {
  const Timestamp now = world_.clock.now();
  BW_TRY(const auto schedule, transaction.read().schedules().find(key));
  if (!schedule || schedule->next_run > now) return {};
  if (schedule->next_run == 0) {
    BW_TRY(const std::string zone, execute::tenant_zone(transaction.read(), key.tenant_id));
    return execute::plan_schedules(transaction, key.tenant_id, zone, now);
  }
  const Timestamp settled = execute::settled_up_to(*schedule, now);
  BW_TRY(const auto due, next_run(transaction.read(), *schedule, settled));
  const Timestamp planned = due.value_or(catalog::kNeverAgain);
  if (settled != schedule->settled) return transaction.schedules().pass_over(key, settled, planned);
  if (planned > now) return transaction.schedules().put_off(key, planned);
  // A run since the start makes up for those that were missed before it.
  BW_TRY(const auto fresh, next_run(transaction.read(), *schedule, std::max(settled, started_ - 1)));
  const Timestamp patience = std::min(spread_of(key), fresh.value_or(catalog::kNeverAgain));
  if (planned < started_ && now < patience) return transaction.schedules().put_off(key, patience);
  BW_TRY(const auto next, next_run(transaction.read(), *schedule, now));
  run.now = now;
  run.next = next.value_or(catalog::kNeverAgain);
  run.first_try = schedule->first_try;
  BW_TRY(const auto destination, transaction.read().destinations().current(key.tenant_id));
  if (!destination) return transaction.schedules().pass_over(key, now, run.next);
  auto begun = begin_job(transaction, key);
  if (!begun) {
    run.refused = begun.error();
    return begun;
  }
  run.begun = true;
  return transaction.schedules().note_run(key, now, run.next);
}

Result<> Schedules::note_refused(catalog::Transaction& transaction, const ScheduleKey& key,
                                 const Run& run) const {
  const Error& why = *run.refused;
  const bool waited = run.first_try != 0 && run.now - run.first_try >= micros_in(kPatience);
  if (may_pass(why) && !waited) {
    return transaction.schedules().put_off_run(key, run.now + micros_in(kTryAgain), job_comment(why),
                                               run.now);
  }
  world_.log.warning(named(key) + " has begun no job: " + job_comment(why));
  return transaction.schedules().note_failed_run(key, run.now, run.next, why.ob_code(), job_comment(why));
}

Result<> Schedules::begin_job(catalog::Transaction& transaction, const ScheduleKey& key) const {
  if (key.kind == ScheduleKind::validate) {
    return transaction.validations().begin(
        {.initiator = key.tenant_id, .tenants = {key.tenant_id}, .description = "backup_schedule"});
  }
  catalog::BackupRequest request{.initiator = key.tenant_id,
                                 .incremental = key.kind == ScheduleKind::incremental,
                                 .description = "backup_schedule"};
  BW_TRY(catalog::BackupTarget target, execute::own_target(transaction.read(), key.tenant_id));
  request.targets.push_back(std::move(target));
  BW_TRY(request.password,
         transaction.read().parameters().secret(key.tenant_id, "backup_encryption_password"));
  if (request.password && request.password->empty()) request.password.reset();
  BW_CHECK(transaction.jobs().begin(request));
  return {};
}

// Not all at once, and each at the same moment behind whatever start.
Timestamp Schedules::spread_of(const ScheduleKey& key) const {
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15;  // of Fibonacci hashing
  const auto mixed =
      (static_cast<std::uint64_t>(key.tenant_id) * 4 + static_cast<std::uint64_t>(key.kind)) * kMix;
  const auto spread = static_cast<std::uint64_t>(micros_in(kSpread) * 9 / 10);
  return started_ + static_cast<Timestamp>((mixed >> 32U) * spread >> 32U);
}

Task<Result<>> Schedules::say_what_is_stuck() {
  const std::chrono::milliseconds deadline = world_.deadline();
  const Timestamp before = world_.clock.now() - micros_in(deadline);
  BW_CO_TRY(const auto stuck, reader_->schedules().without_progress(before, kAtATime));
  for (const catalog::ScheduledJob& job : stuck) {
    world_.log.warning("STUCK: job " + std::to_string(job.job_id) + ", which " + named(job.key) +
                       " has begun, has made no progress for " +
                       std::to_string(std::chrono::floor<std::chrono::seconds>(deadline).count()) +
                       " s (job_deadline)");
    auto step = [job](catalog::Transaction& transaction) {
      return transaction.schedules().note_stuck(job.key, job.job_id);
    };
    const auto noted = co_await commit(std::move(step));
    if (!noted && !noted.error().is(Errc::entry_not_exist)) co_return noted;
  }
  co_return Result<>{};
}

}  // namespace breakwater::server::jobs
