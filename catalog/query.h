// The SELECT engine: a parsed SELECT or SHOW is bound to the views once (Engine::bind: names, types,
// visibility), giving a Plan that any number of threads run, each on a connection of its own (QueryRunner),
// any number of times and with other literals.
//
//   engine.bind(select, bind_context)       -> shared_ptr<const Plan>    any thread
//   runner.open(plan, query_context, ...)   -> Cursor                    the runner's thread
//   cursor.step(), cursor.text(i)           -> rows
//
// A plan knows a visibility class, a database and types; the tenant, the user, the time and the time zone
// come with the QueryContext at open(). Privileges are the caller's: Plan::views says what is read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/cell.h"
#include "catalog/view.h"
#include "grammar/ast.h"

struct sqlite3;

namespace breakwater::catalog {

// ---- what a session lends
// ------------------------------------------------------------------------------------

/// The session's variables. Called on the thread that binds or runs.
class Variables {
 public:
  virtual ~Variables() = default;
  /// Errors: var_unknown, var_not_local ... as MySQL answers for @@scope.name.
  virtual Result<Value> system_variable(ast::VariableScope scope, std::string_view name) const = 0;
  /// monostate when it was never set.
  virtual Value user_variable(std::string_view name) const = 0;
  virtual void set_user_variable(std::string_view name, Value value) = 0;
};

/// A session's time zone: a fixed offset, or the machine's.
struct TimeZone {
  bool system = false;
  std::int32_t offset_seconds = 0;
  /// UTC -> wall clock and back, in microseconds.
  std::int64_t to_local(Timestamp utc) const;
  Timestamp to_utc(std::int64_t local) const;
};
/// "SYSTEM", "UTC", "+08:00". Nothing for what we don't know (error time_zone_unknown is the caller's).
std::optional<TimeZone> parse_time_zone(std::string_view text);

enum class Verdict : std::uint8_t {
  go_on,
  killed,        ///< step() fails with query_interrupted
  timed_out,     ///< step() fails with timeout
  budget_spent,  ///< step() gives Step::budget_spent: run it again on a worker
};

/// Asked about every kInterruptOperations of SQLite's operations, on the cursor's thread. Must be cheap.
class Interrupt {
 public:
  virtual ~Interrupt() = default;
  virtual Verdict check() = 0;
};
inline constexpr int kInterruptOperations = 4000;

/// What SHOW WARNINGS will tell. Called on the cursor's thread, once for each value: the sink bounds them.
class WarningSink {
 public:
  virtual ~WarningSink() = default;
  /// code: MySQL's number (1292).
  virtual void add(std::uint16_t code, std::string_view text) = 0;
};

/// What a statement's run depends on. Filled by the session for each statement; outlives the cursor.
struct QueryContext {
  Timestamp now = 0;  ///< NOW(): the statement's start
  TimeZone time_zone;
  std::uint64_t random_seed = 0;  ///< RAND() without an argument
  std::uint64_t effective_tenant_id = 1;
  bool oracle = false;  ///< the session is an Oracle tenant's
  std::string_view effective_tenant = "sys";
  std::string_view database;   ///< empty: none
  std::string_view user;       ///< USER(): "root@127.0.0.1"
  std::string_view account;    ///< CURRENT_USER(): "root@%"
  std::string_view user_name;  ///< Oracle's USER: "SYS"
  std::string_view nls_date_format = "DD-MON-RR";
  std::string_view nls_timestamp_format = "DD-MON-RR HH.MI.SSXFF AM";
  std::uint64_t connection_id = 0;
  std::uint64_t last_insert_id = 0;
  std::int64_t row_count = -1;
  std::uint64_t found_rows = 0;
  std::string_view version = "5.7.25-OceanBase-v4.2.1.0";
  std::string_view ob_version = "4.2.1.0";
  std::uint32_t max_text_bytes = 16U << 20U;  ///< max_allowed_packet: no function gives a longer text
  std::uint32_t group_concat_max_bytes = 1024;
  Variables* variables = nullptr;   ///< never null while a plan that names variables runs
  Interrupt* interrupt = nullptr;   ///< may be null
  WarningSink* warnings = nullptr;  ///< may be null
};

// ---- binding
// -------------------------------------------------------------------------------------------------

/// What a `?` holds: decided before binding; an EXECUTE with other types is bound anew.
enum class ParameterKind : std::uint8_t { unknown, null, integer, unsigned_integer, real, decimal, text };

/// What a plan depends on: equal contexts and equal texts give equal plans.
struct BindContext {
  Visibility visibility = Visibility::sys;
  std::string_view database;  ///< the current one; empty: none
  std::string_view user;      ///< of the session's account: SHOW GRANTS without FOR
  std::string_view host;
  Collation connection_collation = Collation::general_ci;
  /// Literals that may differ without changing the plan become parameters (Plan::free_literals).
  bool free_literals = false;
  std::span<const ParameterKind> parameters = {};  ///< by index; a missing one is unknown
  const Variables* variables = nullptr;            ///< their types; null: every variable is var_unknown
};

struct ResultColumn {
  std::string label;
  std::string org_name;   ///< empty for an expression, like the next three
  std::string table;      ///< its alias
  std::string org_table;  ///< the view
  std::string schema;
  SqlType type;
};

/// A literal that open() may be given another value for.
struct FreeLiteral {
  std::uint32_t offset;  ///< ast::Literal::offset
  ast::LiteralKind kind;
  std::string text;  ///< the value it was bound with
};

/// What a client of an Oracle tenant is told of a value of this type: NUMBER, VARCHAR2 or CLOB.
SqlType oracle_result_type(const SqlType& type);

struct PlanCode;

/// Immutable; shared by threads. Its Engine outlives it.
class Plan {
 public:
  Plan();
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  std::uint64_t id = 0;  ///< unique in this process
  std::vector<ResultColumn> columns;
  std::vector<const View*> views;  ///< every view it reads, each once
  /// It may be kept and run again: it holds no user variable.
  bool cacheable = true;
  /// The outermost SELECT has a LIMIT: sql_select_limit doesn't concern it, nor any SHOW.
  bool has_limit = false;
  /// In the order in which open() takes their values. Every other literal of the statement is part of the
  /// plan: another text with another one needs a plan of its own.
  std::vector<FreeLiteral> free_literals;
  std::unique_ptr<const PlanCode> code;
};

class Engine {
 public:
  /// With the views of the product.
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Set-up, before any other use, by one thread.
  void add_source(std::string name, std::unique_ptr<const RowSource> source);
  void add_view(View view);

