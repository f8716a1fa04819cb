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
  storage::WritePlan::Probes probes = storage::WritePlan::Probes::all;
  catalog::ProofNote::By by = catalog::ProofNote::By::check;
  /// A setting names it: that its format file isn't there is a failure (nothing is tried out then), and so is a storage
  /// that gives no answer.
  bool is_set = false;
  /// What the catalogue is to hold if every check has held, in the transaction that ends the intent. Given: the place
  /// must be the tenant's already.
  std::function<Result<>(catalog::Transaction&)> held{};
};

/// Behind a SET that is under way, whose half-made claim isn't what the answer is about. Nothing is held afterwards: a
/// store that stalls delays its own CHECK, and no SET.
Task<Result<>> await_settings(const Statement& statement, catalog::TenantId tenant);

/// Makes the proof. Failures are rows of it; an error is what kept it from being made at all, or `held` from being
/// done. The rows are kept in the catalogue whatever came of it; that a destination holds no longer, or again, is logged. `owner`: what the row "owner" is about.
Task<Result<>> prove_by_probes(const Statement& statement, const Probing& probing, storage::Proof& proof,
                               OwnerFound& owner);

}  // namespace breakwater::server::execute
