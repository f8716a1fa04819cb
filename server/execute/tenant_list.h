// The TENANT clause with several names that backup statements take (behaviour 1.4 to 1.6).
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/types.h"
#include "server/execute/statement.h"

namespace breakwater::server::execute {

/// The tenants named, in order; ALL by itself stands for all user tenants there are. invalid_tenant_name
/// (5160) for one that isn't there, also the name ALL among others; internal_error (4016) for sys.
Result<std::vector<catalog::Tenant>> listed_tenants(const Statement& statement,
                                                    const std::vector<std::string>& names);

/// Who logged in to a user tenant speaks for it alone, also after CHANGE TENANT: that tenant.
Result<catalog::Tenant> login_tenant(const Statement& statement);

}  // namespace breakwater::server::execute
