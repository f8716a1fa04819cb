// What an Oracle tenant sees: OceanBase's views in their Oracle form, which is the MySQL form with other
// types and without empty texts, and the part of Oracle's dictionary that clients browse. All of it belongs
// to SYS.
#include <algorithm>

#include "catalog/oracle_columns.h"
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

constexpr VisibleTo kOracleOnly{.sys = false, .mysql = false, .oracle = true};

// ---- OceanBase's views

SqlType oracle_type(const SqlType& base, const ColumnDecl& declared) {
  const std::string_view name = declared.type;
  const bool nullable = std::string_view(declared.nullable) == "YES";
  SqlType type = parse_type(name, nullable);
  const bool number = name.starts_with("NUMBER");
  // A NUMBER is whatever the base computes with.
  if (number && (base.kind == Kind::real || base.kind == Kind::decimal)) type = base;
  type.is_unsigned = number && base.is_unsigned;
  type.nullable = nullable;
  return type;
}

/// A column of the MySQL form as the Oracle form gives it.
std::string in_oracle_form(const Column& base, const SqlType& type) {
  const std::string name = "\"" + base.name + "\"";
  const bool moment = base.type.kind == Kind::timestamp || base.type.kind == Kind::datetime;
  if (type.kind == Kind::text && base.type.kind == Kind::timestamp)
    return "bw_text_of_datetime(bw_local(" + name + "),6)";
  if (type.kind == Kind::text && moment) return "bw_text_of_datetime(" + name + ",6)";
  return type.kind == Kind::text ? "nullif(" + name + ",'')" : name;
}

View oracle_form(const View& base, std::span<const ColumnDecl> columns) {
  View view{
      .schema = std::string(kSys), .name = base.name, .columns = {}, .query = {}, .visible_to = kOracleOnly};
  view.row_source = base.row_source;
  view.query = "SELECT ";
  for (const ColumnDecl& declared : columns) {
    const auto of_base = std::ranges::find(base.columns, std::string_view(declared.name), &Column::name);
    if (of_base == base.columns.end()) continue;
    const SqlType type = oracle_type(of_base->type, declared);
    view.query +=
        (view.columns.empty() ? "" : ", ") + in_oracle_form(*of_base, type) + " AS \"" + of_base->name + "\"";
    view.columns.push_back({of_base->name, type, declared.type});
  }
  view.query += " FROM (" + base.query + ")";
  return view;
}

// Not OceanBase's: what each check of each SET saw.
constexpr ColumnDecl kChecks[] = {
    {"TENANT_ID", "NUMBER(38)", "NO"},          {"PATH", "VARCHAR2(1024)", "NO"},
    {"ENDPOINT", "VARCHAR2(256)", "NO"},        {"CHECK_ID", "NUMBER(38)", "NO"},
    {"CHECK_TIMESTAMP", "VARCHAR2(256)", "NO"}, {"CHECK_NO", "NUMBER(38)", "NO"},
    {"CHECK_NAME", "VARCHAR2(64)", "NO"},       {"RESULT", "VARCHAR2(64)", "NO"},
    {"MILLISECONDS", "NUMBER", "NO"},           {"SEEN", "VARCHAR2(4096)", "NO"},
    {"HINT", "VARCHAR2(4096)", "NO"},
};

/// The form of a view that a tenant in MySQL mode sees; null if it sees none.
const View* tenant_form(const std::vector<std::unique_ptr<const View>>& views, std::string_view name) {
  for (const auto& view : views) {
    if (view->schema == kOceanBase && view->name == name && view->visible_to.mysql) return view.get();
  }
  return nullptr;
}

// ---- Oracle's dictionary

constexpr ColumnDecl kDual[] = {{"DUMMY", "VARCHAR2(1)", "YES"}};

constexpr ColumnDecl kTables[] = {
    {"OWNER", "VARCHAR2(128)", "NO"},
    {"TABLE_NAME", "VARCHAR2(128)", "NO"},
    {"TABLESPACE_NAME", "VARCHAR2(30)", "YES"},
    {"STATUS", "VARCHAR2(8)", "YES"},
    {"NUM_ROWS", "NUMBER", "YES"},
    {"BLOCKS", "NUMBER", "YES"},
    {"AVG_ROW_LEN", "NUMBER", "YES"},
    {"LAST_ANALYZED", "DATE", "YES"},
    {"PARTITIONED", "VARCHAR2(3)", "YES"},
    {"TEMPORARY", "VARCHAR2(1)", "YES"},
    {"DROPPED", "VARCHAR2(3)", "YES"},
    {"READ_ONLY", "VARCHAR2(3)", "YES"},
};
constexpr ColumnDecl kViews[] = {
    {"OWNER", "VARCHAR2(128)", "NO"}, {"VIEW_NAME", "VARCHAR2(128)", "NO"}, {"TEXT_LENGTH", "NUMBER", "YES"},
    {"TEXT", "CLOB", "YES"},          {"READ_ONLY", "VARCHAR2(1)", "YES"},
};
constexpr const char* kViewsQuery =
    "SELECT TABLE_SCHEMA AS \"OWNER\", TABLE_NAME AS \"VIEW_NAME\", length(VIEW_DEFINITION) AS "
    "\"TEXT_LENGTH\", "
    "VIEW_DEFINITION AS \"TEXT\", 'Y' AS \"READ_ONLY\" FROM bw_declared_views WHERE TABLE_SCHEMA = 'SYS'";

