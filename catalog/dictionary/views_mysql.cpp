// The mysql schema: accounts and their grants with MySQL 5.7's columns, without hashes, and empty views that
// tools read.
#include <algorithm>

#include "catalog/dictionary/privilege_columns.h"
#include "catalog/dictionary/views.h"

namespace breakwater::catalog {

namespace {

constexpr ViewColumn kUserHead[] = {
    {"Host", "a.host", "varchar(60)"},
    {"User", "a.user_name", "varchar(32)"},
};
// The hash of a password is never shown, only that there is one.
constexpr ViewColumn kUserTail[] = {
    {"ssl_type", "CASE a.require_tls WHEN 'SSL' THEN 'ANY' ELSE a.require_tls END", "varchar(9)"},
    {"ssl_cipher", "''", "longtext"},
    {"x509_issuer", "''", "longtext"},
    {"x509_subject", "''", "longtext"},
    {"max_questions", "0", "bigint(11) unsigned"},
    {"max_updates", "0", "bigint(11) unsigned"},
    {"max_connections", "0", "bigint(11) unsigned"},
    {"max_user_connections", "0", "bigint(11) unsigned"},
    {"plugin", "CASE a.plugin WHEN '' THEN 'mysql_native_password' ELSE a.plugin END", "varchar(64)"},
    {"authentication_string",
     "CASE WHEN a.native_hash IS NULL AND a.sha2_hash IS NULL THEN '' ELSE '***' END", "longtext", "YES"},
    {"password_expired", "CASE WHEN a.password_expired THEN 'Y' ELSE 'N' END", "varchar(1)"},
    {"password_last_changed", "a.password_time", "timestamp", "YES"},
    {"password_lifetime", "a.password_lifetime", "bigint(5) unsigned", "YES"},
    {"account_locked", "CASE WHEN a.locked THEN 'Y' ELSE 'N' END", "varchar(1)"},
};
constexpr const char* kUserRows =
    "account AS a LEFT JOIN account_privilege AS p ON p.tenant_id = a.tenant_id AND p.user_name = "
    "a.user_name "
    "AND p.host = a.host AND p.schema_name = '*' AND p.table_name = '*'";

constexpr ViewColumn kDb[] = {
    {"Host", "p.host", "varchar(60)"},
    {"Db", "p.schema_name", "varchar(64)"},
    {"User", "p.user_name", "varchar(32)"},
};

void add_privileges(bool of_schema, ColumnList& columns) {
  for (const PrivilegeColumn& p : kPrivilegeColumns) {
    if (p.mysql_name == nullptr || (of_schema && !p.of_schema)) continue;
    columns.add(p.mysql_name,
                "CASE WHEN coalesce(p.privileges, 0) & " + std::to_string(p.bit) + " THEN 'Y' ELSE 'N' END",
                "varchar(1)");
  }
}

Declaration user_view() {
  ColumnList columns(kUserHead);
  add_privileges(false, columns);
  columns.add(kUserTail);
  return {.name = "user",
          .columns = std::move(columns),
          .from = kUserRows,
          .where = "a.tenant_id = :effective_tenant_id"};
}

Declaration db_view() {
  ColumnList columns(kDb);
  add_privileges(true, columns);
  return {.name = "db",
          .columns = std::move(columns),
          .from = "account_privilege AS p",
          .where = "p.tenant_id = :effective_tenant_id AND p.schema_name <> '*' AND p.table_name = '*'"};
}

/// The privileges on a table, as tables_priv's set names them: without "_priv".
std::string table_privileges() {
  std::string sql = "substr(";
  for (const PrivilegeColumn& p : kPrivilegeColumns) {
    if (p.mysql_name == nullptr || !p.of_schema || p.bit == 0) continue;
    std::string name(p.mysql_name);
    name.resize(name.size() - std::string_view("_priv").size());
    std::ranges::replace(name, '_', ' ');
    sql += (sql.ends_with('(') ? "" : "||");
    sql += "CASE WHEN p.privileges & " + std::to_string(p.bit) + " THEN '," + name + "' ELSE '' END";
  }
  return sql + ",2)";
}

Declaration tables_priv_view() {
  ColumnList columns(kDb);
  columns.add("Table_name", "p.table_name", "varchar(64)");
  columns.add("Grantor", "''", "varchar(93)");
  columns.add("Timestamp", "0", "timestamp");
  columns.add("Table_priv", table_privileges(), "varchar(98)");
  columns.add("Column_priv", "''", "varchar(31)");
  return {.name = "tables_priv",
          .columns = std::move(columns),
          .from = "account_privilege AS p",
          .where = "p.tenant_id = :effective_tenant_id AND p.table_name <> '*'"};
}

}  // namespace

std::vector<View> mysql_views() {
  std::vector<View> views;
  const auto add = [&views](Declaration declaration) {
    declaration.schema = kMysql;
    add_view(declaration, "all", kNoOracle, views);
  };
  add(db_view());
  add(tables_priv_view());
  for (const char* name : {"columns_priv", "general_log", "proc", "slow_log"}) add({.name = name});
  add(user_view());
  return views;
}

}  // namespace breakwater::catalog
