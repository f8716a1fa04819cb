// SELECT and SHOW: bound to a plan (or found in the statement cache), run on this thread within a budget, and
// on a worker if that isn't enough. So a long SELECT delays nobody else's statement.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "catalog/query.h"
#include "grammar/ast.h"
#include "server/execute/result_rows.h"
#include "server/execute/statement.h"

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

/// The same on a worker, flushing as rows come. An error may come after rows.
Task<Result<>> run_long(const Statement& statement, BoundQuery query, ResultTarget target);

/// The value of an expression, as SET needs it.
Result<catalog::Value> evaluate(const Statement& statement, const ast::Expr& expr);

}  // namespace breakwater::server::execute
