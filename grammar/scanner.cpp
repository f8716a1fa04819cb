#include "grammar/scanner.h"

#include <array>

#include "base/text.h"

namespace breakwater::grammar {

namespace {

enum class Class : std::uint8_t { other, blank, word, digit, quote, back_quote, at, symbol };

constexpr std::array<Class, 256> make_classes() {
  std::array<Class, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = Class::word;
  for (int c = '0'; c <= '9'; ++c) table[c] = Class::digit;
  for (int c = 0x80; c <= 0xFF; ++c) table[c] = Class::word;
  table['_'] = table['$'] = Class::word;
  for (const char c : {' ', '\t', '\n', '\r', '\f', '\v'})
    table[static_cast<unsigned char>(c)] = Class::blank;
  table['\''] = table['"'] = Class::quote;
  table['`'] = Class::back_quote;
  table['@'] = Class::at;
  for (const char c : std::string_view("()+-*/%,.;=<>!~^&|?:{}")) {
    table[static_cast<unsigned char>(c)] = Class::symbol;
  }
  return table;
}
constexpr auto kClasses = make_classes();

Class class_of(char c) {
  return kClasses[static_cast<unsigned char>(c)];
}
bool is_digit(char c) {
  return class_of(c) == Class::digit;
}
bool is_word(char c) {
  const Class k = class_of(c);
  return k == Class::word || k == Class::digit;
}
bool is_hex_digit(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

/// We are MySQL 5.7.25: an executable comment for a newer server is skipped. So is one for a newer MariaDB than any that
/// this server is compared with: mariadb-dump begins with one for 99.99.99.
constexpr unsigned kExecutableCommentVersion = 50725;
constexpr unsigned kMariadbCommentVersion = 101199;

struct LongSymbol {
  std::string_view text;
  Symbol symbol;
};
constexpr LongSymbol kLongSymbols[] = {
    {"<=>", Symbol::null_safe_equal}, {"<=", Symbol::less_equal}, {">=", Symbol::greater_equal},
    {"<>", Symbol::not_equal},        {"!=", Symbol::not_equal},  {"<<", Symbol::shift_left},
    {">>", Symbol::shift_right},      {":=", Symbol::assign},     {"||", Symbol::concat_or},
    {"&&", Symbol::and_and},
};

}  // namespace

void Scanner::finish(Token& token, TokenKind kind) const {
  token.kind = kind;
  token.length = static_cast<std::uint32_t>(at_ - token.offset);
}

/// Returns true if there was a blank.
bool Scanner::skip_blanks() {
  const std::size_t start = at_;
  while (at_ < sql_.size() && class_of(sql_[at_]) == Class::blank) ++at_;
  return at_ != start;
}

void Scanner::skip_line() {
  const std::size_t end = sql_.find('\n', at_);
  at_ = end == std::string_view::npos ? sql_.size() : end + 1;
}

/// Called at the digits after /*! or /*M!. Skips them and returns whether the content is to be read.
bool Scanner::enter_executable_comment(std::size_t mark) {
  saw_executable_comment_ = true;
  const bool mariadb = sql_[mark] == 'M';
  at_ = mark + (mariadb ? 2 : 1);
  unsigned version = 0;
  for (int digits = 0; digits < 6 && is_digit(peek()); ++digits, ++at_) {
    version = version * 10 + static_cast<unsigned>(sql_[at_] - '0');
  }
  if (version > (mariadb ? kMariadbCommentVersion : kExecutableCommentVersion)) return false;
  in_executable_comment_ = true;
  return true;
}

/// Called at "/*". Returns false, and makes `token` bad, if the comment isn't closed.
bool Scanner::skip_block_comment(Token& token) {
  const std::size_t mark = at_ + 2;
  const bool executable = peek(2) == '!' || (peek(2) == 'M' && peek(3) == '!');
  if (executable && !in_executable_comment_ && enter_executable_comment(mark)) return true;
  const std::size_t end = sql_.find("*/", mark);
  if (end != std::string_view::npos) {
    at_ = end + 2;
    return true;
  }
  token.offset = static_cast<std::uint32_t>(mark - 2);
  token.open = true;
  at_ = sql_.size();
  finish(token, TokenKind::bad);
  return false;
}

/// Returns true if it skipped a comment or the end of an executable one. An unclosed one makes `token` bad.
bool Scanner::skip_comment(Token& token) {
  const char c = peek();
  const bool oracle = options_.dialect == Dialect::oracle;
  if (c == '#' && !oracle) {
    skip_line();
    return true;
  }
  if (c == '-' && peek(1) == '-' &&
      (oracle || at_ + 2 >= sql_.size() || static_cast<unsigned char>(peek(2)) <= ' ')) {
    skip_line();
    return true;
  }
  if (c == '/' && peek(1) == '*') return skip_block_comment(token);
  if (c == '*' && in_executable_comment_ && peek(1) == '/') {
    in_executable_comment_ = false;
    at_ += 2;
    return true;
  }
  return false;
}

Token Scanner::next() {
  Token token;
  for (;;) {
    const bool blanks = skip_blanks();
    const bool comment = at_ < sql_.size() && skip_comment(token);
    if (token.kind == TokenKind::bad) return token;
    if (blanks || comment) token.blank_before = true;
    if (!comment) break;
  }
  token.offset = static_cast<std::uint32_t>(at_);
  if (at_ >= sql_.size()) {
    if (in_executable_comment_) {
      token.kind = TokenKind::bad;
      token.open = true;
    }
    return token;
  }
  switch (class_of(sql_[at_])) {
    case Class::word:
      scan_word(token);
      break;
    case Class::digit:
      scan_number(token);
      break;
    case Class::quote:
      scan_quoted(token,
                  options_.ansi_quotes && sql_[at_] == '"' ? TokenKind::quoted_name : TokenKind::string);
      break;
    case Class::back_quote:
      scan_quoted(token, TokenKind::quoted_name);
      break;
    case Class::at:
      scan_at(token);
      break;
    case Class::symbol:
      scan_symbol(token);
      break;
    default:
      scan_other(token);
  }
  after_name_ = token.kind == TokenKind::word || token.kind == TokenKind::quoted_name;
  return token;
}

/// \N, or a character that begins no token.
void Scanner::scan_other(Token& token) {
  const bool null = options_.dialect == Dialect::mysql && sql_.substr(at_).starts_with(kNullEscape);
  at_ += null ? kNullEscape.size() : 1;
  finish(token, null ? TokenKind::word : TokenKind::bad);
}

void Scanner::scan_word(Token& token) {
  if (scan_prefixed_string(token)) return;
  const bool oracle = options_.dialect == Dialect::oracle;
  while (at_ < sql_.size() && (is_word(sql_[at_]) || (oracle && sql_[at_] == '#'))) ++at_;
  finish(token, TokenKind::word);
}

/// x'..', b'..', N'..'
bool Scanner::scan_prefixed_string(Token& token) {
  if (peek(1) != '\'') return false;
  const char c = ascii_lower(sql_[at_]);
  if (c != 'x' && c != 'b' && c != 'n') return false;
  token.prefix = 1;
  ++at_;
  scan_quoted(token, c == 'x' ? TokenKind::hex : c == 'b' ? TokenKind::bits : TokenKind::string);
  return true;
}

/// 0x1F, 0b101. Returns false if the text is something else. MySQL takes a lower-case x and b only.
bool Scanner::scan_radix_number(Token& token) {
  if (sql_[at_] != '0' || (peek(1) != 'x' && peek(1) != 'b')) return false;
  const bool hex = peek(1) == 'x';
  std::size_t end = at_ + 2;
  while (end < sql_.size() && (hex ? is_hex_digit(sql_[end]) : sql_[end] == '0' || sql_[end] == '1')) ++end;
  if (end == at_ + 2 || (end < sql_.size() && is_word(sql_[end]))) return false;
  at_ = end;
  token.prefix = 2;
  finish(token, hex ? TokenKind::hex : TokenKind::bits);
  return true;
}

/// A number, or a name that begins with digits. Also at the point of ".5".
void Scanner::scan_number(Token& token) {
  if (scan_radix_number(token)) return;
  TokenKind kind = TokenKind::integer;
  while (is_digit(peek())) ++at_;
  if (peek() == '.' && !(after_name_ && !token.blank_before && at_ == token.offset)) {
    kind = TokenKind::decimal;
    ++at_;
    while (is_digit(peek())) ++at_;
  }
  if (ascii_lower(peek()) == 'e') {
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if (is_digit(peek(1 + sign))) {
      std::size_t end = at_ + 1 + sign;
      while (end < sql_.size() && is_digit(sql_[end])) ++end;
      if (kind == TokenKind::decimal || end >= sql_.size() || !is_word(sql_[end])) {
        at_ = end;
        finish(token, TokenKind::real);
        return;
      }
    }
  }
  if (kind == TokenKind::integer && is_word(peek())) {
    while (is_word(peek())) ++at_;
    kind = TokenKind::word;
  }
  finish(token, kind);
}

/// Called at a quote.
void Scanner::scan_quoted(Token& token, TokenKind kind) {
  const char quote = sql_[at_];
  const bool backslash = kind == TokenKind::string && !options_.no_backslash_escapes;
  ++at_;
  for (;;) {
    while (at_ < sql_.size() && sql_[at_] != quote && !(backslash && sql_[at_] == '\\')) ++at_;
    if (at_ >= sql_.size()) break;
    const bool is_quote = sql_[at_] == quote;
    ++at_;
    if (is_quote && peek() != quote) {
      finish(token, kind);
      return;
    }
    token.escaped = true;
    if (at_ >= sql_.size()) break;
    ++at_;
  }
  at_ = sql_.size();
  token.open = true;
  finish(token, TokenKind::bad);
}

void Scanner::scan_at(Token& token) {
  ++at_;
  const char c = peek();
  if (c == '@') {
    ++at_;
    token.symbol = Symbol::at_at;
    finish(token, TokenKind::symbol);
    return;
  }
  token.prefix = 1;
  if (c == '\'' || c == '"' || c == '`') {
    scan_quoted(token, c == '`' ? TokenKind::quoted_name : TokenKind::string);
    if (token.kind != TokenKind::bad) token.kind = TokenKind::user_variable;
    return;
  }
  while (at_ < sql_.size() && (is_word(sql_[at_]) || sql_[at_] == '.')) ++at_;
  token.symbol = symbol_of('@');
  finish(token, at_ == token.offset + 1 ? TokenKind::symbol : TokenKind::user_variable);
}

void Scanner::scan_symbol(Token& token) {
  if (sql_[at_] == '.' && is_digit(peek(1)) && (!after_name_ || token.blank_before)) {
    scan_number(token);
    return;
  }
  token.symbol = symbol_of(sql_[at_]);
  std::size_t length = 1;
  if (at_ + 1 < sql_.size() && class_of(sql_[at_ + 1]) == Class::symbol) {
    const std::string_view rest = sql_.substr(at_, 3);
    for (const LongSymbol& s : kLongSymbols) {
      if (!rest.starts_with(s.text)) continue;
      token.symbol = s.symbol;
      length = s.text.size();
      break;
    }
  }
  at_ += length;
  finish(token, TokenKind::symbol);
}

std::string_view inner_text(const Token& token, std::string_view sql) {
  std::string_view text = text_of(token, sql);
  text.remove_prefix(token.prefix);
  if (text.size() >= 2 && (text[0] == '\'' || text[0] == '"' || text[0] == '`')) {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

namespace {

/// Appends the meaning of a backslash and `c`. \% and \_ keep the backslash, since LIKE reads it.
void append_escape(std::string& out, char c) {
  switch (c) {
    case '0':
      out += '\0';
      break;
    case 'b':
      out += '\b';
      break;
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 't':
      out += '\t';
      break;
    case 'Z':
      out += '\x1A';
      break;
    case '%':
    case '_':
      out += '\\';
      out += c;
      break;
    default:
      out += c;
  }
}

}  // namespace

std::string value_of(const Token& token, std::string_view sql, const ParseOptions& options) {
  const std::string_view inner = inner_text(token, sql);
  if (!token.escaped) return std::string(inner);
  const char quote = text_of(token, sql)[token.prefix];
  const bool backslash =
      quote != '`' && token.kind != TokenKind::quoted_name && !options.no_backslash_escapes;
  std::string out;
  out.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\' && backslash && i + 1 < inner.size()) {
      append_escape(out, inner[++i]);
      continue;
    }
    if (inner[i] == quote && i + 1 < inner.size()) ++i;  // doubled
    out += inner[i];
  }
  return out;
}

namespace {

bool hex_bytes(std::string_view digits, std::string& out) {
  const auto value = [](char c) { return is_digit(c) ? c - '0' : ascii_lower(c) - 'a' + 10; };
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    if (!is_hex_digit(digits[i]) || !is_hex_digit(digits[i + 1])) return false;
    out += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
  }
  return true;
}

bool bit_bytes(std::string_view digits, std::string& out) {
  out.assign((digits.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c = digits[digits.size() - 1 - i];
    if (c != '0' && c != '1') return false;
    if (c == '1')
      out[out.size() - 1 - i / 8] = static_cast<char>(out[out.size() - 1 - i / 8] | (1 << (i % 8)));
  }
  return true;
}

}  // namespace

bool bytes_of(const Token& token, std::string_view sql, std::string& out) {
  const std::string_view digits = inner_text(token, sql);
  out.clear();
  if (token.kind == TokenKind::bits) return bit_bytes(digits, out);
  if (digits.size() % 2 == 0) return hex_bytes(digits, out);
  if (token.prefix != 2) return false;  // x'abc'; 0xabc is 0x0abc
  return hex_bytes("0" + std::string(digits), out);
}

}  // namespace breakwater::grammar
