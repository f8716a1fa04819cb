// ALTER SYSTEM SET: first OceanBase's resolver's checks of the whole statement, then the privilege, then item
// by item (docs/spec/behaviour.md#alter-system-set).
#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/spelling.h"
#include "base/text.h"
#include "server/execute/admin/statements.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"
#include "server/execute/context/tenant_zone.h"
#include "server/execute/parameters/backup_schedule.h"
#include "server/execute/parameters/check_interval.h"
#include "server/execute/parameters/parameter_rules.h"
#include "server/execute/parameters/tenant_parameters.h"

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

Error unknown_parameter(const std::string& name) {
  std::vector<std::string> names = {"data_backup_dest", "log_archive_dest"};
  for (const TenantParameter& parameter : tenant_parameters()) names.emplace_back(parameter.name);
  for (const Setting& setting : settings_table()) names.emplace_back(setting.name);
  constexpr std::size_t kSemicolon = 2;
  const std::string near = did_you_mean(name, names);
  if (near.empty()) return error::sys_config_unknown();
  return error::sys_config_unknown().with_hint(near.substr(kSemicolon) + "? " +
                                               std::string(error_note(Errc::sys_config_unknown)));
}

// Checks that there is such a parameter or setting and that it may be changed from this tenant.
Result<> check_name(const Statement& statement, const std::string& name) {
  if (is_backup_parameter(name) || find_tenant_parameter(name) != nullptr) return {};
  const Setting* const setting = find_setting(name);
  if (setting == nullptr) return fail(unknown_parameter(name));
  BW_CHECK(require_sys(statement));
  if (setting->change == Setting::Change::at_once) return {};
  const bool by_signal = setting->change == Setting::Change::sighup;
  return fail(error::not_supported("changing " + name + (by_signal ? " by SQL" : " in a running server"))
                  .with_hint(name + " is a setting of the server: give it in the configuration file" +
                             (by_signal ? " and send SIGHUP" : " or with --set, and restart")));
}

// A setting of the server has one value for all tenants, in memory: TENANT and SCOPE = SPFILE make no sense
// for it.
Result<> check_setting(const ast::SystemParameter& item) {
  if (find_setting(item.name) == nullptr) return {};
  if (item.tenant)
    return fail(error::not_supported("TENANT with " + item.name + ", a setting of the server"));
  if (item.scope && iequals(*item.scope, "SPFILE")) {
    return fail(error::not_supported("SCOPE = SPFILE with " + item.name)
                    .with_hint("what is to outlive a restart stands in the configuration file"));
  }
  return {};
}

