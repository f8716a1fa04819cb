#include "server/jobs/stored_places.h"

#include <utility>

#include "server/execute/context/await.h"
#include "server/execute/parameters/config_time.h"
#include "server/jobs/backup_identity.h"
#include "server/jobs/stored_destination.h"

namespace breakwater::server::jobs {
// Unreadable: as the parameter's default.
Result<std::chrono::milliseconds> StoredPlaces::lag_target(catalog::Reader& reader,
                                                           catalog::TenantId tenant) {
  BW_TRY(const auto set, reader.parameters().find(tenant, "archive_lag_target"));
  const auto parsed = execute::parse_config_time(set.value_or("120s"));
  return std::chrono::duration_cast<std::chrono::milliseconds>(parsed.value_or(std::chrono::seconds(120)));
}

std::string StoredPlaces::store_of(const catalog::ArchiveRound& round) {
  return jobs::store_of({.tenant_id = round.tenant_id, .path = round.path, .endpoint = round.endpoint});
}

Result<ArchivePlaces::Place> StoredPlaces::open(catalog::Reader& reader, const catalog::ArchiveRound& round) {
  BW_TRY(StoredDestination stored,
         stored_destination(reader,
                            {.tenant_id = round.tenant_id, .path = round.path, .endpoint = round.endpoint}));
  Place place;
  BW_TRY(place.medium, services_.open_medium(stored.destination));
  place.format = std::move(stored.format);
  place.file_system = std::move(stored.file_system);
  BW_TRY(place.owner, backup_owner(services_.store(), reader, round.tenant_id, round.dest_id));
  place.bucket = !stored.destination.is_file();
  return place;
}

Task<Result<storage::BackupKey>> StoredPlaces::backup_key() {
  if (reader_ == nullptr) {
    BW_CO_TRY(reader_, services_.store().open_reader());
  }
  co_return co_await own_backup_key(services_.store(), *reader_, services_.entropy());
}

Task<Result<std::optional<storage::PasswordKey>>> StoredPlaces::password_key(catalog::Reader& reader,
                                                                             catalog::TenantId tenant) {
  BW_CO_TRY(const auto password, reader.parameters().secret(tenant, "backup_encryption_password"));
  if (!password || password->reveal().empty()) co_return std::nullopt;
  auto derive = [&]() -> Result<storage::PasswordKey> {
    return storage::derive(*password, services_.entropy());
  };
  BW_CO_TRY(storage::PasswordKey key,
            co_await execute::run_on<Result<storage::PasswordKey>>(services_.derivers(), std::move(derive)));
  co_return std::move(key);
}

}  // namespace breakwater::server::jobs
