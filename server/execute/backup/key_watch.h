// Key backups that are missing, stale or open to everybody, told in the log: at the start, then every hour.
#pragma once

#include "server/execute/context/services.h"

namespace breakwater::server::execute {

/// One line that names the tenants whose keys are at risk (docs/keys.md#status); none if there are none. For the
/// housekeeper's thread; ends when that is stopped.
Task<> watch_keys(Services& services);

}  // namespace breakwater::server::execute
