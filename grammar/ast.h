// The statements, as plain structs: parse() makes them and the rooms after it read them.
//
// Nothing here knows a tenant, a view or a socket. Names are as typed, without quotes and with their case;
// the code that looks up a parameter lower-cases its name. Text that may be a secret is a Secret: a password,
// and any value of ALTER SYSTEM SET, since a destination carries an access key.
//
// A statement can be moved but not copied, and owns everything it refers to: it may outlive its SQL text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/secret.h"

namespace breakwater::ast {

// ---- expressions ----

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;
struct Select;
using SelectPtr = std::unique_ptr<Select>;

enum class LiteralKind : std::uint8_t {
  null,
  boolean,    ///< text "1" or "0"
  integer,    ///< digits
  decimal,    ///< digits with a point
  real,       ///< with an exponent
  string,     ///< unescaped bytes
  hex,        ///< x'..' or 0x..: the bytes, a binary string
  date,       ///< DATE '..': text as given
  time,       ///< TIME '..'
  timestamp,  ///< TIMESTAMP '..'
};

struct Literal {
  LiteralKind kind = LiteralKind::null;
  std::string text;
  /// The position of the token in the statement's text, in bytes. The statement cache identifies literals by
  /// it. For DATE '..' and _utf8mb4'..' it is the string's, for 'a' 'b' the first string's. NULL, TRUE, FALSE
  /// and literals that the parser makes (a unit, a bare word in SET) have kNotInText.
  std::uint32_t offset = kNotInText;
  static constexpr std::uint32_t kNotInText = 0xFFFFFFFF;
};

/// schema and table may be empty.
struct ColumnRef {
  std::string schema;
  std::string table;
  std::string column;
};

enum class VariableScope : std::uint8_t { unspecified, session, global };

/// @@name, @@session.name, @@global.name
struct SystemVariable {
  VariableScope scope = VariableScope::unspecified;
  std::string name;
};

/// @name
struct UserVariable {
  std::string name;
};

/// @name := value
struct UserVariableAssignment {
  std::string name;
  ExprPtr value;
};

/// Oracle's ROWNUM: the number of the row among those that pass WHERE, from 1.
struct Rownum {};

/// `?` in a prepared statement, counted from 0.
struct Parameter {
  std::uint32_t index = 0;
};

enum class UnaryOp : std::uint8_t { minus, plus, logical_not, bit_not, binary };

struct Unary {
  UnaryOp op;
  ExprPtr operand;
};

enum class BinaryOp : std::uint8_t {
  logical_or,
  logical_xor,
  logical_and,
  equal,
  null_safe_equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  bit_or,
  bit_and,
  shift_left,
  shift_right,
  bit_xor,
  add,
  subtract,
  multiply,
  divide,          ///< `/`
  integer_divide,  ///< DIV
  modulo,          ///< % and MOD
};

struct Binary {
  BinaryOp op;
  ExprPtr left;
  ExprPtr right;
};

struct OrderItem {
  ExprPtr expr;
  bool descending = false;
};

/// How far a frame reaches: UNBOUNDED, n rows, or the current one.
struct FrameBound {
  enum class Kind : std::uint8_t {
    unbounded_preceding,
    preceding,
    current_row,
    following,
    unbounded_following
  };
  Kind kind = Kind::current_row;
  std::uint64_t rows = 0;
};

/// OVER (PARTITION BY ... ORDER BY ... ROWS|RANGE ...)
struct Window {
  std::vector<ExprPtr> partition_by;
  std::vector<OrderItem> order_by;
  struct Frame {
    bool rows = true;  ///< ROWS; else RANGE
    FrameBound from;
    FrameBound to;
  };
  std::optional<Frame> frame;
};

/// f(a, b), COUNT(*), COUNT(DISTINCT a), GROUP_CONCAT(DISTINCT a ORDER BY b SEPARATOR ',').
/// Functions with a syntax of their own come here too, under these names with plain arguments: EXTRACT(unit
/// FROM x) as "extract" with the unit as a string literal first; TRIM([BOTH|LEADING|TRAILING] [r] FROM s) as
/// "trim"/"ltrim"/"rtrim" (s [, r]); SUBSTRING(s FROM p FOR n) as "substring"; POSITION(a IN b) as "locate";
/// CURRENT_TIMESTAMP, CURRENT_DATE, CURRENT_USER ... without parentheses as calls without arguments;
/// TIMESTAMPDIFF(unit, a, b) and TIMESTAMPADD likewise with the unit as a string literal; INTERVAL(a, b ...)
/// as "interval"; || under PIPES_AS_CONCAT and in Oracle mode as "concat"; Oracle's SYSDATE, SYSTIMESTAMP
/// and USER, which take no parentheses.
struct FunctionCall {
  std::string name;  ///< lower case
  std::vector<ExprPtr> args;
  bool star = false;
  bool distinct = false;
  std::vector<OrderItem> order_by;
  std::optional<std::string> separator;
  std::unique_ptr<Window> over;  ///< may be null
};

/// INTERVAL value unit, an operand of + and - and the second argument of DATE_ADD and DATE_SUB.
struct Interval {
  ExprPtr value;
  std::string unit;  ///< upper case: DAY, HOUR_MINUTE ...
};

struct CaseBranch {
  ExprPtr when;
  ExprPtr then;
};

struct Case {
  ExprPtr operand;  ///< may be null
  std::vector<CaseBranch> branches;
  ExprPtr otherwise;  ///< may be null
};

struct In {
  ExprPtr operand;
  std::vector<ExprPtr> list;  ///< empty when there is a sub-query
  SelectPtr subquery;
  bool negated = false;
};

struct Between {
  ExprPtr operand;
  ExprPtr low;
  ExprPtr high;
  bool negated = false;
};

struct Like {
  ExprPtr operand;
  ExprPtr pattern;
  ExprPtr escape;  ///< may be null
  bool negated = false;
};

/// REGEXP, RLIKE
struct Regexp {
  ExprPtr operand;
  ExprPtr pattern;
  bool negated = false;
};

enum class IsWhat : std::uint8_t { null, yes, no, unknown };

struct Is {
  ExprPtr operand;
  IsWhat what;
  bool negated = false;
};

struct Subquery {
  SelectPtr select;
};

struct Exists {
  SelectPtr select;
};

/// = ANY (..), <> ALL (..)
struct QuantifiedComparison {
  BinaryOp op;
  ExprPtr operand;
  SelectPtr select;
  bool all = false;
};

/// (a, b): only where MySQL takes a row.
struct Row {
  std::vector<ExprPtr> items;
};

enum class CastType : std::uint8_t {
  signed_integer,
  unsigned_integer,
  character,
  binary,
  decimal,
  date,
  time,
  datetime,
  real
};

/// CAST(x AS type), CONVERT(x, type), CONVERT(x USING charset), _charset'x'
struct Cast {
  ExprPtr operand;
  CastType type;
  std::optional<std::uint32_t> length;  ///< characters, digits, or a fraction's digits
  std::optional<std::uint32_t> scale;   ///< DECIMAL's second number
  std::string charset;                  ///< of what becomes characters; empty: the connection's
};

/// x COLLATE name
struct Collate {
  ExprPtr operand;
  std::string collation;
};

struct Expr {
  std::variant<Literal, ColumnRef, Rownum, SystemVariable, UserVariable, UserVariableAssignment, Parameter,
               Unary, Binary, FunctionCall, Interval, Case, In, Between, Like, Regexp, Is, Subquery, Exists,
               QuantifiedComparison, Row, Cast, Collate>
      node;
};

// ---- SELECT ----

struct Star {
  std::string schema;
  std::string table;  ///< empty: all tables
};

struct SelectItem {
  std::variant<Star, ExprPtr> what;
  std::optional<std::string> alias;
  /// The expression as it was typed: the column's label where there is no alias. A literal string's label is
  /// its value.
  std::string text;
};

struct TableRef;
using TableRefPtr = std::unique_ptr<TableRef>;

struct NamedTable {
  std::string schema;  ///< may be empty
  std::string name;
  std::string alias;  ///< may be empty
};

struct DerivedTable {
  SelectPtr select;
  std::string alias;
};

enum class JoinKind : std::uint8_t { inner, left, right, cross };

struct Join {
  JoinKind kind;
  bool natural = false;
  TableRefPtr left;
  TableRefPtr right;
  ExprPtr on;  ///< may be null
  std::vector<std::string> using_columns;
};

struct TableRef {
  std::variant<NamedTable, DerivedTable, Join> node;
};

/// One SELECT without set operations. An absent FROM is an empty `from`; so is FROM DUAL.
struct SelectCore {
  bool distinct = false;
  std::vector<SelectItem> items;
  std::vector<TableRef> from;  ///< comma-separated: a cross join
  ExprPtr where;               ///< may be null
  std::vector<ExprPtr> group_by;
  ExprPtr having;             ///< may be null
  bool names_rownum = false;  ///< it, or the ORDER BY that belongs to it alone, names Oracle's ROWNUM
};

enum class SetOp : std::uint8_t { union_distinct, union_all };

struct LimitClause {
  ExprPtr count;   ///< integer literal or parameter; a number beyond 64 bits: all
  ExprPtr offset;  ///< may be null
};

/// WITH name (columns) AS (SELECT ...)
struct CommonTable {
  std::string name;
  std::vector<std::string> columns;  ///< empty: as the SELECT names them
  SelectPtr select;
};

/// [WITH ...] first [op next]... ORDER BY ... LIMIT ...; a part may be a parenthesised SELECT with its own
/// ORDER BY and LIMIT.
struct Select {
  std::vector<CommonTable> with;  ///< later ones and the SELECT may refer to each
  bool recursive = false;         ///< WITH RECURSIVE
  struct Part {
    SetOp op = SetOp::union_all;  ///< between this part and those before it; unused in the first part
    std::variant<SelectCore, SelectPtr> body;
  };
  std::vector<Part> parts;
  std::vector<OrderItem> order_by;
  std::optional<LimitClause> limit;
  std::vector<std::string> into;  ///< of the outermost alone: INTO @a, @b, the names without @
};

// ---- SHOW and session statements ----

enum class ShowKind : std::uint8_t {
  databases,
  tables,           ///< SHOW [FULL] TABLES [FROM db]
  columns,          ///< SHOW [FULL] COLUMNS|FIELDS FROM t [FROM db]; DESC t
  create_table,     ///< SHOW CREATE TABLE t
  create_view,      ///< SHOW CREATE VIEW t
  create_database,  ///< SHOW CREATE DATABASE d
  create_user,      ///< SHOW CREATE USER u; no name: the session's own
  variables,
  status,
  parameters,
  warnings,
  errors,
  count_warnings,
  count_errors,
  tenant,  ///< SHOW TENANT
  tenant_status,
  create_tenant,
  grants,
  processlist,
  engines,
  charset,
  collation,
  table_status,
  indexes,
  plugins,
  privileges,
  triggers,
  events,
  functions,    ///< SHOW FUNCTION STATUS
  procedures,   ///< SHOW PROCEDURE STATUS
  open_tables,  ///< SHOW OPEN TABLES
  profiles,
  slave_status,
};

struct Show {
  ShowKind kind;
  bool full = false;
  VariableScope scope = VariableScope::unspecified;
  std::string table;
  std::string schema;
  std::string name;                   ///< of a tenant or user
  std::string host;                   ///< of a user
  std::optional<std::string> like;    ///< the pattern
  ExprPtr where;                      ///< may be null
  std::optional<std::string> tenant;  ///< SHOW PARAMETERS ... TENANT = t
  std::optional<LimitClause> limit;   ///< SHOW WARNINGS LIMIT
};

/// One of SET's assignments. `user_variable`: @name = value, else a system variable.
struct VariableAssignment {
  bool user_variable = false;
  VariableScope scope = VariableScope::unspecified;
  std::string name;
  ExprPtr value;  ///< null: DEFAULT. A bare word (ON, utf8) comes as a string literal.
};

/// SET NAMES x [COLLATE y] and SET CHARACTER SET x; charset empty: DEFAULT.
struct SetNames {
  std::string charset;
  std::string collation;
  bool character_set = false;  ///< the CHARACTER SET form
};

/// SET [SESSION|GLOBAL] TRANSACTION ...
struct SetTransaction {
  VariableScope scope = VariableScope::unspecified;
  std::string isolation;  ///< "READ-COMMITTED" ...; empty if not given
  std::optional<bool> read_only;
};

struct Set {
  std::vector<std::variant<VariableAssignment, SetNames, SetTransaction>> items;
};

struct Use {
  std::string schema;
};

/// KILL [CONNECTION|QUERY] id
struct Kill {
  bool query_only = false;
  ExprPtr id;
};

/// DO a, b: evaluates the expressions and discards the results.
struct Do {
  std::vector<ExprPtr> exprs;
};

/// PREPARE name FROM 'text' or FROM @variable.
struct PrepareText {
  std::string name;
  std::optional<Secret> text;  ///< it may hold secrets, like every statement; else in the variable
  std::string variable;
};

/// EXECUTE name [USING @a, @b]
struct ExecuteText {
  std::string name;
  std::vector<std::string> variables;
};

/// DEALLOCATE PREPARE name, DROP PREPARE name
struct DeallocateText {
  std::string name;
};

struct Begin {};
struct Commit {};
struct Rollback {};

/// A statement that succeeds and does nothing here: UNLOCK TABLES, SAVEPOINT ...
struct NoOperation {
  std::string head;
};

/// FLUSH PRIVILEGES, TABLES [WITH READ LOCK], STATUS: FLUSH TABLES has neither and does nothing.
struct Flush {
  bool privileges = false;
  bool status = false;
};

// ---- tenants and resources ----

/// A name with a value in a list of options: MAX_CPU = 1, ZONE_LIST = ('z1','z2'), COMMENT 'x'. Names are
/// upper case; a value is the literal's text, a list its items in order.
struct Option {
  std::string name;
  std::vector<std::string> values;
};

struct CreateTenant {
  std::string name;
  bool if_not_exists = false;
  std::optional<Secret> password;  ///< IDENTIFIED BY: its administrator's
  std::vector<Option>
      options;  ///< RESOURCE_POOL_LIST, PRIMARY_ZONE, LOCALITY, ZONE_LIST, CHARSET, COLLATE, COMMENT ...
  std::vector<VariableAssignment> variables;
};

struct DropTenant {
  std::string name;
  bool if_exists = false;
  bool force = false;
  bool purge = false;
};

struct AlterTenant {
  enum class Action : std::uint8_t { options, rename, lock, unlock };
  std::string name;
  bool all = false;
  Action action = Action::options;
  std::string new_name;
  std::vector<Option> options;
  std::vector<VariableAssignment> variables;
};

struct CreateResourceUnit {
  std::string name;
  bool if_not_exists = false;
  std::vector<Option> options;
};
struct AlterResourceUnit {
  std::string name;
  std::vector<Option> options;
};
struct DropResourceUnit {
  std::string name;
  bool if_exists = false;
};
struct CreateResourcePool {
  std::string name;
  bool if_not_exists = false;
  std::vector<Option> options;
};
struct AlterResourcePool {
  std::string name;
  std::vector<Option> options;
};
struct DropResourcePool {
  std::string name;
  bool if_exists = false;
};

/// ALTER SYSTEM CHANGE TENANT name | TENANT_ID = n
struct ChangeTenant {
  std::string name;
  std::optional<std::uint64_t> id;
};

// ---- accounts ----

struct AccountName {
  std::string user;
  std::string host = "%";
  bool current_user = false;
};

struct AccountSpec {
  AccountName account;
  std::optional<std::string> plugin;  ///< IDENTIFIED WITH plugin
  std::optional<Secret> password;     ///< IDENTIFIED BY 'clear text'
  std::optional<Secret> hash;         ///< IDENTIFIED BY PASSWORD 'hash', IDENTIFIED WITH p AS 'hash'
};

/// REQUIRE NONE, SSL, X509.
enum class TlsRequirement : std::uint8_t { none, ssl, x509 };
/// PASSWORD EXPIRE …, FAILED_LOGIN_ATTEMPTS n, PASSWORD_LOCK_TIME n.
struct PasswordOptions {
  enum class Expire : std::uint8_t { unsaid, now, by_default, never, after_days };
  Expire expire = Expire::unsaid;
  std::uint64_t days = 0;  ///< of after_days
  std::optional<std::uint64_t> failed_login_attempts;
  std::optional<std::uint64_t> lock_days;
  bool lock_unbounded = false;  ///< PASSWORD_LOCK_TIME UNBOUNDED

