// How safe a tenant's master keys are, as SQLite's SQL over the catalogue's tables: the store asks it, and so does the view
// CDB_OB_BACKUP_KEY_STATUS (docs/keys.md#status).
#pragma once

#include <string_view>

namespace breakwater::catalog {

/// A table to select from: a row for each user tenant, and for each dropped one whose master keys are kept.
///   tenant_id, tenant_name (NULL: dropped), tde_method (NULL: dropped), newest (NULL: no key), newest_time, version and
///   backup_time and path of the newest key backup, protected (NULL: nobody noted it), status
inline constexpr std::string_view kKeyStatusRows = R"sql((
  SELECT *, CASE
      WHEN newest IS NULL THEN 'NO_KEY'
      WHEN version IS NULL THEN 'NEVER_BACKED_UP'
      WHEN version < newest THEN 'STALE'
      WHEN protected IS NOT 1 THEN 'UNPROTECTED'
      ELSE 'CURRENT' END AS status
  FROM (SELECT ids.tenant_id, t.tenant_name,
      CASE WHEN t.tenant_id IS NOT NULL THEN COALESCE((SELECT value FROM tenant_parameter AS p
        WHERE p.tenant_id = ids.tenant_id AND p.name = 'tde_method'), 'none') END AS tde_method,
      (SELECT MAX(k.version) FROM master_key AS k WHERE k.tenant_id = ids.tenant_id) AS newest,
      (SELECT k.create_time FROM master_key AS k WHERE k.tenant_id = ids.tenant_id
        ORDER BY k.version DESC LIMIT 1) AS newest_time,
      b.version, b.backup_time, b.path, b.protected
    FROM (SELECT tenant_id FROM tenant WHERE tenant_type = 'USER'
        UNION SELECT tenant_id FROM master_key) AS ids
      LEFT JOIN tenant AS t ON t.tenant_id = ids.tenant_id
      LEFT JOIN key_backup AS b ON b.tenant_id = ids.tenant_id)))sql";

/// Before kKeyStatusRows: what KeyStatus holds, of those who have keys and aren't CURRENT; ends with kAtRiskWhere.
inline constexpr std::string_view kAtRiskSelect = "SELECT tenant_id, COALESCE(tenant_name, ''), status FROM ";
inline constexpr std::string_view kAtRiskWhere =
    " WHERE status NOT IN ('NO_KEY', 'CURRENT') ORDER BY tenant_id LIMIT ?";

}  // namespace breakwater::catalog
