// Row sources as SQLite's tables: each is the eponymous virtual table bw_<name>.
#pragma once

#include <string>

#include <sqlite3.h>

#include "catalog/dictionary/view.h"
#include "catalog/functions/call.h"

namespace breakwater::catalog {

/// `source` and `session` outlive the connection's use.
void register_source(sqlite3* connection, const std::string& name, const RowSource& source, Session& session);

}  // namespace breakwater::catalog
