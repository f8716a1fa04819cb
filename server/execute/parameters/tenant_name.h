// What a tenant may be called. Pure.
#pragma once

#include <string_view>

#include "base/error.h"

namespace breakwater::server::execute {

/// too_long_ident (1059), invalid_argument (1210).
Result<> check_tenant_name(std::string_view name);

}  // namespace breakwater::server::execute
