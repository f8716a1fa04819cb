// What backups are deleted by (docs/spec/behaviour.md#delete-policies). The login tenant decides.
#include <utility>

#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"
#include "server/execute/parameters/config_time.h"

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kPolicyName = "default";
constexpr std::size_t kMaxWindow = 64;  ///< bytes: RECOVERY_WINDOW of the view

Result<catalog::Tenant> policy_tenant(const Statement& statement, const std::vector<std::string>& names) {
  if (!statement.session.identity().is_sys()) {
    if (!names.empty())
      return fail(error::not_supported("user tenant cannot specify tenant names")
                      .with_hint(std::string(kLeaveTenantOut)));
    return login_tenant(statement);
  }
  if (names.empty()) {
    return fail(
        error::not_supported("Too little tenant names specified, only one tenant name can be specified"));
  }
  BW_TRY(auto tenants, listed_tenants(statement, names));
  if (tenants.size() != 1) {
    return fail(
        error::not_supported("Too many tenant names specified, only one tenant name can be specified"));
  }
  return std::move(tenants.front());
}

Result<> check_policy(const ast::DeletePolicy& policy) {
  const bool has_window = policy.recovery_window && !policy.recovery_window->empty();
  if (!has_window && !policy.redundancy)
    return fail(error::not_supported("Neither recovery_window nor redundancy is set"));
  if (has_window) {
    const bool is_time = parse_config_time(*policy.recovery_window).has_value() &&
                         policy.recovery_window->size() <= kMaxWindow;
    if (is_time) return {};
    return fail(error::not_supported("recovery window is not be time string")
                    .with_hint("RECOVERY_WINDOW is a time with its unit, such as '7d'"));
  }
  if (*policy.redundancy != 1) return fail(error::not_supported("Redundancy not equal to 1 is"));
  return {};
}

catalog::DeletePolicy row_of(const ast::DeletePolicy& policy) {
  return {.name = policy.name,
          .recovery_window = policy.recovery_window.value_or(""),
          .redundancy = policy.redundancy.value_or(1),
          .backup_copies = policy.backup_copies.value_or(0)};
}

}  // namespace

Task<Result<Outcome>> delete_policy(const Statement& statement, const ast::DeletePolicy& policy) {
  if (policy.name != kPolicyName)
    co_return fail(error::not_supported("The policy name is not 'default', it is"));
  BW_CO_TRY(const catalog::Tenant tenant, policy_tenant(statement, policy.tenants));
  if (policy.add) BW_CO_CHECK(check_policy(policy));
  BW_CO_CHECK(require_alter_system(statement));
  const catalog::DeletePolicy row = row_of(policy);
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) {
    return policy.add ? transaction.policies().add(tenant.id, row)
                      : transaction.policies().drop(tenant.id, row.name);
  }));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
