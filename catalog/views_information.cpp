// information_schema: read from the declarations themselves; tables that are there for the tools that ask
// for them (clients.md, section 3) and are empty here.
#include <algorithm>

#include "catalog/collation.h"
#include "catalog/query.h"
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

constexpr ColumnDecl kSchemata[] = {
    {"CATALOG_NAME", "varchar(512)", "NO"},
    {"SCHEMA_NAME", "varchar(64)", "NO"},
    {"DEFAULT_CHARACTER_SET_NAME", "varchar(32)", "NO"},
    {"DEFAULT_COLLATION_NAME", "varchar(32)", "NO"},
    {"SQL_PATH", "varchar(512)", "YES"},
};
constexpr ColumnDecl kTables[] = {
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"TABLE_TYPE", "varchar(64)", "NO"},
    {"ENGINE", "varchar(64)", "YES"},
    {"VERSION", "bigint(20) unsigned", "YES"},
    {"ROW_FORMAT", "varchar(10)", "YES"},
    {"TABLE_ROWS", "bigint(20) unsigned", "YES"},
    {"AVG_ROW_LENGTH", "bigint(20) unsigned", "YES"},
    {"DATA_LENGTH", "bigint(20) unsigned", "YES"},
    {"MAX_DATA_LENGTH", "bigint(20) unsigned", "YES"},
    {"INDEX_LENGTH", "bigint(20) unsigned", "YES"},
    {"DATA_FREE", "bigint(20) unsigned", "YES"},
    {"AUTO_INCREMENT", "bigint(20) unsigned", "YES"},
    {"CREATE_TIME", "datetime", "YES"},
    {"UPDATE_TIME", "datetime", "YES"},
    {"CHECK_TIME", "datetime", "YES"},
    {"TABLE_COLLATION", "varchar(32)", "YES"},
    {"CHECKSUM", "bigint(20) unsigned", "YES"},
    {"CREATE_OPTIONS", "varchar(255)", "YES"},
    {"TABLE_COMMENT", "varchar(2048)", "NO"},
};
constexpr ColumnDecl kColumns[] = {
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"COLUMN_NAME", "varchar(64)", "NO"},
    {"ORDINAL_POSITION", "bigint(20) unsigned", "NO"},
    {"COLUMN_DEFAULT", "longtext", "YES"},
    {"IS_NULLABLE", "varchar(3)", "NO"},
    {"DATA_TYPE", "varchar(64)", "NO"},
    {"CHARACTER_MAXIMUM_LENGTH", "bigint(20) unsigned", "YES"},
    {"CHARACTER_OCTET_LENGTH", "bigint(20) unsigned", "YES"},
    {"NUMERIC_PRECISION", "bigint(20) unsigned", "YES"},
    {"NUMERIC_SCALE", "bigint(20) unsigned", "YES"},
    {"DATETIME_PRECISION", "bigint(20) unsigned", "YES"},
    {"CHARACTER_SET_NAME", "varchar(32)", "YES"},
    {"COLLATION_NAME", "varchar(32)", "YES"},
    {"COLUMN_TYPE", "longtext", "NO"},
    {"COLUMN_KEY", "varchar(3)", "NO"},
    {"EXTRA", "varchar(30)", "NO"},
    {"PRIVILEGES", "varchar(80)", "NO"},
    {"COLUMN_COMMENT", "varchar(1024)", "NO"},
    {"GENERATION_EXPRESSION", "longtext", "NO"},
};
constexpr ColumnDecl kViews[] = {
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"VIEW_DEFINITION", "longtext", "NO"},
    {"CHECK_OPTION", "varchar(8)", "NO"},
    {"IS_UPDATABLE", "varchar(3)", "NO"},
    {"DEFINER", "varchar(93)", "NO"},
    {"SECURITY_TYPE", "varchar(7)", "NO"},
    {"CHARACTER_SET_CLIENT", "varchar(32)", "NO"},
    {"COLLATION_CONNECTION", "varchar(32)", "NO"},
};
constexpr ColumnDecl kEngines[] = {
    {"ENGINE", "varchar(64)", "NO"},  {"SUPPORT", "varchar(8)", "NO"},
    {"COMMENT", "varchar(80)", "NO"}, {"TRANSACTIONS", "varchar(3)", "YES"},
    {"XA", "varchar(3)", "YES"},      {"SAVEPOINTS", "varchar(3)", "YES"},
};
constexpr ColumnDecl kCharacterSets[] = {
    {"CHARACTER_SET_NAME", "varchar(32)", "NO"},
    {"DEFAULT_COLLATE_NAME", "varchar(32)", "NO"},
    {"DESCRIPTION", "varchar(60)", "NO"},
    {"MAXLEN", "bigint(3)", "NO"},
};
constexpr ColumnDecl kCollations[] = {
    {"COLLATION_NAME", "varchar(32)", "NO"},
    {"CHARACTER_SET_NAME", "varchar(32)", "NO"},
    {"ID", "bigint(11)", "NO"},
    {"IS_DEFAULT", "varchar(3)", "NO"},
    {"IS_COMPILED", "varchar(3)", "NO"},
    {"SORTLEN", "bigint(3)", "NO"},
};
constexpr ColumnDecl kStatistics[] = {
    {"TABLE_CATALOG", "varchar(512)", "NO"}, {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},     {"NON_UNIQUE", "bigint(1)", "NO"},
    {"INDEX_SCHEMA", "varchar(64)", "NO"},   {"INDEX_NAME", "varchar(64)", "NO"},
    {"SEQ_IN_INDEX", "bigint(2)", "NO"},     {"COLUMN_NAME", "varchar(64)", "NO"},
    {"COLLATION", "varchar(1)", "YES"},      {"CARDINALITY", "bigint(21)", "YES"},
    {"SUB_PART", "bigint(3)", "YES"},        {"PACKED", "varchar(10)", "YES"},
    {"NULLABLE", "varchar(3)", "NO"},        {"INDEX_TYPE", "varchar(16)", "NO"},
    {"COMMENT", "varchar(16)", "YES"},       {"INDEX_COMMENT", "varchar(1024)", "NO"},
};
constexpr ColumnDecl kKeyColumnUsage[] = {
    {"CONSTRAINT_CATALOG", "varchar(512)", "NO"},
    {"CONSTRAINT_SCHEMA", "varchar(64)", "NO"},
    {"CONSTRAINT_NAME", "varchar(64)", "NO"},
    {"TABLE_CATALOG", "varchar(512)", "NO"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"COLUMN_NAME", "varchar(64)", "NO"},
    {"ORDINAL_POSITION", "bigint(10)", "NO"},
    {"POSITION_IN_UNIQUE_CONSTRAINT", "bigint(10)", "YES"},
    {"REFERENCED_TABLE_SCHEMA", "varchar(64)", "YES"},
    {"REFERENCED_TABLE_NAME", "varchar(64)", "YES"},
    {"REFERENCED_COLUMN_NAME", "varchar(64)", "YES"},
};
constexpr ColumnDecl kTableConstraints[] = {
    {"CONSTRAINT_CATALOG", "varchar(512)", "NO"}, {"CONSTRAINT_SCHEMA", "varchar(64)", "NO"},
    {"CONSTRAINT_NAME", "varchar(64)", "NO"},     {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},          {"CONSTRAINT_TYPE", "varchar(64)", "NO"},
};
constexpr ColumnDecl kReferentialConstraints[] = {
    {"CONSTRAINT_CATALOG", "varchar(512)", "NO"},
    {"CONSTRAINT_SCHEMA", "varchar(64)", "NO"},
    {"CONSTRAINT_NAME", "varchar(64)", "NO"},
    {"UNIQUE_CONSTRAINT_CATALOG", "varchar(512)", "NO"},
    {"UNIQUE_CONSTRAINT_SCHEMA", "varchar(64)", "NO"},
    {"UNIQUE_CONSTRAINT_NAME", "varchar(64)", "YES"},
    {"MATCH_OPTION", "varchar(64)", "NO"},
    {"UPDATE_RULE", "varchar(64)", "NO"},
    {"DELETE_RULE", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"REFERENCED_TABLE_NAME", "varchar(64)", "NO"},
};
constexpr ColumnDecl kRoutines[] = {
    {"SPECIFIC_NAME", "varchar(64)", "NO"},  {"ROUTINE_CATALOG", "varchar(512)", "NO"},
    {"ROUTINE_SCHEMA", "varchar(64)", "NO"}, {"ROUTINE_NAME", "varchar(64)", "NO"},
    {"ROUTINE_TYPE", "varchar(9)", "NO"},    {"DATA_TYPE", "varchar(64)", "NO"},
    {"DTD_IDENTIFIER", "longtext", "YES"},   {"ROUTINE_DEFINITION", "longtext", "YES"},
    {"ROUTINE_COMMENT", "longtext", "NO"},   {"CREATED", "datetime", "NO"},
    {"LAST_ALTERED", "datetime", "NO"},      {"DEFINER", "varchar(93)", "NO"},
};
constexpr ColumnDecl kTriggers[] = {
    {"TRIGGER_SCHEMA", "varchar(64)", "NO"},     {"TRIGGER_NAME", "varchar(64)", "NO"},
    {"EVENT_MANIPULATION", "varchar(6)", "NO"},  {"EVENT_OBJECT_SCHEMA", "varchar(64)", "NO"},
    {"EVENT_OBJECT_TABLE", "varchar(64)", "NO"}, {"ACTION_STATEMENT", "longtext", "NO"},
    {"ACTION_TIMING", "varchar(6)", "NO"},
};
constexpr ColumnDecl kFiles[] = {
    {"FILE_ID", "bigint(4)", "NO"},
    {"FILE_NAME", "varchar(4000)", "YES"},
    {"FILE_TYPE", "varchar(20)", "NO"},
    {"TABLESPACE_NAME", "varchar(64)", "YES"},
    {"TABLE_SCHEMA", "varchar(64)", "NO"},
    {"TABLE_NAME", "varchar(64)", "NO"},
    {"LOGFILE_GROUP_NAME", "varchar(64)", "YES"},
    {"ENGINE", "varchar(64)", "NO"},
    {"TOTAL_EXTENTS", "bigint(4)", "YES"},
    {"INITIAL_SIZE", "bigint(21) unsigned", "YES"},
    {"EXTENT_SIZE", "bigint(4)", "NO"},
    {"EXTRA", "varchar(255)", "YES"},
};
constexpr ColumnDecl kPartitions[] = {
    {"TABLE_SCHEMA", "varchar(64)", "NO"},       {"TABLE_NAME", "varchar(64)", "NO"},
    {"PARTITION_NAME", "varchar(64)", "YES"},    {"PARTITION_METHOD", "varchar(18)", "YES"},
    {"PARTITION_EXPRESSION", "longtext", "YES"}, {"TABLE_ROWS", "bigint(21) unsigned", "NO"},
};

