#include "catalog/show/show.h"

#include "catalog/dictionary/view.h"
#include "catalog/show/show_parts.h"

namespace breakwater::catalog {

using namespace show;

namespace {

ast::Select variables(const ast::Show& show, std::string_view kind) {
  const std::string scope = show.scope == ast::VariableScope::global ? "GLOBAL" : "SESSION";
  Source source =
      from(kShow, scope + std::string(kind), {{"Variable_name", "Variable_name"}, {"Value", "Value"}});
  return wrapped(std::move(source), show);
}

ast::Select parameters(const ast::Show& show) {
  return wrapped(from(kShow, "PARAMETERS",
                      {{"zone", "zone"},
                       {"svr_type", "svr_type"},
                       {"svr_ip", "svr_ip"},
                       {"svr_port", "svr_port"},
                       {"name", "name"},
                       {"data_type", "data_type"},
                       {"value", "value"},
                       {"info", "info"},
                       {"section", "section"},
                       {"scope", "scope"},
                       {"source", "source"},
                       {"edit_level", "edit_level"}}),
                 show, "name");
}

ast::ExprPtr number(const ast::Expr& value) {
  if (const auto* parameter = std::get_if<ast::Parameter>(&value.node)) return make(*parameter);
  const auto* literal = std::get_if<ast::Literal>(&value.node);
  return make(literal == nullptr ? ast::Literal{.kind = ast::LiteralKind::integer, .text = "0"} : *literal);
}

ast::Select warnings(const ast::Show& show) {
  Source source = from(kShow, "WARNINGS", {{"Level", "Level"}, {"Code", "Code"}, {"Message", "Message"}});
  if (show.kind == ast::ShowKind::errors) source.where = equal("Level", "Error");
  ast::Select select = wrapped(std::move(source), show);
  if (!show.limit) return select;
  select.limit.emplace();
  select.limit->count = number(*show.limit->count);
  if (show.limit->offset != nullptr) select.limit->offset = number(*show.limit->offset);
  return select;
}

ast::Select count_warnings(const ast::Show& show) {
  const bool errors = show.kind == ast::ShowKind::count_errors;
  Source source = from(kShow, "WARNINGS", {});
  ast::FunctionCall count;
  count.name = "count";
  count.star = true;
  source.items.push_back(
      item(make(std::move(count)), errors ? "@@session.error_count" : "@@session.warning_count"));
  if (errors) source.where = equal("Level", "Error");
  return wrapped(std::move(source), show);
}

ast::Select tenant(const ast::Show& show) {
  Source source;
  source.items.push_back(item(call("effective_tenant"), "Current_tenant_name"));
  return wrapped(std::move(source), show);
}

/// A tenant is read-write unless its variable read_only says otherwise.
ast::Select tenant_status(const ast::Show& show) {
  std::vector<ast::ExprPtr> status;
  status.push_back(equal("Value", "ON"));
  status.push_back(text("read only"));
  status.push_back(text("read write"));
  Source source = from(kShow, "GLOBAL_VARIABLES", {});
  source.items.push_back(item(call("effective_tenant"), "Tenant"));
  source.items.push_back(item(call("if", std::move(status)), "Status"));
  source.where = equal("Variable_name", "read_only");
  return wrapped(std::move(source), show);
}

/// A user's name is another in another case.
ast::ExprPtr exactly(std::string name, std::string value) {
  ast::Cast bytes;
  bytes.operand = column(std::move(name));
  bytes.type = ast::CastType::binary;
  return make(ast::Binary{
      .op = ast::BinaryOp::equal, .left = make(std::move(bytes)), .right = text(std::move(value))});
}

/// The row of an account in a hidden view; without FOR, of the session's own account.
ast::Select of_account(const std::string& view, const std::string& column_name, std::string label,
                       const ast::Show& show, const Viewer& viewer) {
  const std::string user = show.host.empty() ? std::string(viewer.user) : show.name;
  const std::string host = show.host.empty() ? std::string(viewer.host) : show.host;
  Source source = from(kShow, view, {});
  source.items.push_back(item(column(column_name), std::move(label) + " for " + user + "@" + host));
  source.where = both(exactly("USER", user), equal("HOST", host));
  return wrapped(std::move(source), show);
}

ast::Select processlist(const ast::Show& show) {
  constexpr const char* kShownOfInfo = "100";
  Source source = from(kShow, "PROCESSLIST",
                       {{"Id", "Id"},
                        {"User", "User"},
                        {"Host", "Host"},
                        {"db", "db"},
                        {"Command", "Command"},
                        {"Time", "Time"},
                        {"State", "State"}});
  if (show.full) {
    source.items.push_back(item(column("Info"), "Info"));
  } else {
    std::vector<ast::ExprPtr> args;
    args.push_back(column("Info"));
    args.push_back(make(ast::Literal{.kind = ast::LiteralKind::integer, .text = kShownOfInfo}));
    source.items.push_back(item(call("left", std::move(args)), "Info"));
  }
  return wrapped(std::move(source), show);
}

Source collations() {
  return from(kInformationSchema, "COLLATIONS",
              {{"COLLATION_NAME", "Collation"},
               {"CHARACTER_SET_NAME", "Charset"},
               {"ID", "Id"},
               {"IS_DEFAULT", "Default"},
               {"IS_COMPILED", "Compiled"},
               {"SORTLEN", "Sortlen"}});
}
Source charsets() {
  return from(kInformationSchema, "CHARACTER_SETS",
              {{"CHARACTER_SET_NAME", "Charset"},
               {"DESCRIPTION", "Description"},
               {"DEFAULT_COLLATE_NAME", "Default collation"},
               {"MAXLEN", "Maxlen"}});
}
Source engines() {
  return from(kInformationSchema, "ENGINES",
              {{"ENGINE", "Engine"},
               {"SUPPORT", "Support"},
               {"COMMENT", "Comment"},
               {"TRANSACTIONS", "Transactions"},
               {"XA", "XA"},
               {"SAVEPOINTS", "Savepoints"}});
}
Source plugins() {
  return from(kInformationSchema, "PLUGINS",
              {{"PLUGIN_NAME", "Name"},
               {"PLUGIN_STATUS", "Status"},
               {"PLUGIN_TYPE", "Type"},
               {"PLUGIN_LIBRARY", "Library"},
               {"PLUGIN_LICENSE", "License"}});
}
Source profiles() {
  return from(kShow, "PROFILES", {{"Query_ID", "Query_ID"}, {"Duration", "Duration"}, {"Query", "Query"}});
}
Source slave_status(const Dictionary& dictionary, const Viewer& viewer) {
  Source source = from(kShow, "SLAVE_STATUS", {});
  const View* view = dictionary.find_view(kShow, source.view, viewer.visibility);
  for (const Column& c : view->columns) source.items.push_back(item(column(c.name), c.name));
  return source;
}
Source privileges() {
  return from(kShow, "PRIVILEGES",
              {{"Privilege", "Privilege"}, {"Context", "Context"}, {"Comment", "Comment"}});
}

}  // namespace

Result<ast::Select> select_of_show(const Dictionary& dictionary, const ast::Show& show,
                                   const Viewer& viewer) {
  if (auto select = show::of_schema(dictionary, show, viewer)) return *std::move(select);
  switch (show.kind) {
    case ast::ShowKind::variables:
      return variables(show, "_VARIABLES");
    case ast::ShowKind::status:
      return variables(show, "_STATUS");
    case ast::ShowKind::parameters:
      return parameters(show);
    case ast::ShowKind::warnings:
    case ast::ShowKind::errors:
      return warnings(show);
    case ast::ShowKind::count_warnings:
    case ast::ShowKind::count_errors:
      return count_warnings(show);
    case ast::ShowKind::tenant:
      return tenant(show);
    case ast::ShowKind::tenant_status:
      return tenant_status(show);
    case ast::ShowKind::grants:
      return of_account("GRANTS", "GRANT_TEXT", "Grants", show, viewer);
    case ast::ShowKind::processlist:
      return processlist(show);
    case ast::ShowKind::engines:
      return wrapped(engines(), show);
    case ast::ShowKind::charset:
      return wrapped(charsets(), show);
    case ast::ShowKind::collation:
      return wrapped(collations(), show);
    case ast::ShowKind::plugins:
      return wrapped(plugins(), show);
    case ast::ShowKind::privileges:
      return wrapped(privileges(), show);
    case ast::ShowKind::create_user:
      return of_account("USERS", "CREATE_TEXT", "CREATE USER", show, viewer);
    case ast::ShowKind::profiles:
      return wrapped(profiles(), show);
    case ast::ShowKind::slave_status:
      return wrapped(slave_status(dictionary, viewer), show);
    case ast::ShowKind::create_tenant:
      return fail(error::not_supported("SHOW CREATE TENANT"));
    default:
      return fail(error::internal_error());  // of_schema() has handled them
  }
}

}  // namespace breakwater::catalog
