#include "server/execute/query.h"

#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"
#include "server/execute/await.h"
#include "server/execute/privileges.h"

namespace breakwater::server::execute {
namespace {

using std::chrono::steady_clock;

/// What a SELECT may take on its connection's thread, where others wait for it.
constexpr auto kBudget = std::chrono::milliseconds(2);
constexpr std::size_t kHeldBack = protocol::ResponseWriter::kFlushAt;
/// An open cursor holds back the write-ahead log.
constexpr auto kMaxReadTransaction = std::chrono::seconds(60);
/// Rows between two looks at the clock where SQLite itself doesn't ask.
constexpr int kRowsPerCheck = 64;

class Watch final : public catalog::Interrupt {
 public:
  Watch(const Connection& connection, steady_clock::time_point deadline,
        std::optional<steady_clock::time_point> budget)
      : connection_(connection), deadline_(deadline), budget_(budget) {}

  catalog::Verdict check() override {
    if (connection_.interrupted() != server::Interrupt::none) return catalog::Verdict::killed;
    const auto now = steady_clock::now();
    if (now >= deadline_) return catalog::Verdict::timed_out;
    if (budget_ && now >= *budget_) return catalog::Verdict::budget_spent;
    return catalog::Verdict::go_on;
  }

 private:
  const Connection& connection_;
  steady_clock::time_point deadline_;
  std::optional<steady_clock::time_point> budget_;
};

steady_clock::time_point statement_deadline(const Statement& statement, steady_clock::time_point begun) {
  const auto limit = std::chrono::microseconds(statement.session.query_timeout());
  return begun + std::min<std::chrono::microseconds>(limit, kMaxReadTransaction);
}

/// What evaluation warns of goes to SHOW WARNINGS.
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
                                   catalog::Interrupt* interrupt, catalog::WarningSink* warnings) {
  session::SessionState& session = statement.session;
  catalog::QueryContext context;
  context.now = statement.now;
  context.time_zone = session.time_zone();
  context.random_seed =
      static_cast<std::uint64_t>(statement.now) * 0x9E3779B97F4A7C15U + session.identity().connection_id;
  context.effective_tenant_id =
      static_cast<std::uint64_t>(query.tenant_id != 0 ? query.tenant_id : session.tenant().id);
  context.effective_tenant = session.tenant().name;
  context.database = session.database();
  context.user = session.user_text();
  context.account = session.account_text();
  context.oracle = session.is_oracle();
  context.user_name = session.identity().account.user;
  if (context.oracle) {
    context.nls_date_format = session.variable(session::Variable::nls_date_format);
    context.nls_timestamp_format = session.variable(session::Variable::nls_timestamp_format);
  }
  context.connection_id = session.identity().connection_id;
  context.row_count = session.row_count;
  context.found_rows = session.found_rows;
  context.variables = &session;
  context.interrupt = interrupt;
  context.warnings = warnings;
  return context;
}

catalog::BindContext bind_context(const Statement& statement) {
  catalog::BindContext context;
  context.visibility = statement.session.visibility();
  context.database = statement.session.database();
  context.user = statement.session.identity().account.user;
  context.host = statement.session.identity().account.host;
  context.connection_collation = statement.session.connection_collation();
  context.variables = &statement.session;
  return context;
}

void end_rows(const Statement& statement, std::uint64_t rows, const ResultTarget& target) {
  statement.session.found_rows = rows;
  statement.session.row_count = -1;
  write_end(target, statement.session.diagnostics.of_statement());
}

std::uint64_t most_rows(const Statement& statement, const catalog::Plan& plan) {
  return plan.has_limit ? UINT64_MAX : statement.session.select_limit();
}

// Steps until the result ends, there are `most` rows or `enough` bytes wait.
Result<catalog::Step> write_rows(catalog::Cursor& cursor, const ResultTarget& target, std::size_t enough,
                                 std::uint64_t& rows, std::uint64_t most, catalog::Interrupt& watch) {
  while (target.pending() < enough) {
    if (rows >= most) return catalog::Step::done;
    BW_TRY(const catalog::Step step, cursor.step());
    if (step != catalog::Step::row) return step;
    BW_CHECK(write_row(cursor, target));
    if (++rows % kRowsPerCheck != 0) continue;
    const catalog::Verdict verdict = watch.check();
    if (verdict == catalog::Verdict::killed) return fail(error::query_interrupted());
    if (verdict == catalog::Verdict::timed_out) return fail(error::timeout());
    if (verdict == catalog::Verdict::budget_spent) return catalog::Step::budget_spent;
  }
  return catalog::Step::row;
}

// A long SELECT between two of its turns on a worker.
struct LongRun {
  Lane& lane;
  Watch watch;
  Warnings warnings;
  catalog::QueryContext context;
  std::vector<protocol::ColumnDefinition> definitions;
  std::optional<catalog::Cursor> cursor;
  std::uint64_t rows = 0;
  std::uint64_t most = UINT64_MAX;

