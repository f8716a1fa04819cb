// Foreign statements: those that OceanBase or MySQL has and this server refuses, recognised by their first
// words.
#pragma once

#include <string>

#include "grammar/token_stream.h"

namespace breakwater::grammar {

/// The head of a foreign statement ("ALTER SYSTEM RESTORE"). Empty for a statement of ours and for one that
/// nobody has. The longest matching head counts, and the grammar decides whether a statement is ours: ALTER
/// SYSTEM BACKUP is a foreign head, but the grammar continues it with KEY, so ALTER SYSTEM BACKUP KEY is
/// ours.
std::string foreign_head(const SqlTokenStream& tokens, Dialect dialect);

}  // namespace breakwater::grammar
