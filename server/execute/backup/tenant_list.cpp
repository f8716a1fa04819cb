#include "server/execute/backup/tenant_list.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {

Error wants_user_tenant() {
  return error::not_supported().with_hint("name a user tenant, TENANT = name: sys itself isn't backed up");
}

Result<catalog::Tenant> named_tenant(const Statement& statement, const std::string& name) {
  BW_TRY(auto tenant, statement.reader().tenants().find(name));
  if (!tenant) return fail(error::invalid_tenant_name());
  if (tenant->locked) return fail(error::tenant_is_locked(name));
  return *std::move(tenant);
}

Result<catalog::Tenant> backup_tenant(const Statement& statement, const std::optional<std::string>& name) {
  if (name) return named_tenant(statement, *name);
  if (statement.session.in_sys()) return fail(wants_user_tenant());
  return statement.session.tenant();
}

Result<std::vector<catalog::Tenant>> listed_tenants(const Statement& statement,
                                                    const std::vector<std::string>& names) {
  BW_CHECK(require_alter_system(statement));  // who hasn't it isn't told which tenants there are
  if (names.size() == 1 && iequals(names.front(), "ALL")) {
    BW_TRY(auto tenants, statement.reader().tenants().all());
    std::erase_if(tenants, [](const catalog::Tenant& tenant) { return tenant.is_sys(); });
    return tenants;
  }
  std::vector<catalog::Tenant> tenants;
  for (const std::string& name : names) {
    BW_TRY(auto tenant, statement.reader().tenants().find(name));
    if (!tenant) return fail(error::invalid_tenant_name());
    if (tenant->is_sys())
      return fail(error::internal_error().with_hint("sys itself isn't backed up: name user tenants"));
    tenants.push_back(*std::move(tenant));
  }
  return tenants;
}

Result<catalog::Tenant> login_tenant(const Statement& statement) {
  const session::Identity& who = statement.session.identity();
  BW_TRY(auto own, statement.reader().tenants().find(who.account.tenant_id));
  if (!own) return fail(error::tenant_not_exist(who.tenant));
  return *std::move(own);
}

Result<std::vector<catalog::TenantId>> tenants_of_jobs(const Statement& statement,
                                                       const std::vector<std::string>& names) {
  std::vector<catalog::TenantId> tenants;
  if (!statement.session.identity().is_sys()) {
    if (!names.empty())
      return fail(error::not_supported("user tenant cannot specify tenant names")
                      .with_hint(std::string(kLeaveTenantOut)));
    BW_TRY(const catalog::Tenant own, login_tenant(statement));
    tenants.push_back(own.id);
    return tenants;
  }
  BW_TRY(const auto listed,
         listed_tenants(statement, names.empty() ? std::vector<std::string>{"ALL"} : names));
  for (const catalog::Tenant& tenant : listed)
    if (std::ranges::find(tenants, tenant.id) == tenants.end()) tenants.push_back(tenant.id);
  return tenants;
}

}  // namespace breakwater::server::execute
