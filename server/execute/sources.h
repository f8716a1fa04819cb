// The rows that SHOW statements and views read from the server: variables, status, processes, warnings,
// parameters, grants. What each must show: catalog/view.h.
#pragma once

#include "catalog/query.h"

namespace breakwater::server::execute {

class Services;

/// Before the engine is used. `services` outlives it.
void register_sources(catalog::Engine& engine, Services& services);

}  // namespace breakwater::server::execute
