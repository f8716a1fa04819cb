// The destinations of log archives, as the catalogue has them.
#pragma once

#include <memory>
#include <utility>

#include "server/execute/context/services.h"
#include "server/jobs/archive_places.h"

namespace breakwater::server::jobs {

/// Of the runner's thread.
class StoredPlaces final : public ArchivePlaces {
 public:
  /// `reader`: that jobs share; null: one for each look.
  explicit StoredPlaces(execute::Services& services, std::shared_ptr<catalog::Reader> reader = {})
      : services_(services), reader_(std::move(reader)) {}

  Result<Place> open(catalog::Reader& reader, const catalog::ArchiveRound& round) override;
  Result<std::chrono::milliseconds> lag_target(catalog::Reader& reader, catalog::TenantId tenant) override;
  std::string store_of(const catalog::ArchiveRound& round) override;
  Task<Result<storage::BackupKey>> backup_key() override;
  Task<Result<std::optional<storage::PasswordKey>>> password_key(catalog::Reader& reader,
                                                                 catalog::TenantId tenant) override;

 private:
  execute::Services& services_;
  std::shared_ptr<catalog::Reader> reader_;
};

}  // namespace breakwater::server::jobs
