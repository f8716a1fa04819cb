// SELECT and SHOW: bound to a plan (or found in the statement cache), run on this thread within a budget, and
// on a worker if that isn't enough. So a long SELECT delays nobody else's statement.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "catalog/bind/query.h"
#include "catalog/run/runner.h"
#include "grammar/ast.h"
#include "server/execute/context/statement.h"
#include "server/execute/query/result_rows.h"

namespace breakwater::server::execute {

/// A plan and what its run takes.
struct BoundQuery {
  std::shared_ptr<const catalog::Plan> plan;
  std::span<const std::string_view> literals;  ///< for plan->free_literals; empty: as they were bound
  std::vector<catalog::Value> parameters = {};
  /// SHOW PARAMETERS TENANT = t shows another tenant's rows.
  std::int64_t tenant_id = 0;
};

/// Looks the statement's text up in the thread's cache. True: lane.hit holds the plan and the literals.
bool find_cached(const Statement& statement);

/// Puts a plan that was bound on another thread, for the statement's fingerprint, into this thread's cache.
void keep_plan(const Statement& statement, const std::shared_ptr<const catalog::Plan>& plan);

/// What a prepared SELECT's plan depends on beside its text.
struct PlanKey {
  std::string_view environment;  ///< all of it, for the cache
  std::string_view database;
  catalog::Collation collation;
  std::span<const catalog::ParameterKind> parameters;
};

/// Binds, and keeps the plan for the next time if it may. Errors: the engine's.
Result<BoundQuery> bind(const Statement& statement, const ast::Select& select);
/// A prepared one, whose text is that of lane.fingerprint.
Result<std::shared_ptr<const catalog::Plan>> bind(const Statement& statement, const ast::Select& select,
                                                  const PlanKey& key);
/// SHOW: also checks what the session may see. Errors: the engine's, 1227 and 5160 of SHOW PARAMETERS TENANT.
Result<BoundQuery> bind(const Statement& statement, const ast::Show& show);

/// Writes the whole result, or an error's value. `Step::budget_spent`: nothing was written; run_long() must.
Result<catalog::Step> run_here(const Statement& statement, const BoundQuery& query,
                               const ResultTarget& target);

/// The same on a worker, flushing as rows come. An error may come after rows. Other errors: timeout, also
/// where its place or its client lets it wait too long; query_interrupted, connection_killed.
Task<Result<>> run_long(const Statement& statement, BoundQuery query, ResultTarget target);

/// The same where SLEEP stands in the select list (Plan::sleeps). The waits hold no thread, and where the
/// rows are few no worker's place and no transaction.
Task<Result<>> run_sleeping(const Statement& statement, BoundQuery query, ResultTarget target);

}  // namespace breakwater::server::execute
