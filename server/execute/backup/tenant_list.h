// The TENANT clause, of one name and of several, that backup statements take (docs/spec/behaviour.md#tenant-lists).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/model/entities.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// What who logged in to a user tenant is told when he names one.
inline constexpr std::string_view kLeaveTenantOut =
    "leave TENANT out: the statement is about the tenant that you logged in to";

/// not_supported (1235): what is asked for is a user tenant's, and sys isn't one.
Error wants_user_tenant();

/// The tenant that TENANT = name names. invalid_tenant_name (5160), tenant_is_locked (5207).
Result<catalog::Tenant> named_tenant(const Statement& statement, const std::string& name);

/// Whose backups a statement with or without TENANT is about (docs/spec/behaviour.md#tenant-of-backup-item).
/// Accepts sys; the caller refuses it after it has checked the URI.
Result<catalog::Tenant> backup_tenant(const Statement& statement, const std::optional<std::string>& name);

/// The tenants named, in order; ALL by itself stands for all user tenants there are. no_privilege (1227) without ALTER SYSTEM;
/// invalid_tenant_name (5160) for one that isn't there, also the name ALL among others; internal_error (4016) for sys.
Result<std::vector<catalog::Tenant>> listed_tenants(const Statement& statement,
                                                    const std::vector<std::string>& names);

/// Whose jobs a statement begins or cancels: from a user tenant its own, where a list is not_supported (1235); from sys those of
/// the list, each once, in its order; without a list all user tenants.
Result<std::vector<catalog::TenantId>> tenants_of_jobs(const Statement& statement,
                                                       const std::vector<std::string>& names);

/// Who logged in to a user tenant speaks for it alone, also after CHANGE TENANT: that tenant.
Result<catalog::Tenant> login_tenant(const Statement& statement);

}  // namespace breakwater::server::execute
