// What a commit changed: the keys that are gone and the rows that are there.
//
// A record is applied as a whole: every key that was there goes, then every row comes. So the order within it doesn't
// matter, no constraint is met halfway, and no old row is needed.
//
// As bytes (change_log.changes, and one day a record that front ends share): for each change the table's name (1 byte of
// length), a byte of flags (1: the key was there, 2: the row is there), the key's values if it was, the row's values if
// it is; values as catalog/store/row_values.h writes them, in the order of the table's columns in that schema version.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "catalog/model/entities.h"
#include "catalog/model/scn.h"
#include "catalog/store/shape.h"

namespace breakwater::catalog {

struct Change {
  const TableShape* table = nullptr;
  std::optional<Values> gone{};  ///< the key, where a row had it before
  std::optional<Values> row{};   ///< the row that is there now
  std::optional<TenantId> owner_before{};
  std::optional<TenantId> owner_after{};

  bool is_of(TenantId tenant) const { return owner_before == tenant || owner_after == tenant; }
};

using RecordId = std::array<std::uint8_t, 16>;

struct Record {
  RecordId id{};
  Scn scn = 0;
  std::int64_t schema_version = 0;
  std::vector<Change> changes{};
};

void put_change(Bytes& out, const Change& change);
/// checksum_error (4103): not what put_change() writes, or of another schema version. The owners are read from the rows.
Result<std::vector<Change>> get_changes(std::span<const std::uint8_t> bytes, const Shape& shape);

/// Applies a record in the caller's transaction, on a connection with foreign keys off. checksum_error (4103): a key
/// that should go isn't there once, so this is not a copy of what was changed.
Result<> apply(sqlite::Connection& connection, const Record& record);

}  // namespace breakwater::catalog
