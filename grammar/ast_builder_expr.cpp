// Expressions. Chains of operators are walked in loops, since the tree of a chain of a hundred thousand terms
// is that deep on its left side. Chains of AND, OR and XOR may be grouped in any way: they are built as
// balanced trees, which stay shallow.
#include <array>
#include <bit>
#include <utility>

#include "base/text.h"
#include "grammar/ast_builder.h"

namespace breakwater::grammar {

using P = AstBuilder::P;

namespace {

ast::ExprPtr make_binary(ast::BinaryOp op, ast::ExprPtr left, ast::ExprPtr right) {
  return make_expr(ast::Binary{op, std::move(left), std::move(right)});
}

ast::ExprPtr balanced(ast::BinaryOp op, std::span<ast::ExprPtr> operands) {
  if (operands.size() == 1) return std::move(operands.front());
  const std::size_t half = operands.size() / 2;
  ast::ExprPtr left = balanced(op, operands.first(half));
  return make_binary(op, std::move(left), balanced(op, operands.subspan(half)));
}

ast::BinaryOp operator_of(std::size_t type) {
  using enum ast::BinaryOp;
  switch (type) {
    case P::OR_SYM:
    case P::T_OR_OR:
      return logical_or;
    case P::XOR_SYM:
      return logical_xor;
    case P::AND_SYM:
    case P::T_AND_AND:
      return logical_and;
    case P::T_NULL_SAFE_EQ:
      return null_safe_equal;
    case P::T_NE:
      return not_equal;
    case P::T_LT:
      return less;
    case P::T_LE:
      return less_equal;
    case P::T_GT:
      return greater;
    case P::T_GE:
      return greater_equal;
    case P::T_PIPE:
      return bit_or;
    case P::T_AMP:
      return bit_and;
    case P::T_SHL:
      return shift_left;
    case P::T_SHR:
      return shift_right;
    case P::T_CARET:
      return bit_xor;
    case P::T_PLUS:
      return add;
    case P::T_MINUS:
      return subtract;
    case P::T_STAR:
      return multiply;
    case P::T_SLASH:
      return divide;
    case P::DIV_SYM:
      return integer_divide;
    case P::T_PERCENT:
    case P::MOD_SYM:
      return modulo;
    default:
      return equal;
  }
}

struct Link {
  ast::BinaryOp op;
  bool concat;  ///< Oracle's ||, in place of `op`
  antlr4::ParserRuleContext* right;
};

/// The operators of a left-leaning chain, innermost first, and the operand at its left end.
template <class Context>
std::pair<Context*, std::vector<Link>> left_spine(Context* top) {
  std::vector<Link> links;
  Context* at = top;
  while (at->children.size() == 3) {
    const std::size_t type = child_type(at, 1);
    links.push_back({operator_of(type), type == P::T_CONCAT_ORA, static_cast<Context*>(at->children[2])});
    at = static_cast<Context*>(at->children[0]);
  }
  std::ranges::reverse(links);
  return {at, std::move(links)};
}

/// The depth of the trees that balanced() makes of the runs of equal operators.
std::size_t balanced_depth(const std::vector<Link>& links) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < links.size();) {
    std::size_t run = i;
    while (run < links.size() && links[run].op == links[i].op) ++run;
    depth += static_cast<std::size_t>(std::bit_width(run - i));
    i = run;
  }
  return depth;
}

}  // namespace

std::vector<ast::ExprPtr> AstBuilder::exprs(std::span<P::ExprContext* const> contexts) {
  std::vector<ast::ExprPtr> list;
  list.reserve(contexts.size());
  for (P::ExprContext* context : contexts) list.push_back(expr(context));
  return list;
}

ast::ExprPtr AstBuilder::expr(P::ExprContext* context) {
  const auto [first, links] = left_spine(context);
  if (links.empty()) return expr_operand(first);
  const Deeper deeper(*this, context, balanced_depth(links));
  std::vector<ast::ExprPtr> operands;
  operands.push_back(expr_operand(first));
  for (std::size_t i = 0; i < links.size(); ++i) {
    operands.push_back(expr(static_cast<P::ExprContext*>(links[i].right)));
    if (i + 1 < links.size() && links[i + 1].op == links[i].op) continue;
    ast::ExprPtr run = balanced(links[i].op, operands);
    operands.clear();
    operands.push_back(std::move(run));
  }
  return std::move(operands.front());
}

