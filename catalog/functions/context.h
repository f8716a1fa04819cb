// What a session lends to a statement's run: its variables, its names and clock, and where warnings go. Filled by
// whoever runs the statement; read on the cursor's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory_account.h"
#include "catalog/values/sql_type.h"
#include "catalog/values/time_zone.h"
#include "catalog/values/work.h"
#include "grammar/ast.h"

namespace breakwater::catalog {

/// The session's variables. Called on the thread that binds or runs.
class Variables {
 public:
  virtual ~Variables() = default;
  /// Errors: var_unknown, var_not_local ... as MySQL answers for @@scope.name.
  virtual Result<Value> system_variable(ast::VariableScope scope, std::string_view name) const = 0;
  /// monostate when it was never set.
  virtual Value user_variable(std::string_view name) const = 0;
  virtual void set_user_variable(std::string_view name, Value value) = 0;
};

/// What SHOW WARNINGS will tell. Called on the cursor's thread, once for each value: the sink bounds them.
class WarningSink {
 public:
  virtual ~WarningSink() = default;
  /// code: MySQL's number (1292).
  virtual void add(std::uint16_t code, std::string_view text) = 0;
};

/// What a statement's run depends on. Filled by the session for each statement; outlives the cursor.
struct QueryContext {
  /// Nothing runs without something that may stop it.
  explicit QueryContext(Interrupt& may_stop) : interrupt(&may_stop) {}

  Timestamp now = 0;  ///< NOW(): the statement's start
  TimeZone time_zone;
  std::uint64_t random_seed = 0;  ///< RAND() without an argument
  std::uint64_t effective_tenant_id = 1;
  bool oracle = false;  ///< the session is an Oracle tenant's
  std::string_view effective_tenant = "sys";
  std::string_view database;   ///< empty: none
  std::string_view user;       ///< USER(): "root@127.0.0.1"
  std::string_view account;    ///< CURRENT_USER(): "root@%"
  std::string_view user_name;  ///< Oracle's USER: "SYS"
  std::string_view nls_date_format = "DD-MON-RR";
  std::string_view nls_timestamp_format = "DD-MON-RR HH.MI.SSXFF AM";
  std::uint64_t connection_id = 0;
  std::uint64_t last_insert_id = 0;
  std::int64_t row_count = -1;
  std::uint64_t found_rows = 0;
  std::string_view version = "5.7.25-OceanBase-v4.2.1.0";
  std::string_view ob_version = "4.2.1.0";
  std::uint32_t max_text_bytes = 1U << 20U;     ///< no function gives a longer text (1301 and NULL)
  std::uint32_t group_concat_max_bytes = 1024;  ///< GROUP_CONCAT is cut there (warning 1260)
  Variables* variables = nullptr;               ///< never null while a plan that names variables runs
  Interrupt* interrupt;                         ///< never null
  WarningSink* warnings = nullptr;              ///< may be null
  StatementMemory* memory = nullptr;            ///< what the run takes; null: nobody counts
};

}  // namespace breakwater::catalog
