// What SET DATA_BACKUP_DEST, SET LOG_ARCHIVE_DEST and CHECK BACKUP DESTINATION share: whose a destination is,
// and the results of proofs.
#pragma once

#include <optional>
#include <string_view>

#include "catalog/model/entities.h"
#include "server/execute/context/statement.h"
#include "storage/destination/backup_destination.h"
#include "storage/destination/uri.h"

namespace breakwater::server::execute {

/// What the settings say about URIs.
storage::UriRules uri_rules(const Statement& statement);

/// As the user wrote it, under the settings' rules.
Result<storage::Destination> parse_destination(const Statement& statement, const Secret& value);

catalog::DestinationKey key_of(catalog::TenantId tenant, const storage::Destination& destination);

/// What this tenant's format file in a destination of this kind says; dest_id is the row's, or one that is
/// still to be given.
storage::FormatFile own_format(const Statement& statement, const catalog::Tenant& tenant,
                               const storage::Destination& destination, catalog::DestinationKind kind,
                               const std::optional<catalog::Destination>& row);

/// The newest data or archive destination that the catalogue knows of this tenant at the place, however it is spelt.
Result<std::optional<catalog::Destination>> known_at(const Statement& statement, catalog::TenantId tenant,
                                                     const storage::Destination& destination);

/// format_file_not_exist (9080) if the place, which has no format file, is on another file system than when it was
/// `known`: that one isn't mounted (docs/destinations.md#a-mount-that-is-away). Nothing is known: {}.
Result<> check_mounted(const std::optional<catalog::Destination>& known,
                       const storage::BackupDestination& place);

/// Where the proof has failed because something without a format file is there: adds what check_mounted() says to the
/// row.
void remark_unmounted(storage::Proof& proof, const std::optional<catalog::Destination>& known,
                      const storage::BackupDestination& place);

/// The setting that names a destination. Its number alone doesn't tell: ADOPT may take up a place whose number was given
/// again before. Nothing: no setting does.
struct SetAs {
  catalog::DestinationKind kind{};
  std::string value{};  ///< as the setting shows it
};
Result<std::optional<SetAs>> set_as(catalog::Reader& reader, const catalog::Destination& row);

/// "destination 1001, which was in file:///a, is gone: the place is empty"
std::string gone_from(const catalog::Destination& known);

/// The row "owner" (docs/spec/behaviour.md#proof-of-owner): what isn't empty must carry this tenant's own
/// format file of the same kind, and nobody else may have the place: format_file_not_match (9081). What is empty
/// must be on the file system that it was on: check_mounted().
struct WantedPlace {
  const storage::Destination& destination;
  const storage::BackupDestination& place;           ///< inspected
  const std::optional<catalog::Destination>& row;    ///< of its path and endpoint
  const std::optional<catalog::Destination>& known;  ///< known_at()
  const storage::FormatFile& expected;               ///< own_format()
};
struct OwnerFound {
  Result<> verdict{};
  /// What who logged in to sys is told in place of what the rows of content and owner say; empty: nothing else.
  std::string content{};
  std::string hint{};
  std::optional<std::int64_t> seen_id{};  ///< the place's number, if it has this tenant's ids
};
OwnerFound prove_owner(storage::Proof& proof, const Statement& statement, const WantedPlace& wanted,
                       const storage::Inspection& seen);

/// Among all that the catalogue knows: format_file_not_match (9081) if another tenant, or another kind, has claimed the
/// place. The store itself decides when a SET claims it.
Result<std::string> check_claims(const Statement& statement, const storage::FormatFile& expected,
                                 const std::string& path_key);

/// Keeps a proof's rows, and makes the tenant's counter go on behind a number that was seen.
struct ProofSeen {
  std::optional<std::int64_t> seen_id{};
  catalog::ProofNote note{};
};
Result<> keep_checks(catalog::Transaction& transaction, const catalog::DestinationKey& key, Timestamp now,
                     const storage::Proof& proof, const ProofSeen& seen);
/// Of a SET, or ADOPT.
inline constexpr catalog::ProofNote kProvedBySet{.by = catalog::ProofNote::By::set, .free_bytes = {}};

/// Notes that the destination lies in another tenant's, where whoever removes that one's backups removes this
/// one's too; in sys whose it is. OceanBase accepts such a place.
Result<> note_outer_destination(const Statement& statement, catalog::TenantId tenant,
                                const storage::Destination& destination);

std::vector<catalog::DestinationCheck> checks_of(const storage::Proof& proof);

/// What the destination answered, for the audit: each check with what it saw.
void tell_answer(const Statement& statement, const storage::Proof& proof);

}  // namespace breakwater::server::execute