// Refuses what OceanBase's resolver refuses before any item runs.
Result<> resolve(const Statement& statement, const ast::AlterSystemSet& set) {
  const auto is_backup = [](const ast::SystemParameter& item) { return is_backup_parameter(item.name); };
  const auto backup_items = std::ranges::count_if(set.items, is_backup);
  for (const ast::SystemParameter& item : set.items) {
    if (item.tenant && !statement.session.in_sys()) return fail(error::no_privilege());
    BW_CHECK(check_value(item.value));
  }
  if (backup_items != 0 && backup_items != std::ssize(set.items)) return fail(error::not_supported(kMixed));
  for (const ast::SystemParameter& item : set.items) {
    BW_CHECK(check_name(statement, item.name));
    BW_CHECK(check_setting(item));
  }
  return {};
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

// The tenants for which an ordinary parameter is set.
Result<std::vector<catalog::Tenant>> parameter_tenants(const Statement& statement,
                                                       const ast::SystemParameter& item) {
  if (!item.tenant) return std::vector{statement.session.tenant()};
  if (names_all_tenants(*item.tenant)) {
    BW_TRY(auto tenants, statement.reader().tenants().all());
    std::erase_if(tenants, [](const catalog::Tenant& tenant) { return tenant.is_sys(); });
    return tenants;
  }
  BW_TRY(auto tenant, named_tenant(statement, *item.tenant));
  return std::vector{std::move(tenant)};
}

// What a changed backup_schedule plans, or a changed backup_dest_check_interval.
Result<> plan_by(catalog::Transaction& transaction, std::string_view parameter, catalog::TenantId tenant,
                 Timestamp now) {
  if (parameter == kCheckInterval) return transaction.dest_status().plan_again(tenant);
  if (parameter != kBackupSchedule) return {};
  BW_TRY(const std::string zone, tenant_zone(transaction.read(), tenant));
  return plan_schedules(transaction, tenant, zone, now);
}

Result<> store_parameter(catalog::Transaction& transaction, const TenantParameter& parameter,
                         const catalog::Tenant& tenant, const Secret& value, Timestamp now) {
  BW_CHECK(check_rules(transaction.read(), parameter, tenant, value.reveal()));
  if (parameter.secret) return transaction.parameters().set_secret(tenant.id, parameter.name, value);
  BW_CHECK(transaction.parameters().set(tenant.id, parameter.name, value.reveal()));
  return plan_by(transaction, parameter.name, tenant.id, now);
}

/// Error: that of the cancellation if the statement was killed or its client is gone.
Result<> go_on(const Statement& statement) {
  if (statement.cancellation.cancelled()) return fail(statement.cancellation.why());
  return {};
}

// Tenants that one transaction changes, so that other writes can come in between. A failure undoes the change
// only for the tenants of its own transaction, as with items.
constexpr std::size_t kTenantsATime = 256;

Task<Result<>> set_tenant_parameter(const Statement& statement, const ast::SystemParameter& item) {
  const TenantParameter& parameter = *find_tenant_parameter(item.name);
  BW_CO_CHECK(check_parameter(parameter, item.value.text.reveal()));
  BW_CO_TRY(const auto tenants, parameter_tenants(statement, item));
  for (std::span<const catalog::Tenant> left = tenants; !left.empty();) {
    const auto some = left.first(std::min(left.size(), kTenantsATime));
    BW_CO_CHECK(go_on(statement));
    auto job = [&](catalog::Transaction& transaction) -> Result<> {
      for (const catalog::Tenant& tenant : some) {
        auto stored = store_parameter(transaction, parameter, tenant, item.value.text, statement.now);
        const bool gone = !stored && tenants.size() > 1 && stored.error().is(Errc::tenant_not_exist);
        if (!stored && !gone) return stored;
      }
      return {};
    };
    BW_CO_CHECK(co_await change_catalog(statement, std::move(job)));
    left = left.subspan(some.size());
  }
  if (parameter.name == kBackupSchedule) statement.services.job_bell().ring();
  co_return Result<>{};
}

// The value is in memory alone; the event says who changed it.
Task<Result<>> tell_setting(const Statement& statement, std::string_view event, const Setting& setting,
                            std::string before) {
  return change_catalog(statement,
                        [&statement, event, &setting,
                         before = std::move(before)](catalog::Transaction& transaction) mutable -> Result<> {
                          return transaction.events().record(
                              {.module = "parameter",
                               .event = event,
                               .tenant_id = catalog::kSysTenantId,
                               .details = {{"name", std::string(setting.name)},
                                           {"old_value", std::move(before)},
                                           {"new_value", setting.get(*statement.services.settings())}}});
                        });
}

Task<Result<>> set_server_setting(const Statement& statement, const ast::SystemParameter& item) {
  const Setting& setting = *find_setting(item.name);
  std::string before = setting.get(*statement.services.settings());
  BW_CO_CHECK(statement.services.live_settings().change(item.name, item.value.text.reveal(),
                                                        statement.session.user_text()));
  co_return co_await tell_setting(statement, "set_parameter", setting, std::move(before));
}

Task<Result<>> set_one(const Statement& statement, const ast::SystemParameter& item) {
  if (find_setting(item.name) != nullptr) return set_server_setting(statement, item);
  return is_backup_parameter(item.name) ? set_backup_parameter(statement, item)
                                        : set_tenant_parameter(statement, item);
}

}  // namespace

Task<Result<Outcome>> alter_system_set(const Statement& statement, const ast::AlterSystemSet& set) {
  BW_CO_CHECK(resolve(statement, set));
  BW_CO_CHECK(require_alter_system(statement));
  // Each item is a transaction of its own: if one fails, those before it stay
  // (docs/spec/behaviour.md#items-are-separate).
  for (const ast::SystemParameter& item : set.items) {
    BW_CO_CHECK(go_on(statement));
    BW_CO_CHECK(co_await set_one(statement, item));
  }
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
  std::set<std::string> names;  // however often one is named
  for (const std::string& name : reset.names) {
    if (find_setting(name) == nullptr) {
      names.insert(name);
    } else if (reset.tenant) {
      co_return fail(error::not_supported("TENANT with " + name + ", a setting of the server"));
    } else {
      const Setting& setting = *find_setting(name);
      std::string before = setting.get(*statement.services.settings());
      BW_CO_CHECK(statement.services.live_settings().reset(name, statement.session.user_text()));
      BW_CO_CHECK(co_await tell_setting(statement, "reset_parameter", setting, std::move(before)));
    }
  }
  if (names.empty()) co_return Outcome{};
  BW_CO_CHECK(co_await change_catalog(statement, [&](catalog::Transaction& transaction) -> Result<> {
    for (const std::string& name : names) {
      const TenantParameter& parameter = *find_tenant_parameter(name);
      BW_CHECK(check_rules(transaction.read(), parameter, tenant, parameter.default_value));
      BW_CHECK(transaction.parameters().reset(tenant.id, name));
      BW_CHECK(plan_by(transaction, name, tenant.id, statement.now));
    }
    return {};
  }));
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
