// Which counter of SHOW STATUS a statement belongs to. Pure function.
#pragma once

#include "grammar/ast.h"
#include "server/session/command_counts.h"

namespace breakwater::server::execute {

session::Counter counter_of(const ast::Statement& statement);

}  // namespace breakwater::server::execute
