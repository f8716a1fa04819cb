// Turns ANTLR's tree into the statement types. Inside this room only (it includes ANTLR).
//
// A builder is for one statement. It checks what the grammar doesn't (names of options, units and privileges;
// the depth of chains). It throws a failure as SyntaxFailure, which parser.cpp catches.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "BreakwaterParser.h"
#include "grammar/ast.h"
#include "grammar/token_stream.h"

namespace breakwater::grammar {

/// The statement is wrong at `offset` of its text; `hint` says what was expected.
struct SyntaxFailure {
  std::size_t offset;
  std::string hint;
};

class AstBuilder {
 public:
  using P = generated::BreakwaterParser;

  /// `values` of the parameters; if empty, they stay parameters.
  AstBuilder(std::string_view sql, const ParseOptions& options, std::span<const ParameterText> values)
      : sql_(sql), options_(options), values_(values) {}

  ast::Statement build(P::StatementContext* statement);

  /// Whether the statement may hold a password or an access key. Valid after build().
  bool has_secret() const { return has_secret_; }

 private:
  friend class Deeper;

  // A function for each alternative of the grammar's `statement` (statement_rules.py makes the list):
  // create_tenant(P::CreateTenantContext*) for createTenant. They are in ast_builder_*.cpp.
#define BW_RULE(rule, function) ast::Statement function(P::rule##Context* context);
#include "statement_rules.inc"
#undef BW_RULE

  // Tokens and names (ast_builder.cpp)
  static const SqlToken& sql_token(antlr4::Token* token) { return static_cast<const SqlToken&>(*token); }
  bool is_oracle() const { return options_.dialect == Dialect::oracle; }
  [[noreturn]] static void fail_at(antlr4::Token* token, std::string hint);
  std::string string_value(antlr4::Token* token) const;
  std::string name(P::IdentContext* ident) const;
  std::string name(antlr4::Token* token) const;
  std::string name_or_string(P::NameOrStringContext* context) const;
  std::string charset(P::CharsetNameContext* context) const;
  ast::NamedTable table_name(P::TableNameContext* context) const;
  std::string user_variable_name(antlr4::Token* token) const;
  /// The text of the context, cut to limits::kMaxLabel.
  std::string source_text(antlr4::ParserRuleContext* context) const;
  Secret secret(antlr4::Token* token);
  /// The value of a T_PARAM; null if the values are not known yet.
  const ParameterText* value_of_parameter(const SqlToken& token) const;
  static ast::VariableScope scope(P::VariableScopeContext* context);
  ast::LimitClause limit(P::LimitContext* context);
  ast::LimitClause limit(P::FetchContext* context);

  // SELECT (ast_builder_select.cpp)
  ast::SelectPtr select(P::QueryContext* context);
  ast::SelectPtr select(P::SubqueryContext* context) { return select(context->query()); }
  ast::Select::Part part(P::QueryTermContext* context);
  ast::CommonTable common_table(P::CommonTableContext* context);
  ast::SelectCore core(P::SelectCoreContext* context);
  ast::SelectItem item(P::SelectItemContext* context);
  ast::Star star(P::StarContext* context) const;
  std::string label(P::ExprContext* context, const ast::Expr& expr) const;
  std::string oracle_label(P::ExprContext* context, const ast::Expr& expr) const;
  std::vector<ast::OrderItem> order(P::OrderByContext* context);
  std::vector<ast::TableRef> tables(P::TableRefsContext* context);
  ast::TableRefPtr table(P::TableRefContext* context);
  ast::TableRefPtr factor(P::TableFactorContext* context);
  struct PendingJoin {
    P::JoinTailContext* tail;
    ast::TableRefPtr right;
  };
  ast::TableRefPtr joined(ast::TableRefPtr left, PendingJoin pending, P::JoinConditionContext* condition);
  ast::TableRefPtr run_of_joins(ast::TableRefPtr left, std::vector<PendingJoin> run);

