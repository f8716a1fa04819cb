#include "catalog/query.h"
#include "catalog/sqlite.h"
#include "catalog/store.h"

namespace breakwater::catalog {

QueryRunner::QueryRunner(const Engine& engine, Reader& reader)
    : QueryRunner(engine, reader.connection().handle()) {}

}  // namespace breakwater::catalog
