// CREATE, DROP and ALTER TENANT.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "catalog/model/password.h"
#include "server/execute/admin/statements.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"
#include "server/execute/parameters/options.h"
#include "server/execute/parameters/tenant_name.h"
#include "server/execute/query/evaluate.h"

namespace breakwater::server::execute {
namespace {

/// Options of OceanBase's statement that mean nothing for a single program: they are accepted and not stored.
constexpr std::string_view kIgnoredOptions[] = {
    "ZONE_LIST",          "CHARSET", "COLLATE",   "REPLICA_NUM", "ENABLE_ARBITRATION_SERVICE",
    "DEFAULT TABLEGROUP", "READ",    "READ ONLY", "READ WRITE"};

bool is_ignored(std::string_view name) {
  return std::ranges::find(kIgnoredOptions, name) != std::end(kIgnoredOptions);
}

Result<> require_tenant_rights(const Statement& statement) {
  BW_CHECK(require_sys(statement));
  return require(statement, catalog::privilege::kSuper, "SUPER");
}

Result<catalog::CompatibilityMode> parse_mode(const std::string& text) {
  if (iequals(text, "mysql")) return catalog::CompatibilityMode::mysql;
  if (iequals(text, "oracle")) return catalog::CompatibilityMode::oracle;
  return fail(error::var_wrong_value("ob_compatibility_mode", text));
}

std::string text_of(const catalog::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return {};
}

// CREATE TENANT … SET name = value: checked as in SET GLOBAL.
Result<> read_variable(const ast::VariableAssignment& assignment, const catalog::Value& value,
                       catalog::TenantSpec& spec) {
  const std::string name = ascii_lower(assignment.name);
  if (name == "ob_compatibility_mode") {
    BW_TRY(spec.mode, parse_mode(text_of(value)));
    return {};
  }
  if (name == "ob_tcp_invited_nodes") {
    spec.invited_nodes = text_of(value);
    return {};
  }
  const auto index = session::find_variable(name);
  if (!index) return fail(error::var_unknown(assignment.name));
  const session::VariableSpec& variable = session::variable_table()[*index];
  session::VariableInput input{
      .kind = session::VariableInput::Kind::text, .integer = 0, .text = text_of(value)};
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    input = {.kind = session::VariableInput::Kind::integer, .integer = *number, .text = {}};
  }
  BW_TRY(session::CheckedValue checked, session::check_variable(variable, input));
  spec.variables.emplace_back(name, std::move(checked.value));
  return {};
}

Exprs expressions_of(const std::vector<ast::VariableAssignment>& variables) {
  Exprs exprs;
  for (const ast::VariableAssignment& assignment : variables) {
    if (assignment.value != nullptr) exprs.push_back(assignment.value.get());
  }
  return exprs;
}

// `values` are those of expressions_of(variables).
Result<> read_variables(const std::vector<ast::VariableAssignment>& variables, const Values& values,
                        catalog::TenantSpec& spec) {
  auto value = values.begin();
  for (const ast::VariableAssignment& assignment : variables) {
    if (assignment.value != nullptr) BW_CHECK(read_variable(assignment, *value++, spec));
  }
  return {};
}

Result<catalog::TenantSpec> read_spec(const ast::CreateTenant& create) {
  BW_CHECK(check_tenant_name(create.name));
  catalog::TenantSpec spec;
  spec.name = create.name;
  for (const ast::Option& option : create.options) {
    if (option.name == "RESOURCE_POOL_LIST") {
      if (option.values.empty()) return fail(error::invalid_argument("resource_pool_list"));
      spec.pools = option.values;
    } else if (option.name == "PRIMARY_ZONE") {
      spec.primary_zone = first_value(option);
    } else if (option.name == "LOCALITY") {
      spec.locality = first_value(option);
    } else if (option.name == "COMMENT") {
      spec.comment = first_value(option);
    } else if (!is_ignored(option.name)) {
      return fail(error::not_supported(option.name));
    }
  }
  return spec;
}

Result<catalog::TenantChange> read_change(const ast::AlterTenant& alter) {
  catalog::TenantChange change;
  switch (alter.action) {
    case ast::AlterTenant::Action::rename:
      BW_CHECK(check_tenant_name(alter.new_name));
      change.name = alter.new_name;
      return change;
    case ast::AlterTenant::Action::lock:
      change.locked = true;
      return change;
    case ast::AlterTenant::Action::unlock:
      change.locked = false;
      return change;
    case ast::AlterTenant::Action::options:
      break;
  }
  for (const ast::Option& option : alter.options) {
    if (option.name == "PRIMARY_ZONE") {
      change.primary_zone = first_value(option);
    } else if (option.name == "LOCALITY") {
      change.locality = first_value(option);
    } else if (option.name == "COMMENT") {
      change.comment = first_value(option);
    } else if (!is_ignored(option.name)) {
      return fail(error::not_supported("alter tenant " + option.name));
    }
  }
  for (const ast::VariableAssignment& assignment : alter.variables) {
    if (iequals(assignment.name, "ob_compatibility_mode")) return fail(error::var_read_only(assignment.name));
  }
  return change;
}

/// What was dropped, if the newest version of its master key is in no key backup.
struct Unsaved {
  catalog::TenantId tenant_id = 0;
  std::int64_t version = 0;
};

Result<std::optional<Unsaved>> drop(catalog::Transaction& transaction, const ast::DropTenant& drop_tenant) {
  BW_TRY(const auto tenant, transaction.read().tenants().find(drop_tenant.name));
  if (!tenant) {
    if (drop_tenant.if_exists) return std::nullopt;
    return fail(error::tenant_not_exist(drop_tenant.name));
  }
  catalog::KeyReader& keys = transaction.read().keys();
  BW_TRY(const std::int64_t newest, keys.newest(tenant->id));
  BW_TRY(const auto saved, keys.newest_backup(tenant->id));
  BW_CHECK(transaction.tenants().drop(tenant->id));
  if (newest == 0 || (saved && saved->version >= newest)) return std::nullopt;
  BW_CHECK(transaction.keys().record_dropped_unsaved(tenant->id));
  return Unsaved{tenant->id, newest};
}

void warn_of_unsaved(const Statement& statement, const Unsaved& unsaved) {
  const std::string id = std::to_string(unsaved.tenant_id);
  const std::string text =
      "version " + std::to_string(unsaved.version) + " of the master key of tenant " + id +
      ", which is dropped, is in no key backup; it is kept: ALTER SYSTEM BACKUP KEY TENANT_ID = " + id +
      " TO 'uri' ENCRYPTED BY 'password'";
  statement.session.diagnostics.add(session::WarningLevel::warning, session::kHintCode, text);
  statement.services.log().warning(text, statement.connection.id());
}

}  // namespace

