// What each table of the catalogue is to the log of changes, to a tenant's part and to secrets: the one table of that,
// beside the schema. A test compares it with the schema.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "catalog/store/keyring.h"

namespace breakwater::catalog {

enum class TableClass : std::uint8_t {
  /// What a tenant owns: its part, which goes into its sets and archives. The key begins with tenant_id.
  tenants,
  /// What all who work on this catalogue share, but no archive has: recorded, in no part.
  shared,
  /// What is about this file alone: not recorded.
  local,
};

struct TableRule {
  std::string_view name;
  TableClass kind = TableClass::shared;
  /// A tenant that is restored takes these rows over.
  bool restored = false;
  /// The column that holds what Keyring::seal() gave, and the columns that say for which row, behind the table's name.
  std::string_view sealed = {};
  std::array<std::string_view, 3> sealed_for = {};
  /// Columns that are secret and lie here as they are: hashes of passwords.
  std::array<std::string_view, 2> hashes = {};

  bool is_secret(std::string_view column) const;
};

std::span<const TableRule> table_rules();
const TableRule* find_rule(std::string_view table);

/// What a value of the table's sealed column is sealed for, given the values of the columns TableRule::sealed_for. All
/// who seal and open take it from here, with a rule for what they seal.
RowIdentity sealed_identity(std::string_view table, std::span<const std::string> values);

}  // namespace breakwater::catalog
