// A change of the catalogue's key: everything that is sealed is sealed anew, in one transaction.
#pragma once

#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {

/// In a job of the writer, between the keyring's begin_change() and end_change(): every sealed column of table_rules(), also
/// of rows that wait in the log of changes, and the roots, by the key that comes; whose check the catalogue has from then
/// on; with an event. What can't be opened is checksum_error (4103), and its hint names the table.
Result<> seal_all_anew(const Writing& with);

/// What the first change of the key has kept, if there was one: roots that no longer come from the key.
Result<> read_roots(sqlite::Connection& connection, Keyring& keyring);

}  // namespace breakwater::catalog
