// parse(): text -> statement, or a syntax error with its position. The only way into the grammar; ANTLR shows
// nowhere else. Also here: what is done with a statement's text before and instead of parsing it (splitting,
// the statement cache's fingerprint, redaction), since all of that needs to know what a token is.
//
// Every function may be called from any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "grammar/ast.h"

namespace breakwater::grammar {

enum class Dialect : std::uint8_t { mysql, oracle };

struct ParseOptions {
  Dialect dialect = Dialect::mysql;
  bool ansi_quotes = false;           ///< sql_mode ANSI_QUOTES: "x" is an identifier
  bool no_backslash_escapes = false;  ///< sql_mode NO_BACKSLASH_ESCAPES
  bool pipes_as_concat = false;       ///< sql_mode PIPES_AS_CONCAT
  bool parameters = false;            ///< `?` is a parameter (COM_STMT_PREPARE)
};

/// A statement and what the caller needs to know of its text.
struct Parsed {
  ast::Statement statement;
  bool has_secret = false;            ///< it may hold a password or an access key: never cached
  std::uint32_t parameter_count = 0;  ///< of `?`
};

/// One statement, with or without a trailing `;`, blanks and comments around it. Errors: parse_sql (1064)
/// with OceanBase's text, near text masked, and in the hint what was expected there; parse_sql too when the
/// statement is nested deeper than limits::kMaxNestingDepth or longer than limits::kMaxStatementTokens;
/// parser_syntax (1149) when more than one statement is given.
Result<Parsed> parse(std::string_view sql, const ParseOptions& options);

/// Splits at the `;` between statements: views into `sql`, without the `;`. A last part of only blanks and
/// comments is left out, unless it is the only one. Literals, quoted names and comments are stepped over.
/// Never fails: what isn't closed reaches to the end.
std::vector<std::string_view> split(std::string_view sql, const ParseOptions& options);

/// What every sink shows of a statement: the text rebuilt from its tokens, by an allow-list. Of a SELECT or a
/// SHOW literals are shown unless they could hold a secret; of everything else every string literal and every
/// word after BY is '***'; what isn't closed ends the text with '***'. At most `max_bytes`.
std::string redact(std::string_view sql, const ParseOptions& options, std::size_t max_bytes = 1024);

/// A SELECT's or SHOW's text with its literals taken out, for the statement cache. `key` has ? in their place
/// (with a letter for their kind); comments and runs of blanks are kept as one blank. Only for texts that
/// start with SELECT, SHOW or a parenthesis and hold no literal that only the parser can judge; `cacheable`
/// says so.
struct Fingerprint {
  bool cacheable = false;
  std::string key;
  struct Literal {
    ast::LiteralKind kind;
    std::uint32_t offset;    ///< in the text, as ast::Literal::offset
    std::string_view token;  ///< in the text, as typed, quotes included
    std::string value;       ///< as ast::Literal::text; empty and unused when it is the same as `token`
    bool value_is_token = true;
    std::string_view text() const { return value_is_token ? token : std::string_view(value); }
  };
  std::vector<Literal> literals;
};

/// Fills `out`, reusing its memory: it runs before every statement and costs well under a microsecond for a
/// short one.
void fingerprint(std::string_view sql, const ParseOptions& options, Fingerprint& out);

}  // namespace breakwater::grammar
