// SHOW about schemas: databases, tables, columns, indexes, programs.
#include "base/limits.h"
#include "base/text.h"
#include "catalog/dictionary/view.h"
#include "catalog/show/show_parts.h"

namespace breakwater::catalog::show {

namespace {

std::string with_pattern(const std::string& label, const ast::Show& show) {
  if (!show.like) return label;
  return label + " (" + std::string(whole_characters(*show.like, limits::kMaxLabel)) + ")";
}

Result<std::string> database_of(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  std::string name = show.schema.empty() ? std::string(viewer.database) : show.schema;
  if (name.empty()) return fail(error::no_db_selected());
  if (!dictionary.has_schema(name, viewer.visibility)) return fail(error::bad_database(name));
  return name;
}

Result<const View*> view_of(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  BW_TRY(const std::string schema, database_of(dictionary, show, viewer));
  const View* view = dictionary.find_view(schema, show.table, viewer.visibility);
  if (view == nullptr) return fail(error::table_not_exist(ascii_lower(schema), show.table));
  return view;
}

ast::Select databases(const ast::Show& show) {
  Source source = from(kInformationSchema, "SCHEMATA", {});
  source.items.push_back(item(column("SCHEMA_NAME"), with_pattern("Database", show)));
  return wrapped(std::move(source), show);
}

Result<ast::Select> tables(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  BW_TRY(const std::string schema, database_of(dictionary, show, viewer));
  Source source = from(kInformationSchema, "TABLES", {});
  source.items.push_back(item(column("TABLE_NAME"), with_pattern("Tables_in_" + schema, show)));
  if (show.full) source.items.push_back(item(column("TABLE_TYPE"), "Table_type"));
  source.where = equal("TABLE_SCHEMA", schema);
  return wrapped(std::move(source), show);
}

/// For Oracle tenants the labels are in upper case.
void name_for(const Viewer& viewer, Source& source) {
  if (viewer.visibility != Visibility::oracle) return;
  for (ast::SelectItem& item : source.items) item.alias = ascii_upper(*item.alias);
}

Result<ast::Select> columns(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  BW_TRY(const View* view, view_of(dictionary, show, viewer));
  Source source = from(kInformationSchema, "COLUMNS", {{"COLUMN_NAME", "Field"}, {"COLUMN_TYPE", "Type"}});
  const auto add = [&](const char* name, const char* label) {
    source.items.push_back(item(column(name), label));
  };
  if (show.full) add("COLLATION_NAME", "Collation");
  add("IS_NULLABLE", "Null");
  add("COLUMN_KEY", "Key");
  add("COLUMN_DEFAULT", "Default");
  add("EXTRA", "Extra");
  if (show.full) add("PRIVILEGES", "Privileges");
  if (show.full) add("COLUMN_COMMENT", "Comment");
  source.where = both(equal("TABLE_SCHEMA", view->schema), equal("TABLE_NAME", view->name));
  name_for(viewer, source);
  return wrapped(std::move(source), show);
}

std::string create_text(const View& view) {
  std::string sql = "CREATE TABLE `" + view.name + "` (";
  for (const Column& c : view.columns) {
    sql += (sql.ends_with('(') ? "\n  `" : ",\n  `") + c.name + "` " + declared_type(c);
    sql += c.type.nullable ? " DEFAULT NULL" : " NOT NULL";
  }
  return sql + "\n)";
}

Result<ast::Select> create_table(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  BW_TRY(const View* view, view_of(dictionary, show, viewer));
  Source source;
  source.items.push_back(item(text(view->name), "Table"));
  source.items.push_back(item(text(create_text(*view)), "Create Table"));
  name_for(viewer, source);
  return wrapped(std::move(source), show);
}

Result<ast::Select> create_view(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  BW_TRY(const View* view, view_of(dictionary, show, viewer));
  Source source;
  source.items.push_back(item(text(view->name), "View"));
  source.items.push_back(item(text(definition(*view)), "Create View"));
  source.items.push_back(item(text("utf8mb4"), "character_set_client"));
  source.items.push_back(item(text("utf8mb4_general_ci"), "collation_connection"));
  name_for(viewer, source);
  return wrapped(std::move(source), show);
}

Result<ast::Select> table_status(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  BW_TRY(const std::string schema, database_of(dictionary, show, viewer));
  Source source = from(kInformationSchema, "TABLES",
                       {{"TABLE_NAME", "Name"},
                        {"ENGINE", "Engine"},
                        {"VERSION", "Version"},
                        {"ROW_FORMAT", "Row_format"},
                        {"TABLE_ROWS", "Rows"},
                        {"AVG_ROW_LENGTH", "Avg_row_length"},
                        {"DATA_LENGTH", "Data_length"},
                        {"MAX_DATA_LENGTH", "Max_data_length"},
                        {"INDEX_LENGTH", "Index_length"},
                        {"DATA_FREE", "Data_free"},
                        {"AUTO_INCREMENT", "Auto_increment"},
                        {"CREATE_TIME", "Create_time"},
                        {"UPDATE_TIME", "Update_time"},
                        {"CHECK_TIME", "Check_time"},
                        {"TABLE_COLLATION", "Collation"},
                        {"CHECKSUM", "Checksum"},
                        {"CREATE_OPTIONS", "Create_options"},
                        {"TABLE_COMMENT", "Comment"}});
  source.where = equal("TABLE_SCHEMA", schema);
  return wrapped(std::move(source), show);
}

Result<ast::Select> indexes(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  BW_TRY(const View* view, view_of(dictionary, show, viewer));
  Source source = from(kInformationSchema, "STATISTICS",
                       {{"TABLE_NAME", "Table"},
                        {"NON_UNIQUE", "Non_unique"},
                        {"INDEX_NAME", "Key_name"},
                        {"SEQ_IN_INDEX", "Seq_in_index"},
                        {"COLUMN_NAME", "Column_name"},
                        {"COLLATION", "Collation"},
                        {"CARDINALITY", "Cardinality"},
                        {"SUB_PART", "Sub_part"},
                        {"PACKED", "Packed"},
                        {"NULLABLE", "Null"},
                        {"INDEX_TYPE", "Index_type"},
                        {"COMMENT", "Comment"},
                        {"INDEX_COMMENT", "Index_comment"}});
  source.where = both(equal("TABLE_SCHEMA", view->schema), equal("TABLE_NAME", view->name));
  return wrapped(std::move(source), show);
}

Result<ast::Select> create_database(const Dictionary& dictionary, const ast::Show& show,
                                    const Viewer& viewer) {
  BW_TRY(const std::string schema, database_of(dictionary, show, viewer));
  const std::string name = ascii_lower(schema);
  Source source;
  source.items.push_back(item(text(name), "Database"));
  source.items.push_back(item(
      text("CREATE DATABASE `" + name + "` /*!40100 DEFAULT CHARACTER SET utf8mb4 */"), "Create Database"));
  return wrapped(std::move(source), show);
}

Result<ast::Select> triggers(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  BW_TRY(const std::string schema, database_of(dictionary, show, viewer));
  Source source = from(kInformationSchema, "TRIGGERS",
                       {{"TRIGGER_NAME", "Trigger"},
                        {"EVENT_MANIPULATION", "Event"},
                        {"EVENT_OBJECT_TABLE", "Table"},
                        {"ACTION_STATEMENT", "Statement"},
                        {"ACTION_TIMING", "Timing"},
                        {"CREATED", "Created"},
                        {"SQL_MODE", "sql_mode"},
                        {"DEFINER", "Definer"},
                        {"CHARACTER_SET_CLIENT", "character_set_client"},
                        {"COLLATION_CONNECTION", "collation_connection"},
                        {"DATABASE_COLLATION", "Database Collation"}});
  source.where = equal("TRIGGER_SCHEMA", schema);
  return wrapped(std::move(source), show, "Table");
}

Result<ast::Select> events(const Dictionary& dictionary, const ast::Show& show, const Viewer& viewer) {
  BW_TRY(const std::string schema, database_of(dictionary, show, viewer));
  Source source = from(kInformationSchema, "EVENTS",
                       {{"EVENT_SCHEMA", "Db"},
                        {"EVENT_NAME", "Name"},
                        {"DEFINER", "Definer"},
                        {"TIME_ZONE", "Time zone"},
                        {"EVENT_TYPE", "Type"},
                        {"EXECUTE_AT", "Execute at"},
                        {"INTERVAL_VALUE", "Interval value"},
                        {"INTERVAL_FIELD", "Interval field"},
                        {"STARTS", "Starts"},
                        {"ENDS", "Ends"},
                        {"STATUS", "Status"},
                        {"ORIGINATOR", "Originator"},
                        {"CHARACTER_SET_CLIENT", "character_set_client"},
                        {"COLLATION_CONNECTION", "collation_connection"},
                        {"DATABASE_COLLATION", "Database Collation"}});
  source.where = equal("EVENT_SCHEMA", schema);
  return wrapped(std::move(source), show, "Name");
}

ast::Select routines(const ast::Show& show) {
  Source source = from(kInformationSchema, "ROUTINES",
                       {{"ROUTINE_SCHEMA", "Db"},
                        {"ROUTINE_NAME", "Name"},
                        {"ROUTINE_TYPE", "Type"},
                        {"DEFINER", "Definer"},
                        {"LAST_ALTERED", "Modified"},
                        {"CREATED", "Created"},
                        {"SECURITY_TYPE", "Security_type"},
                        {"ROUTINE_COMMENT", "Comment"},
                        {"CHARACTER_SET_CLIENT", "character_set_client"},
                        {"COLLATION_CONNECTION", "collation_connection"},
                        {"DATABASE_COLLATION", "Database Collation"}});
  source.where = equal("ROUTINE_TYPE", show.kind == ast::ShowKind::functions ? "FUNCTION" : "PROCEDURE");
  return wrapped(std::move(source), show, "Name");
}

ast::Select open_tables(const ast::Show& show) {
  return wrapped(from(kShow, "OPEN_TABLES",
                      {{"Database", "Database"},
                       {"Table", "Table"},
                       {"In_use", "In_use"},
                       {"Name_locked", "Name_locked"}}),
                 show, "Table");
}

}  // namespace

std::optional<Result<ast::Select>> of_schema(const Dictionary& dictionary, const ast::Show& show,
                                             const Viewer& viewer) {
  switch (show.kind) {
    case ast::ShowKind::databases:
      return databases(show);
    case ast::ShowKind::tables:
      return tables(dictionary, show, viewer);
    case ast::ShowKind::columns:
      return columns(dictionary, show, viewer);
    case ast::ShowKind::create_table:
      return create_table(dictionary, show, viewer);
    case ast::ShowKind::create_view:
      return create_view(dictionary, show, viewer);
    case ast::ShowKind::create_database:
      return create_database(dictionary, show, viewer);
    case ast::ShowKind::table_status:
      return table_status(dictionary, show, viewer);
    case ast::ShowKind::indexes:
      return indexes(dictionary, show, viewer);
    case ast::ShowKind::triggers:
      return triggers(dictionary, show, viewer);
    case ast::ShowKind::events:
      return events(dictionary, show, viewer);
    case ast::ShowKind::functions:
    case ast::ShowKind::procedures:
      return routines(show);
    case ast::ShowKind::open_tables:
      return open_tables(show);
    default:
      return std::nullopt;
  }
}

}  // namespace breakwater::catalog::show
