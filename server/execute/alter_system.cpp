// ALTER SYSTEM SET: the resolver's checks of the whole statement, the privilege, then item by item
// (behaviour 1.1, 2.1, 2.2).
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "server/execute/await.h"
#include "server/execute/families.h"
#include "server/execute/parameter_rules.h"
#include "server/execute/privileges.h"
#include "server/execute/tenant_parameters.h"

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kMixed =
    "backup configuration items cannot be set together with non data backup "
    "configuration items";

bool names_all_tenants(std::string_view name) {
  return iequals(name, "ALL") || iequals(name, "ALL_USER");
}

Result<> check_value(const ast::ParameterValue& value) {
  if (value.kind == ast::ParameterValue::Kind::not_a_literal) return fail(error::illegal_type());
  if (value.text.size() > limits::kMaxParameterValue) return fail(error::buf_not_enough());
  return {};
}

Result<> check_name(const Statement& statement, const std::string& name) {
  if (is_backup_parameter(name) || find_tenant_parameter(name) != nullptr) return {};
  if (find_setting(name) == nullptr) return fail(error::sys_config_unknown());
  BW_CHECK(require_sys(statement));
  return fail(error::not_supported("changing " + name + " in a running server")
                  .with_hint(name +
                             " is a setting of the server: give it in the configuration file or with --set, "
                             "and restart"));
}

// What OceanBase's resolver refuses before any item runs.
Result<> resolve(const Statement& statement, const ast::AlterSystemSet& set) {
  const auto is_backup = [](const ast::SystemParameter& item) { return is_backup_parameter(item.name); };
  const auto backup_items = std::ranges::count_if(set.items, is_backup);
  for (const ast::SystemParameter& item : set.items) {
    if (item.tenant && !statement.session.in_sys()) return fail(error::no_privilege());
    BW_CHECK(check_value(item.value));
  }
  if (backup_items != 0 && backup_items != std::ssize(set.items)) return fail(error::not_supported(kMixed));
  for (const ast::SystemParameter& item : set.items) BW_CHECK(check_name(statement, item.name));
  return {};
}

Result<catalog::Tenant> named_tenant(const Statement& statement, const std::string& name) {
  BW_TRY(auto tenant, statement.reader().tenant(name));
  if (!tenant) return fail(error::invalid_tenant_name());
  if (tenant->locked) return fail(error::tenant_is_locked(name));
  return *std::move(tenant);
}

Task<Result<>> set_backup_parameter(const Statement& statement, const ast::SystemParameter& item) {
  BW_CO_TRY(const catalog::Tenant tenant, backup_tenant(statement, item.tenant));
  if (item.value.kind == ast::ParameterValue::Kind::null) co_return fail(error::invalid_backup_dest());
  if (item.name == "data_backup_dest")
    co_return co_await set_data_backup_dest(statement, tenant, item.value.text);
  if (item.name == "log_archive_dest")
    co_return co_await set_log_archive_dest(statement, tenant, item.value.text);
  if (item.name == "log_archive_dest_state")
    co_return co_await set_log_archive_dest_state(statement, tenant, item.value.text);
  co_return fail(error::not_supported(ascii_upper(item.name)));
}

// The tenants an ordinary parameter is set for.
Result<std::vector<catalog::Tenant>> parameter_tenants(const Statement& statement,
                                                       const ast::SystemParameter& item) {
  if (!item.tenant) return std::vector{statement.session.tenant()};
  if (names_all_tenants(*item.tenant)) {
    BW_TRY(auto tenants, statement.reader().tenants());
    std::erase_if(tenants, [](const catalog::Tenant& tenant) { return tenant.is_sys(); });
    return tenants;
  }
  BW_TRY(auto tenant, named_tenant(statement, *item.tenant));
  return std::vector{std::move(tenant)};
}

Result<> store_parameter(catalog::Transaction& transaction, const TenantParameter& parameter,
                         const catalog::Tenant& tenant, const Secret& value) {
  BW_CHECK(check_rules(transaction, parameter, tenant, value.reveal()));
  if (parameter.secret) return transaction.set_secret_parameter(tenant.id, parameter.name, value);
  return transaction.set_parameter(tenant.id, parameter.name, value.reveal());
}

Task<Result<>> set_tenant_parameter(const Statement& statement, const ast::SystemParameter& item) {
  const TenantParameter& parameter = *find_tenant_parameter(item.name);
  BW_CO_CHECK(check_parameter(parameter, item.value.text.reveal()));
  BW_CO_TRY(const auto tenants, parameter_tenants(statement, item));
  co_return co_await write_catalog(
      statement.services.store(), [&](catalog::Transaction& transaction) -> Result<> {
        for (const catalog::Tenant& tenant : tenants) {
          BW_CHECK(store_parameter(transaction, parameter, tenant, item.value.text));
        }
        return {};
      });
}

Task<Result<>> set_one(const Statement& statement, const ast::SystemParameter& item) {
  return is_backup_parameter(item.name) ? set_backup_parameter(statement, item)
                                        : set_tenant_parameter(statement, item);
}

}  // namespace

Result<catalog::Tenant> backup_tenant(const Statement& statement, const std::optional<std::string>& name) {
  if (name) return named_tenant(statement, *name);
  if (statement.session.in_sys()) return fail(error::not_supported());
  return statement.session.tenant();
}

Task<Result<Outcome>> alter_system_set(const Statement& statement, const ast::AlterSystemSet& set) {
  BW_CO_CHECK(resolve(statement, set));
  BW_CO_CHECK(require_alter_system(statement));
  // Each item is a transaction of its own: what went before a failing one stays (R1.1.11).
  for (const ast::SystemParameter& item : set.items) BW_CO_CHECK(co_await set_one(statement, item));
  co_return Outcome{};
}

Task<Result<Outcome>> alter_system_reset(const Statement& statement, const ast::AlterSystemReset& reset) {
  if (reset.tenant && !statement.session.in_sys()) co_return fail(error::no_privilege());
  for (const std::string& name : reset.names) {
    if (is_backup_parameter(name)) co_return fail(error::not_supported("reset " + name));
    BW_CO_CHECK(check_name(statement, name));
    if (name == "tde_method") co_return fail(error::not_supported("alter invalid tde_method"));
  }
  BW_CO_CHECK(require_alter_system(statement));
  catalog::Tenant tenant = statement.session.tenant();
  if (reset.tenant) {
    BW_CO_TRY(tenant, named_tenant(statement, *reset.tenant));
  }
  BW_CO_CHECK(
      co_await write_catalog(statement.services.store(), [&](catalog::Transaction& transaction) -> Result<> {
        for (const std::string& name : reset.names) BW_CHECK(transaction.reset_parameter(tenant.id, name));
        return {};
      }));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
