#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "grammar/ast_builder.h"

namespace breakwater::grammar {

using P = AstBuilder::P;

namespace {

bool takes_unit(std::string_view function) {
  return function == "timestampdiff" || function == "timestampadd";
}

bool handles_secrets(std::string_view function) {
  return function == "password" || function.starts_with("aes_") || function.starts_with("des_") ||
         function == "encrypt" || function == "encode" || function == "decode" || function == "old_password";
}

}  // namespace

ast::ExprPtr AstBuilder::function_call(P::FunctionCallContext* context) {
  ast::FunctionCall call;
  call.name = ascii_lower(string_value(context->getStart()));
  call.star = context->T_STAR() != nullptr;
  call.distinct = context->DISTINCT_SYM() != nullptr;
  call.args = exprs(context->expr());
  if (context->over() != nullptr) call.over = window(context->over());
  // Oracle's DECODE chooses among values; MySQL's has a password.
  has_secret_ = has_secret_ || (handles_secrets(call.name) && !(is_oracle() && call.name == "decode"));
  if (takes_unit(call.name) && !call.args.empty()) {
    // The unit was parsed as a column, since it is a bare word.
    if (const auto* unit = std::get_if<ast::ColumnRef>(&call.args.front()->node)) {
      call.args.front() = made_up_string(ascii_upper(unit->column));
    }
  }
  return make_expr(std::move(call));
}

/// CURRENT_TIMESTAMP and its like: LOCALTIME is the same as CURRENT_TIMESTAMP.
ast::ExprPtr AstBuilder::time_function(P::TimeFunctionContext* context) {
  std::string name = ascii_lower(sql_token(context->getStart()).text());
  if (name == "localtime" || name == "localtimestamp") name = "current_timestamp";
  ast::FunctionCall call;
  call.name = std::move(name);
  if (context->T_INT() != nullptr) call.args.push_back(single_literal(sql_token(token_of(context->T_INT()))));
  return make_expr(std::move(call));
}

ast::ExprPtr AstBuilder::count(P::CountCallContext* context) {
  ast::FunctionCall call;
  call.name = "count";
  call.star = context->T_STAR() != nullptr;
  call.distinct = context->DISTINCT_SYM() != nullptr;
  call.args = exprs(context->expr());
  if (context->over() != nullptr) call.over = window(context->over());
  return make_expr(std::move(call));
}

ast::FrameBound AstBuilder::frame_bound(P::FrameBoundContext* context) const {
  using enum ast::FrameBound::Kind;
  const bool before = context->PRECEDING_SYM() != nullptr;
  if (context->CURRENT_SYM() != nullptr) return {.kind = current_row};
  if (context->UNBOUNDED_SYM() != nullptr)
    return {.kind = before ? unbounded_preceding : unbounded_following};
  antlr4::Token* token = token_of(context->T_INT());
  const auto rows = whole_number<std::uint64_t>(sql_token(token).text());
  if (!rows) fail_at(token, "expected a smaller number");
  return {.kind = before ? preceding : following, .rows = *rows};
}

/// A frame with one bound ends at the current row.
std::unique_ptr<ast::Window> AstBuilder::window(P::OverContext* context) {
  const Deeper deeper(*this, context);
  auto window = std::make_unique<ast::Window>();
  window->partition_by = exprs(context->expr());
  if (auto* clause = context->orderBy()) window->order_by = order(clause);
  if (auto* frame = context->frame()) {
    const auto bounds = frame->frameBound();
    window->frame = {.rows = frame->RANGE_SYM() == nullptr,
                     .from = frame_bound(bounds[0]),
                     .to = bounds.size() == 2 ? frame_bound(bounds[1]) : ast::FrameBound{}};
    // The kinds are declared in the order of the rows: from the first row to the last.
    if (window->frame->from.kind > window->frame->to.kind ||
        window->frame->from.kind == ast::FrameBound::Kind::unbounded_following ||
        window->frame->to.kind == ast::FrameBound::Kind::unbounded_preceding)
      fail_at(frame->getStart(), "the frame ends before it begins");
  }
  return window;
}

ast::ExprPtr AstBuilder::group_concat(P::GroupConcatContext* context) {
  ast::FunctionCall call;
  call.name = "group_concat";
  call.distinct = context->DISTINCT_SYM() != nullptr;
  call.args = exprs(context->expr());
  if (auto* clause = context->orderBy()) call.order_by = order(clause);
  if (context->T_STRING() != nullptr) call.separator = string_value(token_of(context->T_STRING()));
  return make_expr(std::move(call));
}

ast::ExprPtr AstBuilder::extract(P::ExtractContext* context) {
  return make_call("extract", made_up_string(unit(context->ident())), expr(context->expr()));
}

/// TRIM(LEADING r FROM s) is ltrim(s, r).
ast::ExprPtr AstBuilder::trim(P::TrimContext* context) {
  const auto parts = context->expr();
  ast::FunctionCall call;
  call.name = context->LEADING_SYM() != nullptr    ? "ltrim"
              : context->TRAILING_SYM() != nullptr ? "rtrim"
                                                   : "trim";
  call.args.push_back(expr(parts.back()));
  if (parts.size() == 2) call.args.push_back(expr(parts.front()));
  return make_expr(std::move(call));
}

ast::ExprPtr AstBuilder::substring(P::SubstringContext* context) {
  ast::FunctionCall call;
  call.name = "substring";
  call.args = exprs(context->expr());
  return make_expr(std::move(call));
}

ast::ExprPtr AstBuilder::position(P::PositionContext* context) {
  return make_call("locate", bit_expr(context->bitExpr()), expr(context->expr()));
}

namespace {

struct CastWord {
  std::size_t token;
  ast::CastType type;
};
constexpr std::array kCastWords = {
    CastWord{P::BINARY_SYM, ast::CastType::binary},
    CastWord{P::CHAR_SYM, ast::CastType::character},
    CastWord{P::CHARACTER_SYM, ast::CastType::character},
    CastWord{P::NCHAR_SYM, ast::CastType::character},
    CastWord{P::SIGNED_SYM, ast::CastType::signed_integer},
    CastWord{P::UNSIGNED_SYM, ast::CastType::unsigned_integer},
    CastWord{P::DECIMAL_SYM, ast::CastType::decimal},
    CastWord{P::DEC_SYM, ast::CastType::decimal},
    CastWord{P::NUMERIC_SYM, ast::CastType::decimal},
    CastWord{P::DATE_SYM, ast::CastType::date},
    CastWord{P::TIME_SYM, ast::CastType::time},
    CastWord{P::DATETIME_SYM, ast::CastType::datetime},
    CastWord{P::NUMBER_ORA, ast::CastType::decimal},
    CastWord{P::VARCHAR2_ORA, ast::CastType::character},
    CastWord{P::CLOB_ORA, ast::CastType::character},
    CastWord{P::TIMESTAMP_SYM, ast::CastType::datetime},
};

ast::CastType cast_type(std::size_t token) {
  for (const CastWord& word : kCastWords) {
    if (word.token == token) return word.type;
  }
  return ast::CastType::real;
}

}  // namespace

ast::ExprPtr AstBuilder::in_charset(ast::ExprPtr operand, std::string charset) {
  const bool bytes = iequals(charset, "binary");
  ast::Cast cast;
  cast.operand = std::move(operand);
  cast.type = bytes ? ast::CastType::binary : ast::CastType::character;
  cast.charset = std::move(charset);
  return make_expr(std::move(cast));
}

ast::ExprPtr AstBuilder::cast(P::CastContext* context) {
  ast::ExprPtr operand = expr(context->expr());
  if (context->USING_SYM() != nullptr) return in_charset(std::move(operand), charset(context->charsetName()));
  auto* type = context->castType();
  if (type->TIMESTAMP_SYM() != nullptr && !is_oracle()) fail_at(type->getStart(), "expected DATETIME");
  ast::Cast cast;
  cast.operand = std::move(operand);
  cast.type = cast_type(type->getStart()->getType());
  if (auto* precision = type->precision()) {
    const auto number = [&](antlr4::tree::TerminalNode* node) {
      const std::string_view digits = sql_token(token_of(node)).text();
      std::uint32_t value = 0;
      if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{}) {
        fail_at(token_of(node), "expected a smaller number");
      }
      return value;
    };
    cast.length = number(precision->T_INT(0));
    if (precision->T_INT().size() == 2) cast.scale = number(precision->T_INT(1));
  }
  return make_expr(std::move(cast));
}

/// CHAR(77, 121 USING utf8mb4): the character set is the connection's anyway.
ast::ExprPtr AstBuilder::char_call(P::CharCallContext* context) {
  ast::FunctionCall call;
  call.name = "char";
  call.args = exprs(context->expr());
  return make_expr(std::move(call));
}

ast::ExprPtr AstBuilder::interval_call(P::IntervalCallContext* context) {
  ast::FunctionCall call;
  call.name = "interval";
  call.args = exprs(context->expr());
  return make_expr(std::move(call));
}

}  // namespace breakwater::grammar
