#include "grammar/ast_builder.h"

#include "base/limits.h"
#include "base/text.h"

namespace breakwater::grammar {

using P = AstBuilder::P;

std::string too_deep_hint() {
  return "the statement is nested deeper than " + std::to_string(limits::kMaxNestingDepth) + " levels";
}

Deeper::Deeper(AstBuilder& builder, antlr4::ParserRuleContext* where, std::size_t levels)
    : builder_(builder), levels_(levels) {
  if (builder.depth_ + levels > limits::kMaxNestingDepth) {
    AstBuilder::fail_at(where->getStart(), too_deep_hint());
  }
  builder_.depth_ += levels;
}

void AstBuilder::fail_at(antlr4::Token* token, std::string hint) {
  throw SyntaxFailure{sql_token(token).scanned().offset, std::move(hint)};
}

ast::ExprPtr made_up_string(std::string text) {
  ast::Literal literal;
  literal.kind = ast::LiteralKind::string;
  literal.text = std::move(text);
  return make_expr(std::move(literal));
}

std::string AstBuilder::string_value(antlr4::Token* token) const {
  if (token->getType() == P::T_PARAM) {
    const ParameterText* given = value_of_parameter(sql_token(token));
    return given == nullptr ? std::string() : std::string(given->text);
  }
  return value_of(sql_token(token).scanned(), sql_, options_);
}

/// In Oracle mode names that aren't quoted are upper case.
std::string AstBuilder::name(antlr4::Token* token) const {
  const bool bare = sql_token(token).scanned().kind == TokenKind::word;
  return is_oracle() && bare ? ascii_upper(string_value(token)) : string_value(token);
}

std::string AstBuilder::name(P::IdentContext* ident) const {
  return name(ident->getStart());
}

std::string AstBuilder::name_or_string(P::NameOrStringContext* context) const {
  return name(context->getStart());
}

std::string AstBuilder::charset(P::CharsetNameContext* context) const {
  return string_value(context->getStart());
}

std::string AstBuilder::user_variable_name(antlr4::Token* token) const {
  return string_value(token);
}

ast::NamedTable AstBuilder::table_name(P::TableNameContext* context) const {
  ast::NamedTable table;
  const auto parts = context->ident();
  table.name = name(parts.back());
  if (parts.size() == 2) table.schema = name(parts.front());
  return table;
}

std::string AstBuilder::source_text(antlr4::ParserRuleContext* context) const {
  const std::size_t from = sql_token(context->getStart()).scanned().offset;
  const std::string_view text = sql_.substr(from, sql_token(context->getStop()).end() - from);
  return std::string(whole_characters(text, limits::kMaxLabel));
}

const ParameterText* AstBuilder::value_of_parameter(const SqlToken& token) const {
  return token.parameter() < values_.size() ? &values_[token.parameter()] : nullptr;
}

Secret AstBuilder::secret(antlr4::Token* token) {
  has_secret_ = true;
  if (token->getType() == P::T_PARAM) {
    const ParameterText* given = value_of_parameter(sql_token(token));
    return given == nullptr ? Secret() : Secret(given->text);
  }
  return Secret::take(string_value(token));
}

ast::VariableScope AstBuilder::scope(P::VariableScopeContext* context) {
  if (context == nullptr) return ast::VariableScope::unspecified;
  return context->GLOBAL_SYM() != nullptr ? ast::VariableScope::global : ast::VariableScope::session;
}

/// LIMIT count, LIMIT offset, count and LIMIT count OFFSET offset.
ast::LimitClause AstBuilder::limit(P::LimitContext* context) {
  const auto value = [&](P::LimitValueContext* v) { return single_literal(sql_token(v->getStart())); };
  const auto values = context->limitValue();
  ast::LimitClause limit;
  const bool comma = context->T_COMMA() != nullptr;
  limit.count = value(comma ? values[1] : values[0]);
  if (values.size() == 2) limit.offset = value(comma ? values[0] : values[1]);
  return limit;
}

/// OFFSET n ROWS, FETCH FIRST n ROWS ONLY; FETCH without a number means one row.
ast::LimitClause AstBuilder::limit(P::FetchContext* context) {
  const auto number = [](const char* digits) {
    return make_expr(ast::Literal{.kind = ast::LiteralKind::integer, .text = digits});
  };
  const auto value = [&](P::LimitValueContext* v) { return single_literal(sql_token(v->getStart())); };
  const auto values = context->limitValue();
  const bool has_offset = context->OFFSET_ORA() != nullptr;
  const std::size_t counts = values.size() - (has_offset ? 1 : 0);
  ast::LimitClause limit;
  if (has_offset) limit.offset = value(values.front());
  if (context->FETCH_ORA() == nullptr) {
    limit.count = number("18446744073709551615");
  } else {
    limit.count = counts == 0 ? number("1") : value(values.back());
  }
  return limit;
}

ast::Statement AstBuilder::build(P::StatementContext* statement) {
  auto* body = static_cast<antlr4::ParserRuleContext*>(statement->children.front());
  switch (body->getRuleIndex()) {
#define BW_RULE(rule, function) \
  case P::Rule##rule:           \
    return function(static_cast<P::rule##Context*>(body));
#include "statement_rules.inc"
#undef BW_RULE
    default:
      fail_at(body->getStart(), "this statement is not known here");
  }
}

namespace {

// Whether no sub-query is around it.
bool is_outermost(antlr4::tree::ParseTree* into, const P::QueryContext* outermost) {
  for (antlr4::tree::ParseTree* around = into->parent; around != outermost; around = around->parent)
    if (dynamic_cast<P::SubqueryContext*>(around) != nullptr) return false;
  return true;
}

}  // namespace

ast::Statement AstBuilder::query(P::QueryContext* context) {
  ast::SelectPtr query = select(context);
  if (!intos_.empty()) {
    if (intos_.size() > 1 || intos_.front()->T_USER_VAR().empty() || !intos_.front()->ident().empty() ||
        !is_outermost(intos_.front(), context)) {
      has_secret_ = true;
      return ast::ForeignStatement{"SELECT INTO"};
    }
    for (antlr4::tree::TerminalNode* variable : intos_.front()->T_USER_VAR())
      query->into.push_back(user_variable_name(token_of(variable)));
  }
  return std::move(*query);
}

}  // namespace breakwater::grammar
