// Running plans: each thread that runs has a QueryRunner with a connection of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/bind/query.h"
#include "catalog/values/sql_type.h"

struct sqlite3;

namespace breakwater::catalog {

/// SQLite's operations between two questions to the Interrupt (work.h).
inline constexpr std::size_t kInterruptOperations = 1000;

enum class Step : std::uint8_t { row, done, budget_spent };

struct CursorState;

/// An open statement. While it lives its connection holds a read transaction: close it soon. Movable; must be
/// gone before its runner is. May be handed to another thread between steps, together with its runner.
class Cursor {
 public:
  Cursor(Cursor&& other) noexcept;
  Cursor& operator=(Cursor&& other) noexcept;
  ~Cursor();

  /// Errors: whatever evaluation meets (data_out_of_range, subquery_too_many_rows ...), query_interrupted,
  /// timeout, out_of_memory. After anything but Step::row there is nothing more.
  Result<Step> step();

  const std::vector<ResultColumn>& columns() const;
  /// A field of the row that step() stood on; texts live until the next step.
  Cell cell(std::size_t column) const;
  /// The same as the text protocol sends it, until the next call; nothing for NULL. Allocates nothing.
  std::optional<std::string_view> text(std::size_t column) const;
  /// Of one of Plan::sleeps: how long. Errors: invalid_argument for NULL and for less than 0.
  Result<std::chrono::microseconds> seconds(std::size_t column) const;

 private:
  friend class QueryRunner;
  explicit Cursor(CursorState* state);
  CursorState* state_;
};

struct RunnerState;
class Reader;

/// Runs plans on one connection, which it gives MySQL's functions, collations and the row sources. Keeps the
/// prepared statements of the last kMaxPrepared plans. One thread and one open cursor at a time. The
/// connection is without SQLite's mutex (SQLITE_OPEN_NOMUTEX).
class QueryRunner {
 public:
  static constexpr std::size_t kMaxPrepared = 64;
  static constexpr std::size_t kMaxPreparedBytes = std::size_t{4} << 20U;  ///< of their programs together

  /// On a reader's connection; the reader outlives this and may be used between steps. No other QueryRunner
  /// uses it.
  QueryRunner(const Dictionary& dictionary, Reader& reader);
  ~QueryRunner();
  QueryRunner(const QueryRunner&) = delete;
  QueryRunner& operator=(const QueryRunner&) = delete;

  /// literals: for each Plan::free_literals its text, or nothing for the values it was bound with.
  /// parameters: of `?`, all of them, of the kinds the plan was bound for. Both are copied.
  Result<Cursor> open(std::shared_ptr<const Plan> plan, const QueryContext& context,
                      std::span<const std::string_view> literals = {},
                      std::span<const Value> parameters = {});

  /// The first row's first column; NULL when there is no row. Nothing: the budget was spent. Of SLEEP(n) the
  /// microseconds to wait.
  Result<std::optional<Value>> scalar(const std::shared_ptr<const Plan>& plan, const QueryContext& context);

  /// SQLite's plan, a line a step: for tests that assert an index.
  std::string explain(const Plan& plan) const;

 protected:
  /// On SQLite's own (sqlite_runner.h).
  QueryRunner(const Dictionary& dictionary, sqlite3* connection);

 private:
  std::unique_ptr<RunnerState> state_;
};

}  // namespace breakwater::catalog
