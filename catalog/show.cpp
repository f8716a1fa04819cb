#include "catalog/show.h"

#include <initializer_list>

#include "base/text.h"
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

// ---- small AST builders

ast::ExprPtr make(decltype(ast::Expr::node) node) {
  auto expr = std::make_unique<ast::Expr>();
  expr->node = std::move(node);
  return expr;
}

ast::ExprPtr column(std::string name) {
  return make(ast::ColumnRef{.schema = {}, .table = {}, .column = std::move(name)});
}

ast::ExprPtr text(std::string value) {
  return make(ast::Literal{.kind = ast::LiteralKind::string, .text = std::move(value)});
}

ast::ExprPtr call(std::string name, std::vector<ast::ExprPtr> args = {}) {
  ast::FunctionCall function;
  function.name = std::move(name);
  function.args = std::move(args);
  return make(std::move(function));
}

ast::ExprPtr equal(std::string name, std::string value) {
  return make(ast::Binary{
      .op = ast::BinaryOp::equal, .left = column(std::move(name)), .right = text(std::move(value))});
}

ast::ExprPtr both(ast::ExprPtr a, ast::ExprPtr b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? std::move(b) : std::move(a);
  return make(ast::Binary{.op = ast::BinaryOp::logical_and, .left = std::move(a), .right = std::move(b)});
}

ast::SelectItem item(ast::ExprPtr expr, std::string label) {
  return {.what = std::move(expr), .alias = std::move(label), .text = {}};
}

struct Renamed {
  const char* column;
  const char* label;
};

/// What a SHOW reads, before LIKE and WHERE.
struct Source {
  std::vector<ast::SelectItem> items;
  std::string schema;
  std::string view;
  ast::ExprPtr where = nullptr;
  std::string order_by = {};
};

Source from(std::string_view schema, std::string view, std::initializer_list<Renamed> columns) {
  Source source;
  source.schema = std::string(schema);
  source.view = std::move(view);
  for (const Renamed& c : columns) source.items.push_back(item(column(c.column), c.label));
  return source;
}

ast::TableRef table(Source& source) {
  ast::NamedTable named{.schema = source.schema, .name = source.view, .alias = {}};
  return {.node = std::move(named)};
}

/// SELECT * FROM (SELECT a AS label ... FROM view WHERE ...) AS `show` WHERE label LIKE pattern: the filters
/// name the labels.
ast::Select wrapped(Source source, const ast::Show& show, const std::string& like_column) {
  auto inner = std::make_unique<ast::Select>();
  ast::SelectCore core;
  core.items = std::move(source.items);
  if (!source.view.empty()) core.from.push_back(table(source));
  core.where = std::move(source.where);
  if (!source.order_by.empty())
    inner->order_by.push_back({.expr = column(source.order_by), .descending = false});
  inner->parts.push_back({.op = {}, .body = std::move(core)});

  ast::Select outer;
  ast::SelectCore filter;
  filter.items.push_back({.what = ast::Star{}, .alias = {}, .text = {}});
  filter.from.push_back({.node = ast::DerivedTable{.select = std::move(inner), .alias = "show"}});
  if (show.like)
    filter.where = make(ast::Like{
        .operand = column(like_column), .pattern = text(*show.like), .escape = nullptr, .negated = false});
  outer.parts.push_back({.op = {}, .body = std::move(filter)});
  return outer;
}

ast::Select wrapped(Source source, const ast::Show& show) {
  const std::string first = *source.items.front().alias;
  return wrapped(std::move(source), show, first);
}

std::string with_pattern(std::string label, const ast::Show& show) {
  return show.like ? label + " (" + *show.like + ")" : label;
}

// ---- each SHOW

Result<std::string> database_of(const Engine& engine, const ast::Show& show, const BindContext& context) {
  const std::string name = show.schema.empty() ? std::string(context.database) : show.schema;
  if (name.empty()) return fail(error::no_db_selected());
  if (!engine.has_schema(name)) return fail(error::bad_database(name));
  return name;
}

Result<const View*> view_of(const Engine& engine, const ast::Show& show, const BindContext& context) {
  BW_TRY(const std::string schema, database_of(engine, show, context));
  const View* view = engine.find_view(schema, show.table, context.visibility);
  if (view == nullptr) return fail(error::table_not_exist(ascii_lower(schema), show.table));
  return view;
}

