// Privileges as bits, and their names in GRANT, REVOKE and SHOW GRANTS. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/model/entities.h"
#include "catalog/model/role.h"

namespace breakwater::catalog {

using Privileges = std::uint64_t;

namespace privilege {
inline constexpr Privileges kUsage = 0;
inline constexpr Privileges kGrantOption = 1U << 0U;
inline constexpr Privileges kAlter = 1U << 1U;
inline constexpr Privileges kCreate = 1U << 2U;
inline constexpr Privileges kDelete = 1U << 3U;
inline constexpr Privileges kDrop = 1U << 4U;
inline constexpr Privileges kInsert = 1U << 5U;
inline constexpr Privileges kUpdate = 1U << 6U;
inline constexpr Privileges kSelect = 1U << 7U;
inline constexpr Privileges kIndex = 1U << 8U;
inline constexpr Privileges kCreateView = 1U << 9U;
inline constexpr Privileges kShowView = 1U << 10U;
inline constexpr Privileges kShowDatabases = 1U << 11U;
inline constexpr Privileges kCreateUser = 1U << 12U;
inline constexpr Privileges kProcess = 1U << 13U;
inline constexpr Privileges kSuper = 1U << 14U;
inline constexpr Privileges kFile = 1U << 15U;
inline constexpr Privileges kAlterSystem = 1U << 16U;
inline constexpr Privileges kAlterTenant = 1U << 17U;
inline constexpr Privileges kCreateResourcePool = 1U << 18U;
inline constexpr Privileges kCreateResourceUnit = 1U << 19U;
inline constexpr Privileges kReplicationSlave = 1U << 20U;
inline constexpr Privileges kReplicationClient = 1U << 21U;
}  // namespace privilege

/// The level of a grant: *.*, schema.*, schema.table.
enum class GrantLevel : std::uint8_t { global, schema, table };

GrantLevel grant_level(std::string_view schema, std::string_view table);

/// What ALL PRIVILEGES means at a level, without GRANT OPTION.
Privileges all_privileges(GrantLevel level);

struct PrivilegeInfo {
  std::string_view name;  ///< upper case
  Privileges bit;
  GrantLevel narrowest;  ///< it can be granted at this level and at every wider one
  std::string_view comment;
};
/// In the order in which SHOW GRANTS lists them.
std::span<const PrivilegeInfo> privilege_table();

/// The names of the privileges in `held` that exist at the level, without GRANT OPTION; only "USAGE" if there
/// are none.
std::vector<std::string_view> privilege_names(Privileges held, GrantLevel level);

/// The privileges of a name in any case: "ALTER SYSTEM", "ALL PRIVILEGES", "ALL", "USAGE". Nullopt if there
/// is no such privilege at the level.
std::optional<Privileges> privilege_by_name(std::string_view name, GrantLevel level);

/// Whether the rows allow all of `wanted` on schema.table ("*": at that level or a wider one). The case of
/// schema and table names doesn't matter.
bool allows(std::span<const GrantRow> grants, Privileges wanted, std::string_view schema = "*",
            std::string_view table = "*");

/// 'user'@'host', with quotes in the names doubled.
std::string quoted_account(const AccountKey& account);

/// The lines of SHOW GRANTS: one for each row, the global one first ("GRANT USAGE ON *.* TO 'u'" if there is
/// none).
std::vector<std::string> describe_grants(const AccountKey& account, std::span<const GrantRow> grants);

/// The line for a role.
std::string describe_role_grant(const AccountKey& account, const RoleGrant& grant);

}  // namespace breakwater::catalog