  Result<catalog::Step> turn(const BoundQuery& query, const ResultTarget& target) {
    if (!cursor) {
      BW_TRY(cursor, lane.runner->open(query.plan, context, query.literals, query.parameters));
      write_columns(*query.plan, definitions, target);
    }
    const std::size_t held = target.kept != nullptr ? target.pending() : 0;
    return write_rows(*cursor, target, held + kHeldBack, rows, most, watch);
  }
};

Result<> check_show_parameters(const Statement& statement, const ast::Show& show, BoundQuery& query) {
  if (show.kind != ast::ShowKind::parameters || !show.tenant) return {};
  BW_CHECK(require_sys(statement));
  BW_TRY(const auto tenant, statement.reader().tenant(*show.tenant));
  if (!tenant) return fail(error::invalid_tenant_name());
  query.tenant_id = tenant->id;
  return {};
}

// SHOW GRANTS FOR and SHOW CREATE USER of somebody else: who may ask, and that there is one.
Result<> check_show_account(const Statement& statement, const ast::Show& show) {
  const bool of_grants = show.kind == ast::ShowKind::grants;
  if (show.host.empty() || (!of_grants && show.kind != ast::ShowKind::create_user)) return {};
  const catalog::AccountKey& own = statement.session.identity().account;
  const bool is_own =
      statement.session.tenant().id == own.tenant_id && show.name == own.user && iequals(show.host, own.host);
  if (is_own) return {};
  BW_TRY(const bool may_create, holds(statement, catalog::privilege::kCreateUser));
  BW_TRY(const bool may_read, holds(statement, catalog::privilege::kSelect, "mysql"));
  if (!may_create && !may_read) return fail(error::db_access_denied(own.user, own.host, "mysql"));
  const catalog::AccountKey key{
      .tenant_id = statement.session.tenant().id, .user = show.name, .host = show.host};
  BW_TRY(const auto account, statement.reader().account(key));
  if (account) return {};
  if (of_grants) return fail(error::non_default_grant(show.name, show.host));
  return fail(error::user_not_exist("SHOW CREATE USER", catalog::quoted_account(key)));
}

}  // namespace

bool find_cached(const Statement& statement) {
  Lane& lane = statement.lane;
  grammar::fingerprint(statement.text, statement.options, lane.fingerprint);
  return lane.fingerprint.cacheable &&
         lane.plans.find(lane.fingerprint, statement.session.environment(), lane.hit);
}

Result<BoundQuery> bind(const Statement& statement, const ast::Select& select) {
  Lane& lane = statement.lane;
  catalog::BindContext context = bind_context(statement);
  context.free_literals = lane.fingerprint.cacheable;
  BW_TRY(auto plan, statement.services.engine().bind(select, context));
  if (lane.fingerprint.cacheable) lane.plans.add(lane.fingerprint, statement.session.environment(), plan);
  return BoundQuery{.plan = std::move(plan), .literals = {}};
}

