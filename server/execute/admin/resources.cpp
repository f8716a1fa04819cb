// Resource units and pools. They are stored and shown, and a tenant's pool list must name existing ones. They
// limit nothing here.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "server/execute/admin/statements.h"
#include "server/execute/context/change.h"
#include "server/execute/context/privileges.h"
#include "server/execute/parameters/options.h"

namespace breakwater::server::execute {
namespace {

constexpr std::int64_t kMinUnitMemory = std::int64_t{1} << 30U;  ///< OceanBase refuses less than 1G
constexpr std::int64_t kMaxUnitNum = 1024;                       ///< DBA_OB_UNITS has a row for each

Result<> require_unit_rights(const Statement& statement) {
  BW_CHECK(require_sys(statement));
  return require(statement, catalog::privilege::kCreateResourceUnit, "CREATE RESOURCE UNIT");
}

Result<> require_pool_rights(const Statement& statement) {
  BW_CHECK(require_sys(statement));
  return require(statement, catalog::privilege::kCreateResourcePool, "CREATE RESOURCE POOL");
}

Result<> check_name(std::string_view name) {
  if (name.empty() || name.size() > limits::kMaxIdentifier) return fail(error::too_long_ident(name));
  return {};
}

Result<> read_unit_option(const ast::Option& option, catalog::ResourceUnit& unit, bool& min_cpu_given) {
  if (option.name == "MAX_CPU") {
    BW_TRY(unit.max_cpu, real_value(option));
  } else if (option.name == "MIN_CPU") {
    BW_TRY(unit.min_cpu, real_value(option));
    min_cpu_given = true;
  } else if (option.name == "MEMORY_SIZE" || option.name == "MAX_MEMORY" || option.name == "MIN_MEMORY") {
    BW_TRY(unit.memory_size, capacity_value(option));
  } else if (option.name == "LOG_DISK_SIZE") {
    BW_TRY(unit.log_disk_size, capacity_value(option));
  } else if (option.name == "MAX_IOPS") {
    BW_TRY(unit.max_iops, integer_value(option));
  } else if (option.name == "MIN_IOPS") {
    BW_TRY(unit.min_iops, integer_value(option));
  } else if (option.name == "IOPS_WEIGHT") {
    BW_TRY(unit.iops_weight, integer_value(option));
  } else {
    return fail(error::not_supported(option.name));
  }
  return {};
}

Result<> read_unit(const std::vector<ast::Option>& options, catalog::ResourceUnit& unit) {
  bool min_cpu_given = false;
  for (const ast::Option& option : options) BW_CHECK(read_unit_option(option, unit, min_cpu_given));
  if (!min_cpu_given && unit.min_cpu > unit.max_cpu) unit.min_cpu = unit.max_cpu;
  if (unit.max_cpu <= 0 || unit.min_cpu > unit.max_cpu) return fail(error::invalid_argument("max_cpu"));
  if (unit.memory_size < kMinUnitMemory) return fail(error::invalid_argument("memory_size"));
  return {};
}

// Fills in OceanBase's defaults for values that the statement leaves out.
void fill_defaults(catalog::ResourceUnit& unit) {
  if (unit.log_disk_size == 0) unit.log_disk_size = 3 * std::min(unit.memory_size, INT64_MAX / 3);
  if (unit.max_iops == 0) unit.max_iops = INT64_MAX;
  if (unit.min_iops == 0) unit.min_iops = unit.max_iops;
}

Result<catalog::PoolChange> read_pool(const std::vector<ast::Option>& options) {
  catalog::PoolChange pool;
  for (const ast::Option& option : options) {
    if (option.name == "UNIT") {
      pool.unit = first_value(option);
    } else if (option.name == "UNIT_NUM") {
      BW_TRY(pool.unit_count, integer_value(option));
      if (*pool.unit_count < 1 || *pool.unit_count > kMaxUnitNum)
        return fail(error::invalid_argument("unit_num"));
    } else if (option.name == "ZONE_LIST") {
      pool.zone_list = joined_values(option, ';');
    } else if (option.name != "REPLICA_TYPE") {
      return fail(error::not_supported(option.name));
    }
  }
  return pool;
}

template <class Job>
Task<Result<Outcome>> change_resources(const Statement& statement, Job job) {
  BW_CO_CHECK(co_await change_catalog(statement, std::move(job)));
  co_return Outcome{};
}

// IF [NOT] EXISTS: turns the error into a note.
Task<Result<Outcome>> tolerate(const Statement& statement, Task<Result<Outcome>> task, bool tolerant,
                               Errc code) {
  auto result = co_await std::move(task);
  if (result || !tolerant || !result.error().is(code)) co_return result;
  statement.session.diagnostics.note(result.error().text());
  co_return Outcome{};
}

}  // namespace

Task<Result<Outcome>> create_resource_unit(const Statement& statement,
                                           const ast::CreateResourceUnit& create) {
  BW_CO_CHECK(require_unit_rights(statement));
  BW_CO_CHECK(check_name(create.name));
  catalog::ResourceUnit unit;
  unit.name = create.name;
  BW_CO_CHECK(read_unit(create.options, unit));
  fill_defaults(unit);
  co_return co_await tolerate(statement,
                              change_resources(statement,
                                               [&](catalog::Transaction& transaction) -> Result<> {
                                                 BW_CHECK(transaction.resources().create_unit(unit));
                                                 return {};
                                               }),
                              create.if_not_exists, Errc::resource_unit_exist);
}

Task<Result<Outcome>> alter_resource_unit(const Statement& statement, const ast::AlterResourceUnit& alter) {
  BW_CO_CHECK(require_unit_rights(statement));
  co_return co_await change_resources(statement, [&](catalog::Transaction& transaction) -> Result<> {
    BW_TRY(auto unit, transaction.read().resources().unit(alter.name));
    if (!unit) return fail(error::resource_unit_not_exist(alter.name));
    BW_CHECK(read_unit(alter.options, *unit));
    return transaction.resources().alter_unit(*unit);
  });
}

Task<Result<Outcome>> drop_resource_unit(const Statement& statement, const ast::DropResourceUnit& drop) {
  BW_CO_CHECK(require_unit_rights(statement));
  co_return co_await tolerate(statement,
                              change_resources(statement,
                                               [&](catalog::Transaction& transaction) {
                                                 return transaction.resources().drop_unit(drop.name);
                                               }),
                              drop.if_exists, Errc::resource_unit_not_exist);
}

Task<Result<Outcome>> create_resource_pool(const Statement& statement,
                                           const ast::CreateResourcePool& create) {
  BW_CO_CHECK(require_pool_rights(statement));
  BW_CO_CHECK(check_name(create.name));
  BW_CO_TRY(const catalog::PoolChange read, read_pool(create.options));
  if (!read.unit) co_return fail(error::invalid_argument("unit"));
  catalog::ResourcePool pool;
  pool.name = create.name;
  pool.unit = *read.unit;
  pool.unit_count = read.unit_count.value_or(1);
  pool.zone_list = read.zone_list.value_or("zone1");
  co_return co_await tolerate(statement,
                              change_resources(statement,
                                               [&](catalog::Transaction& transaction) -> Result<> {
                                                 BW_CHECK(transaction.resources().create_pool(pool));
                                                 return {};
                                               }),
                              create.if_not_exists, Errc::resource_pool_exist);
}

Task<Result<Outcome>> alter_resource_pool(const Statement& statement, const ast::AlterResourcePool& alter) {
  BW_CO_CHECK(require_pool_rights(statement));
  BW_CO_TRY(const catalog::PoolChange pool, read_pool(alter.options));
  co_return co_await change_resources(statement, [&](catalog::Transaction& transaction) {
    return transaction.resources().alter_pool(alter.name, pool);
  });
}

Task<Result<Outcome>> drop_resource_pool(const Statement& statement, const ast::DropResourcePool& drop) {
  BW_CO_CHECK(require_pool_rights(statement));
  co_return co_await tolerate(statement,
                              change_resources(statement,
                                               [&](catalog::Transaction& transaction) {
                                                 return transaction.resources().drop_pool(drop.name);
                                               }),
                              drop.if_exists, Errc::resource_pool_not_exist);
}

}  // namespace breakwater::server::execute
