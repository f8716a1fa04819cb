#include "server/jobs/stored_destination.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/file/mounts.h"

namespace breakwater::server::jobs {
namespace {

constexpr std::string_view kShownKey = "&encrypt_key=";

// "access_id=…" of an AUTHORIZATION.
std::string_view shown_id(std::string_view authorization) {
  return authorization.substr(0, std::min(authorization.rfind(kShownKey), authorization.size()));
}

// The URI as it was set, with the keys of now: the access key, and behind a line break the token of temporary ones.
Secret whole_uri(const catalog::Destination& row, const Secret& keys) {
  constexpr std::string_view kKey = "&access_key=";
  constexpr std::string_view kToken = "&session_token=";
  const std::string_view both = keys.reveal();
  const std::size_t end = std::min(both.find('\n'), both.size());
  std::string text;
  // So that no copy of a secret is left behind by growing.
  text.reserve(row.key.path.size() + row.key.endpoint.size() + row.authorization.size() + both.size() +
               row.extension.size() + kKey.size() + kToken.size() + 3);
  text.append(row.key.path).append("?").append(row.key.endpoint);
  text.append("&").append(shown_id(row.authorization)).append(kKey).append(both.substr(0, end));
  if (end < both.size()) text.append(kToken).append(both.substr(end + 1));
  if (!row.extension.empty()) text.append("&").append(row.extension);
  return Secret::take(std::move(text));
}

Result<storage::Destination> parse(catalog::Reader& reader, const catalog::Destination& row) {
  BW_TRY(const auto keys, reader.destinations().access_key(row.key));
  if (!keys) return storage::parse_recorded_destination(row.key.path);
  const Secret uri = whole_uri(row, *keys);
  return storage::parse_recorded_destination(uri.reveal());
}

}  // namespace

Result<StoredDestination> stored_destination(catalog::Reader& reader, const catalog::DestinationKey& key) {
  BW_TRY(const auto row, reader.destinations().find(key));
  if (!row) {
    return fail(error::format_file_not_exist().with_hint(
        "the destination was given up: set one with ALTER SYSTEM SET DATA_BACKUP_DEST"));
  }
  BW_TRY(storage::Destination destination, parse(reader, *row));
  BW_TRY(storage::FormatFile format, storage::decode_format_file(row->format));
  return StoredDestination{
      .destination = std::move(destination), .format = std::move(format), .file_system = row->file_system};
}

std::string store_of(const catalog::DestinationKey& key) {
  constexpr std::string_view kFile = "file://";
  if (!key.path.starts_with(kFile)) return key.endpoint;
  return storage::current_mount_of(key.path.substr(kFile.size())).mount_point;
}

Task<Result<storage::MediumPtr>> open_verified(execute::Services& services, catalog::Reader& reader,
                                               catalog::DestinationKey key, storage::Call call) {
  BW_CO_TRY(const StoredDestination stored, stored_destination(reader, key));
  BW_CO_TRY(storage::MediumPtr medium, services.open_medium(stored.destination));
  BW_CO_CHECK(co_await medium->verify_format(stored.format, call));
  co_return std::move(medium);
}

}  // namespace breakwater::server::jobs
