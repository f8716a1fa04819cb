// The rows that SHOW statements and views read from the server: variables, status, processes, warnings,
// parameters, grants. catalog/dictionary/view.h says what each must show.
#pragma once

namespace breakwater::server::execute {

class Services;

/// Registers them in the services' dictionary, before that is used.
void register_sources(Services& services);

}  // namespace breakwater::server::execute
