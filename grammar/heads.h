// Statements that are OceanBase's or MySQL's but not ours, known by their first words.
#pragma once

#include <string>

#include "grammar/token_stream.h"

namespace breakwater::grammar {

/// The head of a foreign statement ("ALTER SYSTEM RESTORE"), or empty if the statement is ours or nobody's.
/// The longest head wins. What is ours the grammar itself says: ALTER SYSTEM BACKUP is a foreign head, and
/// since the grammar goes on behind it with KEY, ALTER SYSTEM BACKUP KEY is ours.
std::string foreign_head(const SqlTokenStream& tokens, Dialect dialect);

}  // namespace breakwater::grammar
