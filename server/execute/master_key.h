// What ALTER INSTANCE ROTATE INNODB MASTER KEY and Oracle's SET KEY share.
#pragma once

#include "base/error.h"
#include "catalog/store.h"

namespace breakwater::server::execute {

/// Whether a new master key may be made. Errors: not_supported for sys and for keys that an external service
/// keeps, tde_method (4370) while the tenant has no method. On the store's writer thread.
Result<> check_rotation(catalog::Transaction& transaction, const catalog::Tenant& tenant);

}  // namespace breakwater::server::execute
