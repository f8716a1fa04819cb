// SET: session and global variables, user variables, NAMES, TRANSACTION.
#pragma once

#include "grammar/ast.h"
#include "server/execute/statement.h"

namespace breakwater::server::execute {

/// A SET GLOBAL to be made durable.
struct GlobalChange {
  session::VariableIndex index;
  std::string value;
};

/// Checks every assignment, then makes those of the session. What it returns must go through set_globals();
/// it is empty for most. Errors: var_unknown (1193), var_read_only (1238), var_global (1229), var_local
/// (1228), those of check_variable(), no_privilege (1227) for GLOBAL.
Result<std::vector<GlobalChange>> set_variables(const Statement& statement, const ast::Set& set);

/// Keeps the effective tenant's new globals; sessions that begin later see them.
Task<Result<Outcome>> set_globals(const Statement& statement, std::vector<GlobalChange> changes);

}  // namespace breakwater::server::execute
