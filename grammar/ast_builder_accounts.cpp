#include <algorithm>

#include "base/text.h"
#include "grammar/ast_builder.h"

namespace breakwater::grammar {

using P = AstBuilder::P;

namespace {

template <class Contexts, class Convert>
auto converted(const Contexts& contexts, const Convert& convert) {
  std::vector<decltype(convert(contexts.front()))> list;
  list.reserve(contexts.size());
  for (auto* context : contexts) list.push_back(convert(context));
  return list;
}

}  // namespace

/// user, user@host, 'user'@'host', CURRENT_USER[()].
ast::AccountName AstBuilder::account(P::AccountContext* context) const {
  ast::AccountName account;
  account.current_user = context->CURRENT_USER_SYM() != nullptr || context->T_LPAREN() != nullptr;
  if (account.current_user) return account;
  account.user = name(context->getStart());
  if (context->children.size() > 1) account.host = string_value(context->getStop());
  return account;
}

ast::AccountSpec AstBuilder::account_spec(P::AccountSpecContext* context) {
  ast::AccountSpec spec;
  spec.account = account(context->account());
  if (context->identified() != nullptr) identified(context->identified(), spec);
  return spec;
}

void AstBuilder::identified(P::IdentifiedContext* context, ast::AccountSpec& spec) {
  if (context->secretWord() != nullptr) {
    spec.password = secret_word(context->secretWord());
    return;
  }
  const bool with_plugin = context->WITH_SYM() != nullptr || context->VIA_SYM() != nullptr;
  if (with_plugin) spec.plugin = string_value(plugin_token(context));
  const bool has_value =
      context->BY_SYM() != nullptr || context->AS_SYM() != nullptr || context->USING_SYM() != nullptr;
  if (!has_value) return;
  const bool hash = context->PASSWORD_SYM() != nullptr || context->BY_SYM() == nullptr;
  (hash ? spec.hash : spec.password) = secret(context->getStop());
}

/// The plugin's name: a word or a string.
antlr4::Token* AstBuilder::plugin_token(P::IdentifiedContext* context) {
  if (context->ident() != nullptr) return context->ident()->getStart();
  return token_of(context->T_STRING(0));
}

std::optional<bool> AstBuilder::locked(const std::vector<P::AccountOptionContext*>& options) {
  std::optional<bool> locked;
  for (auto* option : options) {
    if (option->ACCOUNT_SYM() != nullptr) locked = option->LOCK_SYM() != nullptr;
  }
  return locked;
}

std::optional<ast::TlsRequirement> AstBuilder::required(
    const std::vector<P::AccountOptionContext*>& options) {
  using enum ast::TlsRequirement;
  std::optional<ast::TlsRequirement> required;
  for (auto* option : options) {
    if (option->REQUIRE_SYM() == nullptr) continue;
    const std::string_view word = sql_token(option->getStop()).text();
    if (iequals(word, "NONE")) {
      required = none;
    } else if (iequals(word, "SSL")) {
      required = ssl;
    } else if (iequals(word, "X509")) {
      required = x509;
    } else {
      fail_at(option->getStop(), "expected NONE, SSL or X509");
    }
  }
  return required;
}

ast::PasswordOptions AstBuilder::password_options(const std::vector<P::AccountOptionContext*>& options) {
  using Expire = ast::PasswordOptions::Expire;
  ast::PasswordOptions said;
  for (auto* option : options) {
    const auto number = [&]() -> std::uint64_t {
      antlr4::Token* token = token_of(option->T_INT());
      const auto value = whole_number<std::uint64_t>(sql_token(token).text());
      if (!value) fail_at(token, "expected a smaller number");
      return *value;
    };
    if (option->FAILED_LOGIN_ATTEMPTS_SYM() != nullptr) {
      said.failed_login_attempts = number();
    } else if (option->PASSWORD_LOCK_TIME_SYM() != nullptr) {
      said.lock_unbounded = option->UNBOUNDED_SYM() != nullptr;
      said.lock_days = said.lock_unbounded ? std::optional<std::uint64_t>() : number();
    } else if (option->INTERVAL_SYM() != nullptr) {
      if (!iequals(sql_token(option->getStop()).text(), "DAY")) fail_at(option->getStop(), "expected DAY");
      said.expire = Expire::after_days;
      said.days = number();
    } else if (option->EXPIRE_SYM() != nullptr) {
      const bool by_default = option->DEFAULT_SYM() != nullptr;
      const bool never = option->NEVER_SYM() != nullptr;
      said.expire = by_default ? Expire::by_default : never ? Expire::never : Expire::now;
    }
  }
  return said;
}

ast::Statement AstBuilder::create_user(P::CreateUserContext* context) {
  ast::CreateUser statement;
  statement.if_not_exists = context->ifNotExists() != nullptr;
  statement.accounts = converted(context->accountSpec(), [&](auto* spec) { return account_spec(spec); });
  statement.locked = locked(context->accountOption());
  statement.require = required(context->accountOption());
  statement.password = password_options(context->accountOption());
  return statement;
}

ast::Statement AstBuilder::alter_user(P::AlterUserContext* context) {
  ast::AlterUser statement;
  statement.if_exists = context->ifExists() != nullptr;
  statement.accounts = converted(context->accountSpec(), [&](auto* spec) { return account_spec(spec); });
  statement.locked = locked(context->accountOption());
  statement.require = required(context->accountOption());
  statement.password = password_options(context->accountOption());
  return statement;
}

ast::Statement AstBuilder::drop_user(P::DropUserContext* context) {
  ast::DropUser statement;
  statement.if_exists = context->ifExists() != nullptr;
  statement.accounts = converted(context->account(), [&](auto* name) { return account(name); });
  return statement;
}

ast::Statement AstBuilder::rename_user(P::RenameUserContext* context) {
  ast::RenameUser statement;
  statement.accounts = converted(context->renaming(), [&](auto* renaming) {
    return std::pair(account(renaming->account(0)), account(renaming->account(1)));
  });
  return statement;
}

// ---- GRANT and REVOKE ----

namespace {

// MySQL 5.7's and OceanBase 4.2.1's static privileges.
// clang-format off
constexpr std::string_view kPrivileges[] = {
    "ALL", "ALL PRIVILEGES", "ALTER", "ALTER ROUTINE", "ALTER SYSTEM", "ALTER TENANT", "CREATE", "CREATE DATABASE LINK",
    "CREATE RESOURCE POOL", "CREATE RESOURCE UNIT", "CREATE ROUTINE", "CREATE TABLESPACE", "CREATE TEMPORARY TABLES",
    "CREATE USER", "CREATE VIEW", "DELETE", "DROP", "DROP DATABASE LINK", "EVENT", "EXECUTE", "FILE", "GRANT OPTION",
    "INDEX", "INSERT", "LOCK TABLES", "PROCESS", "PROXY", "REFERENCES", "RELOAD", "REPLICATION CLIENT",
    "REPLICATION SLAVE", "SELECT", "SHOW DATABASES", "SHOW VIEW", "SHUTDOWN", "SUPER", "TRIGGER", "UPDATE", "USAGE"};
// clang-format on

}  // namespace

std::string AstBuilder::privilege(P::PrivilegeContext* context) {
  std::string words;
  for (auto* word : context->privilegeWord()) {
    if (!words.empty()) words += ' ';
    words += ascii_upper(sql_token(word->getStart()).text());
  }
  if (std::ranges::find(kPrivileges, words) == std::end(kPrivileges)) return {};
  return words == "ALL" ? "ALL PRIVILEGES" : words;
}

/// Privileges, and what else may be a role where there may be `roles`.
std::vector<std::string> AstBuilder::privileges(P::PrivilegeListContext* context,
                                                std::vector<std::string>* roles) const {
  std::vector<std::string> list;
  for (auto* entry : context->privilege()) {
    std::string name_of_one = privilege(entry);
    auto* const word = entry->privilegeWord(0)->ident();
    if (!name_of_one.empty()) {
      list.push_back(std::move(name_of_one));
    } else if (roles != nullptr && entry->privilegeWord().size() == 1 && word != nullptr) {
      roles->push_back(name(word));
    } else {
      fail_at(entry->getStart(), "expected a privilege: ALTER SYSTEM, SUPER, SELECT, ALL PRIVILEGES ...");
    }
  }
  return list;
}

/// *, *.*, db.*, db.table, or a table of the current database (an empty schema). Without it, in Oracle mode:
/// *.*.
void AstBuilder::grant_level(P::GrantLevelContext* context, std::string& schema, std::string& table) const {
  if (context == nullptr) {
    schema = table = "*";
    return;
  }
  const auto part = [&](antlr4::tree::ParseTree* child) {
    return is_terminal(child) ? std::string("*") : name(static_cast<P::IdentContext*>(child));
  };
  if (context->children.size() == 3) schema = part(context->children[0]);
  table = part(context->children.back());
}

ast::Statement AstBuilder::grant(P::GrantContext* context) {
  ast::Grant statement;
  statement.privileges =
      privileges(context->privilegeList(), context->ON_SYM() == nullptr ? &statement.roles : nullptr);
  grant_level(context->grantLevel(), statement.schema, statement.table);
  statement.accounts = converted(context->accountSpec(), [&](auto* spec) { return account_spec(spec); });
  statement.with_grant_option = context->OPTION_SYM() != nullptr;
  return statement;
}

ast::Statement AstBuilder::revoke(P::RevokeContext* context) {
  ast::Revoke statement;
  if (context->privilegeList() != nullptr) {
    statement.privileges =
        privileges(context->privilegeList(), context->ON_SYM() == nullptr ? &statement.roles : nullptr);
    grant_level(context->grantLevel(), statement.schema, statement.table);
    // Oracle mode's grammar takes MySQL's form for a list of privileges.
    statement.everything = context->grantLevel() == nullptr && statement.roles.empty() &&
                           statement.privileges == std::vector<std::string>{"ALL PRIVILEGES", "GRANT OPTION"};
  } else {
    statement.everything = true;
  }
  statement.accounts = converted(context->account(), [&](auto* name) { return account(name); });
  return statement;
}

// ---- roles ----

ast::Statement AstBuilder::create_role(P::CreateRoleContext* context) {
  return ast::CreateRole{name(context->ident())};
}

ast::Statement AstBuilder::drop_role(P::DropRoleContext* context) {
  return ast::DropRole{name(context->ident())};
}

ast::RoleChoice AstBuilder::role_choice(P::RoleChoiceContext* context) const {
  ast::RoleChoice choice{.all = context->ALL_SYM() != nullptr, .names = {}};
  choice.names = converted(context->ident(), [&](auto* role) { return name(role); });
  const auto& first = sql_token(context->getStart());
  const bool none =
      choice.names.size() == 1 && first.getType() == P::T_IDENT && iequals(first.text(), "NONE");
  if (none) choice.names.clear();
  return choice;
}

ast::Statement AstBuilder::set_role(P::SetRoleContext* context) {
  return ast::SetRole{role_choice(context->roleChoice())};
}

ast::Statement AstBuilder::default_role(P::DefaultRoleContext* context) {
  return ast::DefaultRole{account(context->account()), role_choice(context->roleChoice())};
}

}  // namespace breakwater::grammar
