// The part of a statement's text that may be shown. redact() of parser.h shows the whole text, a syntax error
// the rest from one token on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "grammar/parser.h"

namespace breakwater::grammar {

/// The text of redact() from the position `from` on.
std::string redact_from(std::string_view sql, const ParseOptions& options, std::size_t from,
                        std::size_t max_bytes);

/// Cuts the text to at most `max_bytes` bytes, at the start of a UTF-8 character.
void cut_text(std::string& text, std::size_t max_bytes);

}  // namespace breakwater::grammar
