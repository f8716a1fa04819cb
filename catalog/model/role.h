// Roles of an Oracle tenant: named privileges, which are granted to accounts and to other roles. Plain structs.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/model/entities.h"

namespace breakwater::catalog {

/// Which of an account's roles are enabled: SET ROLE, ALTER USER … DEFAULT ROLE. What is granted to one of them is too.
struct RoleChoice {
  enum class Which : std::uint8_t {
    by_default,  ///< those that the account's defaults say: a session that hasn't chosen
    all,         ///< but for `names`
    named        ///< those in `names`; without any: none
  };
  Which which = Which::by_default;
  std::vector<std::string> names{};
};

/// A role, or an account, to which another role is granted.
struct RoleGrant {
  std::string role{};
  bool admin = false;      ///< WITH ADMIN OPTION: who has it may grant it
  bool by_default = true;  ///< of an account: enabled from its login on
};

/// Those that each Oracle tenant is made with. CONNECT holds nothing: logging in takes no privilege here.
inline constexpr std::array<std::string_view, 3> kPredefinedRoles = {"CONNECT", "DBA", "RESOURCE"};
bool is_predefined_role(std::string_view role);

/// Roles of one tenant.
inline constexpr std::int64_t kMaxRoles = 128;
/// Roles that one role is granted itself. An account may have all.
inline constexpr std::int64_t kMaxRolesOfOne = 64;
/// Objects on which one role holds privileges.
inline constexpr std::int64_t kMaxObjectsOfRole = 32;

}  // namespace breakwater::catalog
