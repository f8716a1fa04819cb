// What the binder makes and the runner runs: SQLite's SQL and where its ?-values come from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/bind/query.h"

namespace breakwater::catalog {

/// How many tables one SELECT joins: MySQL's MAX_TABLES. SQLite joins 64.
inline constexpr std::size_t kMaxJoinedTables = 61;

/// What a value is made into before it is bound to SQLite.
enum class Convert : std::uint8_t {
  as_is,
  comparable_number,  ///< an int64 where it is one exactly, else a double
  integer,
  unsigned_integer,
  real,
  decimal,
  text,
  datetime,   ///< wall clock; NULL for what is no date
  timestamp,  ///< UTC
  date,
  time,
  limit,  ///< a count of rows: beyond int64 is "all"
};

/// Where a value comes from.
enum class From : std::uint8_t {
  constant,   ///< Slot::value
  literal,    ///< free literal number Slot::index
  parameter,  ///< `?` number Slot::index
  effective_tenant_id,
  effective_tenant,
  database,
  user,
  account,
  user_name,
  nls_date_format,
  nls_timestamp_format,
  connection_id,
  last_insert_id,
  row_count,
  found_rows,
  version,
  ob_version,
  now,        ///< microseconds UTC
  now_local,  ///< the wall clock, cut to Slot::index digits behind the second
  now_utc,    ///< the same of UTC
  random_seed,
};

struct Slot {
  From from = From::constant;
  Convert convert = Convert::as_is;
  std::uint32_t index = 0;
  Value value = {};
  bool operator==(const Slot&) const = default;
};

struct PlanCode {
  std::string sql;
  std::vector<Slot> slots;                      ///< of ?1, ?2 ...
  std::vector<ast::LiteralKind> literal_kinds;  ///< of the free literals
  bool empty_is_null = false;  ///< Oracle's: a literal or parameter without characters is NULL
};

/// Reads a literal's text: integers become int64 or uint64 or decimal text, reals double, the rest text.
Value literal_value(ast::LiteralKind kind, std::string_view text);
Value converted(const Value& value, Convert convert, const TimeZone& zone);

}  // namespace breakwater::catalog
