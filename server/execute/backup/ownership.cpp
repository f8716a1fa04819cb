#include "server/execute/backup/ownership.h"

#include <array>
#include <ctime>
#include <utility>

#include "storage/formats/place_proof.h"
#include "storage/formats/plain_text.h"

namespace breakwater::server::execute {
namespace {

constexpr const char* kAnother = "the directory belongs to another tenant or cluster";

std::string named(const std::string& name, std::int64_t id) {
  return storage::without_control(name) + " (" + std::to_string(id) + ")";
}

// "cluster c (1), tenant t (1002), destination 1001 of 2026-11-29 16:00:00 UTC"
std::string whose(const storage::FormatFile& found) {
  return "cluster " + named(found.cluster_name, found.cluster_id) + ", tenant " +
         named(found.tenant_name, static_cast<std::int64_t>(found.tenant_id)) + ", destination " +
         std::to_string(found.dest_id) + " of " + date_text(found.created);
}

Foreign another(const char* what, const storage::FormatFile& found) {
  return {.discreet = kAnother,
          .in_full = "the directory belongs to another " + std::string(what) + ": " + whose(found)};
}

}  // namespace

Error not_ours(const std::string& why) {
  return error::format_file_not_match().with_hint(why + "; set a new or an empty directory");
}

std::int64_t type_of(catalog::DestinationKind kind) {
  using catalog::DestinationKind;
  auto type = storage::DestType::backup_data;
  if (kind == DestinationKind::log_archive_dest) type = storage::DestType::archive_log;
  if (kind == DestinationKind::backup_key) type = storage::DestType::backup_key;
  return static_cast<std::int64_t>(type);
}

std::optional<Foreign> named_otherwise(const storage::FormatFile& found,
                                       const storage::FormatFile& expected) {
  if (found.cluster_id != expected.cluster_id) return another("cluster", found);
  if (found.tenant_id != expected.tenant_id) return another("tenant", found);
  if (found.path != expected.path || found.incarnation != expected.incarnation) {
    return Foreign{.discreet = "the format file names another path: what is here was made elsewhere",
                   .in_full = "the format file names another path, " + storage::without_control(found.path) +
                              ": what is here was made there. It is that of " + whose(found)};
  }
  if (found.dest_type != expected.dest_type) {
    const std::string text = "the directory is a destination of another kind";
    return Foreign{.discreet = text, .in_full = text};
  }
  return std::nullopt;
}

std::optional<Foreign> not_of_this_tenant(const storage::FormatFile& found,
                                          const storage::FormatFile& expected,
                                          const std::optional<catalog::Destination>& row) {
  if (auto foreign = named_otherwise(found, expected)) return foreign;
  const bool known = row && row->dest_id == found.dest_id && type_of(row->kind) == found.dest_type;
  if (known) return std::nullopt;
  // Ids alone prove nothing: each fresh server is cluster 1, and its first tenant 1002.
  return Foreign{.discreet =
                     "the directory belongs to another tenant or cluster, or this catalogue is an older or "
                     "newer copy of "
                     "the one that knew it; root@sys can tell",
                 .in_full = "this catalogue doesn't know the number: " + whose(found) +
                            ". Is the catalogue an older or newer copy? Then ALTER SYSTEM ADOPT BACKUP "
                            "DESTINATION takes the place "
                            "up. Or it is another cluster's that has the same ids"};
}

Foreign retired(const storage::Tombstone& tombstone) {
  return {
      .discreet =
          "the place was retired: it holds backups that were given up; root@sys can read when and by whom",
      .in_full = "the place was " + storage::describe(tombstone)};
}

bool told_in_full(const Statement& statement) {
  return statement.session.identity().is_sys();
}

std::string date_text(Timestamp time) {
  constexpr Timestamp kSecond = 1'000'000;
  const auto seconds = static_cast<std::time_t>(time / kSecond);
  std::tm parts{};
  std::array<char, sizeof("1970-01-01 00:00:00 UTC") + 16> text{};
  if (gmtime_r(&seconds, &parts) == nullptr) return "an unknown date";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

Bytes proof_of_place(const catalog::Store& store, const Bytes& format_bytes) {
  const auto text = storage::place_text(format_bytes);
  return text ? storage::encode_proof(store.installation_mac(*text)) : Bytes{};
}

}  // namespace breakwater::server::execute
