// The parser's input: scanned tokens with the token types of the generated parser. Inside this room only (it
// includes ANTLR).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <antlr4-runtime.h>

#include "grammar/parser.h"
#include "grammar/scanner.h"

namespace breakwater::grammar {

/// A token of the text. Its SqlTokenStream owns it; it refers to the statement's text.
class SqlToken final : public antlr4::Token {
 public:
  SqlToken(const grammar::Token& scanned, std::size_t type, std::size_t index, std::string_view sql,
           std::uint32_t parameter = 0)
      : scanned_(scanned), parameter_(parameter), type_(type), index_(index), sql_(sql) {}

  const grammar::Token& scanned() const { return scanned_; }
  std::string_view text() const { return text_of(scanned_, sql_); }
  /// The number of a `?`, from 0.
  std::uint32_t parameter() const { return parameter_; }
  std::size_t end() const { return std::size_t{scanned_.offset} + scanned_.length; }

  std::string getText() const override { return std::string(text()); }
  std::size_t getType() const override { return type_; }
  std::size_t getLine() const override { return 0; }
  std::size_t getCharPositionInLine() const override { return scanned_.offset; }
  std::size_t getChannel() const override { return DEFAULT_CHANNEL; }
  std::size_t getTokenIndex() const override { return index_; }
  std::size_t getStartIndex() const override { return scanned_.offset; }
  std::size_t getStopIndex() const override { return end() - 1; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  antlr4::CharStream* getInputStream() const override { return nullptr; }
  std::string toString() const override { return getText(); }

 private:
  grammar::Token scanned_;
  std::uint32_t parameter_;
  std::size_t type_;
  std::size_t index_;
  std::string_view sql_;
};

/// What load() found.
enum class LoadOutcome : std::uint8_t { ok, too_many_tokens, too_deep, several_statements };

/// consume() throws it through ANTLR's rules.
struct ParseInterrupted {};

/// All tokens of one statement, in memory. Trailing ';' are left out; the last token is EOF.
class SqlTokenStream final : public antlr4::TokenStream {
 public:
  /// Scans `sql`, which must outlive the use of the stream. If the outcome isn't ok, `offender()` is the
  /// position in the text.
  LoadOutcome load(std::string_view sql, const ParseOptions& options);
  std::size_t offender() const { return offender_; }
  const SqlToken& at(std::size_t index) const { return tokens_[index]; }
  std::uint32_t parameter_count() const { return parameters_; }
  void clear();

  /// While the parser runs, consume() calls `stop` now and then and throws ParseInterrupted if it returns
  /// true. Null: it calls nothing.
  void ask(const Stop* stop) { stop_ = stop; }

  void consume() override;
  std::size_t LA(ssize_t k) override;
  antlr4::Token* LT(ssize_t k) override;
  ssize_t mark() override { return 0; }
  void release(ssize_t /*marker*/) override {}
  std::size_t index() override { return at_; }
  void seek(std::size_t index) override { at_ = index; }
  std::size_t size() override { return tokens_.size(); }
  std::string getSourceName() const override { return {}; }
  antlr4::Token* get(std::size_t index) const override;
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval& interval) override;
  std::string getText() override;
  std::string getText(antlr4::RuleContext* context) override;
  std::string getText(antlr4::Token* start, antlr4::Token* stop) override;

 private:
  bool scan(std::string_view sql, const ParseOptions& options);
  std::size_t type_of(const grammar::Token& token, std::string_view sql, const ParseOptions& options) const;

  std::vector<SqlToken> tokens_;
  std::size_t at_ = 0;
  std::size_t offender_ = 0;
  std::uint32_t parameters_ = 0;
  const Stop* stop_ = nullptr;
  std::size_t consumed_ = 0;
};

/// The name of a token type for a reader: a keyword ("TENANT"), "a name", "'='". Empty if the dialect has no
/// such token.
std::string_view display_name(std::size_t token_type, Dialect dialect);

}  // namespace breakwater::grammar
