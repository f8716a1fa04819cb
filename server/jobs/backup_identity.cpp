#include "server/jobs/backup_identity.h"

#include <string>

namespace breakwater::server::jobs {

Result<storage::BackupOwner> backup_owner(const catalog::Store& store, catalog::Reader& reader,
                                          catalog::TenantId tenant, std::int64_t dest_id) {
  BW_TRY(const auto row, reader.tenants().find(tenant));
  if (!row) return fail(error::entry_not_exist());
  const bool oracle = row->mode == catalog::CompatibilityMode::oracle;
  return storage::BackupOwner{.cluster_name = store.cluster().name,
                              .cluster_id = store.cluster().id,
                              .tenant_name = row->name,
                              .tenant_id = static_cast<std::uint64_t>(tenant),
                              .compatibility_mode = oracle ? "ORACLE" : "MYSQL",
                              .incarnation = 1,
                              .dest_id = dest_id,
                              .life = std::to_string(row->created)};
}

}  // namespace breakwater::server::jobs
