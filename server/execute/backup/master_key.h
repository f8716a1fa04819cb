// What ALTER INSTANCE ROTATE INNODB MASTER KEY and Oracle's SET KEY share.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "catalog/store/store.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// Whether a new master key may be made. Errors: not_supported for sys and for keys that an external service
/// keeps, tde_method (4370) while the tenant has no method. On the store's writer thread.
Result<> check_rotation(catalog::Transaction& transaction, const catalog::Tenant& tenant);

/// check_rotation(), then the new key, whose version it returns. On the store's writer thread.
Result<std::int64_t> make_master_key(catalog::Transaction& transaction, const catalog::Tenant& tenant);

/// The warning that a new key is in no key backup yet.
void warn_of_new_key(const Statement& statement, std::int64_t version);

/// A note in the session's warnings once few versions are left.
void note_of_limit(const Statement& statement, std::int64_t version);

}  // namespace breakwater::server::execute
