// Whether a row of a part is one that a statement could have made. Who wrote a backup need not have been this program.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/secret.h"
#include "catalog/store/change.h"
#include "catalog/store/shape.h"

namespace breakwater::catalog {

/// What stands for a secret in a row; null: there was no key for it.
using SecretOf = std::function<const Secret*(const Value& value)>;

/// The most rows of a table that a part may have; a table that no part has: 0.
std::int64_t most_rows(std::string_view table);

/// Types, sizes, UTF-8, names of plugins, bits of privileges, the forms of hashes and of keys. checksum_error (4103): none that a
/// statement makes. Settings are for others to check (PartScratch::finish()).
Result<> check_row(const TableShape& table, const Values& row, const SecretOf& secret_of);

}  // namespace breakwater::catalog