constexpr ColumnDecl kTabColumns[] = {
    {"OWNER", "VARCHAR2(128)", "NO"},       {"TABLE_NAME", "VARCHAR2(128)", "NO"},
    {"COLUMN_NAME", "VARCHAR2(128)", "NO"}, {"DATA_TYPE", "VARCHAR2(128)", "YES"},
    {"DATA_LENGTH", "NUMBER", "NO"},        {"DATA_PRECISION", "NUMBER", "YES"},
    {"DATA_SCALE", "NUMBER", "YES"},        {"NULLABLE", "VARCHAR2(1)", "YES"},
    {"COLUMN_ID", "NUMBER", "YES"},         {"DATA_DEFAULT", "CLOB", "YES"},
    {"CHAR_LENGTH", "NUMBER", "YES"},       {"CHAR_USED", "VARCHAR2(1)", "YES"},
};
// NUMBER(38) is the type NUMBER with precision 38; VARCHAR2(64) has 64 bytes; a TIMESTAMP(6) is a type of
// that name.
constexpr const char* kTabColumnsQuery = R"sql(
SELECT "OWNER", "TABLE_NAME", "COLUMN_NAME",
 CASE WHEN declared LIKE 'TIMESTAMP%' OR size IS NULL THEN declared ELSE substr(declared, 1, instr(declared, '(') - 1)
 END AS "DATA_TYPE",
 CASE WHEN characters THEN size WHEN declared LIKE 'NUMBER%' THEN 22 WHEN declared = 'CLOB' THEN 4000 ELSE 11
 END AS "DATA_LENGTH",
 CASE WHEN declared LIKE 'NUMBER%' THEN size END AS "DATA_PRECISION",
 CASE WHEN declared LIKE 'NUMBER(%' THEN 0 WHEN declared LIKE 'TIMESTAMP%' THEN size END AS "DATA_SCALE",
 "NULLABLE", "COLUMN_ID", NULL AS "DATA_DEFAULT", CASE WHEN characters THEN size ELSE 0 END AS "CHAR_LENGTH",
 CASE WHEN characters THEN 'B' END AS "CHAR_USED"
FROM (SELECT TABLE_SCHEMA AS "OWNER", TABLE_NAME AS "TABLE_NAME", COLUMN_NAME AS "COLUMN_NAME",
  COLUMN_TYPE AS declared, ORDINAL_POSITION AS "COLUMN_ID", substr(IS_NULLABLE, 1, 1) AS "NULLABLE",
  CASE WHEN instr(COLUMN_TYPE, '(') > 0 THEN CAST(substr(COLUMN_TYPE, instr(COLUMN_TYPE, '(') + 1) AS INTEGER)
  END AS size, COLUMN_TYPE LIKE '%CHAR%' AS characters
 FROM bw_declared_columns WHERE TABLE_SCHEMA = 'SYS'))sql";

constexpr ColumnDecl kUsers[] = {
    {"USERNAME", "VARCHAR2(128)", "NO"},
    {"USER_ID", "NUMBER", "NO"},
    {"CREATED", "DATE", "NO"},
};
constexpr ColumnDecl kUsersInFull[] = {
    {"USERNAME", "VARCHAR2(128)", "NO"},
    {"USER_ID", "NUMBER", "NO"},
    {"PASSWORD", "VARCHAR2(4000)", "YES"},
    {"ACCOUNT_STATUS", "VARCHAR2(32)", "NO"},
    {"LOCK_DATE", "DATE", "YES"},
    {"EXPIRY_DATE", "DATE", "YES"},
    {"CREATED", "DATE", "NO"},
    {"PROFILE", "VARCHAR2(128)", "NO"},
    {"AUTHENTICATION_TYPE", "VARCHAR2(8)", "YES"},
};
// As OceanBase numbers them: SYS is 200001. No password is shown, nor its hash.
constexpr const char* kUsersQuery =
    "SELECT user_name AS \"USERNAME\", 200000 + row_number() OVER (ORDER BY user_name <> 'SYS', create_time, "
    "user_name) "
    "AS \"USER_ID\", NULL AS \"PASSWORD\", CASE WHEN locked THEN 'LOCKED' ELSE 'OPEN' END AS "
    "\"ACCOUNT_STATUS\", NULL AS "
    "\"LOCK_DATE\", NULL AS \"EXPIRY_DATE\", create_time AS \"CREATED\", 'DEFAULT' AS \"PROFILE\", "
    "'PASSWORD' AS "
    "\"AUTHENTICATION_TYPE\" FROM account WHERE tenant_id = :effective_tenant_id";

