// Views over the row sources that the server registers, and the hidden views that SHOW statements read.
#include "base/text.h"
#include "catalog/dictionary/views.h"
#include "catalog/model/privilege.h"

namespace breakwater::catalog {

namespace {

constexpr ViewColumn kVariables[] = {
    {"VARIABLE_NAME", "VARIABLE_NAME", "varchar(64)"},
    {"VARIABLE_VALUE", "VARIABLE_VALUE", "varchar(4096)", "YES"},
};
constexpr ViewColumn kShowVariables[] = {
    {"Variable_name", "VARIABLE_NAME", "varchar(64)"},
    {"Value", "VARIABLE_VALUE", "varchar(4096)", "YES"},
};
constexpr ViewColumn kProcesslist[] = {
    {"ID", "ID", "bigint(21) unsigned"},       {"USER", "USER", "varchar(64)"},
    {"HOST", "HOST", "varchar(128)"},          {"DB", "DB", "varchar(128)", "YES"},
    {"COMMAND", "COMMAND", "varchar(4096)"},   {"TIME", "TIME", "bigint(21)"},
    {"STATE", "STATE", "varchar(128)", "YES"}, {"INFO", "INFO", "longtext", "YES"},
};
constexpr ViewColumn kShowProcesslist[] = {
    {"Id", "Id", "bigint(21) unsigned"},       {"User", "User", "varchar(64)"},
    {"Host", "Host", "varchar(128)"},          {"db", "db", "varchar(128)", "YES"},
    {"Command", "Command", "varchar(4096)"},   {"Time", "Time", "bigint(21)"},
    {"State", "State", "varchar(128)", "YES"}, {"Info", "Info", "longtext", "YES"},
};
constexpr ViewColumn kWarnings[] = {
    {"Level", "Level", "varchar(7)"},
    {"Code", "Code", "bigint(4) unsigned"},
    {"Message", "Message", "varchar(512)"},
};
constexpr ViewColumn kParameters[] = {
    {"zone", "zone", "varchar(128)"},       {"svr_type", "svr_type", "varchar(16)"},
    {"svr_ip", "svr_ip", "varchar(46)"},    {"svr_port", "svr_port", "bigint(20)"},
    {"name", "name", "varchar(128)"},       {"data_type", "data_type", "varchar(128)", "YES"},
    {"value", "value", "varchar(4096)"},    {"info", "info", "varchar(4096)"},
    {"section", "section", "varchar(128)"}, {"scope", "scope", "varchar(128)"},
    {"source", "source", "varchar(128)"},   {"edit_level", "edit_level", "varchar(128)"},
};
constexpr ViewColumn kGrants[] = {
    {"USER", "USER", "varchar(64)"},
    {"HOST", "HOST", "varchar(255)"},
    {"GRANT_TEXT", "GRANT_TEXT", "varchar(4096)"},
};
constexpr ViewColumn kUsers[] = {
    {"USER", "USER", "varchar(64)"},
    {"HOST", "HOST", "varchar(255)"},
    {"CREATE_TEXT", "CREATE_TEXT", "varchar(4096)"},
};
// The columns of VALUES.
constexpr ViewColumn kPrivileges[] = {
    {"Privilege", "column1", "varchar(64)"},
    {"Context", "column2", "varchar(64)"},
    {"Comment", "column3", "varchar(256)"},
};
// The view is empty.
constexpr ViewColumn kOpenTables[] = {
    {"Database", "NULL", "varchar(64)"},
    {"Table", "NULL", "varchar(64)"},
    {"In_use", "NULL", "bigint(1)"},
    {"Name_locked", "NULL", "bigint(4)"},
};
constexpr ViewColumn kProfiles[] = {
    {"Query_ID", "NULL", "bigint(10)"},
    {"Duration", "NULL", "double"},
    {"Query", "NULL", "varchar(300)"},
};
// Nothing is replicated: tools ask nevertheless.
constexpr ViewColumn kSlaveStatus[] = {
    {"Slave_IO_State", "NULL", "varchar(14)"},
    {"Master_Host", "NULL", "varchar(60)"},
    {"Master_User", "NULL", "varchar(32)"},
    {"Master_Port", "NULL", "bigint(7)"},
    {"Connect_Retry", "NULL", "bigint(10)"},
    {"Master_Log_File", "NULL", "varchar(512)"},
    {"Read_Master_Log_Pos", "NULL", "bigint(10)"},
    {"Relay_Log_File", "NULL", "varchar(512)"},
    {"Relay_Log_Pos", "NULL", "bigint(10)"},
    {"Relay_Master_Log_File", "NULL", "varchar(512)"},
    {"Slave_IO_Running", "NULL", "varchar(3)"},
    {"Slave_SQL_Running", "NULL", "varchar(3)"},
    {"Replicate_Do_DB", "NULL", "varchar(20)"},
    {"Replicate_Ignore_DB", "NULL", "varchar(20)"},
    {"Replicate_Do_Table", "NULL", "varchar(20)"},
    {"Replicate_Ignore_Table", "NULL", "varchar(23)"},
    {"Replicate_Wild_Do_Table", "NULL", "varchar(24)"},
    {"Replicate_Wild_Ignore_Table", "NULL", "varchar(28)"},
    {"Last_Errno", "NULL", "bigint(4)"},
    {"Last_Error", "NULL", "varchar(20)"},
    {"Skip_Counter", "NULL", "bigint(10)"},
    {"Exec_Master_Log_Pos", "NULL", "bigint(10)"},
    {"Relay_Log_Space", "NULL", "bigint(10)"},
    {"Until_Condition", "NULL", "varchar(6)"},
    {"Until_Log_File", "NULL", "varchar(512)"},
    {"Until_Log_Pos", "NULL", "bigint(10)"},
    {"Master_SSL_Allowed", "NULL", "varchar(7)"},
    {"Master_SSL_CA_File", "NULL", "varchar(512)"},
    {"Master_SSL_CA_Path", "NULL", "varchar(512)"},
    {"Master_SSL_Cert", "NULL", "varchar(512)"},
    {"Master_SSL_Cipher", "NULL", "varchar(512)"},
    {"Master_SSL_Key", "NULL", "varchar(512)"},
    {"Seconds_Behind_Master", "NULL", "bigint(10)"},
    {"Master_SSL_Verify_Server_Cert", "NULL", "varchar(3)"},
    {"Last_IO_Errno", "NULL", "bigint(4)"},
    {"Last_IO_Error", "NULL", "varchar(20)"},
    {"Last_SQL_Errno", "NULL", "bigint(4)"},
    {"Last_SQL_Error", "NULL", "varchar(20)"},
    {"Replicate_Ignore_Server_Ids", "NULL", "varchar(512)"},
    {"Master_Server_Id", "NULL", "bigint(10)"},
    {"Master_UUID", "NULL", "varchar(36)"},
    {"Master_Info_File", "NULL", "varchar(1024)"},
    {"SQL_Delay", "NULL", "bigint(10)"},
    {"SQL_Remaining_Delay", "NULL", "bigint(8)"},
    {"Slave_SQL_Running_State", "NULL", "varchar(20)"},
    {"Master_Retry_Count", "NULL", "bigint(10)"},
    {"Master_Bind", "NULL", "varchar(60)"},
    {"Last_IO_Error_Timestamp", "NULL", "varchar(20)"},
    {"Last_SQL_Error_Timestamp", "NULL", "varchar(20)"},
    {"Master_SSL_Crl", "NULL", "varchar(512)"},
    {"Master_SSL_Crlpath", "NULL", "varchar(512)"},
    {"Retrieved_Gtid_Set", "NULL", "varchar(512)"},
    {"Executed_Gtid_Set", "NULL", "varchar(512)"},
    {"Auto_Position", "NULL", "bigint(10)"},
    {"Replicate_Rewrite_DB", "NULL", "varchar(24)"},
    {"Channel_Name", "NULL", "varchar(64)"},
    {"Master_TLS_Version", "NULL", "varchar(512)"},
};

std::string privilege_rows() {
  std::string sql = "(VALUES ";
  for (const PrivilegeInfo& info : privilege_table()) {
    std::string name = ascii_lower(info.name);
    name.front() = info.name.front();
    const std::string_view context = info.narrowest == GrantLevel::global ? "Server Admin" : "Tables";
    sql.append(sql.ends_with(')') ? ", ('" : "('").append(name).append("', '").append(context);
    sql.append("', '").append(info.comment).append("')");
  }
  return sql + ")";
}

/// Views over one source, or over none.
class SessionViews {
 public:
  void add(std::string_view schema, std::string name, std::string_view source, ColumnList columns,
           std::string where = {}) {
    std::string from = source.empty() ? std::string() : "bw_" + std::string(source);
    add({.name = std::move(name),
         .columns = std::move(columns),
         .from = std::move(from),
         .where = std::move(where),
         .source = source,
         .schema = schema});
  }
  void add(const Declaration& declaration) {
    const bool hidden = declaration.schema == kShow;
    add_view(declaration, "all", hidden ? kEverybody : kNoOracle, views_);
    views_.back().hidden = hidden;
  }
  std::vector<View> take() { return std::move(views_); }

