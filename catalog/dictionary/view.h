// Views and row sources. A view is declared once, as data; SELECT, DESC, SHOW COLUMNS and information_schema
// all read that declaration. Rows that only `server` has (the process list, variables) come from row sources,
// which `server` registers and views name.
//
// Declarations are made while the Dictionary is set up and don't change afterwards.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/memory_account.h"
#include "catalog/values/sql_type.h"

namespace breakwater::catalog {

struct QueryContext;

// ---- the schemas ----
inline constexpr std::string_view kOceanBase = "oceanbase";
inline constexpr std::string_view kInformationSchema = "information_schema";
inline constexpr std::string_view kMysql = "mysql";
inline constexpr std::string_view kSys = "SYS";    ///< of Oracle tenants
inline constexpr std::string_view kShow = "show";  ///< hidden views that SHOW statements read; no database

/// The visibility class: the tenant in which a statement runs decides which views there are
/// (docs/spec/behaviour.md#visibility).
enum class Visibility : std::uint8_t { sys, mysql, oracle };

/// A set of visibility classes.
struct VisibleTo {
  bool sys = true;
  bool mysql = true;
  bool oracle = false;
  bool includes(Visibility who) const {
    if (who == Visibility::sys) return sys;
    return who == Visibility::mysql ? mysql : oracle;
  }
};

struct Column {
  std::string name;
  SqlType type;
  std::string declared = {};  ///< Oracle types: the type as DESC prints it; else empty, see declared_type()
};
/// "bigint(20)", "VARCHAR2(64)"
std::string declared_type(const Column& column);

/// A column as tables of columns give it: the type as MySQL prints it, nullable "YES" or "NO".
struct ColumnDecl {
  const char* name;
  const char* type;
  const char* nullable;
};
std::vector<Column> make_columns(std::span<const ColumnDecl> declarations);

struct View {
  std::string schema;  ///< "oceanbase", "information_schema", "mysql"; "SYS" of Oracle tenants
  std::string name;    ///< upper case, as SHOW TABLES prints it
  std::vector<Column> columns;
  /// A SELECT in SQLite's SQL over the catalogue's tables, which gives the columns in order and with their
  /// names. It may use :effective_tenant_id, :user_name and :now (microseconds). It must give a TIMESTAMP in
  /// microseconds and a DECIMAL as text with its digits. A row source is the table bw_<name>.
  std::string query;
  VisibleTo visible_to;
  std::string row_source = {};  ///< the row source it needs, if any
  bool hidden = false;          ///< only SHOW statements read it
  bool is_public = false;       ///< everybody may read it: Oracle's DUAL, ALL_ and USER_ views
  bool about_backups = false;   ///< who has ALTER SYSTEM may read it
  const char* table_type = "SYSTEM VIEW";
};

/// CREATE VIEW `name` AS and the query, in SQLite's SQL over tables that statements cannot name.
std::string definition(const View& view);

/// The statement needs only rows whose `column` equals `value`. A row source may use it to give fewer rows.
struct Equality {
  std::size_t column;
  Cell value;
};

/// Rows on demand. Belongs to one cursor and is used by its thread only.
class Rows {
 public:
  virtual ~Rows() = default;
  /// Moves to the first row, then to the next. False after the last.
  virtual bool next() = 0;
  /// A field of the current row. Texts stay valid until next() is called. A TIMESTAMP is an int64 in
  /// microseconds UTC, a DECIMAL is text.
  virtual Cell cell(std::size_t column) const = 0;
};

/// Rows that are not in the store. Immutable after registration; scan() is called from any thread.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual std::span<const Column> columns() const = 0;
  /// The rows as they are now for this session. `context` must outlive the result.
  virtual std::unique_ptr<Rows> scan(const QueryContext& context,
                                     std::span<const Equality> equalities) const = 0;
};

/// Rows that are all made at once, for small sources. If the statement's account has no room for a row, the
/// row is left out and the statement ends with an error.
struct RowTable {
  std::size_t width = 0;
  std::vector<Value> values = {};  ///< row after row
  TakenMemory taken = TakenMemory();
  void add(std::initializer_list<Value> row);
};
std::unique_ptr<Rows> rows_of(RowTable table);

// The names of the row sources that `server` registers, and the columns that each must at least have, in this
// order. Views and SHOW statements over one that isn't registered answer not_supported (1235).
namespace source {
inline constexpr std::string_view kVariables =
    "variables";  ///< SCOPE ('SESSION'|'GLOBAL'), VARIABLE_NAME, VARIABLE_VALUE
inline constexpr std::string_view kStatus = "status";  ///< the same
inline constexpr std::string_view kProcesslist =
    "processlist";  ///< ID, USER, TENANT, HOST, DB, COMMAND, TIME, STATE, INFO
/// One row: SVR_IP, SVR_PORT (OceanBase's RPC port), ZONE, SQL_PORT (NULL: only a unix socket, or a port that
/// the system chose), START_TIME, BUILD_VERSION, CPUS, MEMORY, DISK, DISK_IN_USE (bytes; of the data
/// directory's file system)
inline constexpr std::string_view kServer = "server";
inline constexpr std::string_view kWarnings = "warnings";  ///< LEVEL, CODE, MESSAGE
/// TENANT_ID, ZONE, SVR_TYPE, SVR_IP, SVR_PORT, NAME, DATA_TYPE, VALUE, INFO, SECTION, SCOPE, SOURCE,
/// EDIT_LEVEL
inline constexpr std::string_view kParameters = "parameters";
/// SVR_IP, SVR_PORT, REQUEST_ID, SID, CLIENT_IP, CLIENT_PORT, TENANT_ID, TENANT_NAME, EFFECTIVE_TENANT_ID,
/// EFFECTIVE_TENANT_NAME, USER_NAME, KIND, TLS, QUERY_SQL, RET_CODE, ERROR, NOTE, DESTINATION, CHANGES, REQUEST_TIME,
/// ELAPSED_TIME; in sys of all tenants, elsewhere of the effective one
inline constexpr std::string_view kAudit = "audit";
inline constexpr std::string_view kSessionRoles =
    "session_roles";  ///< ROLE, ENABLED, DIRECT, ADMIN_OPTION, DEFAULT_ROLE; of the session's account
inline constexpr std::string_view kGrants = "grants";  ///< USER, HOST, GRANT_TEXT; of the effective tenant
inline constexpr std::string_view kUsers = "users";    ///< USER, HOST, CREATE_TEXT; likewise
/// USER, HOST, SCHEMA_NAME, TABLE_NAME ("*" at wider levels), PRIVILEGE, GRANTABLE ('YES'|'NO'); likewise
inline constexpr std::string_view kPrivileges = "privileges";
}  // namespace source

}  // namespace breakwater::catalog
