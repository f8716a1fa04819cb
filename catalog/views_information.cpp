// information_schema: read from the declarations themselves; tables that are there for the tools that ask
// for them (clients.md, section 3) and are empty here.
#include <algorithm>

#include "catalog/charsets.h"
#include "catalog/collation.h"
#include "catalog/information_columns.h"
#include "catalog/query.h"
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

using namespace information;

View information_view(std::string name, std::span<const ColumnDecl> columns, std::string query) {
  return {.schema = std::string(kInformationSchema),
          .name = std::move(name),
          .columns = make_columns(columns),
          .query = std::move(query),
          .visible_to = {.sys = true, .mysql = true, .oracle = true}};
}

View empty_view(std::string name, std::span<const ColumnDecl> columns) {
  return information_view(std::move(name), columns, no_rows(columns));
}

// ---- rows made of declarations

Visibility visibility_of(const QueryContext& context) {
  if (context.effective_tenant_id == 1) return Visibility::sys;
  return context.oracle ? Visibility::oracle : Visibility::mysql;
}

bool is_shown(const View& view, const QueryContext& context) {
  return !view.hidden && view.visible_to.includes(visibility_of(context));
}

/// A text that WHERE asks a column to be; everything fits otherwise. Names compare without case.
bool fits(std::span<const Equality> equalities, std::size_t column, std::string_view value) {
  return std::all_of(equalities.begin(), equalities.end(), [&](const Equality& e) {
    return e.column != column || e.value.is != Cell::Is::text ||
           compare(e.value.text, value, Collation::general_ci) == 0;
  });
}

template <class Fill>
class DeclarationSource : public RowSource {
 public:
  DeclarationSource(std::span<const ColumnDecl> columns, const ViewList& views, Fill fill)
      : columns_(make_columns(columns)), views_(views), fill_(fill) {}
  std::span<const Column> columns() const override { return columns_; }
  std::unique_ptr<Rows> scan(const QueryContext& context,
                             std::span<const Equality> equalities) const override {
    RowTable table{.width = columns_.size(), .values = {}};
    std::vector<const View*> shown;
    for (const auto& view : views_) {
      if (is_shown(*view, context) && fits(equalities, 1, view->schema) && fits(equalities, 2, view->name))
        shown.push_back(view.get());
    }
    std::sort(shown.begin(), shown.end(), [](const View* a, const View* b) {
      return std::tie(a->schema, a->name) < std::tie(b->schema, b->name);
    });
    for (const View* view : shown) fill_(*view, table);
    return rows_of(std::move(table));
  }

 private:
  std::vector<Column> columns_;
  const ViewList& views_;
  Fill fill_;
};

const Value kNothing{};

Value text(std::string_view value) {
  return std::string(value);
}

void add_table_row(const View& view, RowTable& table) {
  table.add({text("def"), view.schema, view.name, text(view.table_type),
             kNothing,    kNothing,    kNothing,  kNothing,
             kNothing,    kNothing,    kNothing,  kNothing,
             kNothing,    kNothing,    kNothing,  kNothing,
             kNothing,    kNothing,    kNothing,  kNothing,
             text("VIEW")});
}

void add_view_row(const View& view, RowTable& table) {
  table.add({text("def"), view.schema, view.name, view.query, text("NONE"), text("NO"), text("root@%"),
             text("DEFINER"), text("utf8mb4"), text("utf8mb4_general_ci")});
}

Value length_in(const SqlType& type, std::uint64_t bytes_each) {
  if (type.kind != Kind::text) return kNothing;
  return std::min(std::uint64_t{type.length} * bytes_each, std::uint64_t{kLongTextLength});
}

Value precision(const SqlType& type) {
  constexpr std::uint64_t kBigint = 19, kBigintUnsigned = 20, kDouble = 22;
  if (type.kind == Kind::integer) return type.is_unsigned ? kBigintUnsigned : kBigint;
  if (type.kind == Kind::real) return kDouble;
  return type.kind == Kind::decimal ? Value(std::uint64_t{type.length} - (type.decimals == 0 ? 1 : 2))
                                    : kNothing;
}

