// The mysql schema: accounts and their grants in MySQL 5.7's columns, without hashes; and what tools look for
// and find empty.
#include "catalog/privilege.h"
#include "catalog/views.h"

namespace breakwater::catalog {

namespace {

struct PrivilegeColumn {
  const char* name;
  Privileges bit;  ///< 0: nobody holds it here
  bool of_schema;  ///< mysql.db has it too
};

// In MySQL's order.
constexpr PrivilegeColumn kPrivilegeColumns[] = {
    {"Select_priv", privilege::kSelect, true},
    {"Insert_priv", privilege::kInsert, true},
    {"Update_priv", privilege::kUpdate, true},
    {"Delete_priv", privilege::kDelete, true},
    {"Create_priv", privilege::kCreate, true},
    {"Drop_priv", privilege::kDrop, true},
    {"Reload_priv", 0, false},
    {"Shutdown_priv", 0, false},
    {"Process_priv", privilege::kProcess, false},
    {"File_priv", privilege::kFile, false},
    {"Grant_priv", privilege::kGrantOption, true},
    {"References_priv", 0, true},
    {"Index_priv", privilege::kIndex, true},
    {"Alter_priv", privilege::kAlter, true},
    {"Show_db_priv", privilege::kShowDatabases, false},
    {"Super_priv", privilege::kSuper, false},
    {"Create_tmp_table_priv", 0, true},
    {"Lock_tables_priv", 0, true},
    {"Execute_priv", 0, true},
    {"Repl_slave_priv", privilege::kReplicationSlave, false},
    {"Repl_client_priv", privilege::kReplicationClient, false},
    {"Create_view_priv", privilege::kCreateView, true},
    {"Show_view_priv", privilege::kShowView, true},
    {"Create_routine_priv", 0, true},
    {"Alter_routine_priv", 0, true},
    {"Create_user_priv", privilege::kCreateUser, false},
    {"Event_priv", 0, true},
    {"Trigger_priv", 0, true},
    {"Create_tablespace_priv", 0, false},
};

constexpr ColumnDecl kUserTail[] = {
    {"ssl_type", "varchar(9)", "NO"},
    {"ssl_cipher", "longtext", "NO"},
    {"x509_issuer", "longtext", "NO"},
    {"x509_subject", "longtext", "NO"},
    {"max_questions", "bigint(11) unsigned", "NO"},
    {"max_updates", "bigint(11) unsigned", "NO"},
    {"max_connections", "bigint(11) unsigned", "NO"},
    {"max_user_connections", "bigint(11) unsigned", "NO"},
    {"plugin", "varchar(64)", "NO"},
    {"authentication_string", "longtext", "YES"},
    {"password_expired", "varchar(1)", "NO"},
    {"password_last_changed", "timestamp", "YES"},
    {"password_lifetime", "bigint(5) unsigned", "YES"},
    {"account_locked", "varchar(1)", "NO"},
};
// A password's hash is never shown; that there is one, is.
constexpr std::string_view kUserTailQuery =
    ", CASE a.require_tls WHEN 'SSL' THEN 'ANY' ELSE a.require_tls END AS \"ssl_type\", '' AS "
    "\"ssl_cipher\", '' AS \"x509_issuer\", '' AS \"x509_subject\", 0 AS "
    "\"max_questions\", 0 AS \"max_updates\", 0 AS \"max_connections\", 0 AS \"max_user_connections\", "
    "CASE a.plugin WHEN '' THEN 'mysql_native_password' ELSE a.plugin END AS \"plugin\", CASE WHEN "
    "a.native_hash IS NULL AND a.sha2_hash IS NULL THEN '' ELSE '***' END "
    "AS \"authentication_string\", 'N' AS \"password_expired\", NULL AS \"password_last_changed\", NULL AS "
    "\"password_lifetime\", CASE WHEN a.locked THEN 'Y' ELSE 'N' END AS \"account_locked\" FROM account AS a "
    "LEFT JOIN account_privilege AS p ON p.tenant_id = a.tenant_id AND p.user_name = a.user_name AND p.host "
    "= a.host AND p.schema_name = '*' AND p.table_name = '*' WHERE a.tenant_id = :effective_tenant_id";

constexpr ColumnDecl kProc[] = {
    {"db", "varchar(64)", "NO"},      {"name", "varchar(64)", "NO"},
    {"type", "varchar(9)", "NO"},     {"specific_name", "varchar(64)", "NO"},
    {"param_list", "longtext", "NO"}, {"returns", "longtext", "NO"},
    {"body", "longtext", "NO"},       {"definer", "varchar(93)", "NO"},
    {"created", "timestamp", "NO"},   {"modified", "timestamp", "NO"},
    {"comment", "longtext", "NO"},
};

constexpr ColumnDecl kGeneralLog[] = {
    {"event_time", "timestamp(6)", "NO"},       {"user_host", "longtext", "NO"},
    {"thread_id", "bigint(21) unsigned", "NO"}, {"server_id", "bigint(10) unsigned", "NO"},
    {"command_type", "varchar(64)", "NO"},      {"argument", "longtext", "NO"},
};
constexpr ColumnDecl kSlowLog[] = {
    {"start_time", "timestamp(6)", "NO"}, {"user_host", "longtext", "NO"},
    {"query_time", "time(6)", "NO"},      {"lock_time", "time(6)", "NO"},
    {"rows_sent", "bigint(11)", "NO"},    {"rows_examined", "bigint(11)", "NO"},
    {"db", "varchar(512)", "NO"},         {"last_insert_id", "bigint(11)", "NO"},
    {"insert_id", "bigint(11)", "NO"},    {"server_id", "bigint(10) unsigned", "NO"},
    {"sql_text", "longtext", "NO"},       {"thread_id", "bigint(21) unsigned", "NO"},
};

std::string privilege_columns(bool of_schema, std::vector<Column>& columns) {
  std::string sql;
  for (const PrivilegeColumn& p : kPrivilegeColumns) {
    if (of_schema && !p.of_schema) continue;
    columns.push_back({p.name, parse_type("varchar(1)", false)});
    const std::string held = "coalesce(p.privileges, 0) & " + std::to_string(p.bit);
    sql.append(", CASE WHEN ")
        .append(held)
        .append(" THEN 'Y' ELSE 'N' END AS \"")
        .append(p.name)
        .append("\"");
  }
  return sql;
}

View mysql_view(std::string name, std::vector<Column> columns, std::string query) {
  return {.schema = std::string(kMysql),
          .name = std::move(name),
          .columns = std::move(columns),
          .query = std::move(query),
          .visible_to = {}};
}

View user_view() {
  std::vector<Column> columns = {{"Host", parse_type("varchar(60)", false)},
                                 {"User", parse_type("varchar(32)", false)}};
  std::string query = "SELECT a.host AS \"Host\", a.user_name AS \"User\"";
  query += privilege_columns(false, columns);
  for (Column& column : make_columns(kUserTail)) columns.push_back(std::move(column));
  return mysql_view("user", std::move(columns), query.append(kUserTailQuery));
}

View db_view() {
  std::vector<Column> columns = {{"Host", parse_type("varchar(60)", false)},
                                 {"Db", parse_type("varchar(64)", false)},
                                 {"User", parse_type("varchar(32)", false)}};
  std::string query = "SELECT p.host AS \"Host\", p.schema_name AS \"Db\", p.user_name AS \"User\"";
  query += privilege_columns(true, columns);
  query +=
      " FROM account_privilege AS p WHERE p.tenant_id = :effective_tenant_id AND p.schema_name <> '*' AND "
      "p.table_name = '*'";
  return mysql_view("db", std::move(columns), std::move(query));
}

View empty(std::string name, std::span<const ColumnDecl> declared) {
  std::string query = "SELECT ";
  for (const ColumnDecl& column : declared)
    query.append(query.ends_with('"') ? ", NULL AS \"" : "NULL AS \"").append(column.name).append("\"");
  return mysql_view(std::move(name), make_columns(declared), query + " WHERE 0");
}

}  // namespace

std::vector<View> mysql_views() {
  std::vector<View> views;
  views.push_back(db_view());
  views.push_back(empty("general_log", kGeneralLog));
  views.push_back(empty("proc", kProc));
  views.push_back(empty("slow_log", kSlowLog));
  views.push_back(user_view());
  return views;
}

}  // namespace breakwater::catalog
