#include "catalog/model/role.h"

#include <algorithm>

namespace breakwater::catalog {

bool is_predefined_role(std::string_view role) {
  return std::ranges::find(kPredefinedRoles, role) != kPredefinedRoles.end();
}

}  // namespace breakwater::catalog
