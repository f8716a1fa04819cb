// The door of the SELECT engine to the store: it runs on a reader's connection.
#pragma once

#include "catalog/store/store.h"

namespace breakwater::catalog {

namespace sqlite {
class Connection;
}

/// The connection of a reader that open_store()'s Store gave; its thread's alone, and the reader's.
sqlite::Connection& connection_of(Reader& reader);

}  // namespace breakwater::catalog
