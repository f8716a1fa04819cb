// The text of a statement as sinks may show it, from its parse. Inside this room only (it includes ANTLR).
#pragma once

#include <string>
#include <string_view>

#include "BreakwaterParser.h"
#include "grammar/parser.h"

namespace breakwater::grammar {

/// The statement's tokens, as Parsed::shown says. At most `max_bytes` bytes.
std::string shown_statement(std::string_view sql, const ParseOptions& options,
                            generated::BreakwaterParser::StatementContext* statement, std::size_t max_bytes);

}  // namespace breakwater::grammar
