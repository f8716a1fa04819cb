// The store's role for delete policies. The views read them.
#pragma once

#include <string_view>

#include "base/error.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

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
