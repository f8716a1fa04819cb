// What may be shown of a statement's text. redact() of parser.h is the whole text; a syntax error shows the
// rest from a token on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "grammar/parser.h"

namespace breakwater::grammar {

/// redact()'s text, but only what stands at `from` and behind it.
std::string redact_from(std::string_view sql, const ParseOptions& options, std::size_t from,
                        std::size_t max_bytes);

/// Cuts at a character's start (UTF-8), so that at most `max_bytes` stay.
void cut_text(std::string& text, std::size_t max_bytes);

}  // namespace breakwater::grammar