ast::Select databases(const ast::Show& show) {
  Source source = from(kInformationSchema, "SCHEMATA", {});
  source.items.push_back(item(column("SCHEMA_NAME"), with_pattern("Database", show)));
  return wrapped(std::move(source), show);
}

Result<ast::Select> tables(const Engine& engine, const ast::Show& show, const BindContext& context) {
  BW_TRY(const std::string schema, database_of(engine, show, context));
  Source source = from(kInformationSchema, "TABLES", {});
  source.items.push_back(item(column("TABLE_NAME"), with_pattern("Tables_in_" + schema, show)));
  if (show.full) source.items.push_back(item(column("TABLE_TYPE"), "Table_type"));
  source.where = equal("TABLE_SCHEMA", schema);
  return wrapped(std::move(source), show);
}

Result<ast::Select> columns(const Engine& engine, const ast::Show& show, const BindContext& context) {
  BW_TRY(const View* view, view_of(engine, show, context));
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
  return wrapped(std::move(source), show);
}

std::string create_text(const View& view) {
  std::string sql = "CREATE TABLE `" + view.name + "` (";
  for (const Column& c : view.columns) {
    sql += (sql.ends_with('(') ? "\n  `" : ",\n  `") + c.name + "` " + declared_type(c.type);
    sql += c.type.nullable ? " DEFAULT NULL" : " NOT NULL";
  }
  return sql + "\n)";
}

Result<ast::Select> create_table(const Engine& engine, const ast::Show& show, const BindContext& context) {
  BW_TRY(const View* view, view_of(engine, show, context));
  Source source;
  source.items.push_back(item(text(view->name), "Table"));
  source.items.push_back(item(text(create_text(*view)), "Create Table"));
  return wrapped(std::move(source), show);
}

ast::Select variables(const ast::Show& show, std::string_view kind) {
  const std::string scope = show.scope == ast::VariableScope::global ? "GLOBAL" : "SESSION";
  Source source =
      from(kShow, scope + std::string(kind), {{"Variable_name", "Variable_name"}, {"Value", "Value"}});
  return wrapped(std::move(source), show);
}

ast::Select parameters(const ast::Show& show) {
  return wrapped(from(kShow, "PARAMETERS",
                      {{"zone", "zone"},
                       {"svr_type", "svr_type"},
                       {"svr_ip", "svr_ip"},
                       {"svr_port", "svr_port"},
                       {"name", "name"},
                       {"data_type", "data_type"},
                       {"value", "value"},
                       {"info", "info"},
                       {"section", "section"},
                       {"scope", "scope"},
                       {"source", "source"},
                       {"edit_level", "edit_level"}}),
                 show, "name");
}

ast::ExprPtr number(const ast::Expr& value) {
  if (const auto* parameter = std::get_if<ast::Parameter>(&value.node)) return make(*parameter);
  const auto* literal = std::get_if<ast::Literal>(&value.node);
  return make(literal == nullptr ? ast::Literal{.kind = ast::LiteralKind::integer, .text = "0"} : *literal);
}

ast::Select warnings(const ast::Show& show) {
  Source source = from(kShow, "WARNINGS", {{"Level", "Level"}, {"Code", "Code"}, {"Message", "Message"}});
  if (show.kind == ast::ShowKind::errors) source.where = equal("Level", "Error");
  ast::Select select = wrapped(std::move(source), show);
  if (!show.limit) return select;
  select.limit.emplace();
  select.limit->count = number(*show.limit->count);
  if (show.limit->offset != nullptr) select.limit->offset = number(*show.limit->offset);
  return select;
}

ast::Select count_warnings(const ast::Show& show) {
  const bool errors = show.kind == ast::ShowKind::count_errors;
  Source source = from(kShow, "WARNINGS", {});
  ast::FunctionCall count;
  count.name = "count";
  count.star = true;
  source.items.push_back(
      item(make(std::move(count)), errors ? "@@session.error_count" : "@@session.warning_count"));
  if (errors) source.where = equal("Level", "Error");
  return wrapped(std::move(source), show);
}

ast::Select tenant(const ast::Show& show) {
  Source source;
  source.items.push_back(item(call("effective_tenant"), "Current_tenant_name"));
  return wrapped(std::move(source), show);
}

ast::Select grants(const ast::Show& show) {
  Source source = from(kShow, "GRANTS", {});
  source.items.push_back(item(column("GRANT_TEXT"), "Grants for " + show.name + "@" + show.host));
  source.where = both(equal("USER", show.name), equal("HOST", show.host));
  return wrapped(std::move(source), show);
}

