// A row's values by themselves, as SQLite has them, and as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "catalog/sqlite/sqlite.h"

namespace breakwater::catalog {

/// NULL, INTEGER, REAL, TEXT, BLOB.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;
using Values = std::vector<Value>;

/// A text as it is, an integer in decimal; empty for all others.
std::string text_of(const Value& value);

Value value_of(sqlite3_value* value);
Value value_in(const sqlite::Statement& row, int column);
/// Its first `count` columns.
Values values_in(const sqlite::Statement& row, std::size_t count);
/// Binds from parameter `first` on.
void bind_values(sqlite::Statement& statement, int first, const Values& values);

void put_values(Bytes& out, const Values& values);
/// nullopt: these bytes are not what put_values() writes.
std::optional<Values> get_values(ByteReader& in);

}  // namespace breakwater::catalog
