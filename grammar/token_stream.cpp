#include "grammar/token_stream.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "BreakwaterParser.h"
#include "base/limits.h"
#include "base/text.h"
#include "grammar/nesting.h"

namespace breakwater::grammar {

namespace {

using P = generated::BreakwaterParser;

/// Words that MySQL 5.7 reserves and our grammar doesn't use: they can't be names here either.
constexpr std::string_view kReservedWords[] = {
    "ACCESSIBLE",   "ANALYZE",
    "ASENSITIVE",   "BEFORE",
    "BIGINT",       "BLOB",
    "CALL",         "CASCADE",
    "COLUMN",       "CONDITION",
    "CONSTRAINT",   "CONTINUE",
    "CURSOR",       "DECLARE",
    "DELAYED",      "DETERMINISTIC",
    "EACH",         "ELSEIF",
    "ENCLOSED",     "ESCAPED",
    "EXIT",         "FETCH",
    "FLOAT4",       "FLOAT8",
    "FORCE_INDEX",  "FOREIGN",
    "FULLTEXT",     "GENERATED",
    "GET",          "IGNORE",
    "INFILE",       "INOUT",
    "INSENSITIVE",  "INT1",
    "INT2",         "INT3",
    "INT4",         "INT8",
    "INTO",         "IO_AFTER_GTIDS",
    "ITERATE",      "LEAVE",
    "LINEAR",       "LINES",
    "LOAD",         "LONG",
    "LONGBLOB",     "LONGTEXT",
    "LOOP",         "LOW_PRIORITY",
    "MATCH",        "MAXVALUE",
    "MEDIUMBLOB",   "MEDIUMINT",
    "MEDIUMTEXT",   "MIDDLEINT",
    "MODIFIES",     "NO_WRITE_TO_BINLOG",
    "OPTIMIZE",     "OPTIMIZER_COSTS",
    "OPTIONALLY",   "OUT",
    "OUTFILE",      "PARTITION",
    "PRECISION",    "PRIMARY",
    "PROCEDURE",    "RANGE",
    "READS",        "READ_WRITE",
    "REFERENCES",   "RESIGNAL",
    "RESTRICT",     "RETURN",
    "SENSITIVE",    "SIGNAL",
    "SMALLINT",     "SPATIAL",
    "SPECIFIC",     "SQL",
    "SQLEXCEPTION", "SQLSTATE",
    "SQLWARNING",   "STARTING",
    "STORED",       "TERMINATED",
    "TINYBLOB",     "TINYINT",
    "TINYTEXT",     "TRIGGER",
    "UNDO",         "UNIQUE",
    "USAGE",        "VALUES",
    "VARBINARY",    "VARCHAR",
    "VARCHARACTER", "VARYING",
    "VIRTUAL",      "WHILE",
    "ZEROFILL",
};

constexpr std::string_view kIntroducers[] = {
    "_ARMSCII8", "_ASCII",   "_BIG5",  "_BINARY",  "_GB18030", "_GB2312", "_GBK",     "_LATIN1",  "_LATIN2",
    "_UCS2",     "_UNICODE", "_UTF16", "_UTF16LE", "_UTF32",   "_UTF8",   "_UTF8MB3", "_UTF8MB4",
};

constexpr std::string_view kKeywordSuffix = "_SYM";
constexpr std::string_view kOracleSuffix = "_ORA";
/// Keywords that are plain names in Oracle mode.
constexpr std::string_view kNotInOracle[] = {"TENANT", "TENANT_ID", "DUAL"};
constexpr std::size_t kMaxKeyword = 24;

using Keywords = std::unordered_map<std::string_view, std::size_t>;

const antlr4::dfa::Vocabulary& vocabulary() {
  static const P parser(nullptr);
  return parser.getVocabulary();
}

/// Takes the keywords from the grammar's token names.
Keywords make_keywords(Dialect dialect) {
  Keywords keywords;
  for (const std::string_view word : kReservedWords) keywords.emplace(word, P::T_RESERVED);
  for (const std::string_view word : kIntroducers) keywords.emplace(word, P::T_INTRODUCER);
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (std::size_t type = 1; type <= vocabulary().getMaxTokenType(); ++type)
      list.push_back(vocabulary().getSymbolicName(type));
    return list;
  }();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = names[i];
    if (!name.ends_with(kKeywordSuffix)) continue;
    keywords.insert_or_assign(name.substr(0, name.size() - kKeywordSuffix.size()), i + 1);
  }
  if (dialect == Dialect::mysql) return keywords;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = names[i];
    if (!name.ends_with(kOracleSuffix)) continue;
    keywords.insert_or_assign(name.substr(0, name.size() - kOracleSuffix.size()), i + 1);
  }
  for (const std::string_view word : kNotInOracle) keywords.erase(word);
  return keywords;
}

const Keywords& keywords(Dialect dialect) {
  static const Keywords mysql = make_keywords(Dialect::mysql);
  static const Keywords oracle = make_keywords(Dialect::oracle);
  return dialect == Dialect::mysql ? mysql : oracle;
}

