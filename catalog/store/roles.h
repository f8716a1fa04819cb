// The store's role for roles: those of an Oracle tenant, what they hold, and to whom they are granted.
//
// `by` is on whose behalf something is changed, and the store looks whether he may: no_privilege (1227),
// role_admin_not_granted (ORA-01932), connection_killed (1927).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/model/entities.h"
#include "catalog/model/privilege.h"
#include "catalog/model/role.h"
#include "catalog/store/account_rules.h"

namespace breakwater::catalog {

class RoleReader {
 public:
  virtual ~RoleReader() = default;

  virtual Result<bool> exists(TenantId tenant, std::string_view role) = 0;
  virtual Result<std::vector<std::string>> all(TenantId tenant) = 0;
  /// What the account, or the role, has been granted itself.
  virtual Result<std::vector<RoleGrant>> granted(const AccountKey& account) = 0;
  virtual Result<std::vector<RoleGrant>> granted_to_role(TenantId tenant, std::string_view role) = 0;
  /// The roles, and all that is granted to them, to these, and so on; in order of their names.
  virtual Result<std::vector<std::string>> with_theirs(TenantId tenant, std::vector<std::string> roles) = 0;
  /// All roles by which an account with this choice holds anything. A role that it isn't granted isn't one of them.
  virtual Result<std::vector<std::string>> enabled(const AccountKey& account, const RoleChoice& choice) = 0;
  virtual Result<std::vector<GrantRow>> grants(TenantId tenant, std::string_view role) = 0;
  /// What the enabled roles hold: a row for each role and object.
  virtual Result<std::vector<GrantRow>> privileges(const AccountKey& account, const RoleChoice& choice) = 0;
  /// … ON *.*.
  virtual Result<Privileges> global_privileges(const AccountKey& account, const RoleChoice& choice) = 0;
};

class RoleWriter {
 public:
  virtual ~RoleWriter() = default;

  /// Takes CREATE USER; its maker may grant it. role_exist (ORA-01921): a role or an account has the name, or it is PUBLIC. size_overflow
  /// (4019): kMaxRoles.
  virtual Result<> create(const Actor& by, TenantId tenant, std::string_view role) = 0;
  /// Takes SUPER or the role WITH ADMIN OPTION, here and below. role_not_exist (ORA-01919), here and below. op_not_allow
  /// (4179): one that the tenant was made with.
  virtual Result<> drop(const Actor& by, TenantId tenant, std::string_view role) = 0;

  /// user_or_role_not_exist (ORA-01917), here and below.
  virtual Result<> grant(const Actor& by, const AccountKey& to, const RoleGrant& what) = 0;
  /// role_grant_circular (ORA-01934) besides. size_overflow (4019): kMaxRolesOfOne.
  virtual Result<> grant_to_role(const Actor& by, TenantId tenant, std::string_view to,
                                 const RoleGrant& what) = 0;
  /// role_not_granted_to (ORA-01951).
  virtual Result<> revoke(const Actor& by, const AccountKey& from, std::string_view role) = 0;
  virtual Result<> revoke_from_role(const Actor& by, TenantId tenant, std::string_view from,
                                    std::string_view role) = 0;

  /// The caller checks whether the giver holds what he gives. size_overflow (4019): kMaxObjectsOfRole.
  virtual Result<> grant_privileges(TenantId tenant, std::string_view to, const GrantRow& what) = 0;
  /// The caller checks likewise, but stripping a role that the tenant was made with takes SUPER here. non_default_grant
  /// (1141) where it holds nothing there.
  virtual Result<> revoke_privileges(const Actor& by, TenantId tenant, std::string_view from,
                                     const GrantRow& what) = 0;
  virtual Result<> revoke_all_privileges(const Actor& by, TenantId tenant, std::string_view from) = 0;

  /// ALTER USER … DEFAULT ROLE: for the roles that the account has. Whoever may change the account may. user_not_exist (ORA-01918).
  /// default_role_not_granted (ORA-01955): it isn't granted one of the names.
  virtual Result<> set_default(const Actor& by, const AccountKey& account, const RoleChoice& choice) = 0;
};

}  // namespace breakwater::catalog
