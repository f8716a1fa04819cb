// What a run of the engine needs, shared by SELECT (query.cpp) and by expressions outside a SELECT
// (evaluate.cpp). Internal to the two.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "catalog/bind/query.h"
#include "server/execute/context/await.h"
#include "server/execute/context/statement.h"
#include "server/execute/context/turns.h"
#include "server/execute/query/query.h"

namespace breakwater::server::execute {

using std::chrono::steady_clock;

/// How long a statement may compute on its connection's thread, where others wait for it.
inline constexpr auto kBudget = std::chrono::milliseconds(2);
/// SQL of up to so many bytes is prepared there, which takes about a millisecond.
inline constexpr std::size_t kMaxSqlHere = 32'768;
/// How long a cursor may stay open: while it is, the write-ahead log can't be truncated.
inline constexpr auto kMaxReadTransaction = std::chrono::seconds(30);

/// Says when a run must stop: on KILL, at the deadline, when the budget is spent. On a worker it also lets
/// other statements compute.
class Watch final : public catalog::Interrupt {
 public:
  Watch(const Connection& connection, Deadline deadline, std::optional<Deadline> budget)
      : connection_(connection), deadline_(deadline), budget_(budget) {}

  catalog::Verdict check() override {
    const auto now = steady_clock::now();
    if (const catalog::Verdict end = verdict(now); end != catalog::Verdict::go_on) return end;
    if (budget_ && now >= *budget_) return catalog::Verdict::budget_spent;
    return turn_ != nullptr && turn_->is_over(now) ? await_turn() : catalog::Verdict::go_on;
  }

  Deadline deadline() const { return deadline_; }
  /// Whether the statement may go on, regardless of others that wait.
  catalog::Verdict verdict(Deadline now) const {
    if (connection_.interrupted() != server::Interrupt::none) return catalog::Verdict::killed;
    return now >= deadline_ ? catalog::Verdict::timed_out : catalog::Verdict::go_on;
  }
  /// From here on check() lets others compute between slices of this turn; null: it doesn't.
  void compute_in(Turns::Turn* turn) { turn_ = turn; }
  /// Waits for its turn. Returns whether the statement may go on.
  catalog::Verdict await_turn();

 private:
  const Connection& connection_;
  Deadline deadline_;
  std::optional<Deadline> budget_;
  Turns::Turn* turn_ = nullptr;
};

/// The error for a verdict other than go_on: query_interrupted (1317) or timeout (4012).
Error stopped_by(catalog::Verdict verdict);

/// Passes warnings of the evaluation to SHOW WARNINGS.
class Warnings final : public catalog::WarningSink {
 public:
  explicit Warnings(session::SessionState& session) : session_(session) {}
  void add(std::uint16_t code, std::string_view text) override {
    session_.diagnostics.add(session::WarningLevel::warning, code, std::string(text));
  }

 private:
  session::SessionState& session_;
};

catalog::QueryContext make_context(const Statement& statement, const BoundQuery& query,
                                   catalog::Interrupt& interrupt, catalog::WarningSink* warnings);

catalog::BindContext bind_context(const Statement& statement);

/// Undoes a run that exceeded its budget: restores the user variables and the warnings from before it.
class Undo {
 public:
  Undo(session::SessionState& session, const catalog::Plan& plan) : session_(session) {
    if (!plan.cacheable) variables_ = session.user_variables();
    if (session.diagnostics.total() != 0) diagnostics_ = session.diagnostics;
  }
  void variables() {
    if (variables_) session_.restore_user_variables(*std::move(variables_));
  }
  void diagnostics() { session_.diagnostics = diagnostics_.value_or(session::Diagnostics()); }

 private:
  session::SessionState& session_;
  std::optional<session::Diagnostics> diagnostics_;                ///< not set: there were no warnings
  std::optional<session::SessionState::UserVariables> variables_;  ///< not set: the run sets none
};

/// The share that the statement uses. Other accounts of sys than root have a tenant's share, not that of
/// root@sys.
Share share_of(const Statement& statement);

/// Waits for a place among the long statements. Errors: those of LanePool::take().
Task<Result<LanePool::Lease>> take_lane(const Statement& statement, Deadline deadline);

/// The same statement for the thread that has this lane.
inline Statement on_lane(const Statement& statement, Lane& lane) {
  return {.services = statement.services,
          .lane = lane,
          .session = statement.session,
          .connection = statement.connection,
          .text = statement.text,
          .options = statement.options,
          .now = statement.now,
          .cancellation = statement.cancellation};
}

/// Runs `function` on a worker, in turns with other statements. It may use the coroutine's locals.
template <class T, class F>
Task<T> compute(const Statement& statement, Watch& watch, F function) {
  return run_on<T>(
      statement.services.workers(), [&statement, &watch, function = std::move(function)]() mutable {
        Turns::Turn turn(statement.services.turns(), share_of(statement));
        watch.compute_in(&turn);
        watch.await_turn();
        const catalog::Verdict verdict = watch.verdict(steady_clock::now());
        T result = verdict == catalog::Verdict::go_on ? function() : T(fail(stopped_by(verdict)));
        watch.compute_in(nullptr);
        return result;
      });
}

}  // namespace breakwater::server::execute
