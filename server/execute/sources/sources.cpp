#include "server/execute/sources/sources.h"

#include <string>
#include <utility>
#include <vector>

#include "catalog/model/privilege.h"
#include "server/execute/context/privileges.h"
#include "server/execute/parameters/tenant_parameters.h"
#include "server/execute/sources/table_source.h"

namespace breakwater::server::execute {
namespace {

using catalog::RowTable;
using catalog::Value;

Value integer(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

void variables(const catalog::QueryContext& context, RowTable& table) {
  for (const auto scope : {ast::VariableScope::session, ast::VariableScope::global}) {
    const std::string name = scope == ast::VariableScope::session ? "SESSION" : "GLOBAL";
    for (auto& [variable, value] : session_of(context).shown_variables(scope))
      table.add({name, variable, value});
  }
}

// sys sees all processes, an account with PROCESS those of its tenant, others their own.
bool may_see(const session::SessionState& session, bool all, const session::ProcessInfo& process) {
  const session::Identity& who = session.identity();
  if (who.is_sys() && session.in_sys() && all) return true;
  if (process.login_tenant_id != who.account.tenant_id) return false;
  return all || process.user == who.account.user;
}

bool has_process_privilege(Services& services, const session::SessionState& session) {
  const auto lane = services.lane();
  if (!lane) return false;
  const auto grants = held_at_home(*(*lane)->reader, session);
  return grants && catalog::allows(*grants, catalog::privilege::kProcess);
}

std::string_view command_of(const session::ProcessInfo& process) {
  if (process.killed) return "Killed";
  return process.running ? "Query" : "Sleep";
}

void processes(Services& services, const catalog::QueryContext& context, RowTable& table) {
  const session::SessionState& session = session_of(context);
  const bool all = has_process_privilege(services, session);
  for (const session::ProcessInfo& process : services.registry().list()) {
    if (!may_see(session, all, process)) continue;
    const auto seconds = std::max<std::int64_t>(0, (context.now - process.since) / 1'000'000);
    table.add({integer(process.id), process.user, process.tenant, process.host,
               process.database.empty() ? Value() : Value(process.database), std::string(command_of(process)),
               seconds, std::string(process.running ? "ACTIVE" : "SLEEP"),
               process.statement.empty() ? Value() : Value(process.statement)});
  }
}

void warnings(const catalog::QueryContext& context, RowTable& table) {
  for (const session::Warning& warning : session_of(context).diagnostics.list()) {
    table.add({std::string(session::level_name(warning.level)), std::int64_t{warning.code}, warning.text});
  }
}

/// The columns of SHOW PARAMETERS that differ between parameters.
struct ParameterText {
  std::string name;
  std::string value;
  std::string info;
  std::string section;
  std::string scope;
  std::string edit_level;
};

void add_parameter(RowTable& table, std::int64_t tenant, const ParameterText& text) {
  table.add({tenant, std::string(kZone), std::string("observer"), std::string(kServerIp), kServerPort,
             text.name, Value(), text.value, text.info, text.section, text.scope, std::string("DEFAULT"),
             text.edit_level});
}

std::string edit_level_of(const Setting& setting) {
  if (setting.change == Setting::Change::restart) return "STATIC_EFFECTIVE";
  return setting.change == Setting::Change::at_once ? "DYNAMIC_EFFECTIVE" : "READONLY";
}

void settings_rows(Services& services, std::int64_t tenant, RowTable& table) {
  const auto settings = services.settings();
  for (const Setting& setting : settings_table()) {
    const std::string info = std::string(setting.help) + " Range: " + std::string(setting.range);
    add_parameter(table, tenant,
                  {.name = std::string(setting.name),
                   .value = setting.get(*settings),
                   .info = info,
                   .section = "OBSERVER",
                   .scope = "CLUSTER",
                   .edit_level = edit_level_of(setting)});
  }
}

void tenant_rows(Services& services, std::int64_t tenant, RowTable& table) {
  std::vector<catalog::ParameterRow> rows;
  if (auto lane = services.lane()) {
    if (auto found = (*lane)->reader->parameters().all(tenant)) rows = *std::move(found);
  }
  for (const TenantParameter& parameter : tenant_parameters()) {
    const auto row = std::ranges::find(rows, parameter.name, &catalog::ParameterRow::name);
    std::string value(parameter.default_value);
    if (row != rows.end()) value = row->secret ? "***" : row->value;
    add_parameter(table, tenant,
                  {.name = std::string(parameter.name),
                   .value = std::move(value),
                   .info = std::string(parameter.info),
                   .section = std::string(parameter.section),
                   .scope = "TENANT",
                   .edit_level = "DYNAMIC_EFFECTIVE"});
  }
}

// What a tenant is compatible with can't be set here.
void compatible_row(std::int64_t tenant, RowTable& table) {
  add_parameter(table, tenant,
                {.name = "compatible",
                 .value = "4.2.1.0",
                 .info = "the version that the tenant's data is compatible with",
                 .section = "ROOT_SERVICE",
                 .scope = "TENANT",
                 .edit_level = "DYNAMIC_EFFECTIVE"});
}

void parameters(Services& services, const catalog::QueryContext& context, RowTable& table) {
  const auto tenant = static_cast<std::int64_t>(context.effective_tenant_id);
  if (tenant == catalog::kSysTenantId) settings_rows(services, tenant, table);
  tenant_rows(services, tenant, table);
  compatible_row(tenant, table);
}

std::vector<catalog::Column> variable_columns() {
  return columns({{"SCOPE", "varchar(7)", "NO"},
                  {"VARIABLE_NAME", "varchar(64)", "NO"},
                  {"VARIABLE_VALUE", "varchar(1024)", "YES"}});
}

std::vector<catalog::Column> process_columns() {
  return columns({{"ID", "bigint(20)", "NO"},
                  {"USER", "varchar(64)", "NO"},
                  {"TENANT", "varchar(128)", "NO"},
                  {"HOST", "varchar(128)", "NO"},
                  {"DB", "varchar(128)", "YES"},
                  {"COMMAND", "varchar(16)", "NO"},
                  {"TIME", "bigint(20)", "NO"},
                  {"STATE", "varchar(64)", "YES"},
                  {"INFO", "varchar(4096)", "YES"}});
}

std::vector<catalog::Column> parameter_columns() {
  return columns({{"TENANT_ID", "bigint(20)", "NO"},
                  {"ZONE", "varchar(128)", "NO"},
                  {"SVR_TYPE", "varchar(16)", "NO"},
                  {"SVR_IP", "varchar(46)", "NO"},
                  {"SVR_PORT", "bigint(20)", "NO"},
                  {"NAME", "varchar(128)", "NO"},
                  {"DATA_TYPE", "varchar(128)", "YES"},
                  {"VALUE", "varchar(4096)", "NO"},
                  {"INFO", "varchar(4096)", "NO"},
                  {"SECTION", "varchar(128)", "NO"},
                  {"SCOPE", "varchar(128)", "NO"},
                  {"SOURCE", "varchar(128)", "NO"},
                  {"EDIT_LEVEL", "varchar(128)", "NO"}});
}

}  // namespace

void register_sources(Services& services) {
  catalog::Dictionary& dictionary = services.dictionary_to_fill();
  namespace source = catalog::source;
  using Context = catalog::QueryContext;
  add_source(dictionary, source::kVariables, variable_columns(), variables);
  register_server_source(dictionary, services);
  register_status_source(dictionary, services);
  add_source(dictionary, source::kProcesslist, process_columns(),
             [&services](const Context& context, RowTable& table) { processes(services, context, table); });
  add_source(
      dictionary, source::kWarnings,
      columns(
          {{"LEVEL", "varchar(7)", "NO"}, {"CODE", "bigint(20)", "NO"}, {"MESSAGE", "varchar(512)", "NO"}}),
      warnings);
  add_source(dictionary, source::kParameters, parameter_columns(),
             [&services](const Context& context, RowTable& table) { parameters(services, context, table); });
  register_account_sources(dictionary, services);
  register_audit_source(dictionary, services);
}

}  // namespace breakwater::server::execute
