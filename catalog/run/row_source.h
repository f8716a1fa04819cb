// Row sources as tables in SQLite: each is the eponymous virtual table bw_<name>.
#pragma once

#include <string>

#include <sqlite3.h>

#include "catalog/dictionary/view.h"
#include "catalog/functions/call.h"

namespace breakwater::catalog {

/// `source` and `session` must exist as long as the connection is used.
void register_source(sqlite3* connection, const std::string& name, const RowSource& source, Session& session);

}  // namespace breakwater::catalog
