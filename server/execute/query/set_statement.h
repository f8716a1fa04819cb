// SET: session and global variables, user variables, NAMES, TRANSACTION.
#pragma once

#include <string>
#include <vector>

#include "grammar/ast.h"
#include "server/execute/context/statement.h"
#include "server/execute/query/evaluate.h"

namespace breakwater::server::execute {

/// A SET GLOBAL to be made durable.
struct GlobalChange {
  session::VariableIndex index;
  std::string value;
};

/// The names, before anything is evaluated. Errors: var_unknown (1193), var_read_only (1238), var_global
/// (1229), var_local (1228), no_privilege (1227) for GLOBAL.
Result<> check_names(const Statement& statement, const ast::Set& set);

/// What stands on the right, but for DEFAULT.
Exprs expressions_of(const ast::Set& set);

/// Checks every assignment, then makes those of the session. What it returns must go through set_globals();
/// it is empty for most. `values` are those of expressions_of(set), whose names are checked. Errors: those of
/// check_variable(), and what is wrong with NAMES and TRANSACTION.
Result<std::vector<GlobalChange>> set_variables(const Statement& statement, const ast::Set& set,
                                                Values values);

/// Keeps the effective tenant's new globals; sessions that begin later see them.
Task<Result<Outcome>> set_globals(const Statement& statement, std::vector<GlobalChange> changes);

}  // namespace breakwater::server::execute
