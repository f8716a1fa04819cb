// What SLEEP waits for: a timer of the connection, so that no thread and no place is held meanwhile.
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

/// True: waited in full. False: cut short by KILL QUERY. Errors: timeout at `deadline`, connection_killed.
Task<Result<bool>> nap(const Statement& statement, std::chrono::microseconds wait, Deadline deadline);

/// A row that has left its cursor, to be sent once its SLEEPs are over. The plan outlives it.
class SleepingRow {
 public:
  /// The row that the cursor stands on. Errors: those of Cursor::seconds().
  static Result<SleepingRow> of(const catalog::Plan& plan, const catalog::Cursor& cursor);

  /// Waits for each in order. False: KILL QUERY cut one short; that one and those behind it give 1.
  Task<Result<bool>> sleep(const Statement& statement, Deadline deadline);

  // As Cursor shows it.
  const std::vector<catalog::ResultColumn>& columns() const { return plan_->columns; }
  catalog::Cell cell(std::size_t column) const;
  std::optional<std::string_view> text(std::size_t column) const;

  /// What it takes, about.
  std::size_t bytes() const;

 private:
  struct Field {
    catalog::Cell cell;
    std::optional<std::string> text;
  };

  explicit SleepingRow(const catalog::Plan& plan) : plan_(&plan) {}

  const catalog::Plan* plan_;
  std::vector<Field> fields_;
  std::vector<std::chrono::microseconds> waits_;  ///< of Plan::sleeps
};

}  // namespace breakwater::server::execute