Task<Result<Outcome>> create_tenant(const Statement& statement, const ast::CreateTenant& create) {
  BW_CO_CHECK(require_tenant_rights(statement));
  BW_CO_TRY(catalog::TenantSpec spec, read_spec(create));
  BW_CO_TRY(const Values values, co_await evaluate(statement, expressions_of(create.variables)));
  BW_CO_CHECK(read_variables(create.variables, values, spec));
  if (create.password) {
    if (create.password->size() > limits::kMaxPassword) co_return fail(error::invalid_argument("password"));
    auto hash = [&]() -> Result<catalog::Credential> {
      return catalog::hash_password(*create.password, statement.services.entropy());
    };
    BW_CO_TRY(spec.administrator, co_await run_on<Result<catalog::Credential>>(
                                      statement.services.password_workers(), std::move(hash)));
  }
  const auto made = co_await change_catalog<catalog::Tenant>(
      statement, [&](catalog::Transaction& transaction) { return transaction.tenants().create(spec); });
  if (!made && made.error().is(Errc::tenant_exist) && create.if_not_exists) {
    statement.session.diagnostics.note("tenant '" + create.name + "' already exist");
    co_return Outcome{};
  }
  BW_CO_CHECK(made);
  co_return Outcome{};
}

Task<Result<Outcome>> drop_tenant(const Statement& statement, const ast::DropTenant& drop_statement) {
  BW_CO_CHECK(require_tenant_rights(statement));
  // Under the tenant's lock, so that no SET of a destination is running.
  BW_CO_TRY(const auto tenant, statement.reader().tenants().find(drop_statement.name));
  TenantLocks::Guard guard;
  if (tenant) {
    BW_CO_TRY(guard, co_await statement.lock(tenant->id));
  }
  BW_CO_TRY(const auto unsaved, co_await change_catalog<std::optional<Unsaved>>(
                                    statement, [&](catalog::Transaction& transaction) {
                                      return drop(transaction, drop_statement);
                                    }));
  if (unsaved) warn_of_unsaved(statement, *unsaved);
  co_return Outcome{};
}

Task<Result<Outcome>> alter_tenant(const Statement& statement, const ast::AlterTenant& alter) {
  BW_CO_CHECK(require_tenant_rights(statement));
  if (alter.all) co_return fail(error::not_supported("ALTER TENANT ALL"));
  BW_CO_TRY(catalog::TenantChange change, read_change(alter));
  BW_CO_TRY(const Values values, co_await evaluate(statement, expressions_of(alter.variables)));
  catalog::TenantSpec variables;
  BW_CO_CHECK(read_variables(alter.variables, values, variables));
  const bool invites = std::ranges::any_of(
      alter.variables, [](const auto& variable) { return iequals(variable.name, "ob_tcp_invited_nodes"); });
  if (invites) change.invited_nodes = variables.invited_nodes;
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) -> Result<> {
    BW_TRY(const auto tenant, transaction.read().tenants().find(alter.name));
    if (!tenant) return fail(error::tenant_not_exist(alter.name));
    return transaction.tenants().alter(tenant->id, change);
  }));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
