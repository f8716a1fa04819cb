#include "server/execute/context/statement.h"

#include <algorithm>
#include <chrono>

namespace breakwater::server::execute {

void Statement::limit_storage() const {
  using std::chrono::microseconds;
  storage_until = services.storage_deadline();
  const auto own = session.own_query_timeout();
  if (!own) return;
  const Deadline limit = std::chrono::steady_clock::now() +
                         std::min<microseconds>(microseconds(*own), std::chrono::hours(24 * 365));
  session_limits = limit < *storage_until;
  if (session_limits) storage_until = limit;
}

Error Statement::at_end(Error error) const {
  const bool ran_out = session_limits && std::chrono::steady_clock::now() >= *storage_until;
  if (!ran_out || !(error.is(Errc::backup_dest_not_connect) || error.is(Errc::timeout))) return error;
  constexpr std::string_view kWhy =
      "the session's ob_query_timeout ended the statement before backup_dest_timeout";
  if (error.hint().starts_with(kWhy)) return error;
  std::string hint(kWhy);
  if (!error.hint().empty()) hint += ": " + error.hint();
  return error::timeout().with_hint(std::move(hint));
}

}  // namespace breakwater::server::execute