std::size_t word_type(std::string_view word, Dialect dialect) {
  if (word.size() > kMaxKeyword) return P::T_IDENT;
  std::array<char, kMaxKeyword> upper;
  std::ranges::transform(word, upper.begin(), [](char c) { return ascii_upper(c); });
  const Keywords& table = keywords(dialect);
  const auto found = table.find(std::string_view(upper.data(), word.size()));
  return found == table.end() ? std::size_t{P::T_IDENT} : found->second;
}

constexpr auto kSymbolTypes = [] {
  std::array<std::size_t, 256> types{};
  types.fill(P::T_BAD);
  const auto set = [&](Symbol symbol, std::size_t type) { types[static_cast<std::size_t>(symbol)] = type; };
  const auto set_char = [&](char c, std::size_t type) { types[static_cast<unsigned char>(c)] = type; };
  set_char('(', P::T_LPAREN);
  set_char(')', P::T_RPAREN);
  set_char('{', P::T_LBRACE);
  set_char('}', P::T_RBRACE);
  set_char(',', P::T_COMMA);
  set_char('.', P::T_DOT);
  set_char('*', P::T_STAR);
  set_char('+', P::T_PLUS);
  set_char('-', P::T_MINUS);
  set_char('/', P::T_SLASH);
  set_char('%', P::T_PERCENT);
  set_char('^', P::T_CARET);
  set_char('~', P::T_TILDE);
  set_char('&', P::T_AMP);
  set_char('|', P::T_PIPE);
  set_char('!', P::T_BANG);
  set_char('=', P::T_EQ);
  set_char('<', P::T_LT);
  set_char('>', P::T_GT);
  set_char('@', P::T_AT);
  set(Symbol::null_safe_equal, P::T_NULL_SAFE_EQ);
  set(Symbol::not_equal, P::T_NE);
  set(Symbol::less_equal, P::T_LE);
  set(Symbol::greater_equal, P::T_GE);
  set(Symbol::shift_left, P::T_SHL);
  set(Symbol::shift_right, P::T_SHR);
  set(Symbol::assign, P::T_ASSIGN);
  set(Symbol::at_at, P::T_AT_AT);
  set(Symbol::concat_or, P::T_OR_OR);
  set(Symbol::and_and, P::T_AND_AND);
  return types;
}();

std::size_t symbol_type(const Token& token, const ParseOptions& options) {
  if (token.is('?')) return options.parameters ? P::T_PARAM : P::T_BAD;
  if (token.is(Symbol::concat_or) && options.dialect == Dialect::oracle) return P::T_CONCAT_ORA;
  if (token.is(Symbol::concat_or) && options.pipes_as_concat) return P::T_CONCAT;
  return kSymbolTypes[static_cast<std::size_t>(token.symbol)];
}

Nesting nesting_of(std::size_t type) {
  switch (type) {
    case P::T_LPAREN:
    case P::T_LBRACE:
      return Nesting::open;
    case P::CASE_SYM:
      return Nesting::open_case;
    case P::T_RPAREN:
    case P::T_RBRACE:
      return Nesting::close;
    case P::END_SYM:
      return Nesting::close_case;
    case P::NOT_SYM:
    case P::T_MINUS:
    case P::T_PLUS:
    case P::T_TILDE:
    case P::T_BANG:
    case P::BINARY_SYM:
      return Nesting::prefix;
    case P::T_ASSIGN:
    case P::INTERVAL_SYM:
      return Nesting::sticky;
    case P::T_COMMA:
      return Nesting::separator;
    default:
      return Nesting::none;
  }
}

}  // namespace

std::size_t SqlTokenStream::type_of(const Token& token, std::string_view sql,
                                    const ParseOptions& options) const {
  switch (token.kind) {
    case TokenKind::end:
      return antlr4::Token::EOF;
    case TokenKind::word:
      // After a point every word is a name: mysql.user, t.key.
      if (!token.blank_before && !tokens_.empty() && tokens_.back().getType() == P::T_DOT) return P::T_IDENT;
      if (text_of(token, sql) == kNullEscape) return P::NULL_SYM;
      return word_type(text_of(token, sql), options.dialect);
    case TokenKind::quoted_name:
      return P::T_QUOTED;
    case TokenKind::string:
      return P::T_STRING;
    case TokenKind::integer:
      return P::T_INT;
    case TokenKind::decimal:
      return P::T_DECIMAL;
    case TokenKind::real:
      return P::T_REAL;
    case TokenKind::hex:
    case TokenKind::bits:
      return P::T_HEX;
    case TokenKind::user_variable:
      return P::T_USER_VAR;
    case TokenKind::symbol:
      return symbol_type(token, options);
    case TokenKind::bad:
      break;
  }
  return P::T_BAD;
}

