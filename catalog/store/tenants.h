// The store's role for tenants: who there is, and how tenants come, change and go.
//
// Names are compared as exact bytes. Ids are even, from 1002, and never come back; sys is 1.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

class TenantReader {
 public:
  virtual ~TenantReader() = default;

  virtual Result<std::optional<Tenant>> find(std::string_view name) = 0;
  virtual Result<std::optional<Tenant>> find(TenantId id) = 0;
  virtual Result<std::vector<Tenant>> all() = 0;  ///< by id, sys first
  virtual Result<std::size_t> count() = 0;
};

class TenantWriter {
 public:
  virtual ~TenantWriter() = default;

  /// Bytes of ob_tcp_invited_nodes, since each login is compared with all of it; more is var_wrong_value (1231).
  static constexpr std::size_t kMaxInvitedNodes = 4096;

  /// Makes root@'%' (SYS@'%' in Oracle mode) too, with all privileges and an empty password. tenant_exist (5156);
  /// for its pools resource_pool_not_exist (4650), resource_pool_already_granted (4626).
  virtual Result<Tenant> create(const TenantSpec& spec) = 0;
  /// Accounts, variables, parameters and backup parameters go; destinations move to the history; wrapped keys stay;
  /// pools are freed, and the tenant's own pool goes. Open intents stay until they are settled. tenant_not_exist
  /// (5157); op_not_allow (4179) for sys.
  virtual Result<> drop(TenantId id) = 0;
  /// tenant_not_exist (5157), tenant_exist (5156) for the new name; op_not_allow (4179): sys is neither renamed nor
  /// locked.
  /// ob_tcp_invited_nodes is the tenant's own setting: standby_read_only (4688) unless it is primary.
  virtual Result<> alter(TenantId id, const TenantChange& change) = 0;
  /// A standby tenant becomes a primary one. tenant_not_exist (5157); op_not_allow (4179) for any other.
  virtual Result<> activate(TenantId id) = 0;
};

}  // namespace breakwater::catalog
