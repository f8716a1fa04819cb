// Removes sets and pieces at tenants' destinations, one object after the other, each behind a look at the format file.
#pragma once

#include <memory>

#include "catalog/store/store.h"
#include "server/execute/context/services.h"
#include "server/jobs/deleter.h"
#include "server/jobs/each_object.h"
#include "server/jobs/stored_destination.h"
#include "storage/destination/medium.h"

namespace breakwater::server::jobs {

/// Of the runner's thread.
class MediumDeleter final : public Deleter {
 public:
  explicit MediumDeleter(execute::Services& services) : services_(services) {}

  Task<Result<>> prove(const catalog::DestinationKey& destination,
                       storage::Cancellation& cancellation) override;
  Task<Result<catalog::DeletionVerdict>> remove(const catalog::DeletionTask& task,
                                                storage::Cancellation& cancellation) override;

 private:
  struct Place;

  Task<Result<catalog::DeletionVerdict>> remove_set(const catalog::BackupSet& set, Place& place);
  Task<Result<catalog::DeletionVerdict>> remove_piece(const catalog::ArchivePiece& piece,
                                                      const catalog::DeletionTask& task, Place& place);
  Result<Place> open(const catalog::DestinationKey& destination, storage::Cancellation& cancellation);
  Result<catalog::Reader*> reader();

  execute::Services& services_;
  std::unique_ptr<catalog::Reader> reader_;
};

}  // namespace breakwater::server::jobs
