// Reading a statement takes time in proportion to its length, and can't be left half done: what is long is
// parsed and bound on a worker, in a long statement's place.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "server/execute/query/query_run.h"

namespace breakwater::server::execute {

/// Bytes of a text that is bound on its connection's thread: it takes a millisecond at most.
inline constexpr std::size_t kLongText = 4096;
/// Bytes of one that is parsed there without a budget: what can't be parsed takes ten times as long as what
/// can.
inline constexpr std::size_t kLongPrepare = 512;

inline bool is_long(std::string_view text) {
  return text.size() > kLongText;
}

/// `read` parses with the Stop it is given, as long as the watch lets it. Errors: its own, stopped_by().
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

/// `read` is a function of the statement with the worker's lane; it may use the coroutine's locals. Errors:
/// its own, and those of take_lane() and compute().
template <class T, class Read>
Task<Result<T>> read_on_worker(const Statement& statement, Read read) {
  const Deadline deadline = statement_deadline(statement, steady_clock::now());
  BW_CO_TRY(const LanePool::Lease lease, co_await take_lane(statement, deadline));
  Watch watch(statement.connection, deadline, std::nullopt);
  const Statement there = on_lane(statement, *lease);
  co_return co_await compute<Result<T>>(statement, watch, [&] { return read(there, watch); });
}

}  // namespace breakwater::server::execute
