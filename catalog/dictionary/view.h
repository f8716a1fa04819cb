// What can be selected from. A view is declared once, as data; SELECT, DESC, SHOW COLUMNS and
// information_schema all read that declaration. What lives in `server` (the process list, variables) is a
// row source that `server` registers and a view names.
//
// Declarations are made while the Dictionary is set up and never change after it.
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

/// Which tenant a statement runs in decides which views there are (docs/spec/behaviour.md#visibility).
enum class Visibility : std::uint8_t { sys, mysql, oracle };

/// A set of them.
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
  std::string declared = {};  ///< the type as DESC prints it, where declared_type() doesn't: Oracle's
};
/// "bigint(20)", "VARCHAR2(64)"
std::string declared_type(const Column& column);

/// As it's written in a table of columns: type as MySQL prints it, "YES" or "NO".
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
  /// A SELECT in SQLite's SQL over the catalogue's tables, giving the columns in order under their names.
  /// :effective_tenant_id, :user_name and :now (microseconds) are bound; a TIMESTAMP is given in
  /// microseconds, a DECIMAL as text with its digits. A row source is the table bw_<name>.
  std::string query;
  VisibleTo visible_to;
  std::string row_source = {};  ///< the row source it needs, if any
  bool hidden = false;          ///< only SHOW statements read it
  bool is_public = false;       ///< everybody may read it: Oracle's DUAL, ALL_ and USER_ views
  const char* table_type = "SYSTEM VIEW";
};

/// CREATE VIEW `name` AS and the query: in SQLite's SQL, over tables that statements cannot name.
std::string definition(const View& view);

/// `column` must equal `value`: what a row source may use to give fewer rows. Using it is optional.
struct Equality {
  std::size_t column;
  Cell value;
};

/// Rows on demand. Belongs to one cursor and is used by its thread only.
class Rows {
 public:
  virtual ~Rows() = default;
  /// To the first row, then to the next; false after the last.
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
  /// The rows as they are for this session at this moment. `context` outlives the result.
  virtual std::unique_ptr<Rows> scan(const QueryContext& context,
                                     std::span<const Equality> equalities) const = 0;
};

/// Rows that are all there at once; for sources that are small. Where the statement's account has no room
/// for a row there is none, and the statement ends.
struct RowTable {
  std::size_t width = 0;
  std::vector<Value> values = {};  ///< row after row
  TakenMemory taken = TakenMemory();
  void add(std::initializer_list<Value> row);
};
std::unique_ptr<Rows> rows_of(RowTable table);

// Row sources that `server` registers by these names, with at least these columns in this order. Views and
// SHOW statements over one that isn't registered answer not_supported.
namespace source {
inline constexpr std::string_view kVariables =
    "variables";  ///< SCOPE ('SESSION'|'GLOBAL'), VARIABLE_NAME, VARIABLE_VALUE
inline constexpr std::string_view kStatus = "status";  ///< the same
inline constexpr std::string_view kProcesslist =
    "processlist";  ///< ID, USER, TENANT, HOST, DB, COMMAND, TIME, STATE, INFO
/// One row. SVR_IP, SVR_PORT (OceanBase's RPC port), ZONE, SQL_PORT (NULL: a unix socket only, or a port
/// chosen by the system), START_TIME, BUILD_VERSION, CPUS, MEMORY, DISK, DISK_IN_USE (bytes; of the data
/// directory's file system)
inline constexpr std::string_view kServer = "server";
inline constexpr std::string_view kWarnings = "warnings";  ///< LEVEL, CODE, MESSAGE
/// TENANT_ID, ZONE, SVR_TYPE, SVR_IP, SVR_PORT, NAME, DATA_TYPE, VALUE, INFO, SECTION, SCOPE, SOURCE,
/// EDIT_LEVEL
inline constexpr std::string_view kParameters = "parameters";
inline constexpr std::string_view kGrants = "grants";  ///< USER, HOST, GRANT_TEXT; of the effective tenant
inline constexpr std::string_view kUsers = "users";    ///< USER, HOST, CREATE_TEXT; likewise
/// USER, HOST, SCHEMA_NAME, TABLE_NAME ("*" above), PRIVILEGE, GRANTABLE ('YES'|'NO'); likewise
inline constexpr std::string_view kPrivileges = "privileges";
}  // namespace source

}  // namespace breakwater::catalog
