// The context of one statement, passed to the function that runs it.
//
// A statement's function is `Task<Result<Outcome>> f(const Statement&, const ast::X&)`, or without Task if it
// waits for nothing; statement_table.inc lists them all. It writes no OK packet and no ERR packet: the
// session does that from the result.
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

/// The rows of a statement that is no SELECT, all of them, as text: its columns are texts or decimals.
struct ResultTable {
  std::vector<catalog::Column> columns{};
  std::vector<std::vector<std::string>> rows{};
};

/// The content of the OK packet, or the rows in its place.
struct Outcome {
  std::uint64_t affected_rows = 0;
  bool schema_changed = false;  ///< the current database
  std::optional<ResultTable> table{};
};

/// The result types of statements' functions, by the column `answered` of the table.
namespace answer {
using at_once = Result<Outcome>;
using waits = Task<Result<Outcome>>;
}  // namespace answer

class AuditedStatement;

struct Statement {
  Services& services;
  Lane& lane;  ///< of this thread
  session::SessionState& session;
  Connection& connection;
  std::string_view text;                 ///< as the client sent it; may have secrets: only for redact()
  const grammar::ParseOptions& options;  ///< how the text is parsed
  Timestamp now = 0;
  AuditedStatement* audit = nullptr;    ///< of a statement that may change something
  storage::Cancellation& cancellation;  ///< cancelled by KILL, and when the client is gone
  mutable std::optional<Deadline> storage_until{};
  mutable bool session_limits = false;  ///< storage_until is the session's ob_query_timeout

  /// For operations on storage. Its deadline is backup_dest_timeout after the statement's first wait, or
  /// ob_query_timeout if the session has set that and it ends sooner.
  storage::Call storage_call() const {
    if (!storage_until) limit_storage();
    return {*storage_until, &cancellation};
  }
  /// When the session's ob_query_timeout ends what began at `begun`.
  Deadline query_deadline(Deadline begun) const;
  /// Whether the error is that of a wait for storage that the session's ob_query_timeout has ended.
  bool ran_out(const Error& error) const;
  /// timeout (4012) in place of such an error. For who gives the statement's answer.
  Error at_end(Error error) const;
  /// The tenant's lock: its settings change one at a time.
  Task<Result<TenantLocks::Guard>> lock(catalog::TenantId tenant) const {
    return services.tenant_locks().acquire(tenant, storage_call());
  }
  catalog::Reader& reader() const { return *lane.reader; }
  /// The text as logs and views may show it; of a statement that has parsed and has no Parsed::shown.
  std::string redacted() const { return grammar::redact(text, options); }

 private:
  void limit_storage() const;
};

}  // namespace breakwater::server::execute
