#include "server/jobs/delete_jobs.h"

#include <utility>
#include <vector>

#include "server/execute/parameters/recovery_window.h"
#include "server/jobs/stored_destination.h"

namespace breakwater::server::jobs {

using catalog::DeletionJob;
using catalog::DeletionKind;
using catalog::DeletionTask;
using catalog::Transaction;

struct DeleteJobs::Deletion final : Worker {
  using Worker::Worker;

  bool proved = false;  ///< its destination answered, and was the tenant's
};

DeleteJobs::DeleteJobs(JobWorld world, Deleter& deleter)
    : JobLoop(std::move(world), kMaxAtHand, "a clean-up"),
      deleter_(deleter),
      policies_due_(world_.timers.now() + kFirstPolicies) {}

Result<std::optional<Timestamp>> DeleteJobs::move_shown(Transaction& transaction, Timestamp before) {
  return transaction.deletions().move_shown(before);
}

Task<Result<>> DeleteJobs::prepare(Deadline& next) {
  if (world_.timers.now() >= policies_due_) {
    BW_CO_CHECK(co_await begin_by_policies());
    policies_due_ = world_.timers.now() + kPolicies;
  }
  next = std::min(next, policies_due_);
  co_return Result<>{};
}

Task<Result<>> DeleteJobs::begin_by_policies() {
  catalog::TenantId after = 0;
  for (;;) {
    BW_CO_TRY(const std::vector<catalog::TenantId> tenants, reader().policies().tenants(after, kMaxAtHand));
    for (const catalog::TenantId tenant : tenants) BW_CO_CHECK(co_await begin_by_policy(tenant));
    if (tenants.size() < kMaxAtHand) co_return Result<>{};
    after = tenants.back();
  }
}

Task<Result<>> DeleteJobs::begin_by_policy(catalog::TenantId tenant) {
  BW_CO_TRY(const auto policy, reader().policies().find(tenant));
  if (!policy) co_return Result<>{};
  const Timestamp expire = execute::expire_time(*policy, world_.clock.now());
  BW_CO_TRY(const bool any, reader().deletions().has_obsolete(tenant, expire));
  if (!any) co_return Result<>{};
  const catalog::DeletionRequest request{.tenant = tenant,
                                         .initiator = tenant,
                                         .kind = DeletionKind::obsolete,
                                         .expire = expire,
                                         .only_if_any = true};
  const auto begun = co_await commit([&](Transaction& transaction) -> Result<> {
    BW_CHECK(transaction.deletions().begin(request));
    return {};
  });
  // Jobs enough of it wait already, or it is gone: the next hour looks again.
  if (begun || begun.error().is(Errc::try_again) || begun.error().is(Errc::tenant_not_exist))
    co_return Result<>{};
  co_return begun;
}

Result<> DeleteJobs::begin_due(Deadline& next) {
  return begin_in_turn([this](catalog::TenantId after,
                              std::size_t limit) { return reader().deletions().at_hand(after, limit); },
                       next);
}

// Also what has lost its row, with its tenant.
Result<> DeleteJobs::end_what_is_late(Deadline& next) {
  for (const auto& [tenant, worker] : workers()) {
    BW_TRY(const bool open, reader().deletions().is_open(worker->job.key));
    if (!open) worker->attempt.cancellation.cancel(error::tenant_not_exist());
    worker->attempt.end_if_late(world_.timers.now(), next);
  }
  return {};
}

std::shared_ptr<DeleteJobs::Worker> DeleteJobs::make_worker(const DeletionJob& job) {
  return std::make_shared<Deletion>(job, world_.ending);
}

Result<std::vector<std::string>> DeleteJobs::shares_of(const DeletionJob& job) {
  if (job.destination.path.empty()) return std::vector<std::string>();
  return std::vector{store_of(job.destination)};
}

// Works at one destination; what is left at another waits for its own turn there.
Task<Result<>> DeleteJobs::attempt(Worker& worker) {
  worker.attempt.begin(world_.timers.now() + kLongestAttempt);
  const catalog::BackupJobKey key = worker.job.key;
  const catalog::DestinationKey place = worker.job.destination;
  if (!place.path.empty()) BW_CO_CHECK(co_await deleter_.prove(place, worker.attempt.cancellation));
  static_cast<Deletion&>(worker).proved = true;
  for (;;) {
    BW_CO_TRY(const auto next, reader().deletions().next_destination(key));
    if (!next) break;
    if (next->path != place.path || next->endpoint != place.endpoint) co_return Result<>{};
    std::optional<DeletionTask> task;
    BW_CO_CHECK(co_await commit([&](Transaction& transaction) -> Result<> {
      BW_TRY(task, transaction.deletions().begin_task(key));
      return {};
    }));
    if (!task || !task->refusal.empty()) continue;
    BW_CO_TRY(const catalog::DeletionVerdict verdict,
              co_await deleter_.remove(*task, worker.attempt.cancellation));
    BW_CO_CHECK(co_await commit([&](Transaction& transaction) {
      return transaction.deletions().note_task(key, task->task_id, verdict);
    }));
    worker.job.attempts = 0;
  }
  co_return co_await commit([key](Transaction& transaction) { return transaction.deletions().finish(key); });
}

// A destination that can't be proved refuses what was named, before anything is deleted.
Task<Result<>> DeleteJobs::enter(Worker& worker, Ending ending, Timestamp next, Error why) {
  const DeletionJob& job = worker.job;
  int result = why.ob_code();
  std::string comment = job_comment(why);
  const bool named = job.kind == DeletionKind::sets || job.kind == DeletionKind::pieces;
  if (named && !static_cast<Deletion&>(worker).proved) {
    result = job.kind == DeletionKind::sets ? catalog::kSetNotAllowed : catalog::kPieceNotAllowed;
    comment =
        cut_comment("id=" + std::to_string(job.next_id) + "(dest connectivity check failed): " + comment);
  }
  const catalog::BackupJobKey key = job.key;
  co_return co_await commit([&](Transaction& transaction) {
    if (ending == Ending::cancelled) return transaction.deletions().cancelled(key);
    if (ending == Ending::again) return transaction.deletions().put_off(key, next, comment);
    return transaction.deletions().fail(key, result, comment);
  });
}

}  // namespace breakwater::server::jobs
