// What SET DATA_BACKUP_DEST and SET LOG_ARCHIVE_DEST share: a place becomes a tenant's destination.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/secret.h"
#include "catalog/store/store.h"
#include "server/execute/context/statement.h"
#include "storage/destination/uri.h"

namespace breakwater::server::execute {

/// What a destination is taken for.
struct DestinationUse {
  catalog::DestinationKind kind = catalog::DestinationKind::data_backup_dest;
  const Secret& uri;  ///< as the user wrote it
  /// What else the catalogue remembers of it, in the transaction that makes it a destination. `shown` is its
  /// value as views show it. An error takes everything back.
  std::function<Result<>(catalog::Transaction&, std::int64_t dest_id, const std::string& shown)> remember{};
};

/// Proves the place and makes it the tenant's: docs/spec/behaviour.md#order-of-a-set. A refusal leaves the
/// destination as it was. The caller holds the tenant's lock.
Task<Result<>> set_destination(const Statement& statement, const catalog::Tenant& tenant,
                               storage::Destination destination, DestinationUse use);

}  // namespace breakwater::server::execute
