// What a token is: the one scanner under the parser, split_off(), redact() and fingerprint(), so that they
// can't disagree. It knows MySQL's lexical rules (reference manual 5.7, chapter 9: literals, names, comments)
// and nothing of the grammar.
//
// A Scanner refers to its text and is used by one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "grammar/parser.h"

namespace breakwater::grammar {

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

/// Symbols of one byte are that byte; the others follow behind.
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
  bool escaped = false;       ///< a string or quoted name whose value isn't the bytes between the quotes
  bool open = false;          ///< bad: a literal, a name or a comment that isn't closed
  std::uint8_t prefix = 0;    ///< bytes before the first quote or digit of the value: N, x, 0x, @
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  bool is(Symbol s) const { return kind == TokenKind::symbol && symbol == s; }
  bool is(char c) const { return is(symbol_of(c)); }
};

class Scanner {
 public:
  /// `from`: where to begin, at a token's border.
  Scanner(std::string_view sql, const ParseOptions& options, std::size_t from = 0)
      : sql_(sql), at_(from), options_(options) {}

  /// The next token; at the end of the text `end`, again and again. Behind a `bad` token nothing of use
  /// follows.
  Token next();

  /// An executable comment was stepped into, or left out because of its version.
  bool saw_executable_comment() const { return saw_executable_comment_; }

 private:
  bool skip_blanks();
  bool skip_comment(Token& token);
  bool skip_block_comment(Token& token);
  void skip_line();
  bool enter_executable_comment(std::size_t mark);
  void scan_word(Token& token);
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

/// Between the quotes of a string or a quoted name, as typed; a word's or number's text.
std::string_view inner_text(const Token& token, std::string_view sql);

/// A string's value: escapes resolved (MySQL's table 9.1), doubled quotes made one. Quoted names too, where
/// only doubled quotes count.
std::string value_of(const Token& token, std::string_view sql, const ParseOptions& options);

/// The bytes of a `hex` or `bits` token; false if it has an odd number of digits (x'abc') or other
/// characters.
bool bytes_of(const Token& token, std::string_view sql, std::string& out);

}  // namespace breakwater::grammar