ast::Select processlist(const ast::Show& show) {
  constexpr const char* kShownOfInfo = "100";
  Source source = from(kShow, "PROCESSLIST",
                       {{"Id", "Id"},
                        {"User", "User"},
                        {"Host", "Host"},
                        {"db", "db"},
                        {"Command", "Command"},
                        {"Time", "Time"},
                        {"State", "State"}});
  if (show.full) {
    source.items.push_back(item(column("Info"), "Info"));
  } else {
    std::vector<ast::ExprPtr> args;
    args.push_back(column("Info"));
    args.push_back(make(ast::Literal{.kind = ast::LiteralKind::integer, .text = kShownOfInfo}));
    source.items.push_back(item(call("left", std::move(args)), "Info"));
  }
  return wrapped(std::move(source), show);
}

Source collations() {
  return from(kInformationSchema, "COLLATIONS",
              {{"COLLATION_NAME", "Collation"},
               {"CHARACTER_SET_NAME", "Charset"},
               {"ID", "Id"},
               {"IS_DEFAULT", "Default"},
               {"IS_COMPILED", "Compiled"},
               {"SORTLEN", "Sortlen"}});
}
Source charsets() {
  return from(kInformationSchema, "CHARACTER_SETS",
              {{"CHARACTER_SET_NAME", "Charset"},
               {"DESCRIPTION", "Description"},
               {"DEFAULT_COLLATE_NAME", "Default collation"},
               {"MAXLEN", "Maxlen"}});
}
Source engines() {
  return from(kInformationSchema, "ENGINES",
              {{"ENGINE", "Engine"},
               {"SUPPORT", "Support"},
               {"COMMENT", "Comment"},
               {"TRANSACTIONS", "Transactions"},
               {"XA", "XA"},
               {"SAVEPOINTS", "Savepoints"}});
}
Source plugins() {
  return from(kShow, "PLUGINS",
              {{"Name", "Name"},
               {"Status", "Status"},
               {"Type", "Type"},
               {"Library", "Library"},
               {"License", "License"}});
}
Source privileges() {
  return from(kShow, "PRIVILEGES",
              {{"Privilege", "Privilege"}, {"Context", "Context"}, {"Comment", "Comment"}});
}

Result<ast::Select> table_status(const Engine& engine, const ast::Show& show, const BindContext& context) {
  BW_TRY(const std::string schema, database_of(engine, show, context));
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

Result<ast::Select> indexes(const Engine& engine, const ast::Show& show, const BindContext& context) {
  BW_TRY(const View* view, view_of(engine, show, context));
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

}  // namespace

Result<ast::Select> select_of_show(const Engine& engine, const ast::Show& show, const BindContext& context) {
  switch (show.kind) {
    case ast::ShowKind::databases:
      return databases(show);
    case ast::ShowKind::tables:
      return tables(engine, show, context);
    case ast::ShowKind::columns:
      return columns(engine, show, context);
    case ast::ShowKind::create_table:
      return create_table(engine, show, context);
    case ast::ShowKind::variables:
      return variables(show, "_VARIABLES");
    case ast::ShowKind::status:
      return variables(show, "_STATUS");
    case ast::ShowKind::parameters:
      return parameters(show);
    case ast::ShowKind::warnings:
    case ast::ShowKind::errors:
      return warnings(show);
    case ast::ShowKind::count_warnings:
    case ast::ShowKind::count_errors:
      return count_warnings(show);
    case ast::ShowKind::tenant:
      return tenant(show);
    case ast::ShowKind::grants:
      return grants(show);
    case ast::ShowKind::processlist:
      return processlist(show);
    case ast::ShowKind::engines:
      return wrapped(engines(), show);
    case ast::ShowKind::charset:
      return wrapped(charsets(), show);
    case ast::ShowKind::collation:
      return wrapped(collations(), show);
    case ast::ShowKind::plugins:
      return wrapped(plugins(), show);
    case ast::ShowKind::privileges:
      return wrapped(privileges(), show);
    case ast::ShowKind::table_status:
      return table_status(engine, show, context);
    case ast::ShowKind::indexes:
      return indexes(engine, show, context);
    case ast::ShowKind::tenant_status:
    case ast::ShowKind::create_tenant:
      break;
  }
  return fail(error::not_supported("this SHOW statement"));
}

}  // namespace breakwater::catalog
