// From a tenant that was read to one of the catalogue: some rows a commit, so that nobody's writes wait for long.
//
// Between the first commit and the last the tenant is there, locked and with the role RESTORE: nobody gets in. The last says
// in the restore's row that it is done; whatever ends the import before that, clear_import() takes back, and the restore
// begins again.
#pragma once

#include "base/error.h"
#include "base/task.h"
#include "catalog/store/store.h"
#include "server/execute/parameters/restore_options.h"
#include "server/jobs/restorer.h"
#include "storage/pool/cancellation.h"

namespace breakwater::server::jobs {

/// The cancellation ends it between two commits. tenant_exist (5156) and the errors of pools; tenant_not_exist (5157): the tenant
/// was dropped while it came in.
Task<Result<>> import_restored(catalog::Store& store, const catalog::RestoreJob& job,
                               const execute::RestoreOptions& options, const RestoredPart& part,
                               storage::Cancellation& cancellation);

/// What an import that wasn't ended has left; nothing if there is none.
Task<Result<>> clear_import(catalog::Store& store, catalog::TenantId tenant);

}  // namespace breakwater::server::jobs
