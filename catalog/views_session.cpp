// Views over the row sources that the server registers, and the hidden ones that SHOW statements read.
#include "base/text.h"
#include "catalog/privilege.h"
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

constexpr ColumnDecl kVariables[] = {{"VARIABLE_NAME", "varchar(64)", "NO"},
                                     {"VARIABLE_VALUE", "varchar(4096)", "YES"}};
constexpr ColumnDecl kShowVariables[] = {{"Variable_name", "varchar(64)", "NO"},
                                         {"Value", "varchar(4096)", "YES"}};
constexpr ColumnDecl kProcesslist[] = {
    {"ID", "bigint(21) unsigned", "NO"}, {"USER", "varchar(64)", "NO"},      {"HOST", "varchar(128)", "NO"},
    {"DB", "varchar(128)", "YES"},       {"COMMAND", "varchar(4096)", "NO"}, {"TIME", "bigint(21)", "NO"},
    {"STATE", "varchar(128)", "YES"},    {"INFO", "longtext", "YES"},
};
constexpr ColumnDecl kShowProcesslist[] = {
    {"Id", "bigint(21) unsigned", "NO"}, {"User", "varchar(64)", "NO"},      {"Host", "varchar(128)", "NO"},
    {"db", "varchar(128)", "YES"},       {"Command", "varchar(4096)", "NO"}, {"Time", "bigint(21)", "NO"},
    {"State", "varchar(128)", "YES"},    {"Info", "longtext", "YES"},
};
constexpr ColumnDecl kWarnings[] = {
    {"Level", "varchar(7)", "NO"}, {"Code", "bigint(4) unsigned", "NO"}, {"Message", "varchar(512)", "NO"}};
constexpr ColumnDecl kParameters[] = {
    {"zone", "varchar(128)", "NO"},   {"svr_type", "varchar(16)", "NO"}, {"svr_ip", "varchar(46)", "NO"},
    {"svr_port", "bigint(20)", "NO"}, {"name", "varchar(128)", "NO"},    {"data_type", "varchar(128)", "YES"},
    {"value", "varchar(4096)", "NO"}, {"info", "varchar(4096)", "NO"},   {"section", "varchar(128)", "NO"},
    {"scope", "varchar(128)", "NO"},  {"source", "varchar(128)", "NO"},  {"edit_level", "varchar(128)", "NO"},
};
constexpr ColumnDecl kGrants[] = {
    {"USER", "varchar(64)", "NO"}, {"HOST", "varchar(255)", "NO"}, {"GRANT_TEXT", "varchar(4096)", "NO"}};

constexpr ColumnDecl kUsers[] = {
    {"USER", "varchar(64)", "NO"}, {"HOST", "varchar(255)", "NO"}, {"CREATE_TEXT", "varchar(4096)", "NO"}};
constexpr ColumnDecl kPrivileges[] = {
    {"Privilege", "varchar(64)", "NO"}, {"Context", "varchar(64)", "NO"}, {"Comment", "varchar(256)", "NO"}};
constexpr ColumnDecl kOpenTables[] = {{"Database", "varchar(64)", "NO"},
                                      {"Table", "varchar(64)", "NO"},
                                      {"In_use", "bigint(1)", "NO"},
                                      {"Name_locked", "bigint(4)", "NO"}};
constexpr ColumnDecl kProfiles[] = {
    {"Query_ID", "bigint(10)", "NO"}, {"Duration", "double", "NO"}, {"Query", "varchar(300)", "NO"}};
constexpr const char* kNoOpenTables =
    "SELECT NULL AS \"Database\", NULL AS \"Table\", NULL AS \"In_use\", NULL AS \"Name_locked\" WHERE 0";
constexpr const char* kNoProfiles =
    "SELECT NULL AS \"Query_ID\", NULL AS \"Duration\", NULL AS \"Query\" WHERE 0";

std::string privileges_query() {
  std::string sql =
      "SELECT column1 AS \"Privilege\", column2 AS \"Context\", column3 AS \"Comment\" FROM (VALUES ";
  for (const PrivilegeInfo& info : privilege_table()) {
    std::string name = ascii_lower(info.name);
    name.front() = info.name.front();
    const std::string_view context = info.narrowest == GrantLevel::global ? "Server Admin" : "Tables";
    sql.append(sql.ends_with(')') ? ", ('" : "('").append(name).append("', '").append(context);
    sql.append("', '").append(info.comment).append("')");
  }
  return sql + ")";
}

View of_source(std::string_view schema, std::string name, std::string_view source,
               std::span<const ColumnDecl> columns, std::string query, bool hidden) {
  return {.schema = std::string(schema),
          .name = std::move(name),
          .columns = make_columns(columns),
          .query = std::move(query),
          .visible_to = {.sys = true, .mysql = true, .oracle = hidden},
          .row_source = std::string(source),
          .hidden = hidden};
}

std::string variables_query(std::string_view source, std::string_view scope, std::string_view name,
                            std::string_view value) {
  std::string sql = "SELECT VARIABLE_NAME AS \"";
  sql.append(name).append("\", VARIABLE_VALUE AS \"").append(value).append("\" FROM bw_").append(source);
  return sql.append(" WHERE SCOPE = '").append(scope).append("'");
}

std::string renamed(std::string_view source, std::span<const ColumnDecl> columns) {
  std::string sql = "SELECT ";
  for (const ColumnDecl& column : columns)
    sql += (sql.size() > 7 ? ", \"" : "\"") + std::string(column.name) + "\" AS \"" + column.name + "\"";
  return sql.append(" FROM bw_").append(source);
}

}  // namespace

std::vector<View> session_views() {
  std::vector<View> views;
  for (const std::string scope : {"SESSION", "GLOBAL"}) {
    for (const std::string_view source : {source::kVariables, source::kStatus}) {
      const std::string name = scope + (source == source::kVariables ? "_VARIABLES" : "_STATUS");
      views.push_back(of_source(kInformationSchema, name, source, kVariables,
                                variables_query(source, scope, "VARIABLE_NAME", "VARIABLE_VALUE"), false));
      views.push_back(of_source(kShow, name, source, kShowVariables,
                                variables_query(source, scope, "Variable_name", "Value"), true));
    }
  }
  views.push_back(of_source(kInformationSchema, "PROCESSLIST", source::kProcesslist, kProcesslist,
                            renamed(source::kProcesslist, kProcesslist), false));
  views.push_back(of_source(kShow, "PROCESSLIST", source::kProcesslist, kShowProcesslist,
                            renamed(source::kProcesslist, kShowProcesslist), true));
  views.push_back(of_source(kShow, "WARNINGS", source::kWarnings, kWarnings,
                            renamed(source::kWarnings, kWarnings), true));
  views.push_back(
      of_source(kShow, "PARAMETERS", source::kParameters, kParameters,
                renamed(source::kParameters, kParameters) + " WHERE TENANT_ID = :effective_tenant_id", true));
  views.push_back(
      of_source(kShow, "GRANTS", source::kGrants, kGrants, renamed(source::kGrants, kGrants), true));
  views.push_back(of_source(kShow, "USERS", source::kUsers, kUsers, renamed(source::kUsers, kUsers), true));
  views.push_back(of_source(kShow, "PRIVILEGES", {}, kPrivileges, privileges_query(), true));
  views.push_back(of_source(kShow, "OPEN_TABLES", {}, kOpenTables, kNoOpenTables, true));
  views.push_back(of_source(kShow, "PROFILES", {}, kProfiles, kNoProfiles, true));
  return views;
}

}  // namespace breakwater::catalog
