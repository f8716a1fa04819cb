// UNTIL SCN and UNTIL TIME.
#pragma once

#include <optional>
#include <string>

#include "catalog/model/scn.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// At most one of the two is given; 0: none is. A time is one of the session's time zone. invalid_argument (1210).
Result<catalog::Scn> moment_of(const Statement& statement, const std::optional<std::string>& scn,
                               const std::optional<std::string>& time);

}  // namespace breakwater::server::execute
