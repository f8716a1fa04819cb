// parse(): text -> statement, or a syntax error with its position. The only way into the grammar; ANTLR shows
// nowhere else. Also here: what is done with a statement's text before and instead of parsing it (splitting,
// the statement cache's fingerprint, redaction), since all of that needs to know what a token is.
//
// Every function may be called from any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "grammar/ast.h"

namespace breakwater::grammar {

/// Of the tenant that was logged in to. In Oracle mode names are upper-cased unless quoted, || joins texts,
/// `--` needs no blank behind it, # is part of a name, and the words and statements of Oracle mode are known.
enum class Dialect : std::uint8_t { mysql, oracle };

struct ParseOptions {
  Dialect dialect = Dialect::mysql;
  bool ansi_quotes = false;           ///< sql_mode ANSI_QUOTES: "x" is an identifier
  bool no_backslash_escapes = false;  ///< sql_mode NO_BACKSLASH_ESCAPES
  bool pipes_as_concat = false;       ///< sql_mode PIPES_AS_CONCAT
  bool parameters = false;            ///< `?` is a parameter (COM_STMT_PREPARE)

  /// What every session of an Oracle tenant has: "x" is an identifier, a backslash nothing special.
  static constexpr ParseOptions oracle() {
    return {.dialect = Dialect::oracle, .ansi_quotes = true, .no_backslash_escapes = true};
  }
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

/// The value of a `?`: what a literal in its place would be.
struct ParameterText {
  ast::LiteralKind kind = ast::LiteralKind::null;
  std::string_view text{};  ///< as ast::Literal::text; an integer or a decimal may have a sign
};

/// The same with the values of all `?`: literals stand in their places, and what is a secret there is kept as
/// one. `values` are as many as Parsed::parameter_count.
Result<Parsed> parse(std::string_view sql, const ParseOptions& options,
                     std::span<const ParameterText> values);

/// Asked every few dozen tokens: true ends parse() with query_interrupted (1317).
using Stop = std::function<bool()>;
/// Either of these, for a text of which nobody knows how long it takes.
Result<Parsed> parse(std::string_view sql, const ParseOptions& options, std::span<const ParameterText> values,
                     const Stop& stop);

/// Bytes that parse() takes while it runs, about, and that its result takes: by the text's tokens, most of
/// all. Nothing for a text with more than kMaxStatementTokens of them, which parse() refuses.
struct ParseMemory {
  std::size_t while_parsing = 0;
  std::size_t afterwards = 0;
};
ParseMemory parse_memory(std::string_view sql, const ParseOptions& options);

/// The first of several statements, up to the `;` behind it; `rest` becomes what follows, empty where that is
/// only blanks and comments. Literals, quoted names and comments are stepped over. Never fails: what isn't
/// closed reaches to the end. One at a time, since a text can hold as many as it has bytes.
std::string_view split_off(std::string_view& rest, const ParseOptions& options);

/// What every sink shows of a statement: the text rebuilt from its tokens, by an allow-list. No string
/// literal is ever shown, nor a hexadecimal one, nor a word after BY (but for ORDER BY and GROUP BY of a
/// SELECT), IDENTIFIED, ENCRYPTED or PASSWORD: they are '***'. Outside SELECT, SHOW, DESC and USE quoted
/// names and words after = are masked too, unless the name before the = or the word itself is one of the
/// grammar's own; and a character that only a bare URI could have brought there ends the text, as does what
/// isn't closed. Comments are dropped. At most `max_bytes`, cut at a character's start.
std::string redact(std::string_view sql, const ParseOptions& options, std::size_t max_bytes = 1024);

/// A SELECT's or SHOW's text with its literals taken out, for the statement cache. Two texts with the same
/// key have the same tree but for the values of their literals; a literal that isn't an ast::Literal (an
/// alias in quotes, a length in CAST) is listed too, and must be equal for a hit, as must any the binder
/// didn't set free.
///
/// Cacheable is what starts with SELECT, WITH or a parenthesis, and a SHOW without a literal; not a text with
/// executable comments, adjacent strings ('a' 'b'), or anything the scanner can't read. The key is the text
/// from the first token on, blanks and inner comments as typed since they show in labels, each literal
/// replaced by ? and a letter for its kind (a parameter by ?p).
struct Fingerprint {
  bool cacheable = false;
  std::string key;
  struct Literal {
    ast::LiteralKind kind;
    std::uint32_t offset;    ///< in the text, as ast::Literal::offset
    std::string_view token;  ///< in the text, as typed, quotes included
    std::string_view plain;  ///< the value, where it stands in the text as it is
    std::string value;       ///< the value, where it had to be unescaped or decoded
    bool is_plain = true;
    /// As ast::Literal::text.
    std::string_view text() const { return is_plain ? plain : std::string_view(value); }
  };
  std::vector<Literal> literals;
  std::uint32_t parameters = 0;  ///< how many `?` there are
};

/// Nor is a text that is longer than limits::kMaxCachedStatement.
/// Fills `out`, reusing its memory: it runs before every statement and costs well under a microsecond for a
/// short one. The views in it are into `sql`.
void fingerprint(std::string_view sql, const ParseOptions& options, Fingerprint& out);

/// Makes ready to parse: builds the parser's tables by parsing what clients send. Without it the first
/// statements of each kind take half a millisecond. `parsers`: how many threads will parse at a time.
void warm_up(std::size_t parsers = 2);

}  // namespace breakwater::grammar
