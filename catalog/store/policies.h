// The store's role for delete policies.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

class PolicyReader {
 public:
  virtual ~PolicyReader() = default;

  /// Its only one, by which its backups expire.
  virtual Result<std::optional<DeletePolicy>> find(TenantId tenant) = 0;
  /// Tenants behind `after` that have one, at most `limit`, by their ids.
  virtual Result<std::vector<TenantId>> tenants(TenantId after, std::size_t limit) = 0;
};

/// tenant_not_exist (5157) from each.
class PolicyWriter {
 public:
  virtual ~PolicyWriter() = default;

  /// primary_key_duplicate (1062): the tenant has a policy of this name.
  virtual Result<> add(TenantId tenant, const DeletePolicy& policy) = 0;
  /// Without such a policy nothing happens.
  virtual Result<> drop(TenantId tenant, std::string_view name) = 0;
};

}  // namespace breakwater::catalog