  // Expressions (ast_builder_expr.cpp)
  ast::ExprPtr expr(P::ExprContext* context);
  ast::ExprPtr expr_operand(P::ExprContext* context);
  ast::ExprPtr bool_primary(P::BoolPrimaryContext* context);
  ast::ExprPtr bool_tail(ast::ExprPtr left, P::BoolPrimaryContext* context);
  ast::ExprPtr predicate(P::PredicateContext* context);
  ast::ExprPtr predicate_tail(P::PredicateTailContext* context, ast::ExprPtr operand);
  ast::ExprPtr in(P::PredicateTailContext* context, ast::ExprPtr operand, bool negated);
  ast::ExprPtr like(P::PredicateTailContext* context, ast::ExprPtr operand, bool negated);
  ast::ExprPtr bit_expr(P::BitExprContext* context);
  ast::ExprPtr simple_expr(P::SimpleExprContext* context);
  ast::ExprPtr simple_operand(P::SimpleExprContext* context);
  ast::ExprPtr concat(P::SimpleExprContext* context);
  ast::ExprPtr primary(P::PrimaryContext* context);
  ast::ExprPtr literal(P::LiteralContext* context);
  ast::ExprPtr single_literal(const SqlToken& token);
  ast::ExprPtr parameter(const SqlToken& token) const;
  ast::ExprPtr strings(P::LiteralContext* context);
  ast::ExprPtr column(P::ColumnRefContext* context);
  ast::ExprPtr oracle_word(P::ColumnRefContext* context);
  ast::ExprPtr system_variable(P::SystemVariableContext* context) const;
  ast::ExprPtr user_variable(P::UserVariableContext* context);
  ast::ExprPtr row(P::RowContext* context);
  ast::ExprPtr case_expr(P::CaseExprContext* context);
  ast::ExprPtr interval(P::IntervalContext* context);
  std::vector<ast::ExprPtr> exprs(std::span<P::ExprContext* const> contexts);
  static std::string unit(P::IdentContext* context);

  // Calls (ast_builder_calls.cpp)
  ast::ExprPtr function_call(P::FunctionCallContext* context);
  ast::ExprPtr time_function(P::TimeFunctionContext* context);
  ast::ExprPtr count(P::CountCallContext* context);
  std::unique_ptr<ast::Window> window(P::OverContext* context);
  ast::FrameBound frame_bound(P::FrameBoundContext* context) const;
  ast::ExprPtr group_concat(P::GroupConcatContext* context);
  ast::ExprPtr extract(P::ExtractContext* context);
  ast::ExprPtr trim(P::TrimContext* context);
  ast::ExprPtr substring(P::SubstringContext* context);
  ast::ExprPtr position(P::PositionContext* context);
  /// As CONVERT(operand USING charset) is.
  static ast::ExprPtr in_charset(ast::ExprPtr operand, std::string charset);
  ast::ExprPtr cast(P::CastContext* context);
  ast::ExprPtr char_call(P::CharCallContext* context);
  ast::ExprPtr interval_call(P::IntervalCallContext* context);
  ast::ExprPtr odbc_escape(P::OdbcEscapeContext* context);

  // SHOW (ast_builder_show.cpp)
  bool show_of_schema(P::ShowWhatContext* context, ast::Show& show) const;
  bool show_of_programs(P::ShowWhatContext* context, ast::Show& show) const;
  bool show_of_server(P::ShowWhatContext* context, ast::Show& show);
  bool show_of_name(P::ShowWhatContext* context, ast::Show& show) const;
  static void of_account(ast::AccountName account, ast::Show& show);
  void filter(P::FilterContext* context, ast::Show& show);
  void of_table(P::InTableContext* table, P::FromSchemaContext* schema, ast::Show& show) const;

  // The session (ast_builder_session.cpp)
  void set_item(P::SetItemContext& context, ast::Set& set);
  ast::VariableAssignment variable(P::SetItemContext& context);
  ast::VariableAssignment tenant_variable(P::TenantVariableContext* context);
  ast::SetNames names(P::SetItemContext* context) const;
  static ast::SetTransaction transaction(P::SetTransactionContext* context);
  ast::ExprPtr set_value(P::SetValueContext* context);

