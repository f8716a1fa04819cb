#include "server/execute/parameters/tenant_name.h"

#include "base/limits.h"
#include "base/text.h"

namespace breakwater::server::execute {

Result<> check_tenant_name(std::string_view name) {
  if (name.size() > limits::kMaxTenantName) return fail(error::too_long_ident(name));
  // '$' is for META$ tenants; the others would make a login's user name ambiguous.
  if (name.empty() || name.find_first_of("$@#:;") != std::string_view::npos || !is_utf8(name)) {
    return fail(error::invalid_argument("tenant name"));
  }
  return {};
}

}  // namespace breakwater::server::execute
