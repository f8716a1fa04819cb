// The rows of an open cursor, as they will be sent: a result is read once, and waits in memory for
// COM_STMT_FETCH. So a cursor holds no transaction, survives other statements, and never shows two states of
// the catalogue.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "server/protocol/output.h"

namespace breakwater::server::execute {

/// What all cursors of the server hold. Thread-safe.
class CursorMemory {
 public:
  static constexpr std::size_t kMax = std::size_t{512} << 20U;
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { used_ -= bytes; }

 private:
  std::atomic<std::size_t> used_{0};
};

/// One thread at a time. The memory outlives it.
class KeptRows {
 public:
  static constexpr std::size_t kMax = std::size_t{64} << 20U;  ///< bytes of one cursor

  explicit KeptRows(CursorMemory& memory) : memory_(memory) {}
  ~KeptRows();
  KeptRows(const KeptRows&) = delete;
  KeptRows& operator=(const KeptRows&) = delete;

  std::size_t bytes() const { return rows_.size(); }

  void begin_row();
  protocol::Output& row() { return rows_; }
  /// Errors: out_of_resources (1041), with a hint, when a limit is passed. The cursor is of no use then.
  Result<> end_row();

  /// The result has ended: before that there is no cursor.
  void finish() { finished_ = true; }
  bool finished() const { return finished_; }

  /// Forgets all rows: the statement runs again.
  void clear();

  /// The next row, or nothing behind the last one. Valid until the rows end.
  std::optional<std::string_view> next();

 private:
  CursorMemory& memory_;
  protocol::Output rows_;  ///< each behind its length
  std::size_t begun_ = 0;  ///< where the open row's length stands
  std::size_t read_ = 0;
  std::size_t charged_ = 0;  ///< of memory_
  bool finished_ = false;
};

}  // namespace breakwater::server::execute