/// NOT x, or a comparison.
ast::ExprPtr AstBuilder::expr_operand(P::ExprContext* context) {
  if (auto* inner = context->boolPrimary()) return bool_primary(inner);
  const Deeper deeper(*this, context);
  return make_expr(ast::Unary{ast::UnaryOp::logical_not, expr(context->expr(0))});
}

ast::ExprPtr AstBuilder::bool_primary(P::BoolPrimaryContext* context) {
  std::vector<P::BoolPrimaryContext*> tails;
  P::BoolPrimaryContext* at = context;
  while (at->children.size() > 1) {
    tails.push_back(at);
    at = static_cast<P::BoolPrimaryContext*>(at->children[0]);
  }
  if (tails.empty()) return predicate(at->predicate());
  const Deeper deeper(*this, context, tails.size());
  ast::ExprPtr left = predicate(at->predicate());
  for (std::size_t i = tails.size(); i-- > 0;) left = bool_tail(std::move(left), tails[i]);
  return left;
}

ast::ExprPtr AstBuilder::bool_tail(ast::ExprPtr left, P::BoolPrimaryContext* context) {
  if (context->IS_SYM() != nullptr) {
    const ast::IsWhat what = context->NULL_SYM() != nullptr    ? ast::IsWhat::null
                             : context->TRUE_SYM() != nullptr  ? ast::IsWhat::yes
                             : context->FALSE_SYM() != nullptr ? ast::IsWhat::no
                                                               : ast::IsWhat::unknown;
    return make_expr(ast::Is{std::move(left), what, context->NOT_SYM() != nullptr});
  }
  const ast::BinaryOp op = operator_of(context->comparison()->getStart()->getType());
  if (auto* plain = context->predicate()) return make_binary(op, std::move(left), predicate(plain));
  return make_expr(ast::QuantifiedComparison{op, std::move(left), select(context->subquery()),
                                             context->ALL_SYM() != nullptr});
}

ast::ExprPtr AstBuilder::predicate(P::PredicateContext* context) {
  const auto tails = context->predicateTail();
  if (tails.empty()) return bit_expr(context->bitExpr());
  const Deeper deeper(*this, context, tails.size());
  ast::ExprPtr operand = bit_expr(context->bitExpr());
  for (auto* tail : tails) operand = predicate_tail(tail, std::move(operand));
  return operand;
}

ast::ExprPtr AstBuilder::predicate_tail(P::PredicateTailContext* context, ast::ExprPtr operand) {
  const bool negated = context->NOT_SYM() != nullptr;
  if (context->IN_SYM() != nullptr) return in(context, std::move(operand), negated);
  if (context->LIKE_SYM() != nullptr) return like(context, std::move(operand), negated);
  if (context->BETWEEN_SYM() == nullptr) {
    return make_expr(ast::Regexp{std::move(operand), bit_expr(context->bitExpr(0)), negated});
  }
  ast::ExprPtr low = bit_expr(context->bitExpr(0));
  return make_expr(ast::Between{std::move(operand), std::move(low), bit_expr(context->bitExpr(1)), negated});
}

ast::ExprPtr AstBuilder::in(P::PredicateTailContext* context, ast::ExprPtr operand, bool negated) {
  ast::In in;
  in.operand = std::move(operand);
  in.negated = negated;
  if (context->subquery() != nullptr) {
    in.subquery = select(context->subquery());
  } else {
    in.list = exprs(context->expr());
  }
  return make_expr(std::move(in));
}

ast::ExprPtr AstBuilder::like(P::PredicateTailContext* context, ast::ExprPtr operand, bool negated) {
  ast::Like like;
  like.operand = std::move(operand);
  like.negated = negated;
  like.pattern = simple_expr(context->simpleExpr(0));
  if (context->ESCAPE_SYM() != nullptr) like.escape = simple_expr(context->simpleExpr(1));
  return make_expr(std::move(like));
}

ast::ExprPtr AstBuilder::bit_expr(P::BitExprContext* context) {
  const auto [first, links] = left_spine(context);
  const Deeper deeper(*this, context, links.size());
  ast::ExprPtr left =
      first->interval() != nullptr ? interval(first->interval()) : simple_expr(first->simpleExpr());
  for (const Link& link : links) {
    ast::ExprPtr right = bit_expr(static_cast<P::BitExprContext*>(link.right));
    left = link.concat ? make_call("concat", std::move(left), std::move(right))
                       : make_binary(link.op, std::move(left), std::move(right));
  }
  return left;
}

