#include "server/execute/query/evaluate.h"

#include <memory>
#include <utility>

#include "server/execute/context/privileges.h"
#include "server/execute/query/long_text.h"
#include "server/execute/query/sleeping_row.h"

namespace breakwater::server::execute {
namespace {

struct Computed {
  catalog::Value value;
  bool sleeps = false;  ///< it is a SLEEP; the value is its microseconds
};

std::optional<Result<catalog::Value>> known(const Statement& statement, const ast::Expr& expr) {
  return catalog::known_value(expr, statement.session, statement.session.is_oracle());
}

/// The evaluation of one statement's expressions.
class Evaluation {
 public:
  Evaluation(const Statement& statement, KilledSleep killed)
      : statement_(statement),
        killed_(killed),
        deadline_(statement.query_deadline(steady_clock::now())),
        here_(statement.connection, deadline_, deadline_in(kBudget)) {}

  Task<Result<catalog::Value>> value(const ast::Expr& expr) {
    if (auto value = known(statement_, expr)) co_return *std::move(value);
    BW_CO_TRY(std::optional<Computed> computed, at_once(expr));
    if (!computed) {
      BW_CO_TRY(computed, co_await on_worker(expr));
    }
    if (!computed) co_return fail(error::internal_error());
    if (!computed->sleeps) co_return std::move(computed->value);
    lease_.reset();
    const std::chrono::microseconds wait(std::get<std::int64_t>(computed->value));
    BW_CO_TRY(const bool slept, co_await nap(statement_, wait, deadline_));
    if (!slept && killed_ == KilledSleep::ends) co_return fail(error::query_interrupted());
    co_return catalog::Value(std::int64_t{slept ? 0 : 1});
  }

 private:
  /// Nullopt if the budget is spent. All expressions of the statement share one budget; a long text exceeds
  /// it.
  Result<std::optional<Computed>> at_once(const ast::Expr& expr) {
    if (lease_ || is_long(statement_.text)) return std::nullopt;
    const catalog::Verdict verdict = here_.check();
    if (verdict == catalog::Verdict::budget_spent) return std::nullopt;
    if (verdict != catalog::Verdict::go_on) return fail(stopped_by(verdict));
    return run(statement_, expr, here_);
  }

  Task<Result<std::optional<Computed>>> on_worker(const ast::Expr& expr) {
    if (!lease_) {
      BW_CO_TRY(LanePool::Lease lease, co_await take_lane(statement_, deadline_));
      lease_ = std::make_unique<LanePool::Lease>(std::move(lease));
    }
    Watch watch(statement_.connection, std::min(deadline_, deadline_in(kMaxReadTransaction)), std::nullopt);
    const Statement there = on_lane(statement_, **lease_);
    co_return co_await compute<Result<std::optional<Computed>>>(statement_, watch,
                                                                [&] { return run(there, expr, watch); });
  }

  /// Runs on the thread of the statement's lane.
  static Result<std::optional<Computed>> run(const Statement& statement, const ast::Expr& expr,
                                             Watch& watch) {
    BoundQuery query;
    BW_TRY(query.plan, catalog::bind(statement.services.dictionary(), expr, bind_context(statement)));
    BW_CHECK(require_select(statement, *query.plan));
    Warnings warnings(statement.session);
    const catalog::QueryContext context = make_context(statement, query, watch, &warnings);
    Undo undo(statement.session, *query.plan);
    BW_TRY(std::optional<catalog::Value> value, statement.lane.runner->scalar(query.plan, context));
    if (value) return Computed{*std::move(value), !query.plan->sleeps.empty()};
    undo.variables();
    undo.diagnostics();
    return std::nullopt;
  }

  const Statement& statement_;
  KilledSleep killed_;
  Deadline deadline_;
  Watch here_;
  std::unique_ptr<LanePool::Lease> lease_;  ///< set once the budget is spent
};

}  // namespace

std::optional<Result<Values>> known_values(const Statement& statement, const Exprs& exprs) {
  Values values;
  values.reserve(exprs.size());
  for (const ast::Expr* expr : exprs) {
    auto value = known(statement, *expr);
    if (!value) return std::nullopt;
    if (!*value) return Result<Values>(fail(std::move(*value).error()));
    values.push_back(**std::move(value));
  }
  return Result<Values>(std::move(values));
}

Task<Result<Values>> evaluate(const Statement& statement, Exprs exprs, KilledSleep killed) {
  Evaluation evaluation(statement, killed);
  Values values;
  values.reserve(exprs.size());
  for (const ast::Expr* expr : exprs) {
    BW_CO_TRY(catalog::Value value, co_await evaluation.value(*expr));
    values.push_back(std::move(value));
  }
  co_return values;
}

}  // namespace breakwater::server::execute