void add_column_rows(const View& view, RowTable& table) {
  std::uint64_t position = 0;
  for (const Column& column : view.columns) {
    const SqlType& type = column.type;
    const bool is_text = type.kind == Kind::text;
    const bool moment =
        type.kind == Kind::timestamp || type.kind == Kind::datetime || type.kind == Kind::time;
    const bool exact = type.kind == Kind::integer || type.kind == Kind::decimal;
    table.add({text("def"),
               view.schema,
               view.name,
               column.name,
               ++position,
               kNothing,
               text(type.nullable ? "YES" : "NO"),
               column.declared.empty() ? Value(data_type_name(type))
                                       : Value(column.declared.substr(0, column.declared.find('('))),
               length_in(type, 1),
               length_in(type, 4),
               precision(type),
               exact ? Value(std::uint64_t{type.decimals}) : kNothing,
               moment ? Value(std::uint64_t{type.decimals}) : kNothing,
               is_text ? text("utf8mb4") : kNothing,
               is_text ? text(collation_name(type.collation)) : kNothing,
               declared_type(column),
               text(""),
               text(""),
               text("select"),
               text(""),
               text("")});
  }
}

template <class Fill>
NamedSource source_of(std::string name, std::span<const ColumnDecl> columns, const ViewList& views,
                      Fill fill) {
  return {std::move(name), std::make_unique<DeclarationSource<Fill>>(columns, views, fill)};
}

constexpr const char* kSchemataQuery =
    "SELECT 'def' AS \"CATALOG_NAME\", column1 AS \"SCHEMA_NAME\", 'utf8mb4' AS "
    "\"DEFAULT_CHARACTER_SET_NAME\", "
    "'utf8mb4_general_ci' AS \"DEFAULT_COLLATION_NAME\", NULL AS \"SQL_PATH\" "
    "FROM (VALUES ('information_schema'), ('mysql'), ('oceanbase'))";
constexpr const char* kOracleSchemataQuery =
    "SELECT 'def' AS \"CATALOG_NAME\", column1 AS \"SCHEMA_NAME\", 'utf8mb4' AS "
    "\"DEFAULT_CHARACTER_SET_NAME\", "
    "'utf8mb4_bin' AS \"DEFAULT_COLLATION_NAME\", NULL AS \"SQL_PATH\" "
    "FROM (VALUES ('information_schema'), ('SYS'))";
constexpr const char* kEnginesQuery =
    "SELECT 'OceanBase' AS \"ENGINE\", 'DEFAULT' AS \"SUPPORT\", 'Supports transactions' AS \"COMMENT\", "
    "'YES' AS \"TRANSACTIONS\", 'NO' AS \"XA\", 'NO' AS \"SAVEPOINTS\"";

// ---- rows that are constants

std::string literal(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// SELECT column1 AS "A", ... FROM (VALUES ...); each row without its parentheses.
std::string constant_rows(std::span<const ColumnDecl> columns, const std::vector<std::string>& rows) {
  std::string sql = "SELECT ";
  std::size_t number = 0;
  for (const ColumnDecl& column : columns) {
    sql.append(number == 0 ? "column" : ", column").append(std::to_string(number + 1)).append(" AS \"");
    sql.append(column.name).append("\"");
    ++number;
  }
  sql += " FROM (VALUES ";
  for (const std::string& row : rows) sql += (sql.ends_with(' ') ? "(" : ", (") + row + ")";
  return sql + ")";
}

std::string character_sets_query() {
  std::vector<std::string> rows;
  for (const CharacterSet& set : character_sets())
    rows.push_back(literal(set.name) + ", " + literal(set.default_collation) + ", " +
                   literal(set.description) + ", " + std::to_string(set.max_length));
  return constant_rows(kCharacterSets, rows);
}

std::string collations_query() {
  std::vector<std::string> rows;
  for (const CollationInfo& collation : collations()) {
    const bool is_default = find_character_set(collation.charset)->default_collation == collation.name;
    rows.push_back(literal(collation.name) + ", " + literal(collation.charset) + ", " +
                   std::to_string(collation.id) + (is_default ? ", 'Yes'" : ", ''") + ", 'Yes', " +
                   std::to_string(collation.sort_length));
  }
  return constant_rows(kCollations, rows);
}

std::string applicability_query() {
  std::vector<std::string> rows;
  for (const CollationInfo& collation : collations())
    rows.push_back(literal(collation.name) + ", " + literal(collation.charset));
  return constant_rows(kApplicability, rows);
}

constexpr const char* kPluginsQuery =
    "SELECT 'mysql_native_password' AS \"PLUGIN_NAME\", '1.0' AS \"PLUGIN_VERSION\", 'ACTIVE' AS "
    "\"PLUGIN_STATUS\", 'AUTHENTICATION' AS \"PLUGIN_TYPE\", '1.1' AS \"PLUGIN_TYPE_VERSION\", NULL AS "
    "\"PLUGIN_LIBRARY\", NULL AS \"PLUGIN_LIBRARY_VERSION\", NULL AS \"PLUGIN_AUTHOR\", 'Native MySQL "
    "authentication' AS \"PLUGIN_DESCRIPTION\", NULL AS \"PLUGIN_LICENSE\", 'FORCE' AS \"LOAD_OPTION\""
    " UNION ALL SELECT 'caching_sha2_password', '1.0', 'ACTIVE', 'AUTHENTICATION', '1.1', NULL, NULL, NULL,"
    " 'Caching sha2 authentication', NULL, 'FORCE'";

// ---- privileges, from the accounts' grants

constexpr const char* kGrantee =
    "SELECT '''' || USER || '''@''' || HOST || '''' AS \"GRANTEE\", 'def' AS \"TABLE_CATALOG\", ";
constexpr const char* kPrivilegeType =
    "PRIVILEGE AS \"PRIVILEGE_TYPE\", GRANTABLE AS \"IS_GRANTABLE\" FROM bw_privileges WHERE ";

View privileges_view(std::string name, std::span<const ColumnDecl> columns, std::string_view more_columns,
                     std::string_view where) {
  std::string query(kGrantee);
  query.append(more_columns).append(kPrivilegeType).append(where);
  View view = information_view(std::move(name), columns, std::move(query));
  view.row_source = source::kPrivileges;
  return view;
}

}  // namespace

