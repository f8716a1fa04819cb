// The store's role for what ALTER SYSTEM and SET GLOBAL set: a tenant's parameters and its global variables.
//
// A secret parameter is kept sealed. Which parameters there are, and what they may be, is the caller's knowledge.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

class ParameterReader {
 public:
  virtual ~ParameterReader() = default;

  /// A set parameter's value; nothing if it was never set, or is secret.
  virtual Result<std::optional<std::string>> find(TenantId tenant, std::string_view name) = 0;
  /// A secret parameter's value. checksum_error (4103) if it is damaged.
  virtual Result<std::optional<Secret>> secret(TenantId tenant, std::string_view name) = 0;
  virtual Result<std::vector<ParameterRow>> all(TenantId tenant) = 0;
  virtual Result<std::optional<std::string>> variable(TenantId tenant, std::string_view name) = 0;
  virtual Result<std::vector<std::pair<std::string, std::string>>> variables(TenantId tenant) = 0;
};

/// tenant_not_exist (5157) from each.
class ParameterWriter {
 public:
  virtual ~ParameterWriter() = default;

  virtual Result<> set(TenantId tenant, std::string_view name, std::string_view value) = 0;
  virtual Result<> set_secret(TenantId tenant, std::string_view name, const Secret& value) = 0;
  virtual Result<> reset(TenantId tenant, std::string_view name) = 0;
  virtual Result<> set_variable(TenantId tenant, std::string_view name, std::string_view value) = 0;
};

}  // namespace breakwater::catalog
