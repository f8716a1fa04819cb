#include "server/jobs/backup_jobs.h"

#include <optional>
#include <string>
#include <utility>

#include "server/jobs/attempts.h"
#include "server/jobs/stored_destination.h"

namespace breakwater::server::jobs {

using catalog::BackupJob;
using catalog::BackupSet;
using catalog::BackupStep;
using catalog::Transaction;

struct BackupJobs::Backup final : Worker {
  Backup(BackupJob of, storage::Cancellation& ending)
      : Worker(std::move(of), ending), last_look(ending), sweep(ending) {}

  Stage last_look;
  Stage sweep;
};

BackupJobs::BackupJobs(JobWorld world, SetMaker& maker)
    : JobLoop(std::move(world), kMaxAtHand, "a backup job"), maker_(maker) {}

Result<std::optional<Timestamp>> BackupJobs::move_shown(Transaction& transaction, Timestamp before) {
  return transaction.jobs().move_shown(before);
}

Result<> BackupJobs::begin_due(Deadline& next) {
  return begin_in_turn(
      [this](catalog::TenantId after, std::size_t limit) { return reader().jobs().at_hand(after, limit); },
      next);
}

// Also what has lost its row, with its tenant.
Result<> BackupJobs::end_what_is_late(Deadline& next) {
  const Deadline now = world_.timers.now();
  for (const auto& [tenant, worker] : workers()) {
    BW_TRY(const auto job, reader().jobs().find(worker->job.key));
    auto& backup = static_cast<Backup&>(*worker);
    for (Stage* stage : {&backup.attempt, &backup.last_look, &backup.sweep}) {
      if (!job) stage->cancellation.cancel(error::tenant_not_exist());
      stage->end_if_late(now, next);
    }
  }
  return {};
}

std::shared_ptr<BackupJobs::Worker> BackupJobs::make_worker(const BackupJob& job) {
  return std::make_shared<Backup>(job, world_.ending);
}

void BackupJobs::cancel(Worker& worker, const BackupJob& job) {
  JobLoop::cancel(worker, job);
  auto& backup = static_cast<Backup&>(worker);
  // What it will leave itself is still to be removed.
  if (worker.job.key != job.key || backup.sweep.is_running())
    backup.sweep.cancellation.cancel(error::job_canceled());
}

Result<std::vector<std::string>> BackupJobs::shares_of(const BackupJob& job) {
  return std::vector{store_of(job.destination)};
}

Task<Result<>> BackupJobs::attempt(Worker& worker) {
  worker.attempt.begin(world_.timers.now() + kLongestAttempt);
  const catalog::BackupJobKey key = worker.job.key;
  BW_CO_CHECK(co_await commit([key](Transaction& transaction) { return transaction.jobs().start(key); }));
  BW_CO_CHECK(co_await maker_.verify(worker.job, worker.attempt.cancellation));
  if (worker.job.step >= BackupStep::writing && !begun_here(worker.job)) {
    BW_CO_TRY(const bool whole, co_await take_over(worker));
    if (whole) co_return co_await succeed(worker);
  }
  co_return co_await complete(worker);
}

Task<Result<>> BackupJobs::complete(Worker& worker) {
  const catalog::BackupJobKey key = worker.job.key;
  const bool written_before = worker.job.step == BackupStep::written;
  if (!written_before) BW_CO_CHECK(co_await write_set(worker));
  BW_CO_TRY(const auto set, reader().jobs().set(key.tenant_id, worker.job.set_id));
  BW_CO_TRY(const Bytes manifest, reader().jobs().record(key));
  if (!set || manifest.empty()) co_return fail(error::entry_not_exist());
  BW_CO_TRY(const std::string why_not, co_await maker_.complete(worker.job, *set, manifest, written_before,
                                                                worker.attempt.cancellation));
  if (why_not.empty()) co_return co_await succeed(worker);
  // Its manifest may be there, or come late: what is written anew has another number.
  BW_CO_CHECK(co_await take_number_behind(worker, set->set_id, why_not));
  co_return fail(
      error::io_error().with_hint("set " + std::to_string(set->set_id) + " isn't whole: " + why_not));
}

bool BackupJobs::begun_here(const BackupJob& job) const {
  const auto begun = begun_.find(job.key.tenant_id);
  return begun != begun_.end() && begun->second == job.set_id;
}

// Of a set that an earlier run of the server began: whether it is whole. If it isn't, the job has another number.
Task<Result<bool>> BackupJobs::take_over(Worker& worker) {
  const BackupJob& job = worker.job;
  BW_CO_TRY(const auto set, reader().jobs().set(job.key.tenant_id, job.set_id));
  if (set && job.step == BackupStep::written) {
    BW_CO_TRY(const bool whole, co_await maker_.is_whole(*set, worker.attempt.cancellation));
    if (whole) co_return true;
  }
  BW_CO_CHECK(co_await take_number_behind(worker, job.set_id, "the server ended before it was complete"));
  co_return false;
}

Task<Result<>> BackupJobs::succeed(const Worker& worker) {
  const catalog::BackupJobKey key = worker.job.key;
  BW_CO_CHECK(co_await commit([key](Transaction& transaction) { return transaction.jobs().succeed(key); }));
  begun_.erase(key.tenant_id);
  co_return Result<>{};
}

Task<Result<>> BackupJobs::write_set(Worker& worker) {
  const catalog::BackupJobKey key = worker.job.key;
  BW_CO_CHECK(co_await settle_number(worker));
  BW_CO_TRY(BackupSet set, co_await plan_set(worker));
  BW_CO_CHECK(
      co_await commit([&](Transaction& transaction) { return transaction.jobs().note_set(key, set); }));
  BW_CO_TRY(auto noted, reader().jobs().set(key.tenant_id, set.set_id));
  if (!noted) co_return fail(error::entry_not_exist());
  set.token = std::move(noted->token);
  begun_[key.tenant_id] = set.set_id;
  BW_CO_TRY(const WrittenSet written, co_await maker_.write(worker.job, set, worker.attempt.cancellation));
  BW_CO_CHECK(co_await commit([&](Transaction& transaction) {
    return transaction.jobs().note_written(key, written.result, written.manifest);
  }));
  worker.job.step = BackupStep::written;
  co_return Result<>{};
}

// The destination decides: a catalogue that was restored from an older copy doesn't know which numbers it has given.
Task<Result<>> BackupJobs::settle_number(Worker& worker) {
  BackupJob& job = worker.job;
  BW_CO_TRY(const auto own, reader().jobs().set(job.key.tenant_id, job.set_id));
  BW_CO_TRY(const std::int64_t taken,
            co_await maker_.highest_taken(job, own ? &*own : nullptr, worker.attempt.cancellation));
  if (taken < job.set_id) co_return Result<>{};
  world_.log.warning("set numbers up to " + std::to_string(taken) + " of tenant " +
                     std::to_string(job.key.tenant_id) + " are taken at its backup destination: set " +
                     std::to_string(job.set_id) + " gets another one");
  co_return co_await take_number_behind(worker, taken,
                                        "there is another set of this number at the destination");
}

Task<Result<>> BackupJobs::take_number_behind(Worker& worker, std::int64_t seen, std::string_view why) {
  BackupJob& job = worker.job;
  const std::string comment = cut_comment(std::string(why));
  BW_CO_CHECK(co_await commit([&](Transaction& transaction) -> Result<> {
    BW_TRY(job.set_id, transaction.jobs().renumber(job.key, seen, comment));
    return {};
  }));
  job.step = BackupStep::begun;
  co_return Result<>{};
}

// An incremental set without one that it could build on is a full one.
Task<Result<BackupSet>> BackupJobs::plan_set(Worker& worker) {
  const BackupJob& job = worker.job;
  BackupSet set{.tenant_id = job.key.tenant_id,
                .set_id = job.set_id,
                .dest_id = job.dest_id,
                .status = "DOING",
                .destination = job.destination};
  if (!job.incremental) co_return set;
  BW_CO_TRY(const auto previous, reader().jobs().newest_set(job.key.tenant_id, job.dest_id));
  if (!previous) {
    set.comment = "a full set: there is none at the destination to build on";
    co_return set;
  }
  BW_CO_TRY(const std::string hindrance,
            co_await maker_.hindrance(job, *previous, worker.attempt.cancellation));
  if (!hindrance.empty()) {
    set.comment = cut_comment("a full set: " + hindrance);
    co_return set;
  }
  set.incremental = true;
  set.prev_full = previous->incremental ? previous->prev_full : previous->set_id;
  set.prev_inc = previous->set_id;
  set.start_scn = previous->end_scn;
  co_return set;
}

Task<Result<>> BackupJobs::enter(Worker& worker, Ending ending, Timestamp next, Error why) {
  const catalog::BackupJobKey key = worker.job.key;
  if (ending == Ending::again) {
    co_return co_await commit(
        [&](Transaction& transaction) { return transaction.jobs().put_off(key, next, job_comment(why)); });
  }
  if (co_await is_whole_all_the_same(worker)) co_return co_await succeed(worker);
  if (world_.ending.cancelled()) co_return Result<>{};
  const auto entered = co_await commit([&](Transaction& transaction) {
    return ending == Ending::cancelled ? transaction.jobs().cancelled(key)
                                       : transaction.jobs().fail(key, why.ob_code(), job_comment(why));
  });
  // Also where the tenant is gone, and its rows with it.
  if (entered || entered.error().is(Errc::entry_not_exist)) begun_.erase(key.tenant_id);
  co_return entered;
}

// The answer to the manifest may have been lost, or another life of this catalogue have written it.
Task<bool> BackupJobs::is_whole_all_the_same(Worker& worker) {
  const BackupJob& job = worker.job;
  if (job.step != BackupStep::written) co_return false;
  const auto set = reader().jobs().set(job.key.tenant_id, job.set_id);
  if (!set || !*set) co_return false;
  worker.attempt.end();
  Stage& last_look = static_cast<Backup&>(worker).last_look;
  last_look.begin(world_.timers.now() + kLongestLastLook);
  ring();
  const auto whole = co_await maker_.is_whole(**set, last_look.cancellation);
  last_look.end();
  co_return whole && *whole;
}

// What failed sets left. What stays, the next job finds.
Task<> BackupJobs::behind(Worker& worker) {
  const BackupJob& job = worker.job;
  Stage& sweep = static_cast<Backup&>(worker).sweep;
  storage::Cancellation& cancellation = sweep.cancellation;
  std::int64_t after = 0;
  while (!cancellation.cancelled()) {
    const auto sets = reader().jobs().unswept(job.key.tenant_id, job.dest_id, after);
    if (!sets || sets->empty()) co_return;
    if (!sweep.is_running()) {
      sweep.begin(world_.timers.now() + kLongestSweep);
      ring();
    }
    for (const BackupSet& set : *sets) {
      after = set.set_id;
      const auto swept = co_await maker_.sweep(set, cancellation);
      if (cancellation.cancelled()) co_return;
      if (!swept || !*swept) continue;
      (void)co_await commit(
          [&](Transaction& transaction) { return transaction.jobs().note_swept(set.tenant_id, set.set_id); });
    }
  }
}

}  // namespace breakwater::server::jobs