std::string AstBuilder::unit(P::IdentContext* context) {
  static constexpr std::string_view kUnits[] = {
      "MICROSECOND",
      "SECOND",
      "MINUTE",
      "HOUR",
      "DAY",
      "WEEK",
      "MONTH",
      "QUARTER",
      "YEAR",
      "SECOND_MICROSECOND",
      "MINUTE_SECOND",
      "HOUR_SECOND",
      "HOUR_MINUTE",
      "DAY_SECOND",
      "DAY_MINUTE",
      "DAY_HOUR",
      "YEAR_MONTH",
      "DAY_MICROSECOND",
      "HOUR_MICROSECOND",
      "MINUTE_MICROSECOND",
  };
  std::string unit = ascii_upper(sql_token(context->getStart()).text());
  if (std::ranges::find(kUnits, unit) == std::end(kUnits)) {
    fail_at(context->getStart(), "expected a unit: SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, YEAR ...");
  }
  return unit;
}

ast::ExprPtr AstBuilder::interval(P::IntervalContext* context) {
  const Deeper deeper(*this, context);
  ast::ExprPtr value = expr(context->expr());
  return make_expr(ast::Interval{std::move(value), unit(context->ident())});
}

/// Chains of COLLATE and of || lean to the left. The number of prefixes is bounded before parsing.
ast::ExprPtr AstBuilder::simple_expr(P::SimpleExprContext* context) {
  if (context->T_CONCAT() != nullptr) return concat(context);
  std::vector<P::SimpleExprContext*> collations;
  P::SimpleExprContext* at = context;
  while (at->COLLATE_SYM() != nullptr) {
    collations.push_back(at);
    at = at->simpleExpr(0);
  }
  if (collations.empty()) return simple_operand(at);
  const Deeper deeper(*this, context, collations.size());
  ast::ExprPtr operand = simple_expr(at);
  for (std::size_t i = collations.size(); i-- > 0;) {
    operand = make_expr(ast::Collate{std::move(operand), charset(collations[i]->charsetName())});
  }
  return operand;
}

ast::ExprPtr AstBuilder::simple_operand(P::SimpleExprContext* context) {
  if (auto* inner = context->primary()) return primary(inner);
  const Deeper deeper(*this, context);
  const std::size_t type = child_type(context, 0);
  const ast::UnaryOp op = type == P::BINARY_SYM ? ast::UnaryOp::binary
                          : type == P::T_MINUS  ? ast::UnaryOp::minus
                          : type == P::T_PLUS   ? ast::UnaryOp::plus
                          : type == P::T_TILDE  ? ast::UnaryOp::bit_not
                                                : ast::UnaryOp::logical_not;
  return make_expr(ast::Unary{op, simple_expr(context->simpleExpr(0))});
}

/// a || b || c under PIPES_AS_CONCAT: one call.
ast::ExprPtr AstBuilder::concat(P::SimpleExprContext* context) {
  const Deeper deeper(*this, context);
  std::vector<P::SimpleExprContext*> parts;
  P::SimpleExprContext* at = context;
  for (; at->T_CONCAT() != nullptr; at = at->simpleExpr(0)) parts.push_back(at->simpleExpr(1));
  parts.push_back(at);
  ast::FunctionCall call;
  call.name = "concat";
  for (std::size_t i = parts.size(); i-- > 0;) call.args.push_back(simple_expr(parts[i]));
  return make_expr(std::move(call));
}

