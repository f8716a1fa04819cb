// The store's role for destinations: the places that are a tenant's, their access keys, the checks of their proofs,
// the claims on paths, and what DATA_BACKUP_DEST says.
//
// A destination comes to be through an intent: IntentWriter::finish().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

/// format_file_not_match (9081): a destination is refused where this claim stands.
Error path_taken(bool same_tenant, DestinationKind held);

class DestinationReader {
 public:
  virtual ~DestinationReader() = default;

  virtual Result<std::optional<Destination>> find(const DestinationKey& key) = 0;
  /// What DATA_BACKUP_DEST names now; nothing if never set, or cleared.
  virtual Result<std::optional<Destination>> current(TenantId tenant) = 0;
  /// All of a tenant's, old ones too.
  virtual Result<std::vector<Destination>> all(TenantId tenant) = 0;
  /// The tenant's data and archive destinations at this place, however their paths are spelt, the newest first.
  virtual Result<std::vector<Destination>> at_place(TenantId tenant, std::string_view path_key) = 0;
  /// How many those are, key backups among them.
  virtual Result<std::int64_t> count(TenantId tenant) = 0;
  /// VALUE of backup_parameter: '' once cleared, nothing if never set.
  virtual Result<std::optional<std::string>> backup_parameter(TenantId tenant, std::string_view name) = 0;
  /// The access key; nothing where the destination has none. checksum_error (4103) if it is damaged or not this
  /// row's.
  virtual Result<std::optional<Secret>> access_key(const DestinationKey& key) = 0;

  /// Who holds the path itself or a directory above it, outermost first, of all tenants.
  virtual Result<std::vector<PathClaim>> claims_at_or_above(std::string_view path_key) = 0;
  /// Who holds a path below it, at most `limit`.
  virtual Result<std::vector<PathClaim>> claims_below(std::string_view path_key, std::size_t limit = 100) = 0;
};

class DestinationWriter {
 public:
  virtual ~DestinationWriter() = default;

  /// The next number of the tenant's counter (from 1001); once committed it is never given again.
  /// tenant_not_exist (5157).
  virtual Result<std::int64_t> reserve_id(TenantId tenant) = 0;

  /// A number of the tenant was seen outside: its counter goes on behind it, so that it isn't given again. One that is
  /// kMaxSkip or more ahead is no number that this counter will reach: nothing happens. tenant_not_exist (5157).
  virtual Result<> skip_id(TenantId tenant, std::int64_t seen) = 0;
  static constexpr std::int64_t kMaxSkip = 1'000'000;

  /// A later check of a destination. entry_not_exist (4018) without the row.
  virtual Result<> touch_check(const DestinationKey& key, std::string_view check_file_name,
                               Timestamp time) = 0;

  /// Another way in: the row's authorization and, if `access` is given, its key and the time of its check; `value` is
  /// what the parameter shows that names this destination, if one does. Its number, format and check file stay.
  /// entry_not_exist (4018) without the row.
  struct Access {
    Secret key{};
    Timestamp checked = 0;
  };
  virtual Result<> change_access(const DestinationKey& key, std::string_view authorization,
                                 const std::optional<Access>& access, std::string_view value) = 0;
  /// The destination is on this file system. A destination that isn't there: nothing happens.
  virtual Result<> remember_file_system(const DestinationKey& key, std::string_view file_system) = 0;

  /// An event that tells that the destination of this number is no longer at its place.
  virtual Result<> record_gone(const DestinationKey& key, std::int64_t dest_id) = 0;

  /// The result of a proof, as the newest of that destination; kKeptChecks of each are kept, and as many of
  /// all those together that the tenant never set. What a destination that is there says of itself
  /// (DestinationStatusReader) follows; if that is another result than before, there is an event. tenant_not_exist (5157).
  virtual Result<> record_checks(const DestinationKey& key, Timestamp time,
                                 const std::vector<DestinationCheck>& checks, const ProofNote& note = {}) = 0;
  static constexpr std::int64_t kKeptChecks = 20;

  /// DATA_BACKUP_DEST = '': VALUE becomes '', destinations stay, but what file systems they were on is forgotten.
  /// tenant_not_exist (5157).
  virtual Result<> clear_current(TenantId tenant) = 0;
};

}  // namespace breakwater::catalog
