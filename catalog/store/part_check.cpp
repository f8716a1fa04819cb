#include "catalog/store/part_check.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/password_hash.h"
#include "base/text.h"
#include "catalog/model/password.h"
#include "catalog/model/privilege.h"
#include "catalog/model/role.h"
#include "catalog/store/tenants.h"

namespace breakwater::catalog {
namespace {

struct MostRows {
  std::string_view table;
  std::int64_t rows;
};

constexpr std::array kMostRows = {
    MostRows{"tenant", 1},
    MostRows{"account", 200'000},
    MostRows{"account_privilege", 400'000},
    MostRows{"role", kMaxRoles},
    MostRows{"role_privilege", kMaxRoles* kMaxObjectsOfRole},
    MostRows{"role_of_account", 400'000},
    MostRows{"role_of_role", kMaxRoles* kMaxRolesOfOne},
    MostRows{"global_variable", 2'000},
    MostRows{"tenant_parameter", 2'000},
    MostRows{"master_key", limits::kMaxMasterKeys},
    MostRows{"keystore", 1},
    MostRows{"backup_delete_policy", 16},
};

constexpr std::size_t kMaxVersionText = 32;
constexpr std::size_t kMaxName =
    4096;  ///< bytes of what has no limit of its own in a statement but that of a line

/// The columns of one row, each read as what it must be.
class RowCheck {
 public:
  RowCheck(const TableShape& table, const Values& row, const SecretOf& secret_of)
      : table_(table), row_(row), secret_of_(secret_of) {}

  std::string_view text(std::string_view name, std::size_t most = kMaxName) {
    const Value* value = at(name);
    const auto* found = value == nullptr ? nullptr : std::get_if<std::string>(value);
    fail_if(found == nullptr || found->size() > most || !is_utf8(*found), name);
    return found == nullptr ? std::string_view() : std::string_view(*found);
  }
  std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most) {
    const Value* value = at(name);
    const auto* found = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
    fail_if(found == nullptr || *found < least || *found > most, name);
    return found == nullptr ? 0 : *found;
  }
  void flag(std::string_view name) { number(name, 0, 1); }
  void time(std::string_view name) { number(name, 0, INT64_MAX); }
  bool is_null(std::string_view name) {
    const Value* value = at(name);
    return value == nullptr || std::holds_alternative<std::monostate>(*value);
  }
  /// What lies sealed; null: nothing, or there is no key for it.
  const Secret* secret(std::string_view name) {
    const Value* value = at(name);
    return value == nullptr || is_null(name) ? nullptr : secret_of_(*value);
  }
  void fail_if(bool bad, std::string_view name) {
    if (bad && wrong_.empty()) wrong_ = name;
  }

  Result<> verdict() const {
    if (wrong_.empty()) return {};
    return fail(error::checksum_error().with_hint("the backup holds a row of " + table_.name +
                                                  " that no statement makes, by its " + std::string(wrong_)));
  }

 private:
  const Value* at(std::string_view name) {
    const auto column = table_.column(name);
    if (!column) fail_if(true, name);
    return column ? &row_[*column] : nullptr;
  }

  const TableShape& table_;
  const Values& row_;
  const SecretOf& secret_of_;
  std::string_view wrong_;
};

void check_tenant(RowCheck& row) {
  row.fail_if(row.text("tenant_type") != "USER", "tenant_type");
  const std::string_view mode = row.text("compatibility_mode");
  row.fail_if(mode != "MYSQL" && mode != "ORACLE", "compatibility_mode");
  row.text("tenant_name", limits::kMaxTenantName);
  row.text("primary_zone");
  row.text("locality");
  if (!row.is_null("previous_locality")) row.text("previous_locality");
  row.text("comment");
  row.text("compatible", kMaxVersionText);
  row.text("invited_nodes", TenantWriter::kMaxInvitedNodes);
  row.flag("locked");
  row.number("unit_num", 1, 1024);
  row.number("next_dest_id", kFirstDestId, INT64_MAX / 2);
}

void check_account(RowCheck& row) {
  row.text("user_name", limits::kMaxUserName);
  row.text("host");
  const std::string_view plugin = row.text("plugin");
  row.fail_if(!plugin.empty() && plugin != kNativePlugin && plugin != kSha2Plugin, "plugin");
  const std::string_view tls = row.text("require_tls");
  row.fail_if(!tls.empty() && tls != "SSL" && tls != "X509", "require_tls");
  row.flag("locked");
  row.time("create_time");
  if (const Secret* hash = row.secret("native_hash"))
    row.fail_if(hash->size() != NativeHash{}.size(), "native_hash");
  if (const Secret* hash = row.secret("sha2_hash"))
    row.fail_if(!crypto::is_sha2_hash(hash->reveal()), "sha2_hash");
}

void check_role(RowCheck& row, std::string_view name) {
  const std::string_view role = row.text(name, limits::kMaxUserName);
  row.fail_if(role.empty(), name);
}

void check_role_of_account(RowCheck& row) {
  check_role(row, "role_name");
  row.text("user_name", limits::kMaxUserName);
  row.text("host");
  row.flag("admin");
  row.flag("by_default");
}

void check_role_of_role(RowCheck& row) {
  check_role(row, "role_name");
  check_role(row, "holder");
  row.flag("admin");
}

void check_held(RowCheck& row) {
  const std::string_view schema = row.text("schema_name", limits::kMaxIdentifier);
  const std::string_view table = row.text("table_name", limits::kMaxIdentifier);
  const Privileges known = all_privileges(grant_level(schema, table)) | privilege::kGrantOption;
  const auto held = static_cast<Privileges>(row.number("privileges", 0, INT64_MAX));
  row.fail_if((held & ~known) != 0, "privileges");
}

void check_privilege(RowCheck& row) {
  row.text("user_name", limits::kMaxUserName);
  row.text("host");
  check_held(row);
}

void check_role_privilege(RowCheck& row) {
  check_role(row, "role_name");
  check_held(row);
}

void check_parameter(RowCheck& row) {
  row.text("name", limits::kMaxIdentifier);
  if (!row.is_null("value")) row.text("value", limits::kMaxParameterValue);
  if (const Secret* value = row.secret("sealed"))
    row.fail_if(value->size() > limits::kMaxParameterValue, "sealed");
}

void check_master_key(RowCheck& row) {
  row.number("version", 1, limits::kMaxMasterKeys);
  row.time("create_time");
  if (const Secret* key = row.secret("sealed")) row.fail_if(key->size() != crypto::kKeySize, "sealed");
}

void check_keystore(RowCheck& row) {
  row.text("name", limits::kMaxIdentifier);
  row.flag("open");
  row.time("create_time");
  if (const Secret* hash = row.secret("password_hash"))
    row.fail_if(!crypto::is_sha2_hash(hash->reveal()), "password_hash");
}

void check_policy(RowCheck& row) {
  row.text("policy_name", limits::kMaxIdentifier);
  row.text("recovery_window", limits::kMaxIdentifier);
  row.number("redundancy", 0, INT32_MAX);
  row.number("backup_copies", 0, INT32_MAX);
}

}  // namespace

std::int64_t most_rows(std::string_view table) {
  const auto found = std::ranges::find(kMostRows, table, &MostRows::table);
  return found == kMostRows.end() ? 0 : found->rows;
}

Result<> check_row(const TableShape& table, const Values& row, const SecretOf& secret_of) {
  RowCheck checked(table, row, secret_of);
  if (table.name == "tenant") check_tenant(checked);
  if (table.name == "account") check_account(checked);
  if (table.name == "account_privilege") check_privilege(checked);
  if (table.name == "role") check_role(checked, "role_name");
  if (table.name == "role_privilege") check_role_privilege(checked);
  if (table.name == "role_of_account") check_role_of_account(checked);
  if (table.name == "role_of_role") check_role_of_role(checked);
  if (table.name == "tenant_parameter") check_parameter(checked);
  if (table.name == "master_key") check_master_key(checked);
  if (table.name == "keystore") check_keystore(checked);
  if (table.name == "backup_delete_policy") check_policy(checked);
  return checked.verdict();
}

}  // namespace breakwater::catalog
