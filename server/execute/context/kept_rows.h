// The rows of an open cursor, as they will be sent: the whole result is read when the cursor opens and waits
// in memory for COM_STMT_FETCH. So a cursor holds no transaction, survives other statements, and shows one
// state of the catalogue.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/memory_account.h"
#include "server/protocol/output.h"

namespace breakwater::server::execute {

/// One thread at a time. `memory`, in which the rows are counted, must outlive it.
class KeptRows {
 public:
  /// `max_row`: the most bytes of a row.
  KeptRows(StatementMemory& memory, std::size_t max_row) : rows_(memory), max_row_(max_row) {}
  KeptRows(const KeptRows&) = delete;
  KeptRows& operator=(const KeptRows&) = delete;

  std::size_t bytes() const { return rows_.size(); }

  // Errors: out_of_memory (1037), packet_too_large (1153) for a row that is too long. The cursor can't be
  // used then.
  void begin_row();
  protocol::Output& row() { return rows_; }
  /// Call it before a long value.
  Result<> make_room(std::size_t bytes);
  Result<> end_row();

  /// Call it at the end of the result: only then is there a cursor.
  void finish() { finished_ = true; }
  bool finished() const { return finished_; }

  /// Removes all rows: the statement runs again.
  void clear();

  /// The next row, or nullopt after the last one. Valid until the next call or clear().
  std::optional<std::string_view> next();

 private:
  protocol::Output rows_;  ///< each row after its length
  std::size_t max_row_;
  std::size_t begun_ = 0;  ///< the position of the open row's length
  std::size_t read_ = 0;
  bool finished_ = false;
};

}  // namespace breakwater::server::execute
