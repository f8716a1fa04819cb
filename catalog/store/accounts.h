// The store's role for accounts and what they are granted.
//
// Hosts are compared without case. In a writer's operations `by` is on whose behalf an account is changed;
// AccountRules says whether he may (no_privilege (1227), connection_killed (1927)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/model/entities.h"
#include "catalog/model/privilege.h"
#include "catalog/store/account_rules.h"

namespace breakwater::catalog {

/// What the accounts and tenants of the whole catalogue are like: what unknown names pass for.
struct AccountCounts {
  std::uint64_t accounts = 0;
  std::uint64_t native = 0;  ///< of these, for mysql_native_password alone
  std::uint64_t sha2 = 0;    ///< … for caching_sha2_password alone
  std::uint64_t tenants = 0;
  std::uint64_t oracle = 0;  ///< of these, in Oracle mode
};

class AccountReader {
 public:
  virtual ~AccountReader() = default;

  /// Whom a login is: MySQL's rule, the most specific host that fits. Without looking at the password.
  virtual Result<std::optional<Account>> for_login(TenantId tenant, std::string_view user,
                                                   const ClientHost& client) = 0;
  virtual Result<std::optional<Account>> find(const AccountKey& key) = 0;
  virtual Result<std::vector<Account>> all(TenantId tenant) = 0;
  virtual Result<AccountCounts> counts() = 0;
  virtual Result<std::vector<GrantRow>> grants(const AccountKey& key) = 0;
  /// Those of them that are granted ON *.*, however many others there are.
  virtual Result<Privileges> global_privileges(const AccountKey& key) = 0;
};

class AccountWriter {
 public:
  virtual ~AccountWriter() = default;

  /// Without a hash the password is empty. The store gives the account's id. user_exist (1396).
  virtual Result<> create(const Actor& by, const Account& account) = 0;
  /// user_not_exist (1396), here and below.
  virtual Result<> drop(const Actor& by, const AccountKey& key) = 0;
  /// `plugin`: the account's from now on; none: as it is. The account keeps the hashes that its plugin reads;
  /// password_format (1827) where a password is given and none of its hashes is that plugin's.
  virtual Result<> set_password(const Actor& by, const AccountKey& key, const Credential& credential,
                                const std::optional<std::string>& plugin = std::nullopt) = 0;
  virtual Result<> set_policy(const Actor& by, const AccountKey& key, const PasswordPolicy& policy) = 0;
  /// With its password, its number and what it is granted. user_not_exist (1396) if `from` isn't there or `to` is.
  virtual Result<> rename(const Actor& by, const AccountKey& from, const AccountKey& to) = 0;
  /// An event: somebody who may write the data directory has given the account another password.
  virtual Result<> record_reset(const AccountKey& key) = 0;
  virtual Result<> set_tls(const Actor& by, const AccountKey& key, TlsNeed need) = 0;
  virtual Result<> set_locked(const Actor& by, const AccountKey& key, bool locked) = 0;
  /// The caller checks whether the giver holds what he gives. create_user_with_grant (1410) for an unknown account.
  virtual Result<> grant(const AccountKey& key, const GrantRow& what) = 0;
  /// The caller checks likewise, but stripping an administrator account takes SUPER here. non_default_grant (1141)
  /// where there is no such grant.
  virtual Result<> revoke(const Actor& by, const AccountKey& key, const GrantRow& what) = 0;
  /// REVOKE ALL PRIVILEGES, GRANT OPTION FROM: every level. non_default_grant (1141) for an unknown account.
  virtual Result<> revoke_all(const Actor& by, const AccountKey& key) = 0;
};

}  // namespace breakwater::catalog
