// A runner on a connection that is nobody's reader.
#pragma once

#include "catalog/run/runner.h"

struct sqlite3;

namespace breakwater::catalog {

/// `connection` is open on the catalogue's schema (reading is enough) and outlives this. No other QueryRunner uses it.
class SqliteRunner : public QueryRunner {
 public:
  SqliteRunner(const Dictionary& dictionary, sqlite3* connection) : QueryRunner(dictionary, connection) {}
};

}  // namespace breakwater::catalog