  // Administration (ast_builder_admin.cpp)
  ast::SystemParameter system_parameter(P::SystemParameterContext* context);
  ast::ParameterValue parameter_value(P::ParameterValueContext* context);
  Secret secret_word(P::SecretWordContext* context);
  std::vector<std::int64_t> ids_of(const std::vector<antlr4::tree::TerminalNode*>& nodes);
  std::vector<std::string> tenant_list(P::TenantListContext* context) const;
  /// One of the two, as typed, if there is an UNTIL.
  void take_until(P::RestoreUntilContext* until, std::optional<std::string>& scn,
                  std::optional<std::string>& time);
  std::uint64_t tenant_id(antlr4::Token* number);
  std::vector<ast::Option> options(P::OptionListContext* context,
                                   std::span<const std::string_view> allowed) const;
  ast::Option option(P::OptionContext* context, std::span<const std::string_view> allowed) const;
  std::vector<std::string> option_values(P::OptionValueContext* context) const;
  std::vector<ast::VariableAssignment> tenant_variables(P::TenantVariablesContext* context);

  // Accounts (ast_builder_accounts.cpp)
  ast::AccountName account(P::AccountContext* context) const;
  ast::AccountSpec account_spec(P::AccountSpecContext* context);
  static antlr4::Token* plugin_token(P::IdentifiedContext* context);
  void identified(P::IdentifiedContext* context, ast::AccountSpec& spec);
  static std::string privilege(P::PrivilegeContext* context);
  std::vector<std::string> privileges(P::PrivilegeListContext* context,
                                      std::vector<std::string>* roles) const;
  ast::RoleChoice role_choice(P::RoleChoiceContext* context) const;
  void grant_level(P::GrantLevelContext* context, std::string& schema, std::string& table) const;
  static std::optional<bool> locked(const std::vector<P::AccountOptionContext*>& options);
  static std::optional<ast::TlsRequirement> required(const std::vector<P::AccountOptionContext*>& options);
  static ast::PasswordOptions password_options(const std::vector<P::AccountOptionContext*>& options);

  std::string_view sql_;
  const ParseOptions& options_;
  std::span<const ParameterText> values_;
  std::size_t depth_ = 0;
  bool has_secret_ = false;
  std::vector<P::IntoContext*> intos_;  ///< SELECT ... INTO, wherever it stands
  bool saw_rownum_ = false;             ///< in the SELECT that is being built
};

/// Counts the nesting: nodes that are built while it exists are `levels` deeper. It throws when that is too
/// deep, so that no walk over the finished tree, nor its destruction, overflows the stack.
class Deeper {
 public:
  Deeper(AstBuilder& builder, antlr4::ParserRuleContext* where, std::size_t levels = 1);
  ~Deeper() { builder_.depth_ -= levels_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  AstBuilder& builder_;
  std::size_t levels_;
};

/// "nested deeper than 256 levels"
std::string too_deep_hint();

template <class Node>
ast::ExprPtr make_expr(Node&& node) {
  return std::make_unique<ast::Expr>(ast::Expr{std::forward<Node>(node)});
}

/// A string literal that doesn't stand in the text.
ast::ExprPtr made_up_string(std::string text);

/// f(args...)
template <class... Args>
ast::ExprPtr make_call(std::string name, Args&&... args) {
  ast::FunctionCall call;
  call.name = std::move(name);
  (call.args.push_back(std::forward<Args>(args)), ...);
  return make_expr(std::move(call));
}

inline bool is_terminal(antlr4::tree::ParseTree* tree) {
  return dynamic_cast<antlr4::tree::TerminalNode*>(tree) != nullptr;
}
/// The token of a child that is a terminal.
inline antlr4::Token* child_token(antlr4::ParserRuleContext* context, std::size_t index) {
  return static_cast<antlr4::tree::TerminalNode*>(context->children[index])->getSymbol();
}
inline std::size_t child_type(antlr4::ParserRuleContext* context, std::size_t index) {
  auto* node = dynamic_cast<antlr4::tree::TerminalNode*>(context->children[index]);
  return node == nullptr ? antlr4::Token::INVALID_TYPE : node->getSymbol()->getType();
}
inline antlr4::Token* token_of(antlr4::tree::TerminalNode* node) {
  return node->getSymbol();
}

}  // namespace breakwater::grammar
