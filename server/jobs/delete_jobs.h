// Runs the clean-up: takes each job through its tasks, one after the other (job_loop.h has what all jobs do alike), and begins a
// job for each tenant whose policy lets something expire, every hour. What a task has come to is committed before the next begins,
// so that a job goes on there after a restart.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "catalog/store/store.h"
#include "server/jobs/deleter.h"
#include "server/jobs/job_loop.h"

namespace breakwater::server::jobs {

/// Of the runner's thread alone.
class DeleteJobs final : public JobLoop<catalog::DeletionJob> {
 public:
  static constexpr std::size_t kMaxAtHand = 64;
  /// An attempt, from when it has its place, however many tasks it has done: others get the place then.
  static constexpr std::chrono::minutes kLongestAttempt{30};
  /// Policies are looked at so long after the start, and from then on every hour.
  static constexpr std::chrono::minutes kFirstPolicies{1};
  static constexpr std::chrono::hours kPolicies{1};

  DeleteJobs(JobWorld world, Deleter& deleter);

 private:
  struct Deletion;

  catalog::BackupJobKey key_of(const catalog::DeletionJob& job) const override { return job.key; }
  Result<std::optional<Timestamp>> move_shown(catalog::Transaction& transaction, Timestamp before) override;
  Task<Result<>> prepare(Deadline& next) override;
  Result<> begin_due(Deadline& next) override;
  Result<> end_what_is_late(Deadline& next) override;
  std::shared_ptr<Worker> make_worker(const catalog::DeletionJob& job) override;
  Result<std::vector<std::string>> shares_of(const catalog::DeletionJob& job) override;
  Task<Result<>> attempt(Worker& worker) override;
  Task<Result<>> enter(Worker& worker, Ending ending, Timestamp next, Error why) override;

  Task<Result<>> begin_by_policies();
  Task<Result<>> begin_by_policy(catalog::TenantId tenant);

  Deleter& deleter_;
  Deadline policies_due_;
};

}  // namespace breakwater::server::jobs
