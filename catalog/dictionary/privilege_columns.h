// The columns that show an account's privileges: in mysql.user and mysql.db, and in OceanBase's CDB_OB_USERS.
#pragma once

#include "catalog/model/privilege.h"

namespace breakwater::catalog {

struct PrivilegeColumn {
  const char* mysql_name;      ///< in mysql.user; null: it has no such column
  const char* oceanbase_name;  ///< in CDB_OB_USERS and DBA_OB_USERS; null: they have no such column
  Privileges bit;              ///< 0: nobody holds it here
  bool of_schema = false;      ///< mysql.db has the column too
};

// In the order of MySQL's columns. That of OceanBase's comes from columns.csv.
inline constexpr PrivilegeColumn kPrivilegeColumns[] = {
    {"Select_priv", "PRIV_SELECT", privilege::kSelect, true},
    {"Insert_priv", "PRIV_INSERT", privilege::kInsert, true},
    {"Update_priv", "PRIV_UPDATE", privilege::kUpdate, true},
    {"Delete_priv", "PRIV_DELETE", privilege::kDelete, true},
    {"Create_priv", "PRIV_CREATE", privilege::kCreate, true},
    {"Drop_priv", "PRIV_DROP", privilege::kDrop, true},
    {"Reload_priv", nullptr, 0},
    {"Shutdown_priv", nullptr, 0},
    {"Process_priv", "PRIV_PROCESS", privilege::kProcess},
    {"File_priv", "PRIV_FILE", privilege::kFile},
    {"Grant_priv", "PRIV_GRANT_OPTION", privilege::kGrantOption, true},
    {"References_priv", nullptr, 0, true},
    {"Index_priv", "PRIV_INDEX", privilege::kIndex, true},
    {"Alter_priv", "PRIV_ALTER", privilege::kAlter, true},
    {"Show_db_priv", "PRIV_SHOW_DB", privilege::kShowDatabases},
    {"Super_priv", "PRIV_SUPER", privilege::kSuper},
    {"Create_tmp_table_priv", nullptr, 0, true},
    {"Lock_tables_priv", nullptr, 0, true},
    {"Execute_priv", nullptr, 0, true},
    {"Repl_slave_priv", "PRIV_REPL_SLAVE", privilege::kReplicationSlave},
    {"Repl_client_priv", "PRIV_REPL_CLIENT", privilege::kReplicationClient},
    {"Create_view_priv", "PRIV_CREATE_VIEW", privilege::kCreateView, true},
    {"Show_view_priv", "PRIV_SHOW_VIEW", privilege::kShowView, true},
    {"Create_routine_priv", nullptr, 0, true},
    {"Alter_routine_priv", nullptr, 0, true},
    {"Create_user_priv", "PRIV_CREATE_USER", privilege::kCreateUser},
    {"Event_priv", nullptr, 0, true},
    {"Trigger_priv", nullptr, 0, true},
    {"Create_tablespace_priv", nullptr, 0},
    {nullptr, "PRIV_ALTER_TENANT", privilege::kAlterTenant},
    {nullptr, "PRIV_ALTER_SYSTEM", privilege::kAlterSystem},
    {nullptr, "PRIV_CREATE_RESOURCE_POOL", privilege::kCreateResourcePool},
    {nullptr, "PRIV_CREATE_RESOURCE_UNIT", privilege::kCreateResourceUnit},
};

}  // namespace breakwater::catalog
