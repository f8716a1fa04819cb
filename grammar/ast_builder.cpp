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
  return value_of(sql_token(token).scanned(), sql_, options_);
}

/// Oracle's names are upper case where they aren't quoted.
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

/// OFFSET n ROWS, FETCH FIRST n ROWS ONLY; without a number one row.
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
    case P::RuleQuery: {
      ast::SelectPtr query = select(static_cast<P::QueryContext*>(body));
      if (has_into_) {
        has_secret_ = true;
        return ast::ForeignStatement{"SELECT INTO"};
      }
      return std::move(*query);
    }
    case P::RuleShow:
      return show(static_cast<P::ShowContext*>(body)->showWhat());
    case P::RuleDescribe:
      return describe(static_cast<P::DescribeContext*>(body));
    case P::RuleSet:
      return set(static_cast<P::SetContext*>(body));
    case P::RuleAlterSession:
      return alter_session(static_cast<P::AlterSessionContext*>(body));
    case P::RuleSetPassword:
      return set_password(static_cast<P::SetPasswordContext*>(body));
    case P::RuleUse:
      return ast::Use{name(static_cast<P::UseContext*>(body)->ident())};
    case P::RuleKill:
      return kill(static_cast<P::KillContext*>(body));
    case P::RuleBegin:
      return ast::Begin{};
    case P::RuleCommit:
      return ast::Commit{};
    case P::RuleRollback:
      return rollback(static_cast<P::RollbackContext*>(body));
    case P::RuleNoOperation:
      return no_operation(static_cast<P::NoOperationContext*>(body));
    case P::RuleFlush:
      return flush(static_cast<P::FlushContext*>(body));
    case P::RuleAlterSystemSet:
      return alter_system_set(static_cast<P::AlterSystemSetContext*>(body));
    case P::RuleCheckDestination:
      return check_destination(static_cast<P::CheckDestinationContext*>(body));
    case P::RuleAlterSystemReset:
      return alter_system_reset(static_cast<P::AlterSystemResetContext*>(body));
    case P::RuleChangeTenant:
      return change_tenant(static_cast<P::ChangeTenantContext*>(body));
    case P::RuleBackupKey:
      return backup_key(static_cast<P::BackupKeyContext*>(body));
    case P::RuleRotateMasterKey:
      return ast::RotateMasterKey{};
    case P::RuleKeyManagement:
      return key_management(static_cast<P::KeyManagementContext*>(body));
    case P::RuleDeletePolicy:
      return delete_policy(static_cast<P::DeletePolicyContext*>(body));
    case P::RuleCancelBackup:
      return cancel_backup(static_cast<P::CancelBackupContext*>(body));
    case P::RuleArchiveLog:
      return archive_log(static_cast<P::ArchiveLogContext*>(body));
    case P::RuleSetEncryption:
      return set_encryption(static_cast<P::SetEncryptionContext*>(body));
    case P::RuleSetDecryption:
      return set_decryption(static_cast<P::SetDecryptionContext*>(body));
    default:
      return administration(body);
  }
}

/// Tenants, resources and accounts.
ast::Statement AstBuilder::administration(antlr4::ParserRuleContext* body) {
  switch (body->getRuleIndex()) {
    case P::RuleCreateTenant:
      return create_tenant(static_cast<P::CreateTenantContext*>(body));
    case P::RuleAlterTenant:
      return alter_tenant(static_cast<P::AlterTenantContext*>(body));
    case P::RuleDropTenant:
      return drop_tenant(static_cast<P::DropTenantContext*>(body));
    case P::RuleCreateResource:
      return create_resource(static_cast<P::CreateResourceContext*>(body));
    case P::RuleAlterResource:
      return alter_resource(static_cast<P::AlterResourceContext*>(body));
    case P::RuleDropResource:
      return drop_resource(static_cast<P::DropResourceContext*>(body));
    case P::RuleCreateUser:
      return create_user(static_cast<P::CreateUserContext*>(body));
    case P::RuleAlterUser:
      return alter_user(static_cast<P::AlterUserContext*>(body));
    case P::RuleDropUser:
      return drop_user(static_cast<P::DropUserContext*>(body));
    case P::RuleGrant:
      return grant(static_cast<P::GrantContext*>(body));
    case P::RuleRevoke:
      return revoke(static_cast<P::RevokeContext*>(body));
    default:
      fail_at(body->getStart(), "this statement is not known here");
  }
}

}  // namespace breakwater::grammar
