// Evaluates expressions outside a SELECT: in SET, KILL, DO, CREATE and ALTER TENANT. Neither way blocks the
// thread: known_values() runs nothing; evaluate() has the budget, the worker and the timer that a SELECT has.
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

/// The values, if all expressions are literals and variables; nullopt if one must be computed. Errors: those
/// of catalog::known_value().
std::optional<Result<Values>> known_values(const Statement& statement, const Exprs& exprs);

/// What happens to a statement if KILL QUERY ends its SLEEP(n).
enum class KilledSleep : std::uint8_t {
  ends,       ///< query_interrupted (1317)
  gives_one,  ///< SLEEP gives 1, as in MySQL: for statements that change only their session
};

/// Evaluates the expressions one after the other. An expression that is only SLEEP(n) waits without a thread
/// and gives
/// 0. Errors: those of the engine, timeout (4012), table_access_denied (1142), query_interrupted (1317),
/// connection_killed (1927).
Task<Result<Values>> evaluate(const Statement& statement, Exprs exprs,
                              KilledSleep killed = KilledSleep::ends);

}  // namespace breakwater::server::execute
