// Writes a result from a cursor of the SELECT engine to the client: as text or binary, sent at once or kept.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "catalog/bind/query.h"
#include "catalog/run/runner.h"
#include "server/execute/context/kept_rows.h"
#include "server/protocol/response.h"

namespace breakwater::server::execute {

class SleepingRow;

/// The one row of SELECT … INTO @variable, until the session has it.
struct IntoRow {
  std::vector<catalog::Value> values;
  bool taken = false;
};

/// Where a result goes, and in which form.
struct ResultTarget {
  protocol::ResponseWriter& out;
  protocol::StatusFlags status = 0;
  bool binary = false;       ///< the binary protocol's rows
  KeptRows* kept = nullptr;  ///< an opened cursor: the rows go there, and only the columns are sent
  protocol::SessionChanges changes{};
  std::shared_ptr<IntoRow> into{};  ///< the row goes there, and the client gets no rows at all

  /// Bytes that wait to be sent or fetched.
  std::size_t pending() const { return kept != nullptr ? kept->bytes() : out.pending(); }
};

protocol::ColumnDefinition definition_of(const catalog::ResultColumn& column);
protocol::ColumnDefinition definition_of(const catalog::View& view, const catalog::Column& column,
                                         bool oracle);

/// `definitions` is only there so that its memory is reused.
void write_columns(const catalog::Plan& plan, std::vector<protocol::ColumnDefinition>& definitions,
                   const ResultTarget& target);

/// Writes the cursor's current row. Errors: out_of_memory (1037), packet_too_large (1153) for a row that is
/// too long; too_many_rows (1172) for a second row of INTO.
Result<> write_row(const catalog::Cursor& cursor, const ResultTarget& target);
Result<> write_row(const SleepingRow& row, const ResultTarget& target);

void write_end(const ResultTarget& target, std::uint16_t warnings);

}  // namespace breakwater::server::execute
