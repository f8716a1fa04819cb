// The dispatcher: calls the function that the table names for a statement's type
// (server/execute/context/statement_table.inc).
#pragma once

#include <variant>

#include "grammar/ast.h"
#include "server/execute/context/statement.h"
#include "server/execute/query/evaluate.h"

namespace breakwater::server::execute {

/// Runs a statement that waits. The AST must be of the type of its row and outlive the task.
using RunWaiting = Task<Result<Outcome>> (*)(const Statement&, const ast::Statement&);

/// The outcome of a statement that waits for nothing; or the function for a statement that waits; or the
/// expressions that must be evaluated before the session can run it (SET, KILL, DO), which refer to the AST.
using Begun = std::variant<Result<Outcome>, RunWaiting, Exprs>;

/// Runs a statement if it waits for nothing. Not for statements with a plan (SELECT, SHOW): internal_error
/// (4016).
Begun begin_statement(const Statement& statement, const ast::Statement& parsed);

}  // namespace breakwater::server::execute
