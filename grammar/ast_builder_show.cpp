#include <utility>

#include "grammar/ast_builder.h"

namespace breakwater::grammar {

using P = AstBuilder::P;

namespace {

ast::Show show_of(ast::ShowKind kind) {
  ast::Show show;
  show.kind = kind;
  return show;
}

}  // namespace

/// LIKE 'pattern' or WHERE.
void AstBuilder::filter(P::FilterContext* context, ast::Show& show) {
  if (context == nullptr) return;
  if (context->T_STRING() != nullptr) {
    show.like = string_value(token_of(context->T_STRING()));
  } else {
    show.where = expr(context->expr());
  }
}

/// FROM t [FROM db]; the second wins over the schema in t.
void AstBuilder::of_table(P::InTableContext* table, P::FromSchemaContext* schema, ast::Show& show) const {
  ast::NamedTable named = table_name(table->tableName());
  show.table = std::move(named.name);
  show.schema = schema != nullptr ? name(schema->ident()) : std::move(named.schema);
}

ast::Statement AstBuilder::describe(P::DescribeContext* context) {
  ast::Show show = show_of(ast::ShowKind::columns);
  ast::NamedTable table = table_name(context->tableName());
  show.table = std::move(table.name);
  show.schema = std::move(table.schema);
  if (context->ident() != nullptr || context->T_STRING() != nullptr)
    show.like = string_value(context->getStop());
  return show;
}

namespace {

/// The kinds that have only a filter.
ast::ShowKind plain_kind(antlr4::ParserRuleContext* context) {
  using enum ast::ShowKind;
  if (dynamic_cast<P::ShowDatabasesContext*>(context) != nullptr) return databases;
  if (dynamic_cast<P::ShowEnginesContext*>(context) != nullptr) return engines;
  if (dynamic_cast<P::ShowCharsetContext*>(context) != nullptr) return charset;
  if (dynamic_cast<P::ShowCollationContext*>(context) != nullptr) return collation;
  if (dynamic_cast<P::ShowPluginsContext*>(context) != nullptr) return plugins;
  if (dynamic_cast<P::ShowProfilesContext*>(context) != nullptr) return profiles;
  if (dynamic_cast<P::ShowSlaveStatusContext*>(context) != nullptr) return slave_status;
  return privileges;
}

template <class Context>
Context* as(antlr4::ParserRuleContext* context) {
  return dynamic_cast<Context*>(context);
}

}  // namespace

ast::Statement AstBuilder::show(P::ShowContext* statement) {
  P::ShowWhatContext* context = statement->showWhat();
  ast::Show show;
  show.kind = plain_kind(context);
  static_cast<void>(show_of_schema(context, show) || show_of_programs(context, show) ||
                    show_of_server(context, show) || show_of_name(context, show));
  if (auto* clause = context->getRuleContext<P::FilterContext>(0)) filter(clause, show);
  return show;
}

/// SHOW for tables and columns.
bool AstBuilder::show_of_schema(P::ShowWhatContext* context, ast::Show& show) const {
  using enum ast::ShowKind;
  if (auto* what = as<P::ShowTablesContext>(context)) {
    show.kind = tables;
    show.full = what->FULL_SYM() != nullptr;
    if (what->fromSchema() != nullptr) show.schema = name(what->fromSchema()->ident());
    return true;
  }
  if (auto* what = as<P::ShowTableStatusContext>(context)) {
    show.kind = table_status;
    if (what->fromSchema() != nullptr) show.schema = name(what->fromSchema()->ident());
    return true;
  }
  if (auto* what = as<P::ShowColumnsContext>(context)) {
    show.kind = columns;
    show.full = what->FULL_SYM() != nullptr;
    of_table(what->inTable(), what->fromSchema(), show);
    return true;
  }
  if (auto* what = as<P::ShowIndexesContext>(context)) {
    show.kind = indexes;
    of_table(what->inTable(), what->fromSchema(), show);
    return true;
  }
  return false;
}

/// SHOW for what a schema may hold besides tables, and for open tables.
bool AstBuilder::show_of_programs(P::ShowWhatContext* context, ast::Show& show) const {
  using enum ast::ShowKind;
  if (as<P::ShowTriggersContext>(context) != nullptr) {
    show.kind = triggers;
  } else if (as<P::ShowEventsContext>(context) != nullptr) {
    show.kind = events;
  } else if (as<P::ShowOpenTablesContext>(context) != nullptr) {
    show.kind = open_tables;
  } else if (auto* of_routines = as<P::ShowRoutinesContext>(context)) {
    show.kind = of_routines->FUNCTION_SYM() != nullptr ? functions : procedures;
  } else {
    return false;
  }
  if (auto* of = context->getRuleContext<P::FromSchemaContext>(0)) show.schema = name(of->ident());
  return true;
}

/// SHOW for variables, parameters, diagnostics and connections.
bool AstBuilder::show_of_server(P::ShowWhatContext* context, ast::Show& show) {
  using enum ast::ShowKind;
  if (auto* what = as<P::ShowVariablesContext>(context)) {
    show.kind = variables;
    show.scope = scope(what->variableScope());
  } else if (auto* of_status = as<P::ShowStatusContext>(context)) {
    show.kind = status;
    show.scope = scope(of_status->variableScope());
  } else if (auto* of_parameters = as<P::ShowParametersContext>(context)) {
    show.kind = parameters;
    if (of_parameters->nameOrString() != nullptr) show.tenant = name_or_string(of_parameters->nameOrString());
  } else if (as<P::ShowWarningsContext>(context) != nullptr || as<P::ShowErrorsContext>(context) != nullptr) {
    show.kind = as<P::ShowWarningsContext>(context) != nullptr ? warnings : errors;
    if (auto* clause = context->getRuleContext<P::LimitContext>(0)) show.limit = limit(clause);
  } else if (auto* of_count = as<P::ShowCountContext>(context)) {
    show.kind = of_count->WARNINGS_SYM() != nullptr ? count_warnings : count_errors;
  } else if (auto* of_processes = as<P::ShowProcesslistContext>(context)) {
    show.kind = processlist;
    show.full = of_processes->FULL_SYM() != nullptr;
  } else {
    return false;
  }
  return true;
}

/// SHOW for one thing by its name.
bool AstBuilder::show_of_name(P::ShowWhatContext* context, ast::Show& show) const {
  using enum ast::ShowKind;
  if (auto* of_table = as<P::ShowCreateTableContext>(context)) {
    show.kind = of_table->VIEW_SYM() != nullptr ? create_view : create_table;
    ast::NamedTable table = table_name(of_table->tableName());
    show.table = std::move(table.name);
    show.schema = std::move(table.schema);
  } else if (auto* of_tenant = as<P::ShowCreateTenantContext>(context)) {
    show.kind = create_tenant;
    show.name = name_or_string(of_tenant->nameOrString());
  } else if (auto* current = as<P::ShowTenantContext>(context)) {
    show.kind = current->STATUS_SYM() != nullptr ? tenant_status : tenant;
  } else if (auto* of_database = as<P::ShowCreateDatabaseContext>(context)) {
    show.kind = create_database;
    show.schema = name(of_database->ident());
  } else if (auto* of_account_text = as<P::ShowCreateUserContext>(context)) {
    show.kind = create_user;
    of_account(account(of_account_text->account()), show);
  } else if (auto* of_user = as<P::ShowGrantsContext>(context)) {
    show.kind = grants;
    if (of_user->account() != nullptr) of_account(account(of_user->account()), show);
  } else {
    return false;
  }
  return true;
}

/// FOR CURRENT_USER means the same as no FOR.
void AstBuilder::of_account(ast::AccountName account, ast::Show& show) {
  if (account.current_user) return;
  show.name = std::move(account.user);
  show.host = std::move(account.host);
}

}  // namespace breakwater::grammar
