// What all backups of an installation bear: whose they are, and by which key they open.
#pragma once

#include "catalog/store/store.h"
#include "server/execute/context/own_backup_key.h"
#include "storage/formats/backup_set.h"

namespace breakwater::server::jobs {

/// The tenant as manifests name it. entry_not_exist (4018): it is gone.
Result<storage::BackupOwner> backup_owner(const catalog::Store& store, catalog::Reader& reader,
                                          catalog::TenantId tenant, std::int64_t dest_id);

using execute::own_backup_key;

}  // namespace breakwater::server::jobs