 private:
  std::vector<View> views_;
};

}  // namespace

std::vector<View> session_views() {
  SessionViews views;
  for (const std::string scope : {"SESSION", "GLOBAL"}) {
    const std::string where = "SCOPE = '" + scope + "'";
    for (const std::string_view source : {source::kVariables, source::kStatus}) {
      const std::string name = scope + (source == source::kVariables ? "_VARIABLES" : "_STATUS");
      views.add(kInformationSchema, name, source, kVariables, where);
      views.add(kShow, name, source, kShowVariables, where);
    }
  }
  views.add(kInformationSchema, "PROCESSLIST", source::kProcesslist, kProcesslist);
  views.add(kShow, "PROCESSLIST", source::kProcesslist, kShowProcesslist);
  views.add(kShow, "WARNINGS", source::kWarnings, kWarnings);
  views.add(kShow, "PARAMETERS", source::kParameters, kParameters, "TENANT_ID = :effective_tenant_id");
  views.add(kShow, "GRANTS", source::kGrants, kGrants);
  views.add(kShow, "USERS", source::kUsers, kUsers);
  views.add({.name = "PRIVILEGES", .columns = kPrivileges, .from = privilege_rows(), .schema = kShow});
  views.add(kShow, "OPEN_TABLES", {}, kOpenTables, "0");
  views.add(kShow, "PROFILES", {}, kProfiles, "0");
  views.add(kShow, "SLAVE_STATUS", {}, kSlaveStatus, "0");
  return views.take();
}

}  // namespace breakwater::catalog
