// Redaction by tokens, for a syntax error's text and for statements of values. The rules must hold for misspelt
// statements: a user who forgets a quote, a BY or a word must not find the password in the error. So tokens decide,
// not the parse, and everything that isn't known to be harmless is masked. Other statements: shown_statement.cpp.
#include "grammar/redact.h"

#include <algorithm>

#include "base/text.h"
#include "grammar/scanner.h"

namespace breakwater::grammar {

namespace {

constexpr std::string_view kMask = "'***'";

template <std::size_t N>
bool one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::ranges::any_of(words, [&](std::string_view w) { return iequals(w, word); });
}

/// Statements that read: their names and numbers are no secrets.
constexpr std::string_view kReadingHeads[] = {"SELECT", "SHOW", "DESC", "DESCRIBE", "EXPLAIN", "USE"};
/// They take other statements too.
constexpr std::string_view kExplainingHeads[] = {"DESC", "DESCRIBE", "EXPLAIN"};
constexpr std::string_view kExplainedHeads[] = {"SELECT", "WITH"};
/// A password follows these words.
constexpr std::string_view kSecretWords[] = {"IDENTIFIED", "ENCRYPTED", "PASSWORD"};
/// Words that may stand between such a word and the password, and after the password.
constexpr std::string_view kWordsAmongSecrets[] = {
    "BY",  "WITH",   "VIA",    "AS",       "USING", "PASSWORD",    "IDENTIFIED", "ENCRYPTED", "ONLY", "FOR",
    "TO",  "SET",    "KEY",    "KEYSTORE", "OPEN",  "CLOSE",       "ACCOUNT",    "LOCK",      "FROM", "ON",
    "AND", "UNLOCK", "TENANT", "REQUIRE",  "NONE",  "DESCRIPTION", "GRANT",      "OPTION"};
/// Names whose value is no secret.
constexpr std::string_view kPlainNames[] = {
    "TENANT",  "TENANT_ID", "SCOPE",        "ZONE",        "UNIT",         "UNIT_NUM",
    "CHARSET", "COLLATE",   "PRIMARY_ZONE", "SERVER",      "AUTOCOMMIT",   "MAX_CPU",
    "MIN_CPU", "SQL_MODE",  "TIME_ZONE",    "MEMORY_SIZE", "LOG_DISK_SIZE"};
constexpr std::string_view kPlainValues[] = {"TRUE", "FALSE",   "NULL", "ON",
                                             "OFF",  "DEFAULT", "ALL",  "BINARY"};
/// Symbols of an unquoted URI. No statement of ours has them outside an expression.
constexpr std::string_view kUriSymbols = ":/?&{}|";

class Redactor {
 public:
  Redactor(std::string_view sql, const ParseOptions& options, std::size_t from, std::size_t max_bytes)
      : sql_(sql), options_(options), scanner_(sql, options), from_(from), max_bytes_(max_bytes) {}

  std::string run();

 private:
  void begin_statement(const Token& token);
  bool show(const Token& token);
  bool show_word(const Token& token);
  bool show_symbol(const Token& token);
  bool show_value(const Token& token);
  void put(const Token& token, std::string_view text);
  void put(const Token& token) { put(token, text_of(token, sql_)); }
  void mask(const Token& token);
  bool stop(const Token& token);
  bool by_begins_secret() const;
  std::string_view word(const Token& token) const {
    return token.kind == TokenKind::word ? text_of(token, sql_) : std::string_view();
  }
  /// 'a', @'a', @`a`
  bool ends_in_quote(const Token& token) const {
    return token.kind == TokenKind::string ||
           (token.kind == TokenKind::user_variable &&
            text_of(token, sql_).find_first_of("'\"`") != std::string_view::npos);
  }
  /// Whether the next token follows without a blank and doesn't end the item.
  bool glued_to_next() const {
    return !next_.blank_before && next_.kind != TokenKind::end && !next_.is(',') && !next_.is(')') &&
           !next_.is(';');
  }

