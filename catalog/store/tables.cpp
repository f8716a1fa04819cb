#include "catalog/store/tables.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>
#include <vector>

namespace breakwater::catalog {
namespace {

constexpr TableClass kTenants = TableClass::tenants;
constexpr TableClass kShared = TableClass::shared;
constexpr TableClass kLocal = TableClass::local;

constexpr std::array kRules = {
    TableRule{"tenant", kTenants, true},
    TableRule{.name = "account", .kind = kTenants, .restored = true, .hashes = {"native_hash", "sha2_hash"}},
    TableRule{"account_privilege", kTenants, true},
    TableRule{"role", kTenants, true},
    TableRule{"role_privilege", kTenants, true},
    TableRule{"role_of_account", kTenants, true},
    TableRule{"role_of_role", kTenants, true},
    TableRule{"global_variable", kTenants, true},
    TableRule{"tenant_parameter", kTenants, true, "sealed", {"tenant_id", "name"}},
    TableRule{"master_key", kTenants, true, "sealed", {"tenant_id", "version"}},
    TableRule{.name = "keystore", .kind = kTenants, .restored = true, .hashes = {"password_hash"}},
    TableRule{"backup_delete_policy", kTenants, true},
    // A restored tenant has no destination.
    TableRule{"backup_parameter", kTenants},
    TableRule{"backup_storage_info", kTenants, false, "sealed_key", {"tenant_id", "path", "endpoint"}},
    TableRule{"backup_storage_info_history", kTenants},
    TableRule{"log_archive_dest", kTenants},
    TableRule{"cluster", kShared},
    TableRule{"counter", kShared},
    TableRule{"resource_unit", kShared},
    TableRule{"resource_pool", kShared},
    TableRule{"path_claim", kShared},
    TableRule{"intent", kShared, false, "sealed_uri", {"tenant_id", "path", "endpoint"}},
    TableRule{"void_format", kShared},
    TableRule{"backup_event", kShared},
    // What was seen, not what was set.
    TableRule{"backup_dest_check", kShared},
    TableRule{"backup_dest_refused", kShared},
    TableRule{"key_backup", kShared},
    // What the archive has makes no work for the archive.
    TableRule{"archive_round", kShared},
    TableRule{"archive_piece", kShared},
    TableRule{"backup_counter", kShared},
    TableRule{"backup_job", kShared, false, "sealed_password", {"tenant_id", "job_id"}},
    TableRule{"backup_set", kShared},
    TableRule{"standby", kShared},
    TableRule{"restore_job", kShared, false, "sealed", {"job_id"}},
    TableRule{"validate_job", kShared},
    TableRule{"validate_task", kShared},
    TableRule{"delete_job", kShared},
    TableRule{"delete_task", kShared},
    TableRule{"backup_schedule", kShared},
    TableRule{"backup_dest_status", kShared},
    TableRule{"backup_key", kShared, false, "sealed", {"fingerprint"}},
    TableRule{"audit", kLocal},
    TableRule{"catalog_root", kShared, false, "sealed", {"name"}},
    TableRule{"log_state", kLocal},
    TableRule{"change_log", kLocal},
    TableRule{"change_track", kLocal},
    TableRule{"changed_key", kLocal},
};

[[maybe_unused]] bool takes(const TableRule* rule, std::size_t values) {
  if (rule == nullptr || rule->sealed.empty()) return false;
  const auto named = std::ranges::count_if(rule->sealed_for, [](auto column) { return !column.empty(); });
  return static_cast<std::size_t>(named) == values;
}

}  // namespace

bool TableRule::is_secret(std::string_view column) const {
  return !column.empty() && (sealed == column || std::ranges::find(hashes, column) != hashes.end());
}

std::span<const TableRule> table_rules() {
  return kRules;
}

const TableRule* find_rule(std::string_view table) {
  const auto found = std::ranges::find(kRules, table, &TableRule::name);
  return found == kRules.end() ? nullptr : &*found;
}

RowIdentity sealed_identity(std::string_view table, std::span<const std::string> values) {
  assert(takes(find_rule(table), values.size()));
  std::vector<std::string_view> parts = {table};
  parts.insert(parts.end(), values.begin(), values.end());
  return RowIdentity(parts);
}

}  // namespace breakwater::catalog
