// The rows that SHOW statements and views read from the server: variables, status, processes, warnings,
// parameters, grants. What each must show: catalog/dictionary/view.h.
#pragma once

#include "catalog/dictionary/dictionary.h"

namespace breakwater::server::execute {

class Services;

/// Into the services' dictionary, before it is used.
void register_sources(Services& services);

}  // namespace breakwater::server::execute
