// Reader: destinations, claims on paths, intents.
#include <algorithm>

#include "catalog/store/sqlite_reader.h"

namespace breakwater::catalog {
namespace {

#define DESTINATION_COLUMNS                                                                      \
  "SELECT s.tenant_id, s.path, s.endpoint, s.dest_type, s.path_key, s.dest_id, s.authorization," \
  " s.extension, s.check_file_name, s.last_check_timestamp, s.format FROM backup_storage_info s "

Destination destination_of(sqlite::Statement& row) {
  return {.key = {.tenant_id = row.integer(0), .path = row.string(1), .endpoint = row.string(2)},
          .kind = destination_kind(row.text(3)),
          .path_key = row.string(4),
          .dest_id = row.integer(5),
          .authorization = row.string(6),
          .extension = row.string(7),
          .check_file_name = row.string(8),
          .last_check = row.integer(9),
          .format = row.bytes(10)};
}

PathClaim claim_of(sqlite::Statement& row) {
  return {.path_key = row.string(0), .tenant_id = row.integer(1), .kind = destination_kind(row.text(2))};
}

#define INTENT_COLUMNS                                                                        \
  "SELECT intent_id, tenant_id, path, endpoint, dest_type, path_key, dest_id, format, files," \
  " created_dirs, create_time FROM intent "

Intent intent_of(sqlite::Statement& row) {
  return {.id = row.integer(0),
          .spec = {.key = {.tenant_id = row.integer(1), .path = row.string(2), .endpoint = row.string(3)},
                   .kind = destination_kind(row.text(4)),
                   .path_key = row.string(5),
                   .dest_id = row.integer(6),
                   .format = row.bytes(7),
                   .files = decode_names(row.blob(8)),
                   .created_dirs = decode_names(row.blob(9))},
          .created = row.integer(10)};
}

}  // namespace

RowIdentity access_key_identity(const DestinationKey& key) {
  return {"backup_storage_info", std::to_string(key.tenant_id), key.path, key.endpoint};
}

RowIdentity intent_uri_identity(const DestinationKey& key) {
  return {"intent", std::to_string(key.tenant_id), key.path, key.endpoint};
}

Bytes encode_names(const std::vector<std::string>& names) {
  Bytes blob;
  for (const std::string& name : names) {
    blob.insert(blob.end(), name.begin(), name.end());
    blob.push_back(0);
  }
  return blob;
}

std::vector<std::string> decode_names(std::span<const std::uint8_t> blob) {
  std::vector<std::string> names;
  std::string_view rest = as_text(blob);
  for (auto end = rest.find('\0'); end != std::string_view::npos; end = rest.find('\0')) {
    names.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return names;
}

Result<std::optional<Destination>> SqliteReader::destination(const DestinationKey& key) {
  return first_row(connection_.query(DESTINATION_COLUMNS "WHERE tenant_id = ? AND path = ? AND endpoint = ?",
                                     key.tenant_id, key.path, key.endpoint),
                   destination_of);
}

Result<std::optional<Destination>> SqliteReader::current_data_destination(TenantId tenant) {
  return first_row(
      connection_.query(DESTINATION_COLUMNS
                        "JOIN backup_parameter p ON p.tenant_id = s.tenant_id AND p.path = s.path"
                        " AND p.endpoint = s.endpoint"
                        " WHERE p.tenant_id = ? AND p.name = 'data_backup_dest'",
                        tenant),
      destination_of);
}

Result<std::vector<Destination>> SqliteReader::destinations(TenantId tenant) {
  return all_rows(connection_.query(DESTINATION_COLUMNS "WHERE tenant_id = ? ORDER BY dest_id", tenant),
                  destination_of);
}

Result<std::int64_t> SqliteReader::destination_count(TenantId tenant) {
  BW_TRY(const auto count,
         connection_.integer("SELECT COUNT(*) FROM backup_storage_info WHERE tenant_id = ?", tenant));
  return count.value_or(0);
}

Result<std::optional<std::string>> SqliteReader::backup_parameter(TenantId tenant, std::string_view name) {
  return first_row(
      connection_.query("SELECT value FROM backup_parameter WHERE tenant_id = ? AND name = ?", tenant, name),
      string_of);
}

Result<std::optional<std::string>> SqliteReader::archive_attribute(TenantId tenant, std::string_view name) {
  return first_row(
      connection_.query("SELECT value FROM log_archive_dest WHERE tenant_id = ? AND dest_no = 0 AND name = ?",
                        tenant, name),
      string_of);
}

Result<std::optional<Secret>> SqliteReader::access_key(const DestinationKey& key) {
  BW_TRY(const auto sealed,
         first_row(connection_.query(
                       "SELECT sealed_key FROM backup_storage_info"
                       " WHERE tenant_id = ? AND path = ? AND endpoint = ? AND sealed_key IS NOT NULL",
                       key.tenant_id, key.path, key.endpoint),
                   [](sqlite::Statement& row) { return row.bytes(0); }));
  if (!sealed) return std::nullopt;
  return keyring_.open(access_key_identity(key), *sealed);
}

// Above "object://b/p/q?host=h" are "object://b/p?host=h" and "object://b/?host=h", the whole bucket.
Result<std::vector<PathClaim>> SqliteReader::claims_at_or_above(std::string_view path_key) {
  const std::size_t options = std::min(path_key.find('?'), path_key.size());
  const std::string_view path = path_key.substr(0, options);
  std::vector<PathClaim> claims;
  const auto look = [&](std::string_view above) -> Result<> {
    const std::string key = std::string(above).append(path_key.substr(options));
    BW_TRY(auto claim, first_row(connection_.query("SELECT path_key, tenant_id, dest_type FROM path_claim"
                                                   " WHERE path_key = ?",
                                                   key),
                                 claim_of));
    if (claim) claims.push_back(*std::move(claim));
    return {};
  };
  const std::size_t scheme = path.find("://");
  const std::size_t bucket_end = path.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (path_key.starts_with("object://") && bucket_end < path.size() - 1)
    BW_CHECK(look(path.substr(0, bucket_end + 1)));
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = path.find('/', end + 1);
    BW_CHECK(look(path.substr(0, end)));
  }
  return claims;
}

// Below p are the keys from "p/" to before "p0": '0' follows '/'.
Result<std::vector<PathClaim>> SqliteReader::claims_below(std::string_view path_key, std::size_t limit) {
  const std::string low = std::string(path_key) + "/";
  const std::string high = std::string(path_key) + "0";
  return all_rows(connection_.query("SELECT path_key, tenant_id, dest_type FROM path_claim"
                                    " WHERE path_key > ? AND path_key < ? ORDER BY path_key LIMIT ?",
                                    low, high, static_cast<std::int64_t>(limit)),
                  claim_of);
}

Result<std::optional<Intent>> SqliteReader::intent(std::int64_t id) {
  return first_row(connection_.query(INTENT_COLUMNS "WHERE intent_id = ?", id), intent_of);
}

Result<std::optional<Secret>> SqliteReader::intent_uri(const Intent& intent) {
  BW_TRY(const auto sealed,
         first_row(
             connection_.query("SELECT sealed_uri FROM intent WHERE intent_id = ? AND sealed_uri IS NOT NULL",
                               intent.id),
             [](sqlite::Statement& row) { return row.bytes(0); }));
  if (!sealed) return std::nullopt;
  return keyring_.open(intent_uri_identity(intent.spec.key), *sealed);
}

Result<std::vector<Intent>> SqliteReader::intents() {
  return all_rows(connection_.query(INTENT_COLUMNS "ORDER BY intent_id"), intent_of);
}

Result<std::vector<Intent>> SqliteReader::intents(TenantId tenant) {
  return all_rows(connection_.query(INTENT_COLUMNS "WHERE tenant_id = ? ORDER BY intent_id", tenant),
                  intent_of);
}

}  // namespace breakwater::catalog
