// Reads tenants back from their destinations: what is there is looked at, a plan made, and its lines taken up.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "catalog/store/store.h"
#include "server/execute/context/services.h"
#include "server/jobs/restorer.h"
#include "server/jobs/runner.h"
#include "storage/destination/uri.h"

namespace breakwater::server::jobs {

/// Of the runner's thread. The services outlive it.
class MediumRestorer final : public Restorer {
 public:
  /// How long a restore without UNTIL waits until the archive of a tenant that is alive here has come to this moment. Then
  /// it takes what is there.
  static constexpr std::chrono::seconds kFlush{5};

  /// A look at a destination, however many pages the store gives.
  static constexpr std::chrono::minutes kLongestSurvey{10};
  /// Sets that are found to have another history than the log, before it fails.
  static constexpr std::size_t kMostPlans = 8;

  /// `reader`: that jobs share; null: one of its own.
  MediumRestorer(execute::Services& services, Timers& timers, std::shared_ptr<catalog::Reader> reader = {})
      : services_(services), timers_(timers), reader_(std::move(reader)) {}

  /// What writes a tenant's pending log now. Before the first read().
  void flush_archive_by(std::function<void(catalog::TenantId)> flush) { flush_archive_ = std::move(flush); }

  Task<Result<RestoredPart>> read(const catalog::RestoreJob& job, const catalog::RestoreSecrets& secrets,
                                  const NoteSource& note, storage::Cancellation& cancellation) override;
  std::vector<std::string> stores_of(const catalog::RestoreSecrets& secrets) override;

 private:
  class Reading;

  Result<storage::Destination> destination_of(const Secret& uri) const;

  execute::Services& services_;
  Timers& timers_;
  std::shared_ptr<catalog::Reader> reader_;
  std::function<void(catalog::TenantId)> flush_archive_;
  ThreadPool parsers_{"restore", 1};
};

}  // namespace breakwater::server::jobs
