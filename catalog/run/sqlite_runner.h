// A runner on a connection that doesn't belong to a Reader.
#pragma once

#include "catalog/run/runner.h"

struct sqlite3;

namespace breakwater::catalog {

/// `connection` must be open on the catalogue's schema (for reading is enough) and outlive this. No other
/// QueryRunner may use it.
class SqliteRunner : public QueryRunner {
 public:
  SqliteRunner(const Dictionary& dictionary, sqlite3* connection) : QueryRunner(dictionary, connection) {}
};

}  // namespace breakwater::catalog
