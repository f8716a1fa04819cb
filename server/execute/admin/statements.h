// The statements of this room, one .cpp for each family. What every function may assume and must do: statement.h.
#pragma once

#include "grammar/ast.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

#define BW_ADMIN(type, function, answered, counter, prepared) \
  answer::answered function(const Statement& statement, const ast::type& parsed);
#include "server/execute/context/statement_table.inc"

/// USE, COM_INIT_DB. bad_database (1049).
Result<Outcome> use_schema(const Statement& statement, std::string_view name);
/// KILL: the connection's id, as an expression gave it. One's own connections, with SUPER everybody's of the
/// tenant, from sys everybody's. no_such_thread (1094), no_privilege (1227); of the own connection
/// query_interrupted (1317).
Result<Outcome> kill(const Statement& statement, const catalog::Value& id, Interrupt how);
Result<Outcome> kill(const Statement& statement, std::uint64_t id, Interrupt how);

}  // namespace breakwater::server::execute
