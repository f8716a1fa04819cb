// split_off() and fingerprint(): functions that need the text only.
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "grammar/parser.h"
#include "grammar/scanner.h"

namespace breakwater::grammar {

ParseMemory parse_memory(std::string_view sql, const ParseOptions& options) {
  constexpr std::size_t kParsing = 640;     // bytes for ANTLR's token and its nodes in the tree, measured
  constexpr std::size_t kAfterwards = 256;  // bytes for a node of ours and the plan's value
  Scanner scanner(sql, options);
  std::size_t tokens = 0;
  for (;;) {
    const TokenKind kind = scanner.next().kind;
    if (kind == TokenKind::end || kind == TokenKind::bad) break;
    if (++tokens > limits::kMaxStatementTokens) return {};
  }
  return {.while_parsing = tokens * kParsing, .afterwards = 2 * sql.size() + tokens * kAfterwards};
}

std::string_view split_off(std::string_view& rest, const ParseOptions& options) {
  const std::string_view sql = std::exchange(rest, {});
  Scanner scanner(sql, options);
  for (;;) {
    const Token token = scanner.next();
    // After a byte that begins no token, tokens can't be told apart: the rest is one statement, with an
    // error.
    if (token.kind == TokenKind::end || token.kind == TokenKind::bad) return sql;
    if (!token.is(';')) continue;
    const std::string_view after = sql.substr(token.offset + token.length);
    if (Scanner(after, options).next().kind != TokenKind::end) rest = after;
    return sql.substr(0, token.offset);
  }
}

namespace {

char kind_letter(TokenKind kind) {
  switch (kind) {
    case TokenKind::string:
      return 's';
    case TokenKind::integer:
      return 'i';
    case TokenKind::decimal:
      return 'd';
    case TokenKind::real:
      return 'r';
    case TokenKind::hex:
    case TokenKind::bits:
      return 'x';
    default:
      return '\0';
  }
}

ast::LiteralKind literal_kind(TokenKind kind) {
  switch (kind) {
    case TokenKind::string:
      return ast::LiteralKind::string;
    case TokenKind::integer:
      return ast::LiteralKind::integer;
    case TokenKind::decimal:
      return ast::LiteralKind::decimal;
    case TokenKind::real:
      return ast::LiteralKind::real;
    default:
      return ast::LiteralKind::hex;
  }
}

class Fingerprinter {
 public:
  Fingerprinter(std::string_view sql, const ParseOptions& options, Fingerprint& out)
      : sql_(sql), options_(options), out_(out), scanner_(sql, options) {}

  void run();

 private:
  bool begin(const Token& token);
  bool add(const Token& token);
  bool add_literal(const Token& token, char letter);
  void copy_until(std::size_t offset) {
    out_.key.append(sql_, copied_, offset - copied_);
    copied_ = offset;
  }
  Fingerprint::Literal& next_literal();

  std::string_view sql_;
  const ParseOptions& options_;
  Fingerprint& out_;
  Scanner scanner_;
  std::size_t copied_ = 0;
  std::size_t end_ = 0;  ///< of the last token
  std::size_t used_ = 0;
  bool show_ = false;
  bool after_string_ = false;
};

void Fingerprinter::run() {
  out_.cacheable = false;
  out_.key.clear();
  out_.parameters = 0;
  Token token = scanner_.next();
  if (begin(token)) {
    bool good = true;
    for (; good && token.kind != TokenKind::end; token = scanner_.next()) good = add(token);
    out_.cacheable = good && !scanner_.saw_executable_comment();
    if (good) copy_until(end_);
  }
  out_.literals.resize(used_);
}

/// Returns false if the statement isn't one for the cache.
bool Fingerprinter::begin(const Token& token) {
  copied_ = end_ = token.offset;
  if (token.is('(')) return true;
  if (token.kind != TokenKind::word) return false;
  const std::string_view word = text_of(token, sql_);
  show_ = iequals(word, "SHOW");
  return show_ || iequals(word, "SELECT") || iequals(word, "WITH");
}

bool Fingerprinter::add(const Token& token) {
  if (token.kind == TokenKind::bad) return false;
  if (token.is(';')) {
    // Only trailing ';' are allowed: nothing else may follow.
    for (Token rest = token; rest.kind != TokenKind::end; rest = scanner_.next()) {
      if (!rest.is(';')) return false;
    }
    return true;
  }
  end_ = std::size_t{token.offset} + token.length;
  if (const char letter = kind_letter(token.kind); letter != '\0') return add_literal(token, letter);
  after_string_ = false;
  if (token.is('?')) {
    copy_until(token.offset);
    out_.key += "?p";
    ++out_.parameters;
    copied_ = end_;
  }
  return true;
}

bool Fingerprinter::add_literal(const Token& token, char letter) {
  const bool string = token.kind == TokenKind::string;
  if (show_ || (string && after_string_)) return false;
  after_string_ = string;
  copy_until(token.offset);
  out_.key += '?';
  out_.key += letter;
  copied_ = end_;
  Fingerprint::Literal& literal = next_literal();
  literal.kind = literal_kind(token.kind);
  literal.offset = token.offset;
  literal.token = text_of(token, sql_);
  literal.is_plain = literal.kind != ast::LiteralKind::hex && !token.escaped;
  if (literal.is_plain) {
    literal.plain = inner_text(token, sql_);
    return true;
  }
  if (literal.kind == ast::LiteralKind::hex) return bytes_of(token, sql_, literal.value);
  literal.value = value_of(token, sql_, options_);
  return true;
}

/// Reuses elements, so that the memory of their values is reused too.
Fingerprint::Literal& Fingerprinter::next_literal() {
  if (used_ == out_.literals.size()) out_.literals.emplace_back();
  return out_.literals[used_++];
}

}  // namespace

void fingerprint(std::string_view sql, const ParseOptions& options, Fingerprint& out) {
  out.cacheable = false;
  if (sql.size() <= limits::kMaxCachedStatement) Fingerprinter(sql, options, out).run();
}

}  // namespace breakwater::grammar
