// The tables of one schema version as the log and a tenant's part need them: columns in order, key, owner.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "catalog/sqlite/sqlite.h"
#include "catalog/store/row_values.h"
#include "catalog/store/tables.h"

namespace breakwater::catalog {

struct ColumnShape {
  std::string name;
  bool nocase = false;  ///< of the key: compared without ASCII's case
};

/// A table that isn't local.
struct TableShape {
  std::string name;
  const TableRule* rule = nullptr;
  std::vector<ColumnShape> columns{};
  std::vector<std::size_t> key{};           ///< columns, in the key's order
  std::optional<std::size_t> owner{};       ///< tenant_id
  std::string select{}, erase{}, insert{};  ///< a row by its key; a whole row

  Values key_of(const Values& row) const;
  std::optional<std::int64_t> owner_of(const Values& row) const;
  /// For sealed_identity(), in a table with a sealed column.
  std::vector<std::string> sealed_for(const Values& row) const;
  /// One form for all keys that the table takes for one.
  Values folded(Values key) const;
  std::optional<std::size_t> column(std::string_view name) const;
};

class Shape {
 public:
  static Result<Shape> of(sqlite::Connection& connection);
  /// Of a catalogue of that version; made by the schema's own steps. not_supported (1235): of a newer program.
  static Result<Shape> of_version(std::int64_t version);

  const TableShape* find(std::string_view table) const;
  std::int64_t version() const { return version_; }
  const std::vector<std::unique_ptr<TableShape>>& tables() const { return tables_; }

 private:
  std::vector<std::unique_ptr<TableShape>> tables_;
  std::map<std::string, const TableShape*, std::less<>> by_name_;
  std::int64_t version_ = 0;
};

/// An empty catalogue of that version in memory, with foreign keys off.
Result<sqlite::Connection> catalogue_in_memory(std::int64_t version);

}  // namespace breakwater::catalog