  std::string_view sql_;
  const ParseOptions& options_;
  Scanner scanner_;
  std::size_t from_;
  std::size_t max_bytes_;
  std::string out_;
  Token previous_;
  Token before_previous_;
  Token next_;
  bool at_start_ = true;
  bool reading_ = false;
  bool secret_ = false;      ///< from here on words are masked
  bool swallowing_ = false;  ///< a masked value continues up to the next blank
};

std::string Redactor::run() {
  Token token = scanner_.next();
  while (token.kind != TokenKind::end && out_.size() <= max_bytes_) {
    next_ = token.kind == TokenKind::bad ? Token{} : scanner_.next();
    if (at_start_) begin_statement(token);
    if (!show(token)) break;
    before_previous_ = previous_;
    previous_ = token;
    token = next_;
  }
  cut_text(out_, max_bytes_);
  return std::move(out_);
}

void Redactor::begin_statement(const Token& token) {
  at_start_ = false;
  secret_ = false;
  swallowing_ = false;
  const bool explains = one_of(word(token), kExplainingHeads);
  const bool reads = !explains || one_of(word(next_), kExplainedHeads) || next_.is('(');
  // SHOW BACKUPS names a destination, whose URI may hold keys.
  const bool names_place = iequals(word(token), "SHOW") && iequals(word(next_), "BACKUPS");
  reading_ = (one_of(word(token), kReadingHeads) && reads && !names_place) || token.is('(');
}

void Redactor::put(const Token& token, std::string_view text) {
  if (token.offset < from_) return;
  if (token.blank_before && !out_.empty()) out_ += ' ';
  out_ += text.substr(0, max_bytes_ + 1);
}

void Redactor::mask(const Token& token) {
  put(token, kMask);
  swallowing_ = true;
}

/// Ends the text with a mask.
bool Redactor::stop(const Token& token) {
  put(token, kMask);
  return false;
}

/// Returns false if the text ends with this token.
bool Redactor::show(const Token& token) {
  if (token.kind == TokenKind::bad) return stop(token);
  if (token.is(';')) {
    at_start_ = true;
    put(token);
    return true;
  }
  if (swallowing_ && !token.blank_before && !token.is(',') && !token.is(')')) {
    // 'a'b and @'a'b: a quote is missing somewhere, so it isn't known which parts are strings.
    if (ends_in_quote(previous_) && token.kind != TokenKind::symbol) return stop(token);
    if (!ends_in_quote(previous_)) return true;
  }
  swallowing_ = false;
  switch (token.kind) {
    case TokenKind::word:
      return show_word(token);
    case TokenKind::symbol:
      return show_symbol(token);
    case TokenKind::integer:
    case TokenKind::decimal:
    case TokenKind::real:
      return show_value(token);
    case TokenKind::user_variable:
      if (secret_ || ends_in_quote(token)) {
        put(token, "@");
        out_ += token.offset < from_ ? "" : kMask;
        swallowing_ = true;
      } else {
        put(token);
      }
      return true;
    case TokenKind::quoted_name:
      if (reading_ && !secret_) {
        put(token);
      } else {
        mask(token);
      }
      return true;
    default:
      mask(token);
      return true;
  }
}

bool Redactor::by_begins_secret() const {
  static constexpr std::string_view kOrdering[] = {"ORDER", "GROUP"};
  return !(reading_ && one_of(word(previous_), kOrdering));
}

bool Redactor::show_word(const Token& token) {
  const std::string_view text = text_of(token, sql_);
  const bool quote_follows = !next_.blank_before && (next_.kind == TokenKind::string || next_.open);
  if (quote_follows && !text.starts_with('_')) {
    mask(token);  // abc': the opening quote was forgotten
    return true;
  }
  if (secret_) {
    if (one_of(text, kWordsAmongSecrets)) {
      put(token);
    } else {
      mask(token);
    }
    return true;
  }
  if (iequals(text, "BY") ? by_begins_secret() : one_of(text, kSecretWords) && !reading_) secret_ = true;
  return show_value(token);
}

/// A word or a number; it may follow an =.
bool Redactor::show_value(const Token& token) {
  const bool assigned = previous_.is('=') || previous_.is(Symbol::assign);
  const bool of_user = assigned && before_previous_.kind == TokenKind::user_variable;
  bool plain = (!secret_ || token.kind == TokenKind::word) &&
               !(of_user && (!reading_ || previous_.is(Symbol::assign)));
  if (assigned && !reading_) {
    const bool known = token.kind != TokenKind::word || one_of(text_of(token, sql_), kPlainValues) ||
                       one_of(word(before_previous_), kPlainNames);
    plain = plain && known && !glued_to_next();
  }
  if (plain) {
    put(token);
  } else {
    mask(token);
  }
  return true;
}

bool Redactor::show_symbol(const Token& token) {
  const bool parameter = options_.parameters && token.is('?');
  const auto code = static_cast<unsigned char>(token.symbol);
  const bool of_uri = code < 128 && kUriSymbols.find(static_cast<char>(code)) != std::string_view::npos;
  if (of_uri && !reading_ && !parameter) return stop(token);
  put(token);
  return true;
}

}  // namespace

void cut_text(std::string& text, std::size_t max_bytes) {
  text.resize(whole_characters(text, max_bytes).size());
}

std::string redact_from(std::string_view sql, const ParseOptions& options, std::size_t from,
                        std::size_t max_bytes) {
  return Redactor(sql, options, from, max_bytes).run();
}

std::string redact(std::string_view sql, const ParseOptions& options, std::size_t max_bytes) {
  return redact_from(sql, options, 0, max_bytes);
}

}  // namespace breakwater::grammar
