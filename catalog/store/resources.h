// The store's role for resource units and pools. They are kept and shown; nothing is limited by them.
//
// Names are compared as exact bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

class ResourceReader {
 public:
  virtual ~ResourceReader() = default;

  virtual Result<std::optional<ResourceUnit>> unit(std::string_view name) = 0;
  virtual Result<std::optional<ResourcePool>> pool(std::string_view name) = 0;
  virtual Result<std::vector<ResourcePool>> pools(TenantId tenant) = 0;
};

class ResourceWriter {
 public:
  virtual ~ResourceWriter() = default;

  /// The store gives the id; the one in `unit` is ignored. resource_unit_exist (4649).
  virtual Result<std::int64_t> create_unit(const ResourceUnit& unit) = 0;
  /// All values of the unit of that name become these. resource_unit_not_exist (4648).
  virtual Result<> alter_unit(const ResourceUnit& unit) = 0;
  /// resource_unit_not_exist (4648), resource_unit_in_use (4634) by a pool.
  virtual Result<> drop_unit(std::string_view name) = 0;
  /// resource_pool_exist (4651), resource_unit_not_exist (4648).
  virtual Result<std::int64_t> create_pool(const ResourcePool& pool) = 0;
  /// resource_pool_not_exist (4650), resource_unit_not_exist (4648).
  virtual Result<> alter_pool(std::string_view name, const PoolChange& change) = 0;
  /// resource_pool_not_exist (4650), resource_pool_already_granted (4626).
  virtual Result<> drop_pool(std::string_view name) = 0;
};

}  // namespace breakwater::catalog