  // From here on any thread.

  /// Errors: those of MySQL's name resolution and typing (1046, 1049, 1052, 1054, 1066, 1111, 1146, 1222,
  /// 1241, 1305, 1582 ...) and not_supported.
  Result<std::shared_ptr<const Plan>> bind(const ast::Select& select, const BindContext& context) const;
  Result<std::shared_ptr<const Plan>> bind(const ast::Show& show, const BindContext& context) const;
  /// One row with one column: the right side of SET.
  Result<std::shared_ptr<const Plan>> bind(const ast::Expr& expr, const BindContext& context) const;

  /// Names in any case. Null if there is none, or none that this class sees.
  const View* find_view(std::string_view schema, std::string_view name, Visibility visibility) const;
  /// "oceanbase", "information_schema", "mysql", in any case; to an Oracle tenant "SYS" and
  /// "information_schema".
  bool has_schema(std::string_view schema, Visibility visibility) const;
  bool has_source(std::string_view name) const;
  std::span<const std::unique_ptr<const View>> views() const;

 private:
  friend class QueryRunner;
  struct State;
  std::unique_ptr<State> state_;
};

// ---- running
// --------------------------------------------------------------------------------------------------

enum class Step : std::uint8_t { row, done, budget_spent };

struct CursorState;

/// An open statement. While it lives its connection holds a read transaction: close it soon. Movable; must be
/// gone before its runner is. May be handed to another thread between steps, together with its runner.
class Cursor {
 public:
  Cursor(Cursor&& other) noexcept;
  Cursor& operator=(Cursor&& other) noexcept;
  ~Cursor();

  /// Errors: whatever evaluation meets (data_out_of_range, subquery_too_many_rows ...), query_interrupted,
  /// timeout, out_of_memory. After anything but Step::row there is nothing more.
  Result<Step> step();

  const std::vector<ResultColumn>& columns() const;
  /// A field of the row that step() stood on; texts live until the next step.
  Cell cell(std::size_t column) const;
  /// The same as the text protocol sends it; nothing for NULL. Allocates nothing.
  std::optional<std::string_view> text(std::size_t column) const;

 private:
  friend class QueryRunner;
  explicit Cursor(CursorState* state);
  CursorState* state_;
};

struct RunnerState;
class Reader;

/// Runs plans on one connection, which it gives MySQL's functions, collations and the row sources. Keeps the
/// prepared statements of the last kMaxPrepared plans. One thread and one open cursor at a time. The
/// connection is without SQLite's mutex (SQLITE_OPEN_NOMUTEX).
class QueryRunner {
 public:
  /// Bytes that SQLite holds in the whole program; more ends the statement that finds it so with 1037.
  static constexpr std::int64_t kMaxMemory = 256 << 20;
  static constexpr std::size_t kMaxPrepared = 64;

  /// `connection` is open on the catalogue (reading is enough) and outlives this. No other QueryRunner uses
  /// it.
  QueryRunner(const Engine& engine, sqlite3* connection);
  /// On a reader's connection; the reader outlives this and may be used between steps.
  QueryRunner(const Engine& engine, Reader& reader);
  ~QueryRunner();
  QueryRunner(const QueryRunner&) = delete;
  QueryRunner& operator=(const QueryRunner&) = delete;

  /// literals: for each Plan::free_literals its text, or nothing for the values it was bound with.
  /// parameters: of `?`, all of them, of the kinds the plan was bound for. Both are copied.
  Result<Cursor> open(std::shared_ptr<const Plan> plan, const QueryContext& context,
                      std::span<const std::string_view> literals = {},
                      std::span<const Value> parameters = {});

  /// The first row's first column; NULL when there is no row. For SET and for tests.
  Result<Value> scalar(const std::shared_ptr<const Plan>& plan, const QueryContext& context);

  /// SQLite's plan, a line a step: for tests that assert an index.
  std::string explain(const Plan& plan) const;

 private:
  std::unique_ptr<RunnerState> state_;
};

}  // namespace breakwater::catalog
