// The text and the hint of a syntax error. Inside this room only (it includes ANTLR).
#pragma once

#include <string>
#include <string_view>

#include <antlr4-runtime.h>

#include "base/error.h"
#include "grammar/parser.h"

namespace breakwater::grammar {

/// 1064 with OceanBase's text: near what follows `offset`, masked, and the line.
Error syntax_error(std::string_view sql, const ParseOptions& options, std::size_t offset, std::string hint);

/// "expected TENANT, COMMENT or the end of the statement", of what the dialect has.
std::string expected_hint(const antlr4::misc::IntervalSet& expected, Dialect dialect);

/// What could have stood where the parser stopped.
antlr4::misc::IntervalSet expected_tokens(antlr4::Parser& parser, const antlr4::RecognitionException& error);

}  // namespace breakwater::grammar