std::vector<View> information_views() {
  std::vector<View> views;
  views.push_back(information_view("SCHEMATA", kSchemata, kSchemataQuery));
  views.back().visible_to.oracle = false;
  views.push_back(information_view("SCHEMATA", kSchemata, kOracleSchemataQuery));
  views.back().visible_to = {.sys = false, .mysql = false, .oracle = true};
  views.push_back(information_view("TABLES", kTables, "SELECT * FROM bw_declared_tables"));
  views.push_back(information_view("COLUMNS", kColumns, "SELECT * FROM bw_declared_columns"));
  views.push_back(information_view("VIEWS", kViews, "SELECT * FROM bw_declared_views"));
  views.push_back(information_view("ENGINES", kEngines, kEnginesQuery));
  views.push_back(information_view("CHARACTER_SETS", kCharacterSets, character_sets_query()));
  views.push_back(information_view("COLLATIONS", kCollations, collations_query()));
  views.push_back(
      information_view("COLLATION_CHARACTER_SET_APPLICABILITY", kApplicability, applicability_query()));
  views.push_back(information_view("PLUGINS", kPlugins, kPluginsQuery));
  views.push_back(privileges_view("USER_PRIVILEGES", kUserPrivileges, "", "SCHEMA_NAME = '*'"));
  views.push_back(privileges_view("SCHEMA_PRIVILEGES", kSchemaPrivileges, "SCHEMA_NAME AS \"TABLE_SCHEMA\", ",
                                  "SCHEMA_NAME <> '*' AND TABLE_NAME = '*'"));
  views.push_back(privileges_view("TABLE_PRIVILEGES", kTablePrivileges,
                                  "SCHEMA_NAME AS \"TABLE_SCHEMA\", TABLE_NAME AS \"TABLE_NAME\", ",
                                  "TABLE_NAME <> '*'"));
  // What there is none of here; tools ask all the same.
  views.push_back(empty_view("COLUMN_PRIVILEGES", kColumnPrivileges));
  views.push_back(empty_view("STATISTICS", kStatistics));
  views.push_back(empty_view("KEY_COLUMN_USAGE", kKeyColumnUsage));
  views.push_back(empty_view("TABLE_CONSTRAINTS", kTableConstraints));
  views.push_back(empty_view("REFERENTIAL_CONSTRAINTS", kReferentialConstraints));
  views.push_back(empty_view("ROUTINES", kRoutines));
  views.push_back(empty_view("PARAMETERS", kRoutineParameters));
  views.push_back(empty_view("TRIGGERS", kTriggers));
  views.push_back(empty_view("EVENTS", kEvents));
  views.push_back(empty_view("FILES", kFiles));
  views.push_back(empty_view("PARTITIONS", kPartitions));
  views.push_back(empty_view("TABLESPACES", kTablespaces));
  views.push_back(empty_view("PROFILING", kProfiling));
  return views;
}

std::vector<NamedSource> declaration_sources(const ViewList& views) {
  std::vector<NamedSource> sources;
  sources.push_back(source_of("declared_tables", kTables, views, add_table_row));
  sources.push_back(source_of("declared_columns", kColumns, views, add_column_rows));
  sources.push_back(source_of("declared_views", kViews, views, add_view_row));
  return sources;
}

}  // namespace breakwater::catalog