constexpr ColumnDecl kObjects[] = {
    {"OWNER", "VARCHAR2(128)", "NO"},
    {"OBJECT_NAME", "VARCHAR2(128)", "NO"},
    {"SUBOBJECT_NAME", "VARCHAR2(128)", "YES"},
    {"OBJECT_ID", "NUMBER", "NO"},
    {"DATA_OBJECT_ID", "NUMBER", "YES"},
    {"OBJECT_TYPE", "VARCHAR2(23)", "YES"},
    {"CREATED", "DATE", "YES"},
    {"LAST_DDL_TIME", "DATE", "YES"},
    {"TIMESTAMP", "VARCHAR2(256)", "YES"},
    {"STATUS", "VARCHAR2(7)", "YES"},
    {"TEMPORARY", "VARCHAR2(1)", "YES"},
    {"GENERATED", "VARCHAR2(1)", "YES"},
    {"SECONDARY", "VARCHAR2(1)", "YES"},
};
constexpr const char* kObjectsQuery =
    "SELECT v.TABLE_SCHEMA AS \"OWNER\", v.TABLE_NAME AS \"OBJECT_NAME\", NULL AS \"SUBOBJECT_NAME\", "
    "row_number() OVER "
    "(ORDER BY v.TABLE_NAME) AS \"OBJECT_ID\", NULL AS \"DATA_OBJECT_ID\", 'VIEW' AS \"OBJECT_TYPE\", "
    "t.create_time AS "
    "\"CREATED\", t.create_time AS \"LAST_DDL_TIME\", NULL AS \"TIMESTAMP\", 'VALID' AS \"STATUS\", 'N' AS "
    "\"TEMPORARY\", 'N' AS \"GENERATED\", 'N' AS \"SECONDARY\" FROM bw_declared_views AS v JOIN tenant AS t "
    "ON "
    "t.tenant_id = :effective_tenant_id WHERE v.TABLE_SCHEMA = 'SYS'";

View dictionary_view(std::string name, std::span<const ColumnDecl> columns, std::string query) {
  View view{.schema = std::string(kSys),
            .name = std::move(name),
            .columns = {},
            .query = std::move(query),
            .visible_to = kOracleOnly};
  for (const ColumnDecl& declared : columns)
    view.columns.push_back({declared.name,
                            parse_type(declared.type, std::string_view(declared.nullable) == "YES"),
                            declared.type});
  view.is_public = !view.name.starts_with("DBA_");
  return view;
}

/// ALL_ and DBA_ with the owner, USER_ without, of what the user owns.
void add_forms(const std::string& name, std::span<const ColumnDecl> columns, const std::string& query,
               std::vector<View>& views) {
  for (const std::string prefix : {"ALL_", "DBA_"})
    views.push_back(dictionary_view(prefix + name, columns, query));
  const auto own = columns.subspan(1);
  views.push_back(
      dictionary_view("USER_" + name, own, columns_of(own, query) + " WHERE \"OWNER\" = :user_name"));
}

}  // namespace

std::vector<View> oracle_views(const std::vector<std::unique_ptr<const View>>& views) {
  std::vector<View> made;
  for (const oracle::DocumentedView& documented : oracle::kDocumentedViews) {
    if (const View* base = tenant_form(views, documented.name))
      made.push_back(oracle_form(*base, documented.columns));
  }
  if (const View* checks = tenant_form(views, "DBA_OB_BACKUP_DEST_CHECKS"))
    made.push_back(oracle_form(*checks, kChecks));
  made.push_back(dictionary_view("DUAL", kDual, "SELECT 'X' AS \"DUMMY\""));
  // Tenants hold no data here: what there is to see are views.
  add_forms("TABLES", kTables, no_rows(kTables), made);
  add_forms("VIEWS", kViews, kViewsQuery, made);
  add_forms("TAB_COLUMNS", kTabColumns, kTabColumnsQuery, made);
  add_forms("OBJECTS", kObjects, kObjectsQuery, made);
  made.push_back(dictionary_view("ALL_USERS", kUsers, columns_of(kUsers, kUsersQuery)));
  made.push_back(dictionary_view("DBA_USERS", kUsersInFull, kUsersQuery));
  made.push_back(dictionary_view("USER_USERS", kUsersInFull,
                                 columns_of(kUsersInFull, kUsersQuery) + " WHERE \"USERNAME\" = :user_name"));
  return made;
}

}  // namespace breakwater::catalog
