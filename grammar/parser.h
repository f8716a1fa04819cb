// parse() turns text into a statement, or gives a syntax error with its position. It is the only way into the
// grammar; ANTLR shows nowhere else. The other functions work on a statement's text without parsing it
// (splitting, the statement cache's fingerprint, redaction); they are here since they too need the tokens.
//
// Every function may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "grammar/ast.h"

namespace breakwater::grammar {

/// The mode of the tenant that the session logged in to. In Oracle mode names are upper-cased unless quoted,
/// || joins texts, `--` needs no blank after it, # is part of a name, and Oracle's words and statements are
/// known.
enum class Dialect : std::uint8_t { mysql, oracle };

struct ParseOptions {
  Dialect dialect = Dialect::mysql;
  bool ansi_quotes = false;           ///< sql_mode ANSI_QUOTES: "x" is an identifier
  bool no_backslash_escapes = false;  ///< sql_mode NO_BACKSLASH_ESCAPES
  bool pipes_as_concat = false;       ///< sql_mode PIPES_AS_CONCAT
  bool parameters = false;            ///< `?` is a parameter (COM_STMT_PREPARE)

  /// The options of every session of an Oracle tenant: "x" is an identifier, a backslash has no special
  /// meaning.
  static constexpr ParseOptions oracle() {
    return {.dialect = Dialect::oracle, .ansi_quotes = true, .no_backslash_escapes = true};
  }
};

/// A statement and what the caller needs to know about its text.
struct Parsed {
  ast::Statement statement;
  bool has_secret = false;            ///< it may hold a password or an access key: never cached
  std::uint32_t parameter_count = 0;  ///< of `?`
  /// The text as logs, views and audit may show it: the grammar's words and symbols; names, paths, buckets, hosts,
  /// numbers and times where the statement has such; all else as '***', and a `?` as `?`. At most kMaxShown bytes.
  /// Empty for a statement that has only an expression's values: SELECT, SHOW, SET of variables, USE, KILL, DO and
  /// what belongs to transactions. Those are shown by redact().
  std::string shown{};
};

/// Bytes of a statement that sinks show.
inline constexpr std::size_t kMaxShown = 1024;

/// Parses one statement, with or without a trailing `;`, and with blanks and comments around it. Errors:
///   parse_sql (1064)      with OceanBase's text, the text near the error redacted, and a hint that says what
///                         was expected there; also for a statement that nests deeper than
///                         limits::kMaxNestingDepth or has more than limits::kMaxStatementTokens tokens
///   parser_syntax (1149)  the text has more than one statement
Result<Parsed> parse(std::string_view sql, const ParseOptions& options);

/// The value of a `?`, as a literal in its place.
struct ParameterText {
  ast::LiteralKind kind = ast::LiteralKind::null;
  std::string_view text{};  ///< as ast::Literal::text; an integer or a decimal may have a sign
};

/// The same with the values of all `?`, which become literals, or Secrets where a secret stands. `values` has
/// Parsed::parameter_count elements.
Result<Parsed> parse(std::string_view sql, const ParseOptions& options,
                     std::span<const ParameterText> values);

/// parse() calls it every few dozen tokens and ends with query_interrupted (1317) if it returns true.
using Stop = std::function<bool()>;
/// The same for a text that may take long to parse.
Result<Parsed> parse(std::string_view sql, const ParseOptions& options, std::span<const ParameterText> values,
                     const Stop& stop);

/// An estimate, from the number of tokens, of the bytes that parse() takes while it runs and that its result
/// takes. Nullopt for a text with more than kMaxStatementTokens tokens, which parse() refuses.
struct ParseMemory {
  std::size_t while_parsing = 0;
  std::size_t afterwards = 0;
};
ParseMemory parse_memory(std::string_view sql, const ParseOptions& options);

/// Returns the first of several statements, up to its `;`. `rest` becomes the text after that, empty if it
/// has only blanks and comments. A `;` in a literal, quoted name or comment doesn't count. Never fails: a
/// literal that isn't closed reaches to the end. It splits off one statement at a time, since a text can hold
/// as many statements as it has bytes.
std::string_view split_off(std::string_view& rest, const ParseOptions& options);

/// The text of a statement that parses and has no Parsed::shown, for logs, views and audit: its tokens, with string and
/// hexadecimal literals as '***'; outside SELECT and SHOW quoted names and words after = too, unless the word is one of
/// the grammar's own; and whatever is assigned to a user variable. Syntax errors show the rest of a text that doesn't
/// parse by the same function, so tokens alone decide: words after BY (except in ORDER BY and GROUP BY of a SELECT),
/// IDENTIFIED, ENCRYPTED or PASSWORD are masked; the text ends at a character that only an unquoted URI can have
/// brought there, and at a literal that isn't closed. Comments are dropped. At most `max_bytes` bytes, cut at a
/// character's start.
std::string redact(std::string_view sql, const ParseOptions& options, std::size_t max_bytes = kMaxShown);

/// The text of a SELECT or SHOW with its literals taken out, for the statement cache. Two texts with the same
/// key have the same tree except for the values of their literals. A literal that isn't an ast::Literal (an
/// alias in quotes, a length in CAST) is listed too; for a hit it must be equal, and so must each literal
/// that the binder didn't set free.
///
/// A text is cacheable if it starts with SELECT, WITH or a parenthesis, or is a SHOW without a literal. It is
/// not if it has executable comments, adjacent strings ('a' 'b') or anything the scanner can't read, or if it
/// is longer than limits::kMaxCachedStatement. The key is the text from the first token on, with each literal
/// replaced by ? and a letter for its kind (a parameter by ?p). Blanks and inner comments stay, since they
/// show in labels.
struct Fingerprint {
  bool cacheable = false;
  std::string key;
  struct Literal {
    ast::LiteralKind kind;
    std::uint32_t offset;    ///< in the text, as ast::Literal::offset
    std::string_view token;  ///< in the text, as typed, quotes included
    std::string_view plain;  ///< the value, if it stands in the text as it is
    std::string value;       ///< the value, if it had to be unescaped or decoded
    bool is_plain = true;
    /// As ast::Literal::text.
    std::string_view text() const { return is_plain ? plain : std::string_view(value); }
  };
  std::vector<Literal> literals;
  std::uint32_t parameters = 0;  ///< how many `?` there are
};

/// Fills `out` and reuses its memory, since it runs before every statement; a short one takes well under a
/// microsecond. The views in `out` point into `sql`.
void fingerprint(std::string_view sql, const ParseOptions& options, Fingerprint& out);

/// Builds the parser's tables by parsing what clients usually send. Without it the first statement of each
/// kind takes half a millisecond. `parsers`: how many threads will parse at a time.
void warm_up(std::size_t parsers = 2);

}  // namespace breakwater::grammar