ast::ExprPtr AstBuilder::primary(P::PrimaryContext* context) {
  auto* child = dynamic_cast<antlr4::ParserRuleContext*>(context->children.front());
  if (child == nullptr) return single_literal(sql_token(context->getStart()));
  switch (child->getRuleIndex()) {
    case P::RuleLiteral:
      return literal(static_cast<P::LiteralContext*>(child));
    case P::RuleColumnRef:
      return column(static_cast<P::ColumnRefContext*>(child));
    case P::RuleSystemVariable:
      return system_variable(static_cast<P::SystemVariableContext*>(child));
    default:
      break;
  }
  const Deeper deeper(*this, context);
  switch (child->getRuleIndex()) {
    case P::RuleUserVariable:
      return user_variable(static_cast<P::UserVariableContext*>(child));
    case P::RuleFunctionCall:
      return function_call(static_cast<P::FunctionCallContext*>(child));
    case P::RuleTimeFunction:
      return time_function(static_cast<P::TimeFunctionContext*>(child));
    case P::RuleCountCall:
      return count(static_cast<P::CountCallContext*>(child));
    case P::RuleGroupConcat:
      return group_concat(static_cast<P::GroupConcatContext*>(child));
    case P::RuleExtract:
      return extract(static_cast<P::ExtractContext*>(child));
    case P::RuleTrim:
      return trim(static_cast<P::TrimContext*>(child));
    case P::RuleSubstring:
      return substring(static_cast<P::SubstringContext*>(child));
    case P::RulePosition:
      return position(static_cast<P::PositionContext*>(child));
    case P::RuleCast:
      return cast(static_cast<P::CastContext*>(child));
    case P::RuleCharCall:
      return char_call(static_cast<P::CharCallContext*>(child));
    case P::RuleIntervalCall:
      return interval_call(static_cast<P::IntervalCallContext*>(child));
    case P::RuleCaseExpr:
      return case_expr(static_cast<P::CaseExprContext*>(child));
    case P::RuleExistsExpr:
      return make_expr(ast::Exists{select(static_cast<P::ExistsExprContext*>(child)->subquery())});
    case P::RuleOdbcEscape:
      return odbc_escape(static_cast<P::OdbcEscapeContext*>(child));
    case P::RuleSubquery:
      return make_expr(ast::Subquery{select(static_cast<P::SubqueryContext*>(child))});
    default:
      return row(static_cast<P::RowContext*>(child));
  }
}

/// A parameter, or its value as a literal. A sign isn't part of the literal.
ast::ExprPtr AstBuilder::parameter(const SqlToken& token) const {
  const ParameterText* given = value_of_parameter(token);
  if (given == nullptr) return make_expr(ast::Parameter{token.parameter()});
  const bool negative = given->kind != ast::LiteralKind::string && given->text.starts_with('-');
  ast::Literal literal;
  literal.kind = given->kind;
  literal.text = given->text.substr(negative ? 1 : 0);
  if (!negative) return make_expr(std::move(literal));
  return make_expr(ast::Unary{ast::UnaryOp::minus, make_expr(std::move(literal))});
}

/// A literal of one token, or a parameter.
ast::ExprPtr AstBuilder::single_literal(const SqlToken& token) {
  ast::Literal literal;
  literal.offset = token.scanned().offset;
  switch (token.getType()) {
    case P::T_PARAM:
      return parameter(token);
    case P::T_INT:
      literal.kind = ast::LiteralKind::integer;
      literal.text = token.text();
      break;
    case P::T_DECIMAL:
      literal.kind = ast::LiteralKind::decimal;
      literal.text = token.text();
      break;
    case P::T_REAL:
      literal.kind = ast::LiteralKind::real;
      literal.text = token.text();
      break;
    case P::T_STRING:
      literal.kind = ast::LiteralKind::string;
      literal.text = value_of(token.scanned(), sql_, options_);
      break;
    case P::T_HEX:
      literal.kind = ast::LiteralKind::hex;
      if (!bytes_of(token.scanned(), sql_, literal.text)) {
        throw SyntaxFailure{token.scanned().offset, "expected an even number of hexadecimal digits"};
      }
      break;
    case P::NULL_SYM:
      literal = {};
      break;
    default:
      literal.kind = ast::LiteralKind::boolean;
      literal.text = token.getType() == P::TRUE_SYM ? "1" : "0";
      literal.offset = ast::Literal::kNotInText;
  }
  return make_expr(std::move(literal));
}

/// 'a' 'b' is 'ab'.
ast::ExprPtr AstBuilder::strings(P::LiteralContext* context) {
  ast::ExprPtr first = single_literal(sql_token(context->getStart()));
  for (std::size_t i = 1; i < context->children.size(); ++i) {
    std::get<ast::Literal>(first->node).text += string_value(child_token(context, i));
  }
  return first;
}

