// Parsing and binding take time in proportion to the text's length and can't be interrupted and continued. So
// a long text is parsed and bound on a worker, in the place of a long statement.
#pragma once

#include <cstddef>
#include <string_view>

#include "server/execute/query/query_run.h"

namespace breakwater::server::execute {

/// Up to so many bytes a text is bound on its connection's thread: that takes a millisecond at most.
inline constexpr std::size_t kLongText = 4096;
/// Up to so many bytes a text is parsed there without a budget. (A text with a syntax error takes ten times
/// as long as a correct one.)
inline constexpr std::size_t kLongPrepare = 512;

inline bool is_long(std::string_view text) {
  return text.size() > kLongText;
}

/// Calls `read`, which parses with the Stop that it is given, until the watch stops it. Errors: those of
/// `read`, and stopped_by().
template <class Read>
auto watched(Watch& watch, Read read) {
  catalog::Verdict verdict = catalog::Verdict::go_on;
  auto result = read(grammar::Stop([&] {
    verdict = watch.check();
    return verdict != catalog::Verdict::go_on;
  }));
  if (verdict != catalog::Verdict::go_on) result = fail(stopped_by(verdict));
  return result;
}

/// Calls `read` on a worker with the statement on the worker's lane; it may use the coroutine's locals.
/// Errors: those of `read`, take_lane() and compute().
template <class T, class Read>
Task<Result<T>> read_on_worker(const Statement& statement, Read read) {
  const Deadline deadline = statement.query_deadline(steady_clock::now());
  BW_CO_TRY(const LanePool::Lease lease, co_await take_lane(statement, deadline));
  Watch watch(statement.connection, deadline, std::nullopt);
  const Statement there = on_lane(statement, *lease);
  co_return co_await compute<Result<T>>(statement, watch, [&] { return read(there, watch); });
}

}  // namespace breakwater::server::execute
