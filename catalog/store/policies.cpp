#include "catalog/store/policies.h"

#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {
namespace {

class SqlitePolicyReader final : public OnSqlite<PolicyReader, Reading> {
 public:
  using OnSqlite::OnSqlite;

  Result<std::optional<DeletePolicy>> find(TenantId tenant) override {
    return first_row(connection().query("SELECT policy_name, recovery_window, redundancy, backup_copies"
                                        " FROM backup_delete_policy WHERE tenant_id = ? LIMIT 1",
                                        tenant),
                     [](sqlite::Statement& row) {
                       return DeletePolicy{.name = row.string(0),
                                           .recovery_window = row.string(1),
                                           .redundancy = row.integer(2),
                                           .backup_copies = row.integer(3)};
                     });
  }

  Result<std::vector<TenantId>> tenants(TenantId after, std::size_t limit) override {
    return all_rows(
        connection().query("SELECT DISTINCT tenant_id FROM backup_delete_policy WHERE tenant_id > ?"
                           " ORDER BY tenant_id LIMIT ?",
                           after, static_cast<std::int64_t>(limit)),
        [](sqlite::Statement& row) { return row.integer(0); });
  }
};

class SqlitePolicyWriter final : public OnSqlite<PolicyWriter, Writing> {
 public:
  using OnSqlite::OnSqlite;

  Result<> add(TenantId tenant, const DeletePolicy& policy) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const auto made,
           connection().run(
               "INSERT INTO backup_delete_policy(tenant_id, policy_name, recovery_window, redundancy,"
               " backup_copies) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
               tenant, policy.name, policy.recovery_window, policy.redundancy, policy.backup_copies));
    if (made == 0) return fail(error::primary_key_duplicate());
    return tell("add_delete_policy", tenant,
                {{"policy_name", policy.name}, {"recovery_window", policy.recovery_window}});
  }

  Result<> drop(TenantId tenant, std::string_view name) override {
    BW_CHECK(require_primary(with(), tenant));
    BW_TRY(const auto dropped,
           connection().run("DELETE FROM backup_delete_policy WHERE tenant_id = ? AND policy_name = ?",
                            tenant, name));
    if (dropped == 0) return {};
    return tell("drop_delete_policy", tenant, {{"policy_name", std::string(name)}});
  }

 private:
  Result<> tell(std::string_view event, TenantId tenant,
                std::vector<std::pair<std::string_view, std::string>> details) {
    return with().transaction.events().record(
        {.module = "policy", .event = event, .tenant_id = tenant, .details = std::move(details)});
  }
};

}  // namespace

std::unique_ptr<PolicyReader> policies_on(const Reading& with) {
  return std::make_unique<SqlitePolicyReader>(with);
}

std::unique_ptr<PolicyWriter> policies_on(const Writing& with) {
  return std::make_unique<SqlitePolicyWriter>(with);
}

}  // namespace breakwater::catalog