Result<std::shared_ptr<const catalog::Plan>> bind(const Statement& statement, const ast::Select& select,
                                                  const PlanKey& key) {
  Lane& lane = statement.lane;
  catalog::BindContext context = bind_context(statement);
  context.database = key.database;
  context.connection_collation = key.collation;
  context.parameters = key.parameters;
  context.free_literals = lane.fingerprint.cacheable;
  BW_TRY(auto plan, statement.services.engine().bind(select, context));
  if (lane.fingerprint.cacheable) lane.plans.add(lane.fingerprint, key.environment, plan);
  return plan;
}

Result<BoundQuery> bind(const Statement& statement, const ast::Show& show) {
  BoundQuery query;
  BW_CHECK(check_show_parameters(statement, show, query));
  BW_CHECK(check_show_account(statement, show));
  BW_TRY(query.plan, statement.services.engine().bind(show, bind_context(statement)));
  return query;
}

Result<catalog::Step> run_here(const Statement& statement, const BoundQuery& query,
                               const ResultTarget& target) {
  BW_CHECK(require_select(statement, *query.plan));
  const auto begun = steady_clock::now();
  Watch watch(statement.connection, statement_deadline(statement, begun), begun + kBudget);
  Warnings warnings(statement.session);
  const catalog::QueryContext context = make_context(statement, query, &watch, &warnings);
  // A run that doesn't get done here has not been: what it set and warned of is taken back.
  const session::Diagnostics diagnostics = statement.session.diagnostics;
  session::SessionState::UserVariables before;
  if (!query.plan->cacheable) before = statement.session.user_variables();

  const protocol::ResponseWriter::Mark mark = target.out.mark();
  const std::size_t start = target.pending();
  BW_TRY(catalog::Cursor cursor,
         statement.lane.runner->open(query.plan, context, query.literals, query.parameters));
  write_columns(*query.plan, statement.lane.definitions, target);
  std::uint64_t rows = 0;
  const auto step =
      write_rows(cursor, target, start + kHeldBack, rows, most_rows(statement, *query.plan), watch);
  if (!step || *step != catalog::Step::done) {
    target.out.rewind(mark);
    if (target.kept != nullptr) target.kept->clear();
    if (!query.plan->cacheable) statement.session.restore_user_variables(std::move(before));
    if (!step) return fail(step.error());
    statement.session.diagnostics = diagnostics;
    return catalog::Step::budget_spent;
  }
  end_rows(statement, rows, target);
  return catalog::Step::done;
}

Task<Result<>> run_long(const Statement& statement, BoundQuery query, ResultTarget target) {
  BW_CO_TRY(const LanePool::Lease lease, statement.services.long_selects().take());
  LongRun run{
      .lane = *lease,
      .watch = Watch(statement.connection, statement_deadline(statement, steady_clock::now()), std::nullopt),
      .warnings = Warnings(statement.session),
      .context = {},
      .definitions = {},
      .cursor = std::nullopt};
  run.most = most_rows(statement, *query.plan);
  run.context = make_context(statement, query, &run.watch, &run.warnings);
  while (true) {
    const auto turn = [&] { return run.turn(query, target); };
    const auto step = co_await run_on<Result<catalog::Step>>(statement.services.workers(), turn);
    if (!step) co_return fail(step.error());
    if (*step == catalog::Step::done) break;
    if (target.kept != nullptr) continue;
    if (!co_await statement.connection.flush()) co_return fail(error::connection_killed());
  }
  end_rows(statement, run.rows, target);
  co_return Result<>{};
}

Result<catalog::Value> evaluate(const Statement& statement, const ast::Expr& expr) {
  BoundQuery query;
  BW_TRY(query.plan, statement.services.engine().bind(expr, bind_context(statement)));
  Watch watch(statement.connection, statement_deadline(statement, steady_clock::now()), std::nullopt);
  Warnings warnings(statement.session);
  const catalog::QueryContext context = make_context(statement, query, &watch, &warnings);
  return statement.lane.runner->scalar(query.plan, context);
}

}  // namespace breakwater::server::execute
