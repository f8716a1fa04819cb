// Row sources as SQLite's tables: each is the eponymous virtual table bw_<name>. Internal to the room.
#pragma once

#include <string>

#include <sqlite3.h>

#include "catalog/call.h"
#include "catalog/view.h"

namespace breakwater::catalog {

/// `source` and `session` outlive the connection's use.
void register_source(sqlite3* connection, const std::string& name, const RowSource& source, Session& session);

}  // namespace breakwater::catalog
