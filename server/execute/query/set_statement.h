// SET: session and global variables, user variables, NAMES, TRANSACTION.
#pragma once

#include <string>
#include <vector>

#include "grammar/ast.h"
#include "server/execute/context/statement.h"
#include "server/execute/query/evaluate.h"

namespace breakwater::server::execute {

/// A SET GLOBAL that must be stored.
struct GlobalChange {
  session::VariableIndex index;
  std::string value;
};

/// Checks the names, before anything is evaluated. Errors: var_unknown (1193), var_read_only (1238),
/// var_global (1229), var_local (1228), no_privilege (1227) for GLOBAL.
Result<> check_names(const Statement& statement, const ast::Set& set);

/// The expressions on the right sides, without DEFAULT.
Exprs expressions_of(const ast::Set& set);

/// Checks every assignment, then makes those of the session. Pass the result to set_globals(); for most
/// statements it is empty. `values` are those of expressions_of(set); check_names() must have been called.
/// Errors: those of check_variable(), and those of NAMES and TRANSACTION.
Result<std::vector<GlobalChange>> set_variables(const Statement& statement, const ast::Set& set,
                                                Values values);

/// Stores the effective tenant's new globals; sessions that begin later see them.
Task<Result<Outcome>> set_globals(const Statement& statement, std::vector<GlobalChange> changes);

}  // namespace breakwater::server::execute
