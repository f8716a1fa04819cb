// The time zone that a tenant's own times are in: its global time_zone.
#pragma once

#include <string>

#include "base/error.h"
#include "catalog/store/store.h"

namespace breakwater::server::execute {

/// As SET time_zone takes it.
Result<std::string> tenant_zone(catalog::Reader& reader, catalog::TenantId tenant);

}  // namespace breakwater::server::execute
