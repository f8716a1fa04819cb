#include "server/execute/context/statement.h"

#include <algorithm>
#include <chrono>

namespace breakwater::server::execute {

Deadline Statement::query_deadline(Deadline begun) const {
  const auto limit = std::chrono::microseconds(session.query_timeout());
  return begun + std::min<std::chrono::microseconds>(limit, std::chrono::hours(24 * 365));
}

void Statement::limit_storage() const {
  storage_until = services.storage_deadline();
  if (!session.sets_query_timeout()) return;
  const Deadline limit = query_deadline(std::chrono::steady_clock::now());
  session_limits = limit < *storage_until;
  if (session_limits) storage_until = limit;
}

bool Statement::ran_out(const Error& error) const {
  const bool over = session_limits && std::chrono::steady_clock::now() >= *storage_until;
  return over && (error.is(Errc::backup_dest_not_connect) || error.is(Errc::timeout));
}

Error Statement::at_end(Error error) const {
  if (!ran_out(error)) return error;
  std::string hint = "the session's ob_query_timeout ended the statement before backup_dest_timeout";
  if (!error.hint().empty()) hint += ": " + error.hint();
  return error::timeout().with_hint(std::move(hint));
}

}  // namespace breakwater::server::execute
