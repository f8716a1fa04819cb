// The jobs of a running server: the thread, and each kind of job that runs on it. Made after what a crash left is settled,
// ended before the services are.
#pragma once

#include "server/execute/context/services.h"
#include "server/jobs/archiver.h"
#include "server/jobs/backup_jobs.h"
#include "server/jobs/delete_jobs.h"
#include "server/jobs/medium_deleter.h"
#include "server/jobs/medium_restorer.h"
#include "server/jobs/medium_set_maker.h"
#include "server/jobs/medium_validator.h"
#include "server/jobs/restore_jobs.h"
#include "server/jobs/runner.h"
#include "server/jobs/schedules.h"
#include "server/jobs/stored_places.h"
#include "server/jobs/validate_jobs.h"

namespace breakwater::server::jobs {

class Jobs {
 public:
  /// Goes on with what the catalogue has. Throws std::system_error if the system has no thread to give.
  explicit Jobs(execute::Services& services);
  /// Ends every wait; what was at work goes on with the next start. No session may be left.
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  Runner& runner() { return runner_; }

 private:
  JobWorld job_world(execute::Services& services);
  Archiver::World archive_world(execute::Services& services);
  Schedules::World schedule_world(execute::Services& services);
  void ring();

  execute::Services& services_;
  Runner runner_;
  /// Of all jobs: the runner's thread is one. Opened before the server is ready, so that what it takes is taken by then.
  std::shared_ptr<catalog::Reader> reader_;
  MediumSetMaker maker_;
  BackupJobs backups_;
  MediumValidator validator_;
  ValidateJobs validations_;
  MediumDeleter deleter_;
  DeleteJobs deletions_;
  StoredPlaces places_;
  Archiver archiver_;
  MediumRestorer restorer_;
  RestoreJobs restores_;
  Schedules schedules_;
  std::optional<execute::JobBell::Listener> listener_;
};

}  // namespace breakwater::server::jobs
