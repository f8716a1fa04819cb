// The statements of this room, one .cpp for each family. statement.h says what every function may assume and
// must do.
#pragma once

#include "grammar/ast.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

#define BW_ADMIN(type, function, answered, counter, prepared) \
  answer::answered function(const Statement& statement, const ast::type& parsed);
#include "server/execute/context/statement_table.inc"

/// USE, COM_INIT_DB. Error: bad_database (1049).
Result<Outcome> use_schema(const Statement& statement, std::string_view name);
/// KILL; `id` is the connection's id, the value of an expression. An account may kill its own connections,
/// with SUPER all connections of its tenant, and from sys all. Errors: no_such_thread (1094); kill_denied
/// (1095); query_interrupted (1317) for the session's own connection.
Result<Outcome> kill(const Statement& statement, const catalog::Value& id, Interrupt how);
Result<Outcome> kill(const Statement& statement, std::uint64_t id, Interrupt how);

}  // namespace breakwater::server::execute
