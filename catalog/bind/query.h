// Binding: a parsed SELECT or SHOW meets the dictionary once (names, types, visibility) and becomes a Plan that any
// number of threads run (run/runner.h), any number of times and with other literals.
//
//   bind(dictionary, select, bind_context)  -> shared_ptr<const Plan>    any thread
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

#include "base/error.h"
#include "catalog/dictionary/dictionary.h"
#include "catalog/functions/context.h"
#include "catalog/values/sql_type.h"
#include "grammar/ast.h"

namespace breakwater::catalog {

/// What a `?` holds: decided before binding; an EXECUTE with other types is bound anew.
enum class ParameterKind : std::uint8_t {
  unknown,
  null,
  integer,
  unsigned_integer,
  real,
  decimal,
  text,
  bytes,
  date,
  datetime,
  datetime_fraction,  ///< has a fraction of a second
  time,
  time_fraction,
};

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

/// Immutable; shared by threads. Its Dictionary outlives it.
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
  bool reads_system_variables = false;
  /// The outermost SELECT has a LIMIT: sql_select_limit doesn't concern it, nor any SHOW.
  bool has_limit = false;
  /// The user variables that get the one row; empty: a client does.
  std::vector<std::string> into;
  /// Bytes of SQL that SQLite reads where the plan isn't prepared yet: what that takes grows with them.
  std::size_t sql_bytes = 0;
  /// The columns that are SLEEP(n), in order: whoever reads a row waits for Cursor::seconds() of each before
  /// the row goes on, and puts 0 there, or 1 for a wait that was cut short.
  std::vector<std::size_t> sleeps;
  /// In the order in which open() takes their values. Every other literal of the statement is part of the
  /// plan: another text with another one needs a plan of its own.
  std::vector<FreeLiteral> free_literals;
  std::size_t bytes = 0;  ///< what it holds, about
  std::unique_ptr<const PlanCode> code;
};

/// Errors: those of MySQL's name resolution and typing (1046, 1049, 1052, 1054, 1066, 1111, 1146, 1222,
/// 1241, 1305, 1582 ...) and not_supported.
Result<std::shared_ptr<const Plan>> bind(const Dictionary& dictionary, const ast::Select& select,
                                         const BindContext& context);
Result<std::shared_ptr<const Plan>> bind(const Dictionary& dictionary, const ast::Show& show,
                                         const BindContext& context);
/// One row with one column: the right side of SET.
Result<std::shared_ptr<const Plan>> bind(const Dictionary& dictionary, const ast::Expr& expr,
                                         const BindContext& context);

/// The value of a literal, of a number with a sign, or of a variable, which nothing has to be run for: what
/// scalar() would give. Nothing: it takes bind() and a run. `oracle`: a text without characters is
/// NULL. Errors: those of Variables.
std::optional<Result<Value>> known_value(const ast::Expr& expr, const Variables& variables, bool oracle);

}  // namespace breakwater::catalog
