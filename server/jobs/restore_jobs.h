// Runs restores: takes each through its steps (job_loop.h has what all jobs do alike).
//
// What it reads is in memory until all of it is proved. Then the tenant comes in, some rows a commit (restore_import.h), and
// the last commit says so in the restore's row. So whatever ends the server, either there is the tenant and a restore
// that has it, or what there is of one is removed, by the next attempt or behind the last, and nobody was let in.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "catalog/store/store.h"
#include "server/jobs/job_loop.h"
#include "server/jobs/restorer.h"

namespace breakwater::server::jobs {

/// Of the runner's thread alone.
class RestoreJobs final : public JobLoop<catalog::RestoreJob> {
 public:
  /// Restores that are held in memory at one time.
  static constexpr std::size_t kMaxRestoring = 2;

  RestoreJobs(JobWorld world, Restorer& restorer);

 private:
  /// Each restore makes a tenant of its own.
  catalog::BackupJobKey key_of(const catalog::RestoreJob& job) const override {
    return {.tenant_id = job.tenant_id, .job_id = job.job_id};
  }
  Result<std::optional<Timestamp>> move_shown(catalog::Transaction& transaction, Timestamp before) override;
  Result<> begin_due(Deadline& next) override;
  Result<std::vector<std::string>> shares_of(const catalog::RestoreJob& job) override;
  Task<Result<>> attempt(Worker& worker) override;
  bool may_pass(const Error& why) const override;
  Task<Result<>> enter(Worker& worker, Ending ending, Timestamp next, Error why) override;

  Restorer& restorer_;
};

}  // namespace breakwater::server::jobs
