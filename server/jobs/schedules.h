// Begins what tenants plan by backup_schedule, each in the commit that says so (catalog/store/schedules.h). The jobs are then
// anybody's: the loops of their kinds work on them.
//
// A run that is due and can't begin, since the log archive is interrupted or another backup runs, is tried again each kTryAgain for
// kPatience, then it has failed. Runs that came while the server was down happen once, within kSpread of the start, so that not all
// begin at once. Without a destination a schedule sleeps: what comes meanwhile isn't missed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "catalog/store/store.h"
#include "server/jobs/runner.h"

namespace breakwater::server::jobs {

/// Of the runner's thread alone.
class Schedules {
 public:
  static constexpr std::chrono::minutes kTryAgain{1};
  static constexpr std::chrono::hours kPatience{1};
  static constexpr std::chrono::minutes kSpread{10};
  static constexpr std::size_t kAtATime = 64;  ///< rows that are looked at together

  struct World {
    catalog::Store& store;
    const Clock& clock;
    Timers& timers;
    Log& log;
    storage::Cancellation& ending;                        ///< the runner's
    std::function<std::chrono::milliseconds()> deadline;  ///< the setting job_deadline
    std::function<void()> begun;                          ///< there is a new job
    std::shared_ptr<catalog::Reader> reader{};            ///< that jobs share; null: one of its own
  };

  explicit Schedules(World world);

  /// Until the runner ends.
  Task<> run();
  /// A row has changed.
  void ring() { wake_.ring(); }

 private:
  Task<> look_and_wait();
  Task<Result<Deadline>> look();
  Task<Result<>> look_at_all_again();
  Task<Result<>> begin_what_is_due();
  Task<Result<>> say_what_is_stuck();
  /// A run that was due, and what came of it.
  struct Run {
    Timestamp now = 0;
    Timestamp next = 0;
    Timestamp first_try = 0;
    bool begun = false;
    std::optional<Error> refused{};
  };
  Task<Result<>> settle(catalog::ScheduleKey key);
  Result<> look_at(catalog::Transaction& transaction, const catalog::ScheduleKey& key, Run& run) const;
  Result<> note_refused(catalog::Transaction& transaction, const catalog::ScheduleKey& key,
                        const Run& run) const;
  Result<> begin_job(catalog::Transaction& transaction, const catalog::ScheduleKey& key) const;
  Timestamp spread_of(const catalog::ScheduleKey& key) const;
  template <class Step>
  Task<Result<>> commit(Step step);

  const World world_;
  const Timestamp started_;
  std::shared_ptr<catalog::Reader> reader_;
  bool looked_at_all_ = false;
  std::optional<catalog::TenantId> looked_up_to_{};
  Wake wake_;
};

}  // namespace breakwater::server::jobs
