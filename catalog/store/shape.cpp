#include "catalog/store/shape.h"

#include <algorithm>

#include "catalog/store/schema.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

// Whether a key column is compared by NOCASE; no other collation stands in a key of ours.
Result<bool> is_nocase(sqlite::Connection& connection, const std::string& table, const std::string& column) {
  const char* collation = nullptr;
  const int code = sqlite3_table_column_metadata(connection.handle(), "main", table.c_str(), column.c_str(),
                                                 nullptr, &collation, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(sqlite::error_of(code, connection.handle()));
  return collation != nullptr && iequals(collation, "NOCASE");
}

std::string where_key(const TableShape& table) {
  std::string text = " WHERE ";
  for (const std::size_t column : table.key) {
    if (column != table.key.front()) text += " AND ";
    text.append(table.columns[column].name).append(" = ?");
  }
  return text;
}

void add_statements(TableShape& table) {
  std::string names;
  std::string marks;
  for (const ColumnShape& column : table.columns) {
    names.append(names.empty() ? "" : ", ").append(column.name);
    marks.append(marks.empty() ? "?" : ", ?");
  }
  table.select.append("SELECT")
      .append(" ")
      .append(names)
      .append(" FROM ")
      .append(table.name)
      .append(where_key(table));
  table.erase.append("DELETE").append(" FROM ").append(table.name).append(where_key(table));
  table.insert.append("INSERT")
      .append(" INTO ")
      .append(table.name)
      .append("(")
      .append(names)
      .append(") VALUES (");
  table.insert.append(marks).append(")");
}

Result<TableShape> shape_of_table(sqlite::Connection& connection, const std::string& name) {
  TableShape table{.name = name, .rule = find_rule(name)};
  std::vector<std::pair<std::int64_t, std::size_t>> key;
  BW_TRY(sqlite::Statement rows,
         connection.prepare(std::string("PRAGMA table_info(").append(name).append(")")));
  while (true) {
    BW_TRY(const bool row, rows.step());
    if (!row) break;
    const std::size_t at = table.columns.size();
    BW_TRY(const bool nocase, is_nocase(connection, name, rows.string(1)));
    table.columns.push_back({.name = rows.string(1), .nocase = nocase});
    if (rows.text(1) == "tenant_id") table.owner = at;
    if (rows.integer(5) > 0) key.emplace_back(rows.integer(5), at);
  }
  std::ranges::sort(key);
  for (const auto& [order, at] : key) table.key.push_back(at);
  add_statements(table);
  return table;
}

}  // namespace

Values TableShape::key_of(const Values& row) const {
  Values values;
  for (const std::size_t column : key) values.push_back(row[column]);
  return values;
}

std::optional<std::int64_t> TableShape::owner_of(const Values& row) const {
  if (!owner) return std::nullopt;
  const auto* id = std::get_if<std::int64_t>(&row[*owner]);
  return id == nullptr ? std::nullopt : std::optional(*id);
}

std::vector<std::string> TableShape::sealed_for(const Values& row) const {
  std::vector<std::string> values;
  for (const std::string_view wanted : rule->sealed_for)
    if (!wanted.empty()) values.push_back(text_of(row[*column(wanted)]));
  return values;
}

Values TableShape::folded(Values values) const {
  for (std::size_t i = 0; i < values.size() && i < key.size(); ++i) {
    auto* text = std::get_if<std::string>(&values[i]);
    if (text != nullptr && columns[key[i]].nocase) *text = ascii_lower(*text);
  }
  return values;
}

std::optional<std::size_t> TableShape::column(std::string_view wanted) const {
  const auto found = std::ranges::find(columns, wanted, &ColumnShape::name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

Result<Shape> Shape::of(sqlite::Connection& connection) {
  Shape shape;
  BW_TRY(const auto version, connection.integer("PRAGMA user_version"));
  shape.version_ = version.value_or(0);
  BW_TRY(const auto names, all_rows(connection.query("PRAGMA main.table_list"),
                                    [](sqlite::Statement& row) { return row.string(1); }));
  for (const std::string& name : names) {
    const TableRule* rule = find_rule(name);
    if (rule == nullptr || rule->kind == TableClass::local) continue;
    BW_TRY(TableShape table, shape_of_table(connection, name));
    shape.tables_.push_back(std::make_unique<TableShape>(std::move(table)));
    shape.by_name_.emplace(name, shape.tables_.back().get());
  }
  return shape;
}

Result<Shape> Shape::of_version(std::int64_t version) {
  BW_TRY(sqlite::Connection connection, catalogue_in_memory(version));
  return of(connection);
}

const TableShape* Shape::find(std::string_view table) const {
  const auto found = by_name_.find(table);
  return found == by_name_.end() ? nullptr : found->second;
}

Result<sqlite::Connection> catalogue_in_memory(std::int64_t version) {
  const auto steps = schema::steps();
  if (version < 1 || static_cast<std::size_t>(version) > steps.size())
    return fail(error::not_supported("what a newer version of this program wrote is"));
  BW_TRY(sqlite::Connection connection, sqlite::Connection::open(":memory:", sqlite::OpenMode::writer));
  BW_CHECK(connection.execute("PRAGMA foreign_keys = OFF"));
  BW_CHECK(schema::migrate(connection, steps.first(static_cast<std::size_t>(version))));
  return connection;
}

}  // namespace breakwater::catalog
