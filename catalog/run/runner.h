// Runs plans. Each thread that runs plans has a QueryRunner with a connection of its own.
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

/// SQLite's operations between two calls of the Interrupt (work.h).
inline constexpr std::size_t kInterruptOperations = 1000;

enum class Step : std::uint8_t { row, done, budget_spent };

struct CursorState;

/// An open statement. While it exists, its connection holds a read transaction: close it soon. Movable; it
/// must be destroyed before its QueryRunner. It may move to another thread between steps, together with its
/// runner.
class Cursor {
 public:
  Cursor(Cursor&& other) noexcept;
  Cursor& operator=(Cursor&& other) noexcept;
  ~Cursor();

  /// Errors: those of the evaluation (data_out_of_range, subquery_too_many_rows ...), query_interrupted
  /// (1317), timeout (4012), out_of_memory (1037). After any result but Step::row the cursor has ended.
  Result<Step> step();

  const std::vector<ResultColumn>& columns() const;
  /// A field of the current row; its text is valid until the next step.
  Cell cell(std::size_t column) const;
  /// The same as text, in the form of the text protocol; valid until the next call. Nullopt for NULL.
  /// Allocates nothing.
  std::optional<std::string_view> text(std::size_t column) const;
  /// The duration of one of Plan::sleeps. Error: invalid_argument (1210) for NULL and for less than 0.
  Result<std::chrono::microseconds> seconds(std::size_t column) const;

 private:
  friend class QueryRunner;
  explicit Cursor(CursorState* state);
  CursorState* state_;
};

struct RunnerState;
class Reader;

/// Runs plans on one connection, on which it registers MySQL's functions, collations and the row sources.
/// Keeps the prepared statements of the last kMaxPrepared plans. One thread and one open cursor at a time:
/// the connection has no mutex (SQLITE_OPEN_NOMUTEX).
class QueryRunner {
 public:
  static constexpr std::size_t kMaxPrepared = 64;
  static constexpr std::size_t kMaxPreparedBytes = std::size_t{4} << 20U;  ///< of all prepared statements

  /// Uses a reader's connection. The reader must outlive this and may be used between steps; no other
  /// QueryRunner may use it.
  QueryRunner(const Dictionary& dictionary, Reader& reader);
  ~QueryRunner();
  QueryRunner(const QueryRunner&) = delete;
  QueryRunner& operator=(const QueryRunner&) = delete;

  /// literals: the text of each of Plan::free_literals; empty for those that the plan was bound with.
  /// parameters: the values of all `?`, of the kinds for which the plan was bound. Both are copied.
  Result<Cursor> open(std::shared_ptr<const Plan> plan, const QueryContext& context,
                      std::span<const std::string_view> literals = {},
                      std::span<const Value> parameters = {});

  /// The first column of the first row; NULL if there is no row; nullopt if the budget was spent. For
  /// SLEEP(n) it is the number of microseconds to wait.
  Result<std::optional<Value>> scalar(const std::shared_ptr<const Plan>& plan, const QueryContext& context);

  /// SQLite's plan, a line for each step: for tests that an index is used.
  std::string explain(const Plan& plan) const;

 protected:
  /// Uses a connection of SQLite (sqlite_runner.h).
  QueryRunner(const Dictionary& dictionary, sqlite3* connection);

 private:
  std::unique_ptr<RunnerState> state_;
};

}  // namespace breakwater::catalog
