#include "server/execute/context/recorded_destination.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "storage/file/mounts.h"

namespace breakwater::server::execute {
namespace {

// "access_id=…" of an AUTHORIZATION.
std::string_view shown_id(std::string_view authorization) {
  constexpr std::string_view kShown = "&encrypt_key=";
  return authorization.substr(0, std::min(authorization.rfind(kShown), authorization.size()));
}

// The access key, and behind a line break the token of temporary ones.
Secret whole_uri_of(const catalog::Destination& row, const Secret& keys) {
  constexpr std::string_view kAccessKey = "&access_key=";
  constexpr std::string_view kToken = "&session_token=";
  const std::string_view both = keys.reveal();
  const std::size_t end = std::min(both.find('\n'), both.size());
  std::string text;
  // So that no copy of a secret is left behind by growing.
  text.reserve(row.key.path.size() + row.key.endpoint.size() + row.authorization.size() + both.size() +
               row.extension.size() + kAccessKey.size() + kToken.size() + 3);
  text.append(row.key.path).append("?").append(row.key.endpoint);
  text.append("&").append(shown_id(row.authorization)).append(kAccessKey).append(both.substr(0, end));
  if (end < both.size()) text.append(kToken).append(both.substr(end + 1));
  if (!row.extension.empty()) text.append("&").append(row.extension);
  return Secret::take(std::move(text));
}

}  // namespace

Result<RecordedDestination> recorded_destination(catalog::Reader& reader, const catalog::Destination& row) {
  BW_TRY(const auto keys, reader.destinations().access_key(row.key));
  Secret uri = keys ? whole_uri_of(row, *keys) : Secret::take(std::string(row.key.path));
  BW_TRY(storage::Destination destination, storage::parse_recorded_destination(uri.reveal()));
  return RecordedDestination{.destination = std::move(destination), .uri = std::move(uri)};
}

std::string store_of(const catalog::DestinationKey& key) {
  constexpr std::string_view kFile = "file://";
  if (!key.path.starts_with(kFile)) return key.endpoint;
  return storage::current_mount_of(key.path.substr(kFile.size())).mount_point;
}

}  // namespace breakwater::server::execute
