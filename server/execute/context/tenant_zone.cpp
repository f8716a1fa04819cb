#include "server/execute/context/tenant_zone.h"

#include "server/session/variables.h"

namespace breakwater::server::execute {

Result<std::string> tenant_zone(catalog::Reader& reader, catalog::TenantId tenant) {
  constexpr std::string_view kName = "time_zone";
  BW_TRY(const auto variables, reader.parameters().variables(tenant));
  for (const auto& [name, value] : variables)
    if (name == kName) return value;
  const auto index = session::find_variable(kName);
  return std::string(index ? session::variable_table()[*index].default_value : "SYSTEM");
}

}  // namespace breakwater::server::execute
