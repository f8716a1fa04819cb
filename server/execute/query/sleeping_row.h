// SLEEP waits for a timer of the connection, so that it holds no thread and no place meanwhile.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/bind/query.h"
#include "catalog/run/runner.h"
#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// Returns true if it waited in full, false if KILL QUERY ended it. Errors: timeout (4012) at `deadline`,
/// connection_killed (1927).
Task<Result<bool>> nap(const Statement& statement, std::chrono::microseconds wait, Deadline deadline);

/// A row that was copied from its cursor, to be sent once its SLEEPs are over. The plan must outlive it.
class SleepingRow {
 public:
  /// Copies the cursor's current row. Errors: those of Cursor::seconds().
  static Result<SleepingRow> of(const catalog::Plan& plan, const catalog::Cursor& cursor);

  /// Waits for each SLEEP in order. Returns false if KILL QUERY ended one; that one and all after it give 1.
  Task<Result<bool>> sleep(const Statement& statement, Deadline deadline);

  // The same interface as Cursor's.
  const std::vector<catalog::ResultColumn>& columns() const { return plan_->columns; }
  catalog::Cell cell(std::size_t column) const;
  std::optional<std::string_view> text(std::size_t column) const;

  /// Its memory, approximately.
  std::size_t bytes() const;

 private:
  struct Field {
    catalog::Cell cell;
    std::optional<std::string> text;
  };

  explicit SleepingRow(const catalog::Plan& plan) : plan_(&plan) {}

  const catalog::Plan* plan_;
  std::vector<Field> fields_;
  std::vector<std::chrono::microseconds> waits_;  ///< for Plan::sleeps
};

}  // namespace breakwater::server::execute
