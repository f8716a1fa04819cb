#include "server/execute/backup/backup_proof.h"

#include <string>
#include <utility>

#include "server/execute/backup/ownership.h"
#include "server/execute/context/audited.h"
#include "storage/destination/uri.h"
#include "storage/formats/format_file.h"

namespace breakwater::server::execute {
namespace {

// The number, where the ids are this tenant's: another copy of the catalogue may have given it.
std::optional<std::int64_t> own_number(const storage::FormatFile& found,
                                       const storage::FormatFile& expected) {
  const bool own = found.cluster_id == expected.cluster_id && found.tenant_id == expected.tenant_id;
  return own ? std::optional(found.dest_id) : std::nullopt;
}

// The innermost of other tenants' destinations that hold the place.
Result<std::optional<catalog::PathClaim>> outer_destination(const Statement& statement,
                                                            catalog::TenantId tenant,
                                                            const std::string& place_key) {
  BW_TRY(const auto claims, statement.reader().destinations().claims_at_or_above(place_key));
  std::optional<catalog::PathClaim> outer;
  for (const catalog::PathClaim& claim : claims) {
    const bool others = claim.tenant_id != tenant && claim.kind != catalog::DestinationKind::backup_key;
    if (others && claim.path_key != place_key) outer = claim;
  }
  return outer;
}

}  // namespace

Result<> note_outer_destination(const Statement& statement, catalog::TenantId tenant,
                                const storage::Destination& destination) {
  BW_TRY(const auto outer, outer_destination(statement, tenant, destination.place_key()));
  if (!outer) return {};
  std::string owner = "another tenant";
  if (statement.session.in_sys()) {
    BW_TRY(const auto found, statement.reader().tenants().find(outer->tenant_id));
    if (found) owner = "tenant " + found->name;
  }
  statement.session.diagnostics.note("the destination lies in one of " + owner +
                                     ": whoever removes that one's backups removes these too");
  return {};
}

storage::UriRules uri_rules(const Statement& statement) {
  return {.allow_http = statement.services.settings()->backup_dest_allow_http};
}

Result<storage::Destination> parse_destination(const Statement& statement, const Secret& value) {
  return storage::parse_destination(value.reveal(), uri_rules(statement));
}

catalog::DestinationKey key_of(catalog::TenantId tenant, const storage::Destination& destination) {
  return {.tenant_id = tenant, .path = destination.path, .endpoint = destination.endpoint};
}

storage::FormatFile own_format(const Statement& statement, const catalog::Tenant& tenant,
                               const storage::Destination& destination, catalog::DestinationKind kind,
                               const std::optional<catalog::Destination>& row) {
  const catalog::Cluster& cluster = statement.services.store().cluster();
  storage::FormatFile format;
  format.cluster_name = cluster.name;
  format.tenant_name = tenant.name;
  format.path = destination.path_string();
  format.cluster_id = cluster.id;
  format.tenant_id = static_cast<std::uint64_t>(tenant.id);
  format.dest_id = row && row->dest_id != 0 ? row->dest_id : catalog::kFirstDestId;
  format.dest_type = type_of(kind);
  format.created = statement.now;
  return format;
}

Result<std::optional<catalog::Destination>> known_at(const Statement& statement, catalog::TenantId tenant,
                                                     const storage::Destination& destination) {
  BW_TRY(auto known, statement.reader().destinations().at_place(tenant, destination.place_key()));
  if (known.empty()) return std::nullopt;
  return std::move(known.front());
}

Result<> check_mounted(const std::optional<catalog::Destination>& known,
                       const storage::BackupDestination& place) {
  const auto now = place.file_system();
  if (!known || !now || known->file_system.empty()) return {};
  const storage::FileSystem before = storage::decode_file_system(known->file_system);
  if (!storage::is_another(before, *now)) return {};
  const bool archive = known->kind == catalog::DestinationKind::log_archive_dest;
  return fail(error::format_file_not_exist().with_hint(
      "destination " + std::to_string(known->dest_id) + " of this tenant was in " + known->key.path + " on " +
      storage::describe(before) + "; now " + storage::describe(*now) +
      " is there, without a format file. Is the file system mounted? If the destination is given up: ALTER "
      "SYSTEM SET " +
      (archive ? "LOG_ARCHIVE_DEST" : "DATA_BACKUP_DEST") + " = '' first"));
}

void remark_unmounted(storage::Proof& proof, const std::optional<catalog::Destination>& known,
                      const storage::BackupDestination& place) {
  if (!proof.failure() || !proof.failure()->is(Errc::format_file_not_exist)) return;
  const auto mounted = check_mounted(known, place);
  if (!mounted) proof.remark(mounted.error().hint());
}

Result<std::optional<SetAs>> set_as(catalog::Reader& reader, const catalog::Destination& row) {
  const catalog::TenantId tenant = row.key.tenant_id;
  BW_TRY(const auto data, reader.destinations().current(tenant));
  if (data && data->dest_id == row.dest_id && data->key.path == row.key.path &&
      data->key.endpoint == row.key.endpoint) {
    BW_TRY(auto value, reader.destinations().backup_parameter(tenant, "data_backup_dest"));
    return SetAs{catalog::DestinationKind::data_backup_dest, value.value_or("")};
  }
  BW_TRY(auto archive, reader.archive().destination(tenant));
  const bool same = archive && archive->dest_id == row.dest_id &&
                    (archive->path == row.key.path || archive->path.starts_with(row.key.path + "?"));
  if (!same) return std::nullopt;
  return SetAs{catalog::DestinationKind::log_archive_dest, std::move(archive->path)};
}

std::string gone_from(const catalog::Destination& known) {
  return "destination " + std::to_string(known.dest_id) + ", which was in " + known.key.path +
         ", is gone: the place is empty";
}

Result<std::string> check_claims(const Statement& statement, const storage::FormatFile& expected,
                                 const std::string& path_key) {
  BW_TRY(const auto claims, statement.reader().destinations().claims_at_or_above(path_key));
  for (const catalog::PathClaim& claim : claims) {
    if (claim.path_key != path_key) continue;
    const bool same_tenant = static_cast<std::uint64_t>(claim.tenant_id) == expected.tenant_id;
    if (!same_tenant || type_of(claim.kind) != expected.dest_type)
      return fail(catalog::path_taken(same_tenant, claim.kind));
  }
  return "nobody yet";
}

namespace {

void describe_content(storage::Proof& proof, const Statement& statement, const storage::Inspection& seen,
                      bool own, OwnerFound& found) {
  if (!seen.format || own) return;
  if (told_in_full(statement)) found.content = storage::describe(*seen.format);
  proof.replace_seen("content", "formatted");
}

}  // namespace

OwnerFound prove_owner(storage::Proof& proof, const Statement& statement, const WantedPlace& wanted,
                       const storage::Inspection& seen) {
  OwnerFound found;
  std::optional<Foreign> foreign;
  if (seen.format && seen.format->tombstone) {
    foreign = retired(*seen.format->tombstone);
  } else if (seen.format) {
    foreign = not_of_this_tenant(seen.format->file, wanted.expected, wanted.row);
  }
  describe_content(proof, statement, seen, !foreign, found);
  proof.run("owner", [&]() -> Result<std::string> {
    if (foreign) return fail(not_ours(foreign->discreet));
    if (seen.format) return "this tenant";
    BW_CHECK(check_mounted(wanted.known, wanted.place));
    return check_claims(statement, wanted.expected, wanted.destination.place_key());
  });
  found.verdict = proof.verdict();
  if (foreign && told_in_full(statement)) {
    const Error error = not_ours(foreign->in_full);
    found.hint = error.text() + ". " + error.hint();
    found.verdict = fail(error);
  }
  if (seen.format && !seen.format->tombstone) found.seen_id = own_number(seen.format->file, wanted.expected);
  return found;
}

Result<> keep_checks(catalog::Transaction& transaction, const catalog::DestinationKey& key, Timestamp now,
                     const storage::Proof& proof, const ProofSeen& seen) {
  if (seen.seen_id) BW_CHECK(transaction.destinations().skip_id(key.tenant_id, *seen.seen_id));
  return transaction.destinations().record_checks(key, now, checks_of(proof), seen.note);
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

void tell_answer(const Statement& statement, const storage::Proof& proof) {
  if (statement.audit == nullptr) return;
  std::string answer;
  for (const storage::CheckRow& row : proof.rows()) {
    answer.append(answer.empty() ? "" : "; ").append(row.name).append(row.ok ? ": ok" : ": failed");
    if (!row.seen.empty()) answer.append(", ").append(row.seen);
  }
  statement.audit->set_answer(answer);
}

}  // namespace breakwater::server::execute
