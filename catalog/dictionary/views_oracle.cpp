// The views that an Oracle tenant sees: OceanBase's views in their Oracle form, which is the MySQL form with
// other types and without empty texts, and the part of Oracle's dictionary that clients browse. All are in
// SYS.
#include <algorithm>

#include "catalog/dictionary/views.h"
#include "catalog/model/privilege.h"

namespace breakwater::catalog {

namespace {

/// Columns whose types DESC prints as they're written.
std::vector<Column> printed_as_written(std::span<const ColumnDecl> declarations) {
  std::vector<Column> columns = make_columns(declarations);
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].declared = declarations[i].type;
  return columns;
}

// ---- OceanBase's views ----

SqlType oracle_type(const SqlType& base, const Column& column) {
  SqlType type = parse_type(column.declared, column.type.nullable);
  const bool number = column.declared.starts_with("NUMBER");
  // A NUMBER has the kind of the base view's column.
  if (number && (base.kind == Kind::real || base.kind == Kind::decimal)) type = base;
  type.is_unsigned = number && base.is_unsigned;
  type.nullable = column.type.nullable;
  return type;
}

/// The expression of the Oracle form for a column of the MySQL form.
std::string in_oracle_form(const Column& base, const SqlType& type) {
  const std::string name = "\"" + base.name + "\"";
  const bool moment = base.type.kind == Kind::timestamp || base.type.kind == Kind::datetime;
  if (type.kind == Kind::text && base.type.kind == Kind::timestamp)
    return "bw_text_of_datetime(bw_local(" + name + "),6)";
  if (type.kind == Kind::text && moment) return "bw_text_of_datetime(" + name + ",6)";
  return type.kind == Kind::text ? "nullif(" + name + ",'')" : name;
}

/// The type that OceanBase's views have in Oracle mode for a type of MySQL mode.
std::string oracle_name(std::string_view type) {
  constexpr std::string_view kText = "varchar";
  if (type.starts_with(kText)) return "VARCHAR2" + std::string(type.substr(kText.size()));
  constexpr std::pair<std::string_view, const char*> kOthers[] = {
      {"bigint", "NUMBER(38)"},       {"decimal", "NUMBER"},        {"double", "NUMBER"},
      {"timestamp", "VARCHAR2(256)"}, {"datetime", "TIMESTAMP(9)"},
  };
  for (const auto& [start, name] : kOthers) {
    if (type.starts_with(start)) return name;
  }
  return "CLOB";
}

/// The columns of a view that OceanBase doesn't have, and so columns.csv neither.
std::vector<Column> own_columns(const View& base) {
  std::vector<Column> columns = base.columns;
  for (Column& column : columns) column.declared = oracle_name(declared_type(column));
  return columns;
}

std::vector<Column> oracle_columns(const View& base) {
  if (listed_columns("mysql", base.name).empty()) return own_columns(base);
  return printed_as_written(listed_columns("oracle", base.name));
}

/// `columns` are some of the base's.
View oracle_form(const View& base, std::vector<Column> columns) {
  View view{
      .schema = std::string(kSys), .name = base.name, .columns = {}, .query = {}, .visible_to = kOracleOnly};
  view.row_source = base.row_source;
  view.about_backups = base.about_backups;
  view.query = "SELECT ";
  for (Column& column : columns) {
    const auto of_base = std::ranges::find(base.columns, column.name, &Column::name);
    if (of_base == base.columns.end()) continue;
    column.type = oracle_type(of_base->type, column);
    view.query += (view.columns.empty() ? "" : ", ") + in_oracle_form(*of_base, column.type) + " AS \"" +
                  column.name + "\"";
    view.columns.push_back(std::move(column));
  }
  view.query += " FROM (" + base.query + ")";
  return view;
}

// ---- Oracle's dictionary ----

constexpr ViewColumn kDual[] = {{"DUMMY", "'X'", "VARCHAR2(1)", "YES"}};

// Tenants have no tables here, only views.
constexpr ViewColumn kTables[] = {
    {"OWNER", "NULL", "VARCHAR2(128)"},
    {"TABLE_NAME", "NULL", "VARCHAR2(128)"},
    {"TABLESPACE_NAME", "NULL", "VARCHAR2(30)", "YES"},
    {"STATUS", "NULL", "VARCHAR2(8)", "YES"},
    {"NUM_ROWS", "NULL", "NUMBER", "YES"},
    {"BLOCKS", "NULL", "NUMBER", "YES"},
    {"AVG_ROW_LEN", "NULL", "NUMBER", "YES"},
    {"LAST_ANALYZED", "NULL", "DATE", "YES"},
    {"PARTITIONED", "NULL", "VARCHAR2(3)", "YES"},
    {"TEMPORARY", "NULL", "VARCHAR2(1)", "YES"},
    {"DROPPED", "NULL", "VARCHAR2(3)", "YES"},
    {"READ_ONLY", "NULL", "VARCHAR2(3)", "YES"},
};

constexpr ViewColumn kViews[] = {
    {"OWNER", "TABLE_SCHEMA", "VARCHAR2(128)"},
    {"VIEW_NAME", "TABLE_NAME", "VARCHAR2(128)"},
    {"TEXT_LENGTH", "length(VIEW_DEFINITION)", "NUMBER", "YES"},
    {"TEXT", "VIEW_DEFINITION", "CLOB", "YES"},
    {"READ_ONLY", "'Y'", "VARCHAR2(1)", "YES"},
};

// NUMBER(38) is the type NUMBER with precision 38; VARCHAR2(64) has 64 bytes; TIMESTAMP(6) is itself the
// type's name.
constexpr ViewColumn kTabColumns[] = {
    {"OWNER", "TABLE_SCHEMA", "VARCHAR2(128)"},
    {"TABLE_NAME", "TABLE_NAME", "VARCHAR2(128)"},
    {"COLUMN_NAME", "COLUMN_NAME", "VARCHAR2(128)"},
    {"DATA_TYPE",
     "CASE WHEN declared LIKE 'TIMESTAMP%' OR size IS NULL THEN declared"
     " ELSE substr(declared, 1, instr(declared, '(') - 1) END",
     "VARCHAR2(128)", "YES"},
    {"DATA_LENGTH",
     "CASE WHEN characters THEN size WHEN declared LIKE 'NUMBER%' THEN 22 WHEN declared = 'CLOB' THEN 4000"
     " ELSE 11 END",
     "NUMBER"},
    {"DATA_PRECISION", "CASE WHEN declared LIKE 'NUMBER%' THEN size END", "NUMBER", "YES"},
    {"DATA_SCALE", "CASE WHEN declared LIKE 'NUMBER(%' THEN 0 WHEN declared LIKE 'TIMESTAMP%' THEN size END",
     "NUMBER", "YES"},
    {"NULLABLE", "substr(IS_NULLABLE, 1, 1)", "VARCHAR2(1)", "YES"},
    {"COLUMN_ID", "ORDINAL_POSITION", "NUMBER", "YES"},
    {"DATA_DEFAULT", "NULL", "CLOB", "YES"},
    {"CHAR_LENGTH", "CASE WHEN characters THEN size ELSE 0 END", "NUMBER", "YES"},
    {"CHAR_USED", "CASE WHEN characters THEN 'B' END", "VARCHAR2(1)", "YES"},
};
constexpr const char* kTabColumnRows =
    "(SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, IS_NULLABLE, ORDINAL_POSITION, COLUMN_TYPE AS declared,"
    " CASE WHEN instr(COLUMN_TYPE, '(') > 0"
    " THEN CAST(substr(COLUMN_TYPE, instr(COLUMN_TYPE, '(') + 1) AS INTEGER) END AS size,"
    " COLUMN_TYPE LIKE '%CHAR%' AS characters FROM bw_declared_columns WHERE TABLE_SCHEMA = 'SYS')";

constexpr ViewColumn kObjects[] = {
    {"OWNER", "v.TABLE_SCHEMA", "VARCHAR2(128)"},
    {"OBJECT_NAME", "v.TABLE_NAME", "VARCHAR2(128)"},
    {"SUBOBJECT_NAME", "NULL", "VARCHAR2(128)", "YES"},
    {"OBJECT_ID", "row_number() OVER (ORDER BY v.TABLE_NAME)", "NUMBER"},
    {"DATA_OBJECT_ID", "NULL", "NUMBER", "YES"},
    {"OBJECT_TYPE", "'VIEW'", "VARCHAR2(23)", "YES"},
    {"CREATED", "t.create_time", "DATE", "YES"},
    {"LAST_DDL_TIME", "t.create_time", "DATE", "YES"},
    {"TIMESTAMP", "NULL", "VARCHAR2(256)", "YES"},
    {"STATUS", "'VALID'", "VARCHAR2(7)", "YES"},
    {"TEMPORARY", "'N'", "VARCHAR2(1)", "YES"},
    {"GENERATED", "'N'", "VARCHAR2(1)", "YES"},
    {"SECONDARY", "'N'", "VARCHAR2(1)", "YES"},
};
constexpr const char* kObjectRows =
    "bw_declared_views AS v JOIN tenant AS t ON t.tenant_id = :effective_tenant_id";

// The user ids are OceanBase's: SYS is 200001. Neither passwords nor hashes are shown.
constexpr ViewColumn kUsers[] = {
    {"USERNAME", "user_name", "VARCHAR2(128)"},
    {"USER_ID", "200000 + row_number() OVER (ORDER BY user_name <> 'SYS', create_time, user_name)", "NUMBER"},
    {"PASSWORD", "NULL", "VARCHAR2(4000)", "YES"},
    {"ACCOUNT_STATUS", "CASE WHEN locked THEN 'LOCKED' ELSE 'OPEN' END", "VARCHAR2(32)"},
    {"LOCK_DATE", "NULL", "DATE", "YES"},
    {"EXPIRY_DATE", "NULL", "DATE", "YES"},
    {"CREATED", "create_time", "DATE"},
    {"PROFILE", "'DEFAULT'", "VARCHAR2(128)"},
    {"AUTHENTICATION_TYPE", "'PASSWORD'", "VARCHAR2(8)", "YES"},
};

// Passwords of roles don't exist: a role is enabled by whom it is granted to.
constexpr ViewColumn kRoles[] = {
    {"ROLE", "role_name", "VARCHAR2(128)"},
    {"PASSWORD_REQUIRED", "'NO'", "VARCHAR2(8)", "YES"},
    {"AUTHENTICATION_TYPE", "'NONE'", "VARCHAR2(11)", "YES"},
};
constexpr ViewColumn kRolePrivs[] = {
    {"GRANTEE", "grantee", "VARCHAR2(128)", "YES"},
    {"GRANTED_ROLE", "role_name", "VARCHAR2(128)", "YES"},
    {"ADMIN_OPTION", "CASE WHEN admin THEN 'YES' ELSE 'NO' END", "VARCHAR2(3)", "YES"},
    {"DEFAULT_ROLE", "CASE WHEN by_default THEN 'YES' ELSE 'NO' END", "VARCHAR2(3)", "YES"},
};
constexpr const char* kRoleGrantRows =
    "(SELECT tenant_id, user_name AS grantee, role_name, admin, by_default FROM role_of_account"
    " UNION ALL SELECT tenant_id, holder, role_name, admin, 1 FROM role_of_role)";
constexpr ViewColumn kOwnRolePrivs[] = {
    {"USERNAME", ":user_name", "VARCHAR2(128)", "YES"},
    {"GRANTED_ROLE", "ROLE", "VARCHAR2(128)", "YES"},
    {"ADMIN_OPTION", "ADMIN_OPTION", "VARCHAR2(3)", "YES"},
    {"DEFAULT_ROLE", "DEFAULT_ROLE", "VARCHAR2(3)", "YES"},
    {"OS_GRANTED", "'NO'", "VARCHAR2(3)", "YES"},
};
constexpr ViewColumn kSessionRoles[] = {{"ROLE", "ROLE", "VARCHAR2(128)"}};
constexpr ViewColumn kRoleRolePrivs[] = {
    {"ROLE", "r.holder", "VARCHAR2(128)"},
    {"GRANTED_ROLE", "r.role_name", "VARCHAR2(128)"},
    {"ADMIN_OPTION", "CASE WHEN r.admin THEN 'YES' ELSE 'NO' END", "VARCHAR2(3)", "YES"},
};
constexpr ViewColumn kRoleSysPrivs[] = {
    {"ROLE", "r.role_name", "VARCHAR2(128)"},
    {"PRIVILEGE", "p.column1", "VARCHAR2(40)"},
    {"ADMIN_OPTION", "CASE WHEN r.privileges & 1 THEN 'YES' ELSE 'NO' END", "VARCHAR2(3)", "YES"},
};

using IsShown = bool (*)(std::string_view column);
bool any_column(std::string_view) {
  return true;
}
bool all_but_owner(std::string_view column) {
  return column != "OWNER";
}
bool is_of_all_users(std::string_view column) {
  return column == "USERNAME" || column == "USER_ID" || column == "CREATED";
}

/// Adds a view with the columns for which `is_shown` is true and with the rows that match `where`.
void add_form(const Declaration& declaration, IsShown is_shown, const std::string& where,
              std::vector<View>& views) {
  add_view(declaration, "oracle", kOracleOnly, views);
  View& view = views.back();
  std::vector<ColumnDecl> shown;
  for (const ColumnDecl& column : declaration.columns.declared()) {
    if (is_shown(column.name)) shown.push_back(column);
  }
  if (shown.size() < view.columns.size() || !where.empty())
    view.query = columns_of(shown, view.query) + where;
  view.columns = printed_as_written(shown);
  view.is_public = !view.name.starts_with("DBA_");
}

/// Adds ALL_ and DBA_ with the owner, and USER_ without it, for the user's own objects.
void add_forms(Declaration declaration, std::vector<View>& views) {
  const std::string name = std::move(declaration.name);
  for (const char* prefix : {"ALL_", "DBA_"}) {
    declaration.name = prefix + name;
    add_form(declaration, any_column, {}, views);
  }
  declaration.name = "USER_" + name;
  add_form(declaration, all_but_owner, " WHERE \"OWNER\" = :user_name", views);
}

Declaration of_sys(std::string name, ColumnList columns, std::string from, std::string where) {
  return {.name = std::move(name),
          .columns = std::move(columns),
          .from = std::move(from),
          .where = std::move(where),
          .schema = kSys};
}

Declaration users(std::string name) {
  return of_sys(std::move(name), kUsers, "account", "tenant_id = :effective_tenant_id");
}

/// (name, bit) of each privilege.
std::string privilege_rows() {
  std::string rows;
  for (const PrivilegeInfo& info : privilege_table()) {
    rows += (rows.empty() ? "('" : ", ('") + std::string(info.name) + "', " + std::to_string(info.bit) + ")";
  }
  return "(VALUES " + rows + ")";
}

void add_roles(std::vector<View>& views) {
  const std::string here = "tenant_id = :effective_tenant_id";
  const auto of_session = [](Declaration declaration) {
    declaration.source = source::kSessionRoles;
    return declaration;
  };
  add_form(of_sys("DBA_ROLES", kRoles, "role", here), any_column, {}, views);
  add_form(of_sys("DBA_ROLE_PRIVS", kRolePrivs, kRoleGrantRows, here), any_column, {}, views);
  add_form(of_session(of_sys("USER_ROLE_PRIVS", kOwnRolePrivs, "bw_session_roles", "DIRECT = 'YES'")),
           any_column, {}, views);
  add_form(of_session(of_sys("SESSION_ROLES", kSessionRoles, "bw_session_roles", "ENABLED = 'YES'")),
           any_column, {}, views);
  add_form(of_session(of_sys("ROLE_ROLE_PRIVS", kRoleRolePrivs,
                             "bw_session_roles AS s CROSS JOIN role_of_role AS r ON s.ROLE = r.holder",
                             "r." + here)),
           any_column, {}, views);
  add_form(
      of_session(of_sys("ROLE_SYS_PRIVS", kRoleSysPrivs,
                        "bw_session_roles AS s CROSS JOIN role_privilege AS r ON s.ROLE = r.role_name JOIN " +
                            privilege_rows() + " AS p ON (r.privileges & p.column2) <> 0",
                        "r." + here + " AND r.schema_name = '*'")),
      any_column, {}, views);
}

void add_dictionary(std::vector<View>& views) {
  add_roles(views);
  add_form(of_sys("DUAL", kDual, {}, {}), any_column, {}, views);
  add_forms(of_sys("TABLES", kTables, {}, "0"), views);
  add_forms(of_sys("VIEWS", kViews, "bw_declared_views", "TABLE_SCHEMA = 'SYS'"), views);
  add_forms(of_sys("TAB_COLUMNS", kTabColumns, kTabColumnRows, {}), views);
  add_forms(of_sys("OBJECTS", kObjects, kObjectRows, "v.TABLE_SCHEMA = 'SYS'"), views);
  add_form(users("ALL_USERS"), is_of_all_users, {}, views);
  add_form(users("DBA_USERS"), any_column, {}, views);
  add_form(users("USER_USERS"), any_column, " WHERE \"USERNAME\" = :user_name", views);
}

}  // namespace

std::vector<View> oracle_views(const ViewList& views) {
  std::vector<View> made;
  for (const auto& view : views) {
    if (view->schema != kOceanBase || !view->visible_to.mysql) continue;
    std::vector<Column> columns = oracle_columns(*view);
    if (!columns.empty()) made.push_back(oracle_form(*view, std::move(columns)));
  }
  add_dictionary(made);
  return made;
}

}  // namespace breakwater::catalog
