#include "catalog/store/connection.h"

#include "catalog/store/sqlite_reader.h"

namespace breakwater::catalog {

sqlite::Connection& connection_of(Reader& reader) {
  return dynamic_cast<SqliteReader&>(reader).connection();
}

}  // namespace breakwater::catalog
