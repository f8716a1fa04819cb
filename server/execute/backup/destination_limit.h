// How many destinations a tenant may have: each stays for as long as its tenant does.
#pragma once

#include "base/error.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// Before one that isn't there yet is made, under the tenant's lock. size_overflow (4019): there are as many
/// as the setting max_destinations allows. A note in the session's warnings once few are left.
Result<> check_destination_limit(const Statement& statement, const catalog::DestinationKey& key);

}  // namespace breakwater::server::execute
