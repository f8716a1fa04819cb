// What stands against a backup, and where it would go: the checks of BACKUP (docs/spec/behaviour.md#backup), for the statement and for
// schedules. On the writer's thread: nothing changes between them and the rows.
#pragma once

#include "base/error.h"
#include "catalog/store/store.h"

namespace breakwater::server::execute {

/// Of a backup that the tenant itself begins. backup_can_not_start (9040): it has no destination, doesn't archive, or has too many
/// sets; backup_in_progress (9036).
Result<catalog::BackupTarget> own_target(catalog::Reader& reader, catalog::TenantId tenant);

/// Of one that sys begins: in another order, and with a reason for a missing destination.
Result<catalog::BackupTarget> listed_target(catalog::Reader& reader, catalog::TenantId tenant);

}  // namespace breakwater::server::execute
