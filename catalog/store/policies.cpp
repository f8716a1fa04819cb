#include "catalog/store/policies.h"

#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

class SqlitePolicyWriter final : public OnSqlite<PolicyWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> add(TenantId tenant, const DeletePolicy& policy) override {
    BW_CHECK(require_tenant(with(), tenant));
    BW_TRY(const auto made,
           connection().run(
               "INSERT INTO backup_delete_policy(tenant_id, policy_name, recovery_window, redundancy,"
               " backup_copies) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
               tenant, policy.name, policy.recovery_window, policy.redundancy, policy.backup_copies));
    if (made == 0) return fail(error::primary_key_duplicate());
    return {};
  }

  Result<> drop(TenantId tenant, std::string_view name) override {
    BW_CHECK(require_tenant(with(), tenant));
    BW_CHECK(connection().run("DELETE FROM backup_delete_policy WHERE tenant_id = ? AND policy_name = ?",
                              tenant, name));
    return {};
  }
};

}  // namespace

std::unique_ptr<PolicyWriter> policies_on(const Writing& with) {
  return std::make_unique<SqlitePolicyWriter>(with);
}

}  // namespace breakwater::catalog
