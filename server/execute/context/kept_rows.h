// The rows of an open cursor, as they will be sent: a result is read once, and waits in memory for
// COM_STMT_FETCH. So a cursor holds no transaction, survives other statements, and never shows two states of
// the catalogue.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/memory_account.h"
#include "server/protocol/output.h"

namespace breakwater::server::execute {

/// One thread at a time. The memory, which the rows are taken from, outlives it.
class KeptRows {
 public:
  /// `max_row`: bytes of the longest row.
  KeptRows(StatementMemory& memory, std::size_t max_row) : rows_(memory), max_row_(max_row) {}
  KeptRows(const KeptRows&) = delete;
  KeptRows& operator=(const KeptRows&) = delete;

  std::size_t bytes() const { return rows_.size(); }

  // Errors: out_of_memory, packet_too_large for a row that is too long. The cursor is of no use then.
  void begin_row();
  protocol::Output& row() { return rows_; }
  /// Before a value of so many bytes that it may be too long.
  Result<> make_room(std::size_t bytes);
  Result<> end_row();

  /// The result has ended: before that there is no cursor.
  void finish() { finished_ = true; }
  bool finished() const { return finished_; }

  /// Forgets all rows: the statement runs again.
  void clear();

  /// The next row, or nothing behind the last one. Valid until the rows end.
  std::optional<std::string_view> next();

 private:
  protocol::Output rows_;  ///< each behind its length
  std::size_t max_row_;
  std::size_t begun_ = 0;  ///< where the open row's length stands
  std::size_t read_ = 0;
  bool finished_ = false;
};

}  // namespace breakwater::server::execute
