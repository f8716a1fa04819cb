// One statement's surroundings, handed to the function that runs it.
//
// A statement's function is `Task<Result<Outcome>> f(const Statement&, const ast::X&)`, or without Task when it
// waits for nothing; statement_table.inc has them all. It writes no OK packet and no ERR packet: the session
// does, from what is returned.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/dictionary/view.h"
#include "grammar/parser.h"
#include "server/execute/context/services.h"
#include "server/net/handler.h"
#include "server/session/session_state.h"
#include "storage/pool/cancellation.h"

namespace breakwater::server::execute {

/// The rows of a statement that is no SELECT: all there at once, as text.
struct ResultTable {
  std::vector<catalog::Column> columns{};
  std::vector<std::vector<std::string>> rows{};
};

/// What the OK packet says, or the rows that stand in its place.
struct Outcome {
  std::uint64_t affected_rows = 0;
  bool schema_changed = false;  ///< the current database
  std::optional<ResultTable> table{};
};

/// What a statement's function returns, by its row's column `answered`.
namespace answer {
using at_once = Result<Outcome>;
using waits = Task<Result<Outcome>>;
}  // namespace answer

struct Statement {
  Services& services;
  Lane& lane;  ///< this thread's
  session::SessionState& session;
  Connection& connection;
  std::string_view text;                 ///< as the client sent it; holds secrets: only for redact()
  const grammar::ParseOptions& options;  ///< how it is read
  Timestamp now = 0;
  storage::Cancellation& cancellation;  ///< what KILL and a client that has gone set off
  mutable std::optional<Deadline> storage_until{};

  /// For what waits on storage: backup_dest_timeout, counted from the statement's first wait.
  storage::Call storage_call() const {
    if (!storage_until) storage_until = services.storage_deadline();
    return {*storage_until, &cancellation};
  }
  /// The settings of a tenant change one at a time.
  Task<Result<TenantLocks::Guard>> lock(catalog::TenantId tenant) const {
    return services.tenant_locks().acquire(tenant, storage_call());
  }
  catalog::Reader& reader() const { return *lane.reader; }
  /// What sinks may show of it.
  std::string shown() const { return grammar::redact(text, options); }
};

}  // namespace breakwater::server::execute
