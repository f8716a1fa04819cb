// Statements that are OceanBase's or MySQL's but not ours, known by their first words.
#pragma once

#include <string>

#include "grammar/token_stream.h"

namespace breakwater::grammar {

/// The head of a foreign statement ("ALTER SYSTEM RESTORE"), or empty if the statement is ours or nobody's.
/// The longest head wins, so that BACKUP KEY is ours and BACKUP isn't.
std::string foreign_head(const SqlTokenStream& tokens, Dialect dialect);

}  // namespace breakwater::grammar
