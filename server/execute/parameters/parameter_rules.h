// The rules about a tenant's parameters besides their ranges: they depend on what else the tenant has set.
#pragma once

#include <string_view>

#include "base/error.h"
#include "catalog/store/store.h"
#include "server/execute/parameters/tenant_parameters.h"

namespace breakwater::server::execute {

/// Call it in the transaction that sets the parameter. Errors:
///   tde_method           never sys's, and it stays once there is a key: not_supported (1235);
///                        docs/spec/behaviour.md#tde-method
///   archive_lag_target   at least 60 s while LOG_ARCHIVE_DEST is in S3: op_not_allow (4179)
Result<> check_rules(catalog::Reader& reader, const TenantParameter& parameter, const catalog::Tenant& tenant,
                     std::string_view value);

/// For a LOG_ARCHIVE_DEST in S3. Error: op_not_allow (4179) if archive_lag_target is below 60 s.
Result<> check_lag_of_s3(catalog::ParameterReader& parameters, catalog::TenantId tenant);

}  // namespace breakwater::server::execute