/// Scans up to the end, a bad token, or one token more than allowed. Returns false for several statements.
bool SqlTokenStream::scan(std::string_view sql, const ParseOptions& options) {
  Scanner scanner(sql, options);
  bool ended = false;
  while (tokens_.size() <= limits::kMaxStatementTokens) {
    const Token token = scanner.next();
    if (token.is(';')) {
      ended = ended || !tokens_.empty();
      continue;
    }
    if (ended && token.kind != TokenKind::end) {
      offender_ = token.offset;
      return false;
    }
    const std::size_t type = type_of(token, sql, options);
    tokens_.emplace_back(token, type, tokens_.size(), sql, parameters_);
    if (type == P::T_PARAM) ++parameters_;
    if (token.kind == TokenKind::end) return true;
    if (token.kind != TokenKind::bad) continue;
    tokens_.emplace_back(Token{.offset = static_cast<std::uint32_t>(sql.size())}, antlr4::Token::EOF,
                         tokens_.size(), sql);
    return true;
  }
  return true;
}

LoadOutcome SqlTokenStream::load(std::string_view sql, const ParseOptions& options) {
  clear();
  if (!scan(sql, options)) return LoadOutcome::several_statements;
  if (tokens_.size() > limits::kMaxStatementTokens) {
    offender_ = tokens_.back().scanned().offset;
    return LoadOutcome::too_many_tokens;
  }
  NestingCounter nesting;
  for (const SqlToken& token : tokens_) {
    if (nesting.add(nesting_of(token.getType()))) continue;
    offender_ = token.scanned().offset;
    return LoadOutcome::too_deep;
  }
  return LoadOutcome::ok;
}

void SqlTokenStream::clear() {
  constexpr std::size_t kKeptTokens = 4096;
  if (tokens_.capacity() > kKeptTokens) std::vector<SqlToken>().swap(tokens_);
  tokens_.clear();
  at_ = 0;
  offender_ = 0;
  parameters_ = 0;
}

void SqlTokenStream::consume() {
  constexpr std::size_t kBetweenQuestions = 64;  // tokens, also those that are looked at more than once
  if (stop_ != nullptr && ++consumed_ % kBetweenQuestions == 0 && (*stop_)()) throw ParseInterrupted{};
  if (at_ + 1 < tokens_.size()) ++at_;
}

antlr4::Token* SqlTokenStream::LT(ssize_t k) {
  if (k < 0) {
    const auto back = static_cast<std::size_t>(-k);
    return back > at_ ? nullptr : &tokens_[at_ - back];
  }
  return &tokens_[std::min(at_ + static_cast<std::size_t>(k) - 1, tokens_.size() - 1)];
}

std::size_t SqlTokenStream::LA(ssize_t k) {
  const antlr4::Token* token = LT(k);
  return token == nullptr ? antlr4::Token::INVALID_TYPE : token->getType();
}

antlr4::Token* SqlTokenStream::get(std::size_t index) const {
  return const_cast<SqlToken*>(&tokens_[index]);  // NOLINT: ANTLR's interface hands out its tokens as mutable
}

// The parser never asks for text; the tree's printer would.
std::string SqlTokenStream::getText(const antlr4::misc::Interval& /*interval*/) {
  return {};
}
std::string SqlTokenStream::getText() {
  return {};
}
std::string SqlTokenStream::getText(antlr4::RuleContext* /*context*/) {
  return {};
}
std::string SqlTokenStream::getText(antlr4::Token* /*start*/, antlr4::Token* /*stop*/) {
  return {};
}

namespace {

struct NamedType {
  std::size_t type;
  std::string_view name;
};
constexpr NamedType kDisplayNames[] = {
    {P::T_IDENT, "a name"},     {P::T_QUOTED, "a name"},
    {P::T_STRING, "a string"},  {P::T_INT, "a number"},
    {P::T_DECIMAL, "a number"}, {P::T_REAL, "a number"},
    {P::T_HEX, "a number"},     {P::T_INTRODUCER, "a string"},
    {P::T_USER_VAR, "@name"},   {P::T_PARAM, "?"},
    {P::T_LPAREN, "("},         {P::T_RPAREN, ")"},
    {P::T_LBRACE, "{"},         {P::T_RBRACE, "}"},
    {P::T_COMMA, "a comma"},    {P::T_DOT, "."},
    {P::T_STAR, "*"},           {P::T_EQ, "="},
    {P::T_ASSIGN, ":="},        {P::T_AT, "@"},
    {P::T_AT_AT, "@@name"},     {P::T_MINUS, "-"},
    {P::T_PLUS, "+"},           {antlr4::Token::EOF, "the end of the statement"},
};

}  // namespace

std::string_view display_name(std::size_t token_type, Dialect dialect) {
  for (const NamedType& named : kDisplayNames) {
    if (named.type == token_type) return named.name;
  }
  for (const auto& [word, type] : keywords(dialect)) {
    if (type == token_type && type != P::T_RESERVED && type != P::T_INTRODUCER) return word;
  }
  return {};
}

}  // namespace breakwater::grammar
