// A proof that makes nothing but probes, for CHECK BACKUP DESTINATION and CHANGE EXTERNAL_STORAGE_DEST: whether a tenant
// may have the place, and what can be done there. An intent remembers what it makes.
#pragma once

#include <functional>

#include "base/secret.h"
#include "catalog/model/entities.h"
#include "catalog/store/store.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/context/statement.h"
#include "storage/destination/proof.h"
#include "storage/destination/uri.h"

namespace breakwater::server::execute {

struct Probing {
  const catalog::Tenant& tenant;
  const storage::Destination& destination;
  const Secret& uri;  ///< the destination's, as the intent keeps it
  catalog::DestinationKind kind = catalog::DestinationKind::data_backup_dest;
  /// What the catalogue is to hold if every check has held, in the transaction that ends the intent. Given: the place
  /// must be the tenant's already.
  std::function<Result<>(catalog::Transaction&)> held{};
};

/// Makes the proof. Failures are rows of it; an error is what kept it from being made at all, or `held` from being
/// done. The rows are kept in the catalogue whatever came of it. `owner`: what the row "owner" is about.
Task<Result<>> prove_by_probes(const Statement& statement, const Probing& probing, storage::Proof& proof,
                               OwnerFound& owner);

}  // namespace breakwater::server::execute