View information_view(std::string name, std::span<const ColumnDecl> columns, std::string query) {
  return {.schema = std::string(kInformationSchema),
          .name = std::move(name),
          .columns = make_columns(columns),
          .query = std::move(query),
          .visible_to = {}};
}

/// SELECT NULL AS "A", ... that gives no row.
std::string nothing(std::span<const ColumnDecl> columns) {
  std::string sql = "SELECT ";
  for (const ColumnDecl& column : columns)
    sql += (sql.size() > 7 ? ", NULL AS \"" : "NULL AS \"") + std::string(column.name) + "\"";
  return sql + " WHERE 0";
}

View empty_view(std::string name, std::span<const ColumnDecl> columns) {
  return information_view(std::move(name), columns, nothing(columns));
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
  table.add({text("def"), view.schema, view.name, text(""), text("NONE"), text("NO"), text("root@%"),
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
               data_type_name(type),
               length_in(type, 1),
               length_in(type, 4),
               precision(type),
               exact ? Value(std::uint64_t{type.decimals}) : kNothing,
               moment ? Value(std::uint64_t{type.decimals}) : kNothing,
               is_text ? text("utf8mb4") : kNothing,
               is_text ? text(collation_name(type.collation)) : kNothing,
               declared_type(type),
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
constexpr const char* kEnginesQuery =
    "SELECT 'OceanBase' AS \"ENGINE\", 'DEFAULT' AS \"SUPPORT\", 'Supports transactions' AS \"COMMENT\", "
    "'YES' AS \"TRANSACTIONS\", 'NO' AS \"XA\", 'NO' AS \"SAVEPOINTS\"";
constexpr const char* kCharacterSetsQuery =
    "SELECT column1 AS \"CHARACTER_SET_NAME\", column2 AS \"DEFAULT_COLLATE_NAME\", column3 AS "
    "\"DESCRIPTION\", "
    "column4 AS \"MAXLEN\" FROM (VALUES ('binary', 'binary', 'Binary pseudo charset', 1), "
    "('utf8mb4', 'utf8mb4_general_ci', 'UTF-8 Unicode', 4))";
constexpr const char* kCollationsQuery =
    "SELECT column1 AS \"COLLATION_NAME\", column2 AS \"CHARACTER_SET_NAME\", column3 AS \"ID\", column4 AS "
    "\"IS_DEFAULT\", "
    "'Yes' AS \"IS_COMPILED\", 1 AS \"SORTLEN\" FROM (VALUES ('utf8mb4_general_ci', 'utf8mb4', 45, 'Yes'), "
    "('utf8mb4_bin', 'utf8mb4', 46, ''), ('binary', 'binary', 63, 'Yes'))";

}  // namespace

std::vector<View> information_views() {
  std::vector<View> views;
  views.push_back(information_view("SCHEMATA", kSchemata, kSchemataQuery));
  views.push_back(information_view("TABLES", kTables, "SELECT * FROM bw_declared_tables"));
  views.push_back(information_view("COLUMNS", kColumns, "SELECT * FROM bw_declared_columns"));
  views.push_back(information_view("VIEWS", kViews, "SELECT * FROM bw_declared_views"));
  views.push_back(information_view("ENGINES", kEngines, kEnginesQuery));
  views.push_back(information_view("CHARACTER_SETS", kCharacterSets, kCharacterSetsQuery));
  views.push_back(information_view("COLLATIONS", kCollations, kCollationsQuery));
  views.push_back(empty_view("STATISTICS", kStatistics));
  views.push_back(empty_view("KEY_COLUMN_USAGE", kKeyColumnUsage));
  views.push_back(empty_view("TABLE_CONSTRAINTS", kTableConstraints));
  views.push_back(empty_view("REFERENTIAL_CONSTRAINTS", kReferentialConstraints));
  views.push_back(empty_view("ROUTINES", kRoutines));
  views.push_back(empty_view("TRIGGERS", kTriggers));
  views.push_back(empty_view("FILES", kFiles));
  views.push_back(empty_view("PARTITIONS", kPartitions));
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
