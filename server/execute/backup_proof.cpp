#include "server/execute/backup_proof.h"

#include <string>
#include <utility>

#include "storage/format_file.h"
#include "storage/uri.h"

namespace breakwater::server::execute {
namespace {

Error not_ours(std::string what) {
  return error::format_file_not_match().with_hint(std::move(what) + "; set a new or an empty directory");
}

Result<std::string> check_format(const storage::FormatFile& found,
                                 const std::optional<catalog::Destination>& row,
                                 const storage::FormatFile& expected) {
  if (found.dest_type != static_cast<std::int64_t>(storage::DestType::backup_data))
    return fail(not_ours("the directory is a destination of another kind"));
  if (!row || row->dest_id == 0 || row->kind != catalog::DestinationKind::data_backup_dest)
    return fail(not_ours("the directory belongs to another tenant or cluster"));
  if (!storage::matches(found, expected)) {
    return fail(
        not_ours("the format file names another tenant, cluster, path or number than this destination's"));
  }
  return "this tenant";
}

// Among all that the catalogue knows; the store itself decides when a SET claims the place.
Result<std::string> check_claims(const Statement& statement, catalog::TenantId tenant,
                                 const std::string& path_key) {
  BW_TRY(const auto claims, statement.reader().claims_at_or_above(path_key));
  for (const catalog::PathClaim& claim : claims) {
    if (claim.path_key != path_key) continue;
    if (claim.tenant_id != tenant)
      return fail(error::format_file_not_match().with_hint("another tenant's backups have this path"));
    if (claim.kind == catalog::DestinationKind::backup_key)
      return fail(error::format_file_not_match().with_hint("a key backup of this tenant has this path"));
  }
  return "nobody yet";
}

}  // namespace

Result<storage::Destination> parse_destination(const Statement& statement, const Secret& value) {
  const storage::UriRules rules{.allow_http = statement.services.settings()->backup_dest_allow_http};
  return storage::parse_destination(value.reveal(), rules);
}

catalog::DestinationKey key_of(catalog::TenantId tenant, const storage::Destination& destination) {
  return {.tenant_id = tenant, .path = destination.path, .endpoint = destination.endpoint};
}

storage::FormatFile own_format(const Statement& statement, const catalog::Tenant& tenant,
                               const storage::Destination& destination,
                               const std::optional<catalog::Destination>& row) {
  const catalog::Cluster& cluster = statement.services.store().cluster();
  storage::FormatFile format;
  format.cluster_name = cluster.name;
  format.tenant_name = tenant.name;
  format.path = destination.path_string();
  format.cluster_id = cluster.id;
  format.tenant_id = static_cast<std::uint64_t>(tenant.id);
  format.dest_id = row && row->dest_id != 0 ? row->dest_id : catalog::kFirstDestId;
  format.dest_type = static_cast<std::int64_t>(storage::DestType::backup_data);
  format.created = statement.now;
  return format;
}

Result<> prove_owner(storage::Proof& proof, const Statement& statement,
                     const storage::Destination& destination, const storage::Inspection& seen,
                     const std::optional<catalog::Destination>& row, const storage::FormatFile& expected) {
  proof.run("owner", [&]() -> Result<std::string> {
    if (seen.format) return check_format(seen.format->file, row, expected);
    return check_claims(statement, static_cast<catalog::TenantId>(expected.tenant_id),
                        destination.place_key());
  });
  return proof.verdict();
}

std::vector<catalog::DestinationCheck> checks_of(const storage::Proof& proof) {
  std::vector<catalog::DestinationCheck> checks;
  for (const storage::CheckRow& row : proof.rows()) {
    checks.push_back({.name = row.name,
                      .ok = row.ok,
                      .milliseconds = row.milliseconds,
                      .seen = row.seen,
                      .hint = row.hint});
  }
  return checks;
}

}  // namespace breakwater::server::execute
