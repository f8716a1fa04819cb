// A result on its way from a cursor of the SELECT engine to the client: in text or in binary, sent or kept.
#pragma once

#include <cstddef>
#include <vector>

#include "catalog/bind/query.h"
#include "catalog/run/runner.h"
#include "server/execute/context/kept_rows.h"
#include "server/protocol/response.h"

namespace breakwater::server::execute {

class SleepingRow;

/// Where a result goes, and in which form.
struct ResultTarget {
  protocol::ResponseWriter& out;
  protocol::StatusFlags status = 0;
  bool binary = false;       ///< the binary protocol's rows
  KeptRows* kept = nullptr;  ///< an opened cursor: the rows go there, and only the columns are sent
  protocol::SessionChanges changes{};

  /// Bytes that wait to be sent or fetched.
  std::size_t pending() const { return kept != nullptr ? kept->bytes() : out.pending(); }
};

protocol::ColumnDefinition definition_of(const catalog::ResultColumn& column);
protocol::ColumnDefinition definition_of(const catalog::View& view, const catalog::Column& column,
                                         bool oracle);

/// `definitions` is memory to use again.
void write_columns(const catalog::Plan& plan, std::vector<protocol::ColumnDefinition>& definitions,
                   const ResultTarget& target);

/// The row that the cursor stands on. Errors: out_of_memory, packet_too_large for a row that is too long.
Result<> write_row(const catalog::Cursor& cursor, const ResultTarget& target);
Result<> write_row(const SleepingRow& row, const ResultTarget& target);

void write_end(const ResultTarget& target, std::uint16_t warnings);

}  // namespace breakwater::server::execute