ast::ExprPtr AstBuilder::literal(P::LiteralContext* context) {
  const std::size_t type = context->getStart()->getType();
  if (type == P::T_STRING) return strings(context);
  if (context->children.size() == 1) return single_literal(sql_token(context->getStart()));
  ast::ExprPtr value = single_literal(sql_token(context->getStop()));
  auto& literal = std::get<ast::Literal>(value->node);
  if (type == P::DATE_SYM) literal.kind = ast::LiteralKind::date;
  if (type == P::TIME_SYM) literal.kind = ast::LiteralKind::time;
  if (type == P::TIMESTAMP_SYM) literal.kind = ast::LiteralKind::timestamp;
  if (type != P::T_INTRODUCER) return value;
  const std::string introducer = ascii_lower(sql_token(context->getStart()).text());
  const bool is_text = literal.kind == ast::LiteralKind::string && introducer != "_binary";
  return is_text ? std::move(value) : in_charset(std::move(value), introducer.substr(1));
}

/// {d '...'}, {t '...'}, {ts '...'}; by any other word it is what it holds.
ast::ExprPtr AstBuilder::odbc_escape(P::OdbcEscapeContext* context) {
  const std::string word = ascii_lower(name(context->ident()));
  ast::ExprPtr value = expr(context->expr());
  auto* literal = std::get_if<ast::Literal>(&value->node);
  if (literal == nullptr || literal->kind != ast::LiteralKind::string) return value;
  if (word == "d") literal->kind = ast::LiteralKind::date;
  if (word == "t") literal->kind = ast::LiteralKind::time;
  if (word == "ts") literal->kind = ast::LiteralKind::timestamp;
  return value;
}

/// A word that looks like a column in Oracle's SQL but isn't one. Null if it is a column.
ast::ExprPtr AstBuilder::oracle_word(P::ColumnRefContext* context) {
  static constexpr std::string_view kWords[] = {"SYSDATE", "SYSTIMESTAMP", "USER"};
  const SqlToken& token = sql_token(context->getStart());
  if (context->ident().size() != 1 || token.scanned().kind != TokenKind::word) return nullptr;
  const std::string word = name(context->getStart());
  if (word == "ROWNUM") {
    saw_rownum_ = true;
    return make_expr(ast::Rownum{});
  }
  return std::ranges::find(kWords, word) == std::end(kWords) ? nullptr : make_call(ascii_lower(word));
}

ast::ExprPtr AstBuilder::column(P::ColumnRefContext* context) {
  if (is_oracle()) {
    if (ast::ExprPtr word = oracle_word(context)) return word;
  }
  const auto names = context->ident();
  ast::ColumnRef column;
  column.column = name(names.back());
  if (names.size() >= 2) column.table = name(names[names.size() - 2]);
  if (names.size() == 3) column.schema = name(names.front());
  return make_expr(std::move(column));
}

ast::ExprPtr AstBuilder::system_variable(P::SystemVariableContext* context) const {
  ast::SystemVariable variable;
  variable.scope = scope(context->variableScope());
  variable.name = name(context->ident(0));
  if (context->ident().size() == 2) variable.name += "." + name(context->ident(1));
  return make_expr(std::move(variable));
}

ast::ExprPtr AstBuilder::user_variable(P::UserVariableContext* context) {
  std::string name = user_variable_name(context->getStart());
  if (context->expr() == nullptr) return make_expr(ast::UserVariable{std::move(name)});
  return make_expr(ast::UserVariableAssignment{std::move(name), expr(context->expr())});
}

/// (a) is a; (a, b) and ROW(a, b) are rows.
ast::ExprPtr AstBuilder::row(P::RowContext* context) {
  if (context->expr().size() == 1 && context->ROW_SYM() == nullptr) return expr(context->expr(0));
  return make_expr(ast::Row{exprs(context->expr())});
}

ast::ExprPtr AstBuilder::case_expr(P::CaseExprContext* context) {
  ast::Case node;
  const auto inner = context->expr();
  const bool has_else = context->ELSE_SYM() != nullptr;
  if (inner.size() > (has_else ? 1U : 0U)) node.operand = expr(inner.front());
  for (auto* branch : context->whenBranch()) {
    ast::ExprPtr when = expr(branch->expr(0));
    node.branches.push_back({std::move(when), expr(branch->expr(1))});
  }
  if (has_else) node.otherwise = expr(inner.back());
  return make_expr(std::move(node));
}

}  // namespace breakwater::grammar
