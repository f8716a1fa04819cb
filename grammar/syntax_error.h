// The text and the hint of a syntax error. Inside this room only (it includes ANTLR).
#pragma once

#include <string>
#include <string_view>

#include <antlr4-runtime.h>

#include "base/error.h"
#include "grammar/parser.h"

namespace breakwater::grammar {

/// parse_sql (1064) with OceanBase's text, which shows the redacted text from `offset` on, and the line.
Error syntax_error(std::string_view sql, const ParseOptions& options, std::size_t offset, std::string hint);

/// "expected TENANT, COMMENT or the end of the statement", with those tokens only that the dialect has.
std::string expected_hint(const antlr4::misc::IntervalSet& expected, Dialect dialect);

/// The tokens that would have been right where the parser stopped.
antlr4::misc::IntervalSet expected_tokens(antlr4::Parser& parser, const antlr4::RecognitionException& error);

}  // namespace breakwater::grammar
