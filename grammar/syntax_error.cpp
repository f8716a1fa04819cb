#include "grammar/syntax_error.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "BreakwaterParser.h"
#include "grammar/redact.h"
#include "grammar/token_stream.h"

namespace breakwater::grammar {

namespace {

using P = generated::BreakwaterParser;

constexpr std::string_view kText =
    "You have an error in your SQL syntax; check the manual that corresponds to your OceanBase version for "
    "the "
    "right syntax to use near '";
/// MySQL shows 80 characters of the rest; ours are bytes.
constexpr std::size_t kNearBytes = 80;
constexpr std::size_t kShownAlternatives = 12;

}  // namespace

Error syntax_error(std::string_view sql, const ParseOptions& options, std::size_t offset, std::string hint) {
  std::string text(kText);
  text += redact_from(sql, options, offset, kNearBytes);
  const auto line = 1 + std::ranges::count(sql.substr(0, offset), '\n');
  text += "' at line " + std::to_string(line);
  return Error::with_text(Errc::parse_sql, std::move(text)).with_hint(std::move(hint));
}

antlr4::misc::IntervalSet expected_tokens(antlr4::Parser& parser, const antlr4::RecognitionException& error) {
  const auto* no_way = dynamic_cast<const antlr4::NoViableAltException*>(&error);
  if (no_way == nullptr || no_way->getDeadEndConfigs() == nullptr) return parser.getExpectedTokens();
  // The prediction failed some tokens after its start. The tokens that it could have read next are on the
  // transitions of its last states.
  antlr4::misc::IntervalSet expected;
  for (const auto& config : no_way->getDeadEndConfigs()->configs) {
    for (const antlr4::atn::Transition* edge : config->state->transitions) {
      if (!edge->isEpsilon()) expected.addAll(edge->label());
    }
  }
  return expected;
}

namespace {

/// An operand can begin with so many tokens that a list of them helps nobody: it is replaced by one name.
void name_groups(std::vector<std::size_t>& types, std::vector<std::string>& names) {
  const auto has = [&](std::size_t type) { return std::ranges::find(types, type) != types.end(); };
  const auto drop_if = [&](auto&& drop) { std::erase_if(types, drop); };
  static const P parser(nullptr);
  const antlr4::atn::ATN& atn = parser.getATN();
  const auto begins = [&](std::size_t rule) { return atn.nextTokens(atn.ruleToStartState[rule]); };
  if (has(P::T_DECIMAL) && has(P::T_IDENT) && has(P::CASE_SYM)) {
    const auto first = begins(P::RuleExpr);
    drop_if([&](std::size_t type) { return first.contains(type); });
    names.emplace_back("an expression");
  }
  if (has(P::T_SLASH) || has(P::T_AND_AND)) {
    drop_if([&](std::size_t type) {
      return (type >= P::T_STAR && type <= P::T_ASSIGN) || type == P::T_CONCAT || type == P::T_CONCAT_ORA ||
             type == P::T_OR_OR || type == P::T_AND_AND || type == P::AND_SYM || type == P::OR_SYM ||
             type == P::XOR_SYM || type == P::DIV_SYM || type == P::MOD_SYM || type == P::IS_SYM ||
             type == P::NOT_SYM || type == P::IN_SYM || type == P::LIKE_SYM || type == P::BETWEEN_SYM ||
             type == P::REGEXP_SYM || type == P::RLIKE_SYM || type == P::COLLATE_SYM;
    });
    names.emplace_back("an operator");
  }
  if (has(P::T_IDENT)) {
    const auto first = begins(P::RuleIdent);
    drop_if([&](std::size_t type) { return first.contains(type); });
    names.emplace_back("a name");
  }
}

std::vector<std::string> names_of(std::vector<std::size_t> types, Dialect dialect) {
  std::vector<std::string> names;
  const bool end = std::erase(types, antlr4::Token::EOF) != 0;
  name_groups(types, names);
  for (const std::size_t type : types) {
    const std::string_view name = display_name(type, dialect);
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  }
  if (names.size() > kShownAlternatives) {
    names.resize(kShownAlternatives);
    names.emplace_back("...");
  }
  if (end) names.emplace_back(display_name(antlr4::Token::EOF, dialect));
  return names;
}

}  // namespace

std::string expected_hint(const antlr4::misc::IntervalSet& expected, Dialect dialect) {
  std::vector<std::size_t> types;
  for (const ssize_t type : expected.toList()) types.push_back(static_cast<std::size_t>(type));
  const std::vector<std::string> names = names_of(std::move(types), dialect);
  if (names.empty()) return "nothing can follow here";
  std::string hint = "expected ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) hint += i + 1 == names.size() && names[i] != "..." ? " or " : ", ";
    hint += names[i];
  }
  return hint;
}

}  // namespace breakwater::grammar
