// Runs backups: takes each job through its steps (job_loop.h has what all jobs do alike).
//
// A set that an earlier run of the server began is given up for one with another number and another token, unless its manifest
// is there already and all that it names: the catalogue may be a copy, and who it was copied from still at work.
// What failed sets left is removed behind a job, once it has given back its place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "catalog/store/store.h"
#include "server/jobs/job_loop.h"
#include "server/jobs/set_maker.h"

namespace breakwater::server::jobs {

/// Of the runner's thread alone.
class BackupJobs final : public JobLoop<catalog::BackupJob> {
 public:
  static constexpr std::size_t kMaxAtHand = 64;

  /// An attempt, from when it has its place: whatever the store does, others get the place then.
  static constexpr std::chrono::minutes kLongestAttempt{30};
  /// Of a job that is to end without a set: whether the set is whole all the same.
  static constexpr std::chrono::seconds kLongestLastLook{30};
  /// What remains after it is removed behind the tenant's next job.
  static constexpr std::chrono::seconds kLongestSweep{60};

  BackupJobs(JobWorld world, SetMaker& maker);

 private:
  struct Backup;

  catalog::BackupJobKey key_of(const catalog::BackupJob& job) const override { return job.key; }
  Result<std::optional<Timestamp>> move_shown(catalog::Transaction& transaction, Timestamp before) override;
  Result<> begin_due(Deadline& next) override;
  Result<> end_what_is_late(Deadline& next) override;
  std::shared_ptr<Worker> make_worker(const catalog::BackupJob& job) override;
  void cancel(Worker& worker, const catalog::BackupJob& job) override;
  Result<std::vector<std::string>> shares_of(const catalog::BackupJob& job) override;
  Task<Result<>> attempt(Worker& worker) override;
  Task<Result<>> enter(Worker& worker, Ending ending, Timestamp next, Error why) override;
  Task<> behind(Worker& worker) override;

  Task<Result<>> complete(Worker& worker);
  bool begun_here(const catalog::BackupJob& job) const;
  Task<Result<bool>> take_over(Worker& worker);
  Task<Result<>> succeed(const Worker& worker);
  Task<Result<>> write_set(Worker& worker);
  Task<Result<>> settle_number(Worker& worker);
  Task<Result<>> take_number_behind(Worker& worker, std::int64_t seen, std::string_view why);
  Task<Result<catalog::BackupSet>> plan_set(Worker& worker);
  Task<bool> is_whole_all_the_same(Worker& worker);

  SetMaker& maker_;
  std::map<catalog::TenantId, std::int64_t> begun_;  ///< sets of open jobs that this run of the server began
};

}  // namespace breakwater::server::jobs