  bool are_said() const {
    return expire != Expire::unsaid || failed_login_attempts || lock_days || lock_unbounded;
  }
};
struct CreateUser {
  bool if_not_exists = false;
  std::vector<AccountSpec> accounts;
  std::optional<bool> locked;
  std::optional<TlsRequirement> require;
  PasswordOptions password;
};
struct AlterUser {
  bool if_exists = false;
  std::vector<AccountSpec> accounts;
  std::optional<bool> locked;
  std::optional<TlsRequirement> require;
  PasswordOptions password;
};
struct RenameUser {
  std::vector<std::pair<AccountName, AccountName>> accounts;  ///< from, to
};
struct DropUser {
  bool if_exists = false;
  std::vector<AccountName> accounts;
};
struct SetPassword {
  std::optional<AccountName> account;  ///< none: the session's own
  Secret password;
  bool hashed = false;  ///< the value is a hash ('*…'), not clear text
};

// A grantee may be a role too where the tenant is an Oracle one.
struct Grant {
  std::vector<std::string> privileges;  ///< upper case, "ALL PRIVILEGES", "ALTER SYSTEM", "SELECT" ...
  std::vector<std::string> roles;       ///< in Oracle mode, as all of them below
  std::string schema;                   ///< "*" or a name; empty: the current database
  std::string table;                    ///< "*" or a name
  std::vector<AccountSpec> accounts;
  bool with_grant_option = false;  ///< or WITH ADMIN OPTION, which is the same here
};
struct Revoke {
  bool everything = false;  ///< ALL PRIVILEGES, GRANT OPTION FROM: at every level; no privileges are named
  std::vector<std::string> privileges;
  std::vector<std::string> roles;
  std::string schema;
  std::string table;
  std::vector<AccountName> accounts;
};

struct CreateRole {
  std::string role;
};
struct DropRole {
  std::string role;
};
/// ALL [EXCEPT …], a list, or NONE: an empty list.
struct RoleChoice {
  bool all = false;  ///< but for the names
  std::vector<std::string> names;
};
struct SetRole {
  RoleChoice choice;
};
struct DefaultRole {
  AccountName account;
  RoleChoice choice;
};

// ---- backup statements ----

/// The right side of the `=` in ALTER SYSTEM SET.
struct ParameterValue {
  /// A literal: text, number, TRUE, FALSE, NULL. not_a_literal: a system variable or an expression, which the
  /// executor refuses with illegal_type (5023), see docs/spec/behaviour.md#parameter-value-literal.
  enum class Kind : std::uint8_t { text, number, null, not_a_literal, parameter };
  Kind kind = Kind::text;
  Secret text;
};

/// One item of ALTER SYSTEM [SET] (docs/spec/behaviour.md#tenant-belongs-to-item).
struct SystemParameter {
  std::string name;  ///< lower case
  ParameterValue value;
  std::optional<std::string> comment;
  std::optional<std::string> scope;
  std::optional<std::string> server;
  std::optional<std::string> zone;
  std::optional<std::string> tenant;
};

struct AlterSystemSet {
  std::vector<SystemParameter> items;
};

struct AlterSystemReset {
  std::vector<std::string> names;
  std::optional<std::string> tenant;
};

/// ALTER SYSTEM BACKUP KEY [TENANT = list] [TO 'uri'] [ENCRYPTED BY 'password']
struct BackupKey {
  std::vector<std::string> tenants;          ///< empty: no TENANT clause
  std::optional<std::uint64_t> tenant_id{};  ///< TENANT_ID = n, also of a dropped tenant
  std::optional<Secret> to;                  ///< a URI: it may hold an access key
  std::optional<Secret> password;
};

/// ALTER SYSTEM RESTORE KEY TENANT = t FROM 'uri' [ENCRYPTED BY 'password']
struct RestoreKey {
  std::optional<std::string> tenant{};
  Secret from{};  ///< a URI: it may hold an access key
  std::optional<Secret> password{};
};

/// ALTER SYSTEM FORGET KEY TENANT_ID = n
struct ForgetKey {
  std::uint64_t tenant_id = 0;
};

/// ALTER SYSTEM BACKUP CATALOG KEY [TO 'uri'] [ENCRYPTED BY 'password'], RESTORE CATALOG KEY [FROM 'uri'] [ENCRYPTED BY 'p']
struct CatalogKey {
  bool restore = false;
  std::optional<Secret> uri;  ///< it may hold an access key
  std::optional<Secret> password;
};

/// ALTER SYSTEM ROTATE CATALOG KEY
struct RotateCatalogKey {};

/// ALTER SYSTEM CHECK BACKUP DESTINATION ['uri' | DATA | ARCHIVE]
struct CheckDestination {
  enum class Which : std::uint8_t { given, all, data, archive };  ///< given: by its URI
  Which which = Which::all;
  Secret uri;  ///< it may hold an access key
  std::optional<std::string> tenant;
};

/// ALTER SYSTEM CHANGE EXTERNAL_STORAGE_DEST PATH 'path' [SET] [ACCESS_INFO 'keys'] [ATTRIBUTE 'limits']
struct ChangeStorageDest {
  Secret path;  ///< somebody may write a whole URI there, with an access key
  std::optional<Secret> access_info;
  std::optional<Secret> attribute;
};

/// ALTER SYSTEM ADOPT BACKUP DESTINATION 'uri' [TENANT = t] [FORCE]
struct AdoptDestination {
  Secret uri;  ///< it may hold an access key
  std::optional<std::string> tenant;
  bool force = false;
};

/// ALTER SYSTEM RELEASE | RETIRE BACKUP DESTINATION 'uri' [TENANT = t]
struct GiveUpDestination {
  bool retire = false;
  Secret uri;  ///< it may hold an access key
  std::optional<std::string> tenant;
};

/// ALTER SYSTEM ADD | DROP DELETE BACKUP POLICY 'name'. Only ADD has more than the name and the tenants.
struct DeletePolicy {
  bool add = true;
  std::string name;
  std::optional<std::string> recovery_window;
  std::optional<std::int64_t> redundancy;
  std::optional<std::int64_t> backup_copies;
  std::vector<std::string> tenants;  ///< empty: no TENANT clause
};

/// ALTER SYSTEM BACKUP [INCREMENTAL] {DATABASE | [TENANT = list]} [TO 'uri'] [PLUS ARCHIVELOG] [DESCRIPTION = 'text']
struct BackupDatabase {
  bool incremental = false;
  bool database = false;             ///< else the form with TENANT
  std::vector<std::string> tenants;  ///< of that form; may be empty
  std::optional<Secret> to;          ///< a URI: it may hold an access key
  bool plus_archivelog = false;
  std::string description;
};

/// ALTER SYSTEM CANCEL [DELETE] BACKUP [TENANT = list]
struct CancelBackup {
  bool of_deletion = false;
  std::vector<std::string> tenants;  ///< empty: no TENANT clause
};

/// ALTER SYSTEM DELETE {BACKUPSET ids | ARCHIVELOG_PIECE ids | OBSOLETE BACKUP | BACKUP ALL data_backup_dest = 'path'}
/// [TENANT = list] [DESCRIPTION = 'text']
struct DeleteBackup {
  enum class What : std::uint8_t { sets, pieces, obsolete, path };
  What what = What::obsolete;
  std::vector<std::int64_t> ids;
  std::string parameter;  ///< of BACKUP ALL: which destination is named, as it was written
  Secret path;            ///< likewise; somebody may give the access key with it
  std::vector<std::string> tenants;
  std::string description;
};

/// ALTER SYSTEM VALIDATE {BACKUP | BACKUPSET [ids] | ARCHIVELOG_PIECE [ids]} [LEVEL = BASIC | PHYSICAL] [TENANT = list]
/// [DESCRIPTION = 'text']
struct ValidateBackup {
  enum class What : std::uint8_t { all, sets, pieces };
  What what = What::all;
  std::vector<std::int64_t> ids;  ///< empty: all of them
  std::string level;              ///< in capital letters; empty: not said
  std::vector<std::string> tenants;
  std::string description;
};

/// ALTER SYSTEM CANCEL VALIDATE BACKUP [TENANT = list]
struct CancelValidation {
  std::vector<std::string> tenants;  ///< empty: no TENANT clause
};

/// ALTER SYSTEM ARCHIVELOG | NOARCHIVELOG [TENANT = list]
struct ArchiveLog {
  bool on = true;
  std::vector<std::string> tenants;  ///< empty: no TENANT clause
};

/// ALTER SYSTEM RESTORE tenant [FROM 'data,archive'] [UNTIL SCN | TIME = …] WITH 'options'
/// [WITH KEY FROM 'uri' [ENCRYPTED BY 'password']] [DESCRIPTION = 'text']
struct RestoreTenant {
  std::string tenant;
  std::optional<Secret> from;            ///< URIs: they may hold access keys
  std::optional<std::string> until_scn;  ///< as typed; at most one of the two
  std::optional<std::string> until_time;
  std::string options;
  std::optional<Secret> key_from;  ///< a URI
  std::optional<Secret> key_password;
  std::string description;
};

/// ALTER SYSTEM RESTORE FROM 'data,archive' [UNTIL SCN | TIME = …] PREVIEW
struct RestorePreview {
  Secret from;                           ///< URIs: they may hold access keys
  std::optional<std::string> until_scn;  ///< as typed; at most one of the two
  std::optional<std::string> until_time;
};

/// SHOW RESTORE PREVIEW
struct ShowRestorePreview {};

/// ALTER SYSTEM ADD RESTORE SOURCE 'uri,…', CLEAR RESTORE SOURCE
struct RestoreSource {
  std::optional<Secret> added;  ///< URIs; none: CLEAR
};

/// SHOW BACKUPS FROM 'data,archive'
struct ShowBackups {
  Secret from;  ///< URIs: they may hold access keys
};

/// ALTER SYSTEM CANCEL RESTORE tenant
struct CancelRestore {
  std::string tenant;
};

/// ALTER SYSTEM RECOVER STANDBY TENANT tenant [UNTIL UNLIMITED | SCN | TIME = …]
struct RecoverStandby {
  std::string tenant;
  std::optional<std::string> until_scn;  ///< as typed; at most one of the two; none: UNLIMITED
  std::optional<std::string> until_time;
};

/// ALTER SYSTEM RUN UPGRADE JOB 'job' [TENANT = list]
struct RunUpgradeJob {
  std::string job;
  std::vector<std::string> tenants;  ///< empty: no TENANT clause
};

/// ALTER SYSTEM ACTIVATE STANDBY TENANT tenant
struct ActivateStandby {
  std::string tenant;
};

/// SET ENCRYPTION ON IDENTIFIED BY 'password' ONLY
struct SetEncryption {
  Secret password;
};

/// SET DECRYPTION IDENTIFIED BY 'password', 'password' ...
struct SetDecryption {
  std::vector<Secret> passwords;
};

/// ALTER INSTANCE ROTATE INNODB MASTER KEY
struct RotateMasterKey {};

/// Oracle's ADMINISTER KEY MANAGEMENT ... IDENTIFIED BY password
struct KeyManagement {
  enum class Action : std::uint8_t {
    create_keystore,
    alter_password,  ///< ALTER KEYSTORE PASSWORD IDENTIFIED BY password SET new_password
    open_keystore,
    close_keystore,
    set_key,
  };
  Action action;
  std::string keystore;  ///< create_keystore: its name; may be empty
  Secret password;
  Secret new_password;
};

/// A statement that MySQL or OceanBase has and this server does not, recognised by its first words: INSERT,
/// CREATE TABLE, ALTER SYSTEM VALIDATE ... The answer is not_supported (1235), which names `head`.
struct ForeignStatement {
  std::string head;  ///< upper case; only words of the table of heads
};

/// Only blanks and comments.
struct EmptyStatement {};

using Statement =
    std::variant<EmptyStatement, Select, Show, Set, Use, Kill, Do, PrepareText, ExecuteText, DeallocateText,
                 Begin, Commit, Rollback, NoOperation, Flush, CreateTenant, DropTenant, AlterTenant,
                 CreateResourceUnit, AlterResourceUnit, DropResourceUnit, CreateResourcePool,
                 AlterResourcePool, DropResourcePool, ChangeTenant, CreateUser, AlterUser, DropUser,
                 RenameUser, SetPassword, Grant, Revoke, AlterSystemSet, AlterSystemReset, BackupKey,
                 RestoreKey, ForgetKey, CatalogKey, RotateCatalogKey, CheckDestination, AdoptDestination,
                 GiveUpDestination, ChangeStorageDest, DeletePolicy, CancelBackup, ArchiveLog, SetEncryption,
                 SetDecryption, RotateMasterKey, KeyManagement, ForeignStatement, BackupDatabase,
                 RestoreTenant, RestorePreview, ShowRestorePreview, RestoreSource, ShowBackups, CancelRestore,
                 ActivateStandby, RecoverStandby, RunUpgradeJob, DeleteBackup, ValidateBackup,
                 CancelValidation, CreateRole, DropRole, SetRole, DefaultRole>;

}  // namespace breakwater::ast
