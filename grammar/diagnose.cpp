#include "grammar/diagnose.h"

#include "BreakwaterParser.h"
#include "grammar/heads.h"
#include "grammar/token_stream.h"

namespace breakwater::grammar {

namespace {

using P = generated::BreakwaterParser;

class Counter final : public antlr4::BaseErrorListener {
 public:
  std::size_t ambiguities() const { return ambiguities_; }
  void reportAmbiguity(antlr4::Parser* /*parser*/, const antlr4::dfa::DFA& /*dfa*/, std::size_t /*start*/,
                       std::size_t /*stop*/, bool /*exact*/, const antlrcpp::BitSet& /*alternatives*/,
                       antlr4::atn::ATNConfigSet* /*configs*/) override {
    ++ambiguities_;
  }

 private:
  std::size_t ambiguities_ = 0;
};

bool parses(SqlTokenStream& tokens, antlr4::atn::PredictionMode mode, Counter& counter) {
  tokens.seek(0);
  P parser(&tokens);
  parser.removeErrorListeners();
  parser.addErrorListener(&counter);
  parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
  try {
    parser.statement();
    return true;
  } catch (const antlr4::ParseCancellationException&) {
    return false;
  }
}

}  // namespace

Diagnosis diagnose(std::string_view sql, const ParseOptions& options) {
  SqlTokenStream tokens;
  if (tokens.load(sql, options) != LoadOutcome::ok || tokens.size() == 1) return {};
  if (!foreign_head(tokens, options.dialect).empty()) return {};
  Counter exact;
  if (!parses(tokens, antlr4::atn::PredictionMode::LL_EXACT_AMBIG_DETECTION, exact)) return {};
  Counter quick;
  const bool enough = parses(tokens, antlr4::atn::PredictionMode::SLL, quick);
  return {.ambiguities = exact.ambiguities(), .needs_ll = !enough};
}

}  // namespace breakwater::grammar
