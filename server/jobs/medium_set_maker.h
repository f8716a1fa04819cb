// Makes sets at tenants' destinations: the catalogue's rows of a tenant as objects of lines.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "catalog/store/store.h"
#include "server/execute/context/services.h"
#include "server/jobs/runner.h"
#include "server/jobs/set_maker.h"
#include "server/jobs/set_on_medium.h"
#include "storage/destination/medium.h"
#include "storage/formats/backup_set.h"

namespace breakwater::server::jobs {

/// Of the runner's thread. A set is read from the catalogue at once, so that it is of one moment, and waits in memory,
/// compressed, until it is written.
class MediumSetMaker final : public SetMaker {
 public:
  /// Bytes of a set; a larger one is size_overflow (4019).
  static constexpr std::size_t kMaxSet = std::size_t{16} << 20U;
  /// Bytes of all sets that are being written; one more has to wait: try_again (4023).
  static constexpr std::size_t kMaxHeld = std::size_t{48} << 20U;
  /// Sets that build on each other; what comes behind them is a full set again.
  static constexpr std::size_t kMaxChain = 64;

  /// `reader`: that jobs share; null: one of its own.
  MediumSetMaker(execute::Services& services, Timers& timers, std::shared_ptr<catalog::Reader> reader = {})
      : services_(services), timers_(timers), reader_(std::move(reader)) {}

  /// How the archive is told to write what is pending of a tenant's log: for PLUS ARCHIVELOG. Without it the archive
  /// comes to it by itself.
  void flush_archive_by(std::function<void(catalog::TenantId)> flush) { flush_archive_ = std::move(flush); }

  Task<Result<>> verify(const catalog::BackupJob& job, storage::Cancellation& cancellation) override;
  Task<Result<std::int64_t>> highest_taken(const catalog::BackupJob& job, const catalog::BackupSet* own,
                                           storage::Cancellation& cancellation) override;
  Task<Result<std::string>> hindrance(const catalog::BackupJob& job, const catalog::BackupSet& previous,
                                      storage::Cancellation& cancellation) override;
  Task<Result<WrittenSet>> write(const catalog::BackupJob& job, const catalog::BackupSet& set,
                                 storage::Cancellation& cancellation) override;
  Task<Result<std::string>> complete(const catalog::BackupJob& job, const catalog::BackupSet& set,
                                     const Bytes& manifest, bool contents,
                                     storage::Cancellation& cancellation) override;
  Task<Result<bool>> is_whole(const catalog::BackupSet& set, storage::Cancellation& cancellation) override;
  Task<Result<bool>> sweep(const catalog::BackupSet& set, storage::Cancellation& cancellation) override;

 private:
  class Writing;

  Result<catalog::Reader*> reader();
  storage::Call call(storage::Cancellation& cancellation) const;
  NextCall calls(storage::Cancellation& cancellation) const;
  Result<bool> knows_changes_since(const catalog::BackupSet& set);
  /// Why the set isn't at the medium as the catalogue knows it; empty: it is.
  Task<Result<std::string>> difference_at(storage::Medium& medium, const catalog::BackupSet& set,
                                          storage::Cancellation& cancellation);
  /// A place whose format file has been looked at.
  Task<Result<storage::MediumPtr>> open_verified(const catalog::DestinationKey& key,
                                                 storage::Cancellation& cancellation);
  Task<Result<>> wait_for_archive(catalog::TenantId tenant, std::int64_t scn,
                                  storage::Cancellation& cancellation);

  execute::Services& services_;
  Timers& timers_;
  std::function<void(catalog::TenantId)> flush_archive_;
  std::shared_ptr<catalog::Reader> reader_;
  std::size_t held_ = 0;  ///< of kMaxHeld
};

}  // namespace breakwater::server::jobs
