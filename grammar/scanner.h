// The scanner that finds tokens. The parser, split_off(), redact() and fingerprint() all use it, so that they
// agree on what a token is. It knows MySQL's lexical rules (reference manual 5.7, chapter 9: literals, names,
// comments) and nothing of the grammar.
//
// A Scanner refers to its text and is used by one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "grammar/parser.h"

namespace breakwater::grammar {

/// MySQL's other way to write NULL: a token of kind word.
inline constexpr std::string_view kNullEscape = "\\N";

enum class TokenKind : std::uint8_t {
  end,
  word,           ///< a keyword or a bare name
  quoted_name,    ///< `x`, and "x" under ANSI_QUOTES
  string,         ///< 'x', "x", N'x'
  integer,        ///< digits
  decimal,        ///< with a point
  real,           ///< with an exponent
  hex,            ///< x'..', 0x..
  bits,           ///< b'..', 0b..
  user_variable,  ///< @name, @'name', @`name`
  symbol,
  bad,  ///< not closed (`open`), or a byte that begins no token
};

/// A symbol of one byte has the value of that byte; the others have the values from 128 on.
enum class Symbol : std::uint8_t {
  none = 0,
  concat_or = 128,  ///< ||
  and_and,          ///< &&
  null_safe_equal,
  not_equal,
  less_equal,
  greater_equal,
  shift_left,
  shift_right,
  assign,  ///< :=
  at_at,   ///< @@
};

constexpr Symbol symbol_of(char c) {
  return static_cast<Symbol>(static_cast<unsigned char>(c));
}

struct Token {
  TokenKind kind = TokenKind::end;
  Symbol symbol = Symbol::none;
  bool blank_before = false;  ///< a blank or a comment stands before it
  bool escaped = false;       ///< of a string or quoted name: its value isn't the bytes between the quotes
  bool open = false;          ///< of a bad token: it is a literal, a name or a comment that isn't closed
  std::uint8_t prefix = 0;    ///< bytes before the first quote or digit of the value: N, x, 0x, @
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  bool is(Symbol s) const { return kind == TokenKind::symbol && symbol == s; }
  bool is(char c) const { return is(symbol_of(c)); }
};

class Scanner {
 public:
  /// `from`: where to begin; a token must start there.
  Scanner(std::string_view sql, const ParseOptions& options, std::size_t from = 0)
      : sql_(sql), at_(from), options_(options) {}

  /// The next token. At the end of the text it returns `end` each time. Tokens after a `bad` one have no
  /// meaning.
  Token next();

  /// Whether there was an executable comment so far, read or skipped because of its version.
  bool saw_executable_comment() const { return saw_executable_comment_; }

 private:
  bool skip_blanks();
  bool skip_comment(Token& token);
  bool skip_block_comment(Token& token);
  void skip_line();
  bool enter_executable_comment(std::size_t mark);
  void scan_word(Token& token);
  void scan_other(Token& token);
  bool scan_prefixed_string(Token& token);
  void scan_number(Token& token);
  bool scan_radix_number(Token& token);
  void scan_quoted(Token& token, TokenKind kind);
  void scan_at(Token& token);
  void scan_symbol(Token& token);
  void finish(Token& token, TokenKind kind) const;
  char peek(std::size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }

  std::string_view sql_;
  std::size_t at_ = 0;
  const ParseOptions& options_;
  bool in_executable_comment_ = false;
  bool saw_executable_comment_ = false;
  bool after_name_ = false;
};

/// The token as it stands in the text.
inline std::string_view text_of(const Token& token, std::string_view sql) {
  return sql.substr(token.offset, token.length);
}

/// The text between the quotes of a string or a quoted name, as typed; of a word or number its text.
std::string_view inner_text(const Token& token, std::string_view sql);

/// The value of a string, with escapes resolved (MySQL's table 9.1) and doubled quotes made one; or of a
/// quoted name, which has no escapes but doubled quotes.
std::string value_of(const Token& token, std::string_view sql, const ParseOptions& options);

/// Appends the bytes of a `hex` or `bits` token. False if it has an odd number of digits (x'abc') or
/// characters that are no digits.
bool bytes_of(const Token& token, std::string_view sql, std::string& out);

}  // namespace breakwater::grammar
