#include <algorithm>
#include <utility>

#include "base/text.h"
#include "grammar/ast_builder.h"

namespace breakwater::grammar {

using P = AstBuilder::P;

ast::Statement AstBuilder::set(P::SetContext* context) {
  ast::Set set;
  for (auto* item : context->setItem()) set_item(*item, set);
  // A value may be anything: SET @kms_encrypt_info = '{... secret ...}'.
  has_secret_ = true;
  return set;
}

void AstBuilder::set_item(P::SetItemContext& context, ast::Set& set) {
  if (dynamic_cast<P::SetNamesContext*>(&context) != nullptr ||
      dynamic_cast<P::SetCharacterSetContext*>(&context) != nullptr) {
    set.items.emplace_back(names(&context));
  } else if (auto* traits = dynamic_cast<P::SetTransactionContext*>(&context)) {
    set.items.emplace_back(transaction(traits));
  } else {
    set.items.emplace_back(variable(context));
  }
}

ast::SetNames AstBuilder::names(P::SetItemContext* context) const {
  ast::SetNames names;
  names.character_set = dynamic_cast<P::SetCharacterSetContext*>(context) != nullptr;
  const auto words = context->getRuleContexts<P::CharsetNameContext>();
  if (!words.empty()) names.charset = charset(words[0]);
  if (words.size() == 2) names.collation = charset(words[1]);
  return names;
}

ast::SetTransaction AstBuilder::transaction(P::SetTransactionContext* context) {
  ast::SetTransaction transaction;
  transaction.scope = scope(context->variableScope());
  for (auto* trait : context->transactionTrait()) {
    if (trait->LEVEL_SYM() == nullptr) {
      transaction.read_only = trait->ONLY_SYM() != nullptr;
      continue;
    }
    transaction.isolation.clear();
    for (std::size_t i = 2; i < trait->children.size(); ++i) {
      if (!transaction.isolation.empty()) transaction.isolation += '-';
      transaction.isolation += ascii_upper(sql_token(child_token(trait, i)).text());
    }
  }
  return transaction;
}

ast::VariableAssignment AstBuilder::variable(P::SetItemContext& context) {
  ast::VariableAssignment assignment;
  if (auto* user = dynamic_cast<P::SetUserVariableContext*>(&context)) {
    assignment.user_variable = true;
    assignment.name = user_variable_name(user->getStart());
    assignment.value = expr(user->expr());
    return assignment;
  }
  for (auto* part : context.getRuleContexts<P::IdentContext>()) {
    if (!assignment.name.empty()) assignment.name += '.';
    assignment.name += name(part);
  }
  assignment.scope = scope(context.getRuleContext<P::VariableScopeContext>(0));
  assignment.value = set_value(context.getRuleContext<P::SetValueContext>(0));
  return assignment;
}

ast::VariableAssignment AstBuilder::tenant_variable(P::TenantVariableContext* context) {
  ast::VariableAssignment assignment;
  assignment.scope = scope(context->variableScope());
  assignment.name = name(context->ident());
  assignment.value = set_value(context->setValue());
  return assignment;
}

/// A bare word (ON, utf8) becomes a string literal, DEFAULT null.
ast::ExprPtr AstBuilder::set_value(P::SetValueContext* context) {
  if (context->DEFAULT_SYM() != nullptr) return nullptr;
  if (context->expr() == nullptr) return made_up_string(string_value(context->getStart()));
  ast::ExprPtr value = expr(context->expr());
  if (auto* word = std::get_if<ast::ColumnRef>(&value->node); word != nullptr && word->table.empty()) {
    return made_up_string(std::move(word->column));
  }
  return value;
}

/// ALTER SESSION SET CURRENT_SCHEMA = x is USE x; everything else sets a variable of the session.
ast::Statement AstBuilder::alter_session(P::AlterSessionContext* context) {
  const auto settings = context->sessionSetting();
  const auto value = [&](P::SessionSettingContext* setting) {
    antlr4::Token* token = setting->getStop();
    const bool word = sql_token(token).scanned().kind != TokenKind::string;
    return (setting->T_MINUS() != nullptr ? "-" : "") + (word ? name(token) : string_value(token));
  };
  if (settings.size() == 1 && iequals(name(settings[0]->ident(0)), "CURRENT_SCHEMA"))
    return ast::Use{value(settings[0])};
  ast::Set set;
  for (auto* setting : settings) {
    ast::VariableAssignment assignment;
    assignment.scope = ast::VariableScope::session;
    assignment.name = ascii_lower(name(setting->ident(0)));
    if (setting->T_INT() != nullptr) {
      assignment.value = make_expr(ast::Literal{.kind = ast::LiteralKind::integer, .text = value(setting)});
    } else if (setting->DEFAULT_SYM() == nullptr) {
      assignment.value = made_up_string(value(setting));
    }
    set.items.emplace_back(std::move(assignment));
  }
  return set;
}

namespace {

constexpr std::size_t kNativeHashLength = 41;  // '*' and 40 hexadecimal digits

bool looks_hashed(std::string_view text) {
  return text.size() == kNativeHashLength && text.front() == '*' &&
         text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

}  // namespace

ast::Statement AstBuilder::set_password(P::SetPasswordContext* context) {
  ast::SetPassword statement;
  if (context->account() != nullptr) statement.account = account(context->account());
  statement.password = secret(token_of(context->T_STRING()));
  const bool function = context->PASSWORD_SYM().size() == 2;
  statement.hashed = !function && looks_hashed(statement.password.reveal());
  return statement;
}

ast::Statement AstBuilder::use(P::UseContext* context) {
  return ast::Use{name(context->ident())};
}

ast::Statement AstBuilder::kill(P::KillContext* context) {
  ast::Kill kill;
  kill.query_only = context->QUERY_SYM() != nullptr;
  kill.id = expr(context->expr());
  return kill;
}

ast::Statement AstBuilder::do_exprs(P::DoExprsContext* context) {
  return ast::Do{exprs(context->expr())};
}

ast::Statement AstBuilder::prepare_text(P::PrepareTextContext* context) {
  ast::PrepareText prepare{.name = name(context->ident()), .text = {}, .variable = {}};
  if (context->T_STRING() != nullptr) {
    prepare.text = secret(token_of(context->T_STRING()));
  } else {
    prepare.variable = user_variable_name(token_of(context->T_USER_VAR()));
  }
  return prepare;
}

ast::Statement AstBuilder::execute_text(P::ExecuteTextContext* context) {
  ast::ExecuteText execute{.name = name(context->ident()), .variables = {}};
  for (auto* variable : context->T_USER_VAR())
    execute.variables.push_back(user_variable_name(token_of(variable)));
  return execute;
}

ast::Statement AstBuilder::deallocate_text(P::DeallocateTextContext* context) {
  return ast::DeallocateText{name(context->ident())};
}

ast::Statement AstBuilder::begin(P::BeginContext* /*context*/) {
  return ast::Begin{};
}

ast::Statement AstBuilder::commit(P::CommitContext* /*context*/) {
  return ast::Commit{};
}

ast::Statement AstBuilder::no_operation(P::NoOperationContext* context) {
  std::string head = ascii_upper(sql_token(context->getStart()).text());
  const bool two_words = context->SAVEPOINT_SYM() == nullptr || context->RELEASE_SYM() != nullptr;
  if (two_words) head += " " + ascii_upper(sql_token(child_token(context, 1)).text());
  return ast::NoOperation{std::move(head)};
}

ast::Statement AstBuilder::flush(P::FlushContext* context) {
  const auto items = context->flushItem();
  return ast::Flush{
      .privileges = std::ranges::any_of(items, [](auto* item) { return item->PRIVILEGES_SYM() != nullptr; }),
      .status = std::ranges::any_of(items, [](auto* item) { return item->STATUS_SYM() != nullptr; })};
}

/// ROLLBACK TO a savepoint does nothing: there is nothing to roll back.
ast::Statement AstBuilder::rollback(P::RollbackContext* context) {
  if (context->TO_SYM() != nullptr) return ast::NoOperation{"ROLLBACK TO SAVEPOINT"};
  return ast::Rollback{};
}

}  // namespace breakwater::grammar
