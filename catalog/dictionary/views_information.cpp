// information_schema: views whose rows come from the declarations themselves, and empty views for tools that
// read them (docs/spec/clients.md#information-schema).
#include <algorithm>

#include "catalog/dictionary/views.h"
#include "catalog/functions/context.h"
#include "catalog/values/charsets.h"
#include "catalog/values/collation.h"

namespace breakwater::catalog {

namespace {

// ---- rows made of declarations ----

Visibility visibility_of(const QueryContext& context) {
  if (context.effective_tenant_id == 1) return Visibility::sys;
  return context.oracle ? Visibility::oracle : Visibility::mysql;
}

bool is_shown(const View& view, const QueryContext& context) {
  return !view.hidden && view.visible_to.includes(visibility_of(context));
}

/// Whether `value` is what WHERE wants for the column, without case. True if WHERE wants nothing for it.
bool fits(std::span<const Equality> equalities, std::size_t column, std::string_view value) {
  Work work;  // names are short
  return std::all_of(equalities.begin(), equalities.end(), [&](const Equality& e) {
    return e.column != column || e.value.is != Cell::Is::text ||
           compare(e.value.text, value, Collation::general_ci, work) == 0;
  });
}

template <class Fill>
class DeclarationSource : public RowSource {
 public:
  DeclarationSource(std::string_view view, const ViewList& views, Fill fill)
      : columns_(make_columns(listed_columns("all", view))), views_(views), fill_(fill) {}
  std::span<const Column> columns() const override { return columns_; }
  std::unique_ptr<Rows> scan(const QueryContext& context,
                             std::span<const Equality> equalities) const override {
    RowTable table{.width = columns_.size(), .taken = TakenMemory(context.memory)};
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

/// The source bw_<name>, with the columns of `view`.
template <class Fill>
NamedSource source_of(std::string name, std::string_view view, const ViewList& views, Fill fill) {
  return {std::move(name), std::make_unique<DeclarationSource<Fill>>(view, views, fill)};
}

// ---- rows that are constants ----

constexpr ViewColumn kSchemata[] = {
    {"CATALOG_NAME", "'def'"},
    {"SCHEMA_NAME", "column1"},
    {"DEFAULT_CHARACTER_SET_NAME", "'utf8mb4'"},
    {"DEFAULT_COLLATION_NAME", "'utf8mb4_general_ci'"},
    {"SQL_PATH", "NULL"},
};
constexpr ViewColumn kOracleSchemata[] = {{"DEFAULT_COLLATION_NAME", "'utf8mb4_bin'"}};

constexpr ViewColumn kEngines[] = {
    {"ENGINE", "'OceanBase'"}, {"SUPPORT", "'DEFAULT'"}, {"COMMENT", "'Supports transactions'"},
    {"TRANSACTIONS", "'YES'"}, {"XA", "'NO'"},           {"SAVEPOINTS", "'NO'"},
};

// The columns of values(), below.
constexpr ViewColumn kCharacterSets[] = {
    {"CHARACTER_SET_NAME", "column1"},
    {"DEFAULT_COLLATE_NAME", "column2"},
    {"DESCRIPTION", "column3"},
    {"MAXLEN", "column4"},
};
constexpr ViewColumn kCollations[] = {
    {"COLLATION_NAME", "column1"}, {"CHARACTER_SET_NAME", "column2"}, {"ID", "column3"},
    {"IS_DEFAULT", "column4"},     {"IS_COMPILED", "column5"},        {"SORTLEN", "column6"},
};

constexpr ViewColumn kPlugins[] = {
    {"PLUGIN_NAME", "column1"},          {"PLUGIN_VERSION", "'1.0'"},      {"PLUGIN_STATUS", "'ACTIVE'"},
    {"PLUGIN_TYPE", "'AUTHENTICATION'"}, {"PLUGIN_TYPE_VERSION", "'1.1'"}, {"PLUGIN_LIBRARY", "NULL"},
    {"PLUGIN_LIBRARY_VERSION", "NULL"},  {"PLUGIN_AUTHOR", "NULL"},        {"PLUGIN_DESCRIPTION", "column2"},
    {"PLUGIN_LICENSE", "NULL"},          {"LOAD_OPTION", "'FORCE'"},
};
constexpr const char* kPluginRows =
    "(VALUES ('mysql_native_password', 'Native MySQL authentication'), "
    "('caching_sha2_password', 'Caching sha2 authentication'))";

std::string literal(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// (VALUES ...); each row without its parentheses.
std::string values(const std::vector<std::string>& rows) {
  std::string sql = "(VALUES ";
  for (const std::string& row : rows) sql += (sql.ends_with(' ') ? "(" : ", (") + row + ")";
  return sql + ")";
}

std::string character_set_rows() {
  std::vector<std::string> rows;
  for (const CharacterSet& set : character_sets())
    rows.push_back(literal(set.name) + ", " + literal(set.default_collation) + ", " +
                   literal(set.description) + ", " + std::to_string(set.max_length));
  return values(rows);
}

std::string collation_rows() {
  std::vector<std::string> rows;
  for (const CollationInfo& collation : collations()) {
    const bool is_default = find_character_set(collation.charset)->default_collation == collation.name;
    rows.push_back(literal(collation.name) + ", " + literal(collation.charset) + ", " +
                   std::to_string(collation.id) + (is_default ? ", 'Yes'" : ", ''") + ", 'Yes', " +
                   std::to_string(collation.sort_length));
  }
  return values(rows);
}

// ---- privileges, from the accounts' grants ----

constexpr ViewColumn kPrivileges[] = {
    {"GRANTEE", "'''' || USER || '''@''' || HOST || ''''"},
    {"TABLE_CATALOG", "'def'"},
    {"TABLE_SCHEMA", "SCHEMA_NAME"},
    {"TABLE_NAME", "TABLE_NAME"},
    {"PRIVILEGE_TYPE", "PRIVILEGE"},
    {"IS_GRANTABLE", "GRANTABLE"},
};

Declaration privileges(std::string name, std::string where) {
  return {.name = std::move(name),
          .columns = kPrivileges,
          .from = "bw_privileges",
          .where = std::move(where),
          .source = source::kPrivileges};
}

}  // namespace

std::vector<View> information_views() {
  std::vector<View> views;
  const auto add = [&views](Declaration declaration, VisibleTo visible = kEverybody) {
    declaration.schema = kInformationSchema;
    add_view(declaration, "all", visible, views);
  };
  add({.name = "SCHEMATA",
       .columns = kSchemata,
       .from = "(VALUES ('information_schema'), ('mysql'), ('oceanbase'))"},
      kNoOracle);
  add({.name = "SCHEMATA",
       .columns = ColumnList(kSchemata).with(kOracleSchemata),
       .from = "(VALUES ('information_schema'), ('SYS'))"},
      kOracleOnly);
  add({.name = "TABLES", .from = "bw_declared_tables"});
  add({.name = "COLUMNS", .from = "bw_declared_columns"});
  add({.name = "VIEWS", .from = "bw_declared_views"});
  add({.name = "ENGINES", .columns = kEngines});
  add({.name = "CHARACTER_SETS", .columns = kCharacterSets, .from = character_set_rows()});
  add({.name = "COLLATIONS", .columns = kCollations, .from = collation_rows()});
  add({.name = "COLLATION_CHARACTER_SET_APPLICABILITY", .columns = kCollations, .from = collation_rows()});
  add({.name = "PLUGINS", .columns = kPlugins, .from = kPluginRows});
  add(privileges("USER_PRIVILEGES", "SCHEMA_NAME = '*'"));
  add(privileges("SCHEMA_PRIVILEGES", "SCHEMA_NAME <> '*' AND TABLE_NAME = '*'"));
  add(privileges("TABLE_PRIVILEGES", "TABLE_NAME <> '*'"));
  // Views that are empty here, but that tools read.
  for (const char* name :
       {"COLUMN_PRIVILEGES", "STATISTICS", "KEY_COLUMN_USAGE", "TABLE_CONSTRAINTS", "REFERENTIAL_CONSTRAINTS",
        "ROUTINES", "PARAMETERS", "TRIGGERS", "EVENTS", "FILES", "PARTITIONS", "TABLESPACES", "PROFILING",
        "INNODB_CMP", "INNODB_CMP_RESET", "INNODB_CMPMEM", "INNODB_CMPMEM_RESET"})
    add({.name = name});
  return views;
}

std::vector<NamedSource> declaration_sources(const ViewList& views) {
  std::vector<NamedSource> sources;
  sources.push_back(source_of("declared_tables", "information_schema.TABLES", views, add_table_row));
  sources.push_back(source_of("declared_columns", "information_schema.COLUMNS", views, add_column_rows));
  sources.push_back(source_of("declared_views", "information_schema.VIEWS", views, add_view_row));
  return sources;
}

}  // namespace breakwater::catalog
