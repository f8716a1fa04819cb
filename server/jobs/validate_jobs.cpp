#include "server/jobs/validate_jobs.h"

#include <utility>

namespace breakwater::server::jobs {

using catalog::Transaction;

ValidateJobs::ValidateJobs(JobWorld world, Validator& validator)
    : JobLoop(std::move(world), kMaxAtHand, "a job of VALIDATE"), validator_(validator) {}

Result<std::optional<Timestamp>> ValidateJobs::move_shown(Transaction& transaction, Timestamp before) {
  return transaction.validations().move_shown(before);
}

Result<> ValidateJobs::begin_due(Deadline& next) {
  return begin_in_turn([this](catalog::TenantId after,
                              std::size_t limit) { return reader().validations().at_hand(after, limit); },
                       next);
}

Task<Result<>> ValidateJobs::attempt(Worker& worker) {
  const catalog::BackupJobKey key = worker.job.key;
  BW_CO_CHECK(
      co_await commit([key](Transaction& transaction) { return transaction.validations().start(key); }));
  for (;;) {
    BW_CO_TRY(const auto task, reader().validations().next_task(key));
    if (!task) break;
    BW_CO_TRY(const catalog::ValidationVerdict verdict,
              co_await validator_.check(*task, worker.job.physical, worker.attempt.cancellation));
    BW_CO_CHECK(co_await commit([&](Transaction& transaction) {
      return transaction.validations().note_task(key, task->task_id, verdict);
    }));
    worker.job.attempts = 0;
  }
  co_return co_await commit(
      [key](Transaction& transaction) { return transaction.validations().finish(key); });
}

Task<Result<>> ValidateJobs::enter(Worker& worker, Ending ending, Timestamp next, Error why) {
  const catalog::BackupJobKey key = worker.job.key;
  co_return co_await commit([&](Transaction& transaction) {
    if (ending == Ending::cancelled) return transaction.validations().cancelled(key);
    if (ending == Ending::again) return transaction.validations().put_off(key, next, job_comment(why));
    return transaction.validations().fail(key, why.ob_code(), job_comment(why));
  });
}

}  // namespace breakwater::server::jobs
