// The values of expressions that stand outside a SELECT: in SET, KILL, DO, CREATE and ALTER TENANT. There are
// two ways to one, and neither can hold up its thread: known_values() runs nothing, evaluate() has the
// budget, the worker and the timer that a SELECT has.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "catalog/bind/query.h"
#include "grammar/ast.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

using Exprs = std::vector<const ast::Expr*>;
using Values = std::vector<catalog::Value>;

/// Of literals and variables, all of them; nothing: one at least has to be computed. Errors: those of
/// catalog::known_value().
std::optional<Result<Values>> known_values(const Statement& statement, const Exprs& exprs);

/// What SLEEP(n) that KILL QUERY ended means to its statement.
enum class KilledSleep : std::uint8_t {
  ends,       ///< query_interrupted
  gives_one,  ///< its value is 1, as MySQL has it: for statements that change nothing but the session's own
};

/// One after the other. SLEEP(n) by itself waits without a thread and gives 0. Errors: the engine's, timeout,
/// table_access_denied, query_interrupted, connection_killed.
Task<Result<Values>> evaluate(const Statement& statement, Exprs exprs,
                              KilledSleep killed = KilledSleep::ends);

}  // namespace breakwater::server::execute
