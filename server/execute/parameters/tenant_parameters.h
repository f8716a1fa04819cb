// The parameters of tenants (docs/spec/behaviour.md#tenant-parameters), as data: ALTER SYSTEM SET checks them
// and SHOW PARAMETERS shows them. Parameters of the server itself are its settings.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"

namespace breakwater::server::execute {

struct TenantParameter {
  enum class Kind : std::uint8_t {
    integer,
    duration,
    capacity,
    tde_method,
    json,
    password,
    schedule,
    check_interval
  };
  std::string_view name;
  Kind kind;
  bool secret;  ///< stored encrypted, shown as '***'
  std::string_view default_value;
  std::int64_t min;  ///< integer; duration: in milliseconds; capacity, password: in bytes
  std::int64_t max;
  std::string_view section;
  std::string_view info;
};

std::span<const TenantParameter> tenant_parameters();
/// By lower-case name; null if there is none.
const TenantParameter* find_tenant_parameter(std::string_view name);

/// Errors: invalid_config (4147) for a value out of the range; not_supported (1235) for a tde_method that
/// doesn't exist.
Result<> check_parameter(const TenantParameter& parameter, std::string_view value);

/// data_backup_dest, log_archive_dest and the like: docs/spec/behaviour.md#backup-parameter-names.
bool is_backup_parameter(std::string_view name);

}  // namespace breakwater::server::execute
