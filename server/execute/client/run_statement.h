// The dispatcher: from a statement's type to the function that its row in the table names
// (server/execute/context/statement_table.inc).
#pragma once

#include <variant>

#include "grammar/ast.h"
#include "server/execute/context/statement.h"
#include "server/execute/query/evaluate.h"

namespace breakwater::server::execute {

/// Runs a statement that waits; the AST must be that of its row, and outlive the task.
using RunWaiting = Task<Result<Outcome>> (*)(const Statement&, const ast::Statement&);

/// A statement's outcome, where it waits for nothing; what is still to be run, where it waits; what has to be
/// evaluated before the session can run it (SET, KILL, DO), which refers to the AST.
using Begun = std::variant<Result<Outcome>, RunWaiting, Exprs>;

/// Runs what is answered at once. Not for what has a plan (SELECT, SHOW): internal_error (4016).
Begun begin_statement(const Statement& statement, const ast::Statement& parsed);

}  // namespace breakwater::server::execute
