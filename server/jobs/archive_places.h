// What the log archive reaches outside: an interface, so that tests have one of their own. The server's own is
// stored_places.h.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/task.h"
#include "catalog/store/store.h"
#include "storage/destination/medium.h"
#include "storage/formats/backup_set.h"
#include "storage/formats/set_key.h"

namespace breakwater::server::jobs {

/// Of the runner's thread.
class ArchivePlaces {
 public:
  struct Place {
    storage::MediumPtr medium{};
    storage::FormatFile format{};  ///< what its format file must say
    storage::BackupOwner owner{};  ///< dest_id: of the destination
    bool bucket = false;           ///< each object costs: changes are gathered
    std::string file_system{};     ///< encode(FileSystem) of when it was set; empty: not known
  };

  virtual ~ArchivePlaces() = default;
  /// The round's destination, as the catalogue has it now; opens nothing yet. entry_not_exist (4018) if it has it no more.
  virtual Result<Place> open(catalog::Reader& reader, const catalog::ArchiveRound& round) = 0;
  /// archive_lag_target of now.
  virtual Result<std::chrono::milliseconds> lag_target(catalog::Reader& reader, catalog::TenantId tenant) = 0;
  /// What hangs as one: a mount, the host of a bucket.
  virtual std::string store_of(const catalog::ArchiveRound& round) = 0;
  /// The installation's backup key, made with the first backup or round.
  virtual Task<Result<storage::BackupKey>> backup_key() = 0;
  /// Derived from backup_encryption_password; nullopt if it isn't set.
  virtual Task<Result<std::optional<storage::PasswordKey>>> password_key(catalog::Reader& reader,
                                                                         catalog::TenantId tenant) = 0;
};

}  // namespace breakwater::server::jobs
