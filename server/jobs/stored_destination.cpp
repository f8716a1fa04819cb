#include "server/jobs/stored_destination.h"

#include <utility>

#include "server/execute/context/recorded_destination.h"

namespace breakwater::server::jobs {

Result<StoredDestination> stored_destination(catalog::Reader& reader, const catalog::DestinationKey& key) {
  BW_TRY(const auto row, reader.destinations().find(key));
  if (!row) {
    return fail(error::format_file_not_exist().with_hint(
        "the destination was given up: set one with ALTER SYSTEM SET DATA_BACKUP_DEST"));
  }
  BW_TRY(execute::RecordedDestination recorded, execute::recorded_destination(reader, *row));
  BW_TRY(storage::FormatFile format, storage::decode_format_file(row->format));
  return StoredDestination{.destination = std::move(recorded.destination),
                           .format = std::move(format),
                           .file_system = row->file_system};
}

std::string store_of(const catalog::DestinationKey& key) {
  return execute::store_of(key);
}

Task<Result<storage::MediumPtr>> open_verified(execute::Services& services, catalog::Reader& reader,
                                               catalog::DestinationKey key, storage::Call call) {
  BW_CO_TRY(const StoredDestination stored, stored_destination(reader, key));
  BW_CO_TRY(storage::MediumPtr medium, services.open_medium(stored.destination));
  BW_CO_CHECK(co_await medium->verify_format(stored.format, call));
  co_return std::move(medium);
}

}  // namespace breakwater::server::jobs
