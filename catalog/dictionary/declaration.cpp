// Makes views from declarations: the columns and the query.
#include <algorithm>
#include <tuple>

#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

namespace {

constexpr std::string_view kSelect = "SELECT ";

std::string condition(const Declaration& declaration) {
  if (declaration.where.empty() || declaration.own.empty()) return declaration.where + declaration.own;
  return "(" + declaration.where + ") AND " + declaration.own;
}

std::string query_of(const Declaration& declaration, std::span<const ColumnDecl> columns) {
  if (declaration.columns.empty() && declaration.from.empty()) return no_rows(columns);
  std::string sql = declaration.columns.select(columns);
  if (!declaration.from.empty()) sql.append(" FROM ").append(declaration.from);
  const std::string rows = condition(declaration);
  return rows.empty() ? sql : sql.append(" WHERE ").append(rows);
}

}  // namespace

// ---- columns ----

std::span<const ColumnDecl> listed_columns(std::string_view seen_by, std::string_view view) {
  const auto key = [](const ListedView& listed) {
    return std::tuple(std::string_view(listed.seen_by), std::string_view(listed.view));
  };
  const auto all = listed_views();
  const auto found = std::ranges::lower_bound(all, std::tuple(seen_by, view), {}, key);
  if (found == all.end() || key(*found) != std::tuple(seen_by, view)) return {};
  return found->columns;
}

void ColumnList::add(std::span<const ViewColumn> columns) {
  for (const ViewColumn& column : columns) add(column.name, column.expression, column.type, column.nullable);
}

void ColumnList::add(const char* name, std::string expression, const char* type, const char* nullable) {
  entries_.push_back({{name, type, nullable}, std::move(expression)});
}

ColumnList ColumnList::with(const ColumnList& others) const {
  ColumnList made = others;  // find() takes the first
  made.entries_.insert(made.entries_.end(), entries_.begin(), entries_.end());
  return made;
}

std::vector<ColumnDecl> ColumnList::declared() const {
  std::vector<ColumnDecl> columns;
  for (const Entry& entry : entries_) {
    if (entry.column.type != nullptr) columns.push_back(entry.column);
  }
  return columns;
}

const ColumnList::Entry* ColumnList::find(std::string_view name) const {
  const auto found =
      std::ranges::find(entries_, name, [](const Entry& e) { return std::string_view(e.column.name); });
  return found == entries_.end() ? nullptr : &*found;
}

// The column's name is not quoted: if SQLite doesn't find a quoted name, it takes it for a text.
std::string ColumnList::select(std::span<const ColumnDecl> columns) const {
  std::string sql(kSelect);
  for (const ColumnDecl& column : columns) {
    const Entry* entry = find(column.name);
    sql.append(sql.size() > kSelect.size() ? ", " : "");
    sql.append(entry != nullptr ? entry->expression : column.name);
    sql.append(" AS \"").append(column.name).append("\"");
  }
  return sql;
}

std::string columns_of(std::span<const ColumnDecl> columns, std::string_view query) {
  std::string names;
  for (const ColumnDecl& column : columns)
    names.append(names.empty() ? "\"" : ", \"").append(column.name).append("\"");
  return "SELECT " + names + " FROM (" + std::string(query) + ")";
}

std::string no_rows(std::span<const ColumnDecl> columns) {
  ColumnList nothing;
  for (const ColumnDecl& column : columns) nothing.add(column.name, "NULL");
  return nothing.select(columns) + " WHERE 0";
}

// ---- views ----

void add_view(const Declaration& declaration, const char* seen_by, VisibleTo visible,
              std::vector<View>& views) {
  const std::string prefix =
      declaration.schema == kOceanBase ? std::string() : std::string(declaration.schema) + ".";
  const std::vector<ColumnDecl> declared = declaration.columns.declared();
  const std::span<const ColumnDecl> columns =
      declared.empty() ? listed_columns(seen_by, prefix + declaration.name) : declared;
  views.push_back({.schema = std::string(declaration.schema),
                   .name = declaration.name,
                   .columns = make_columns(columns),
                   .query = query_of(declaration, columns),
                   .visible_to = visible,
                   .row_source = std::string(declaration.source)});
}

void add_cdb_and_dba(Declaration declaration, std::vector<View>& views) {
  const std::string name = std::move(declaration.name);
  const std::string own = std::exchange(declaration.own, {});
  declaration.name = "CDB_OB_" + name;
  add_view(declaration, "sys", kSysOnly, views);
  declaration.name = "DBA_OB_" + name;
  declaration.own = own;
  add_view(declaration, "mysql", kNoOracle, views);
}

void add_sys_and_own(Declaration declaration, std::vector<View>& views) {
  const std::string own = std::exchange(declaration.own, {});
  add_view(declaration, "sys", kSysOnly, views);
  declaration.own = own;
  add_view(declaration, "mysql", kTenantsOnly, views);
}

void add_alike(const Declaration& declaration, std::vector<View>& views) {
  add_view(declaration, "mysql", kNoOracle, views);
}

}  // namespace breakwater::catalog
