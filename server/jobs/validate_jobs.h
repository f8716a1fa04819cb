// Runs VALIDATE: takes each job through its tasks, one after the other (job_loop.h has what all jobs do alike). What a task has
// come to is committed before the next begins, so that a job goes on there after a restart.
#pragma once

#include <cstddef>
#include <optional>

#include "base/task.h"
#include "catalog/store/store.h"
#include "server/jobs/job_loop.h"
#include "server/jobs/validator.h"

namespace breakwater::server::jobs {

/// Of the runner's thread alone.
class ValidateJobs final : public JobLoop<catalog::ValidationJob> {
 public:
  static constexpr std::size_t kMaxAtHand = 64;

  ValidateJobs(JobWorld world, Validator& validator);

 private:
  catalog::BackupJobKey key_of(const catalog::ValidationJob& job) const override { return job.key; }
  Result<std::optional<Timestamp>> move_shown(catalog::Transaction& transaction, Timestamp before) override;
  Result<> begin_due(Deadline& next) override;
  Task<Result<>> attempt(Worker& worker) override;
  /// What is final of one set or piece is its verdict.
  bool may_pass(const Error& /*why*/) const override { return true; }
  Task<Result<>> enter(Worker& worker, Ending ending, Timestamp next, Error why) override;

  Validator& validator_;
};

}  // namespace breakwater::server::jobs
