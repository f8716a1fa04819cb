// Binds a SELECT or SHOW to a plan, or finds the plan in the statement cache, and runs it: on this thread
// within a budget and, if that isn't enough, on a worker. So a long SELECT doesn't delay other statements.
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

/// A plan and its values.
struct BoundQuery {
  std::shared_ptr<const catalog::Plan> plan;
  std::span<const std::string_view> literals;  ///< for plan->free_literals; empty: those it was bound with
  std::vector<catalog::Value> parameters = {};
  /// Not 0: another tenant's rows, for SHOW PARAMETERS TENANT = t.
  std::int64_t tenant_id = 0;
};

/// Looks up the statement's text in the thread's cache. If it returns true, lane.hit has the plan and the
/// literals.
bool find_cached(const Statement& statement);

/// Puts a plan that was bound on another thread, for the statement's fingerprint, into this thread's cache.
void keep_plan(const Statement& statement, const std::shared_ptr<const catalog::Plan>& plan);

/// What the plan of a prepared SELECT depends on besides its text.
struct PlanKey {
  std::string_view environment;  ///< everything, for the cache
  std::string_view database;
  catalog::Collation collation;
  std::span<const catalog::ParameterKind> parameters;
};

/// Binds, and puts the plan into the cache if that is permitted. Errors: those of the engine.
Result<BoundQuery> bind(const Statement& statement, const ast::Select& select);
/// For a prepared statement, whose text is that of lane.fingerprint.
Result<std::shared_ptr<const catalog::Plan>> bind(const Statement& statement, const ast::Select& select,
                                                  const PlanKey& key);
/// For SHOW; checks also what the session may see. Errors: those of the engine; for SHOW PARAMETERS TENANT
/// no_privilege (1227) and invalid_tenant_name (5160).
Result<BoundQuery> bind(const Statement& statement, const ast::Show& show);

/// Writes the whole result. If it returns Step::budget_spent, nothing was written; call run_long() then.
Result<catalog::Step> run_here(const Statement& statement, const BoundQuery& query,
                               const ResultTarget& target);

/// The same on a worker; flushes while rows come, so an error may come after rows. More errors: timeout
/// (4012), also if it waits too long for a place or for the client; query_interrupted (1317),
/// connection_killed (1927).
Task<Result<>> run_long(const Statement& statement, BoundQuery query, ResultTarget target);

/// The same for a SELECT with SLEEP in its select list (Plan::sleeps). The waits hold no thread and, if there
/// are few rows, no worker's place and no transaction.
Task<Result<>> run_sleeping(const Statement& statement, BoundQuery query, ResultTarget target);

}  // namespace breakwater::server::execute
