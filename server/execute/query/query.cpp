#include "server/execute/query/query.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"
#include "server/execute/context/privileges.h"
#include "server/execute/query/query_run.h"
#include "server/execute/query/sleeping_row.h"

namespace breakwater::server::execute {
namespace {

constexpr std::size_t kHeldBack = protocol::ResponseWriter::kFlushAt;
/// Rows between two looks at the clock if SQLite's progress handler doesn't run.
constexpr int kRowsPerCheck = 64;

}  // namespace

catalog::Verdict Watch::await_turn() {
  catalog::Verdict end = catalog::Verdict::go_on;
  turn_->wait([&] {
    end = verdict(steady_clock::now());
    return end != catalog::Verdict::go_on;
  });
  return end;
}

Error stopped_by(catalog::Verdict verdict) {
  return verdict == catalog::Verdict::timed_out ? error::timeout() : error::query_interrupted();
}

Share share_of(const Statement& statement) {
  constexpr std::int64_t kOthersOfSys = 0;
  const session::Identity& who = statement.session.identity();
  const bool root = who.is_sys() && who.account.user == "root";
  return {.tenant = who.is_sys() && !root ? kOthersOfSys : who.account.tenant_id, .administrator = root};
}

Task<Result<LanePool::Lease>> take_lane(const Statement& statement, Deadline deadline) {
  return statement.services.long_selects().take(share_of(statement), {deadline, &statement.cancellation});
}

catalog::QueryContext make_context(const Statement& statement, const BoundQuery& query,
                                   catalog::Interrupt& interrupt, catalog::WarningSink* warnings) {
  session::SessionState& session = statement.session;
  catalog::QueryContext context(interrupt);
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
  context.max_text_bytes = statement.services.max_computed_text();
  context.group_concat_max_bytes =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(session.group_concat_max(), context.max_text_bytes));
  context.variables = &session;
  context.warnings = warnings;
  context.memory = &statement.connection.memory();
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

namespace {

// Without a row the variables stay as they are.
void end_into(const Statement& statement, const catalog::Plan& plan, const ResultTarget& target) {
  constexpr std::uint16_t kNoData = 1329;
  session::SessionState& session = statement.session;
  if (!target.into->taken)
    session.diagnostics.add(session::WarningLevel::warning, kNoData,
                            "No data - zero rows fetched, selected, or processed");
  for (std::size_t i = 0; i < target.into->values.size(); ++i)
    session.set_user_variable(plan.into[i], std::move(target.into->values[i]));
  session.row_count = target.into->taken ? 1 : 0;
  target.out.ok({.affected_rows = static_cast<std::uint64_t>(session.row_count),
                 .status = target.status,
                 .warnings = session.diagnostics.of_statement(),
                 .changes = target.changes});
}

void end_rows(const Statement& statement, const catalog::Plan& plan, std::uint64_t rows,
              const ResultTarget& target) {
  statement.session.found_rows = rows;
  if (target.into != nullptr) return end_into(statement, plan, target);
  statement.session.row_count = -1;
  write_end(target, statement.session.diagnostics.of_statement());
}

std::uint64_t most_rows(const Statement& statement, const catalog::Plan& plan) {
  return plan.has_limit ? UINT64_MAX : statement.session.select_limit();
}

// Steps until the result ends, there are `most` rows, or `enough` bytes wait to be sent.
Result<catalog::Step> write_rows(catalog::Cursor& cursor, const ResultTarget& target, std::size_t enough,
                                 std::uint64_t& rows, std::uint64_t most, catalog::Interrupt& watch) {
  while (target.pending() < enough) {
    if (rows >= most) return catalog::Step::done;
    BW_TRY(const catalog::Step step, cursor.step());
    if (step != catalog::Step::row) return step;
    BW_CHECK(write_row(cursor, target));
    if (++rows % kRowsPerCheck != 0) continue;
    const catalog::Verdict verdict = watch.check();
    if (verdict == catalog::Verdict::budget_spent) return catalog::Step::budget_spent;
    if (verdict != catalog::Verdict::go_on) return fail(stopped_by(verdict));
  }
  return catalog::Step::row;
}

// A long SELECT between two of its turns on a worker.
struct LongRun {
  LongRun(const Statement& statement, const BoundQuery& query, LanePool::Lease held, Deadline end)
      : lane(std::move(held)),
        watch(statement.connection, end, std::nullopt),
        warnings(statement.session),
        context(make_context(statement, query, watch, &warnings)),
        most(most_rows(statement, *query.plan)) {}

  LanePool::Lease lane;
  Watch watch;
  Warnings warnings;
  catalog::QueryContext context;
  std::vector<protocol::ColumnDefinition> definitions;
  std::optional<catalog::Cursor> cursor;
  std::optional<SleepingRow> row;  ///< the row whose SLEEPs are waited for
  std::uint64_t rows = 0;
  std::uint64_t most;

  Result<catalog::Step> turn(const BoundQuery& query, const ResultTarget& target) {
    if (!cursor) {
      BW_TRY(cursor, lane->runner->open(query.plan, context, query.literals, query.parameters));
      write_columns(*query.plan, definitions, target);
    }
    if (!query.plan->sleeps.empty()) return sleeping_turn(*query.plan, target);
    const std::size_t held = target.kept != nullptr ? target.pending() : 0;
    return write_rows(*cursor, target, held + kHeldBack, rows, most, watch);
  }

  /// One row at a time: writes the row that was waited for and takes the next one.
  Result<catalog::Step> sleeping_turn(const catalog::Plan& plan, const ResultTarget& target) {
    if (row) BW_CHECK(write_row(*row, target));
    row.reset();
    if (rows >= most) return catalog::Step::done;
    BW_TRY(const catalog::Step step, cursor->step());
    if (step != catalog::Step::row) return step;
    ++rows;
    BW_TRY(row, SleepingRow::of(plan, *cursor));
    return step;
  }
};

Result<> check_show_parameters(const Statement& statement, const ast::Show& show, BoundQuery& query) {
  if (show.kind != ast::ShowKind::parameters || !show.tenant) return {};
  BW_CHECK(require_sys(statement));
  BW_TRY(const auto tenant, statement.reader().tenants().find(*show.tenant));
  if (!tenant) return fail(error::invalid_tenant_name());
  query.tenant_id = tenant->id;
  return {};
}

// Everybody sees what his own roles hold.
Result<bool> has_role(const Statement& statement, const std::string& name) {
  if (!statement.session.is_oracle()) return false;
  BW_TRY(const auto roles, statement.reader().roles().enabled(statement.session.identity().account,
                                                              {.which = catalog::RoleChoice::Which::all}));
  return std::ranges::binary_search(roles, name);
}

// SHOW GRANTS FOR and SHOW CREATE USER for another account: checks the privilege and that the account exists.
Result<> check_show_account(const Statement& statement, const ast::Show& show) {
  const bool of_grants = show.kind == ast::ShowKind::grants;
  if (show.host.empty() || (!of_grants && show.kind != ast::ShowKind::create_user)) return {};
  const catalog::AccountKey& own = statement.session.identity().account;
  const bool is_own =
      statement.session.tenant().id == own.tenant_id && show.name == own.user && iequals(show.host, own.host);
  if (is_own) return {};
  BW_TRY(const bool own_role, has_role(statement, show.name));
  if (own_role && of_grants) return {};
  BW_TRY(const bool may_create, holds(statement, catalog::privilege::kCreateUser));
  BW_TRY(const bool may_read, holds(statement, catalog::privilege::kSelect, "mysql"));
  if (!may_create && !may_read) return fail(error::db_access_denied(own.user, own.host, "mysql"));
  const catalog::AccountKey key{
      .tenant_id = statement.session.tenant().id, .user = show.name, .host = show.host};
  BW_TRY(const auto account, statement.reader().accounts().find(key));
  if (account) return {};
  BW_TRY(const bool is_role, statement.reader().roles().exists(key.tenant_id, key.user));
  if (is_role && of_grants) return {};
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

void keep_plan(const Statement& statement, const std::shared_ptr<const catalog::Plan>& plan) {
  Lane& lane = statement.lane;
  grammar::fingerprint(statement.text, statement.options, lane.fingerprint);
  if (lane.fingerprint.cacheable) lane.plans.add(lane.fingerprint, statement.session.environment(), plan);
}

Result<BoundQuery> bind(const Statement& statement, const ast::Select& select) {
  Lane& lane = statement.lane;
  catalog::BindContext context = bind_context(statement);
  context.free_literals = lane.fingerprint.cacheable;
  BW_TRY(auto plan, catalog::bind(statement.services.dictionary(), select, context));
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
  BW_TRY(auto plan, catalog::bind(statement.services.dictionary(), select, context));
  if (lane.fingerprint.cacheable) lane.plans.add(lane.fingerprint, key.environment, plan);
  return plan;
}

Result<BoundQuery> bind(const Statement& statement, const ast::Show& show) {
  BoundQuery query;
  BW_CHECK(check_show_parameters(statement, show, query));
  BW_CHECK(check_show_account(statement, show));
  BW_TRY(query.plan, catalog::bind(statement.services.dictionary(), show, bind_context(statement)));
  return query;
}

Result<catalog::Step> run_here(const Statement& statement, const BoundQuery& query,
                               const ResultTarget& target) {
  BW_CHECK(require_select(statement, *query.plan));
  if (query.plan->sql_bytes > kMaxSqlHere) return catalog::Step::budget_spent;
  const auto begun = steady_clock::now();
  Watch watch(statement.connection, statement.query_deadline(begun), begun + kBudget);
  Warnings warnings(statement.session);
  const catalog::QueryContext context = make_context(statement, query, watch, &warnings);
  Undo undo(statement.session, *query.plan);

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
    if (target.into != nullptr) *target.into = {};
    undo.variables();
    if (!step) return fail(step.error());
    undo.diagnostics();
    return catalog::Step::budget_spent;
  }
  end_rows(statement, *query.plan, rows, target);
  return catalog::Step::done;
}

namespace {

// Ends the transaction in time even if the client is slow to take the rows; after those it gets the error.
Task<Result<>> flush_in_time(const Statement& statement, LongRun& run) {
  bool sent = false;
  {
    const auto end = [&run] { run.cursor.reset(); };
    const storage::Cancellation::Watch watch(&statement.cancellation, end);
    const Alarm alarm(statement.connection.executor(), run.watch.deadline(), end);
    sent = co_await statement.connection.flush();
  }
  if (!sent) co_return fail(error::connection_killed());
  const catalog::Verdict verdict = run.watch.verdict(steady_clock::now());
  if (verdict != catalog::Verdict::go_on) co_return fail(stopped_by(verdict));
  co_return Result<>{};
}

// Between two turns: sends the rows to the client, and waits for SLEEP.
Task<Result<>> between_turns(const Statement& statement, LongRun& run, const ResultTarget& target) {
  if (run.row) {
    BW_CO_TRY(const bool slept, co_await run.row->sleep(statement, run.watch.deadline()));
    if (!slept) co_return fail(error::query_interrupted());
  }
  if (target.kept != nullptr || target.pending() < kHeldBack) co_return Result<>{};
  co_return co_await flush_in_time(statement, run);
}

}  // namespace

Task<Result<>> run_long(const Statement& statement, BoundQuery query, ResultTarget target) {
  const Deadline deadline = statement.query_deadline(steady_clock::now());
  BW_CO_TRY(LanePool::Lease lease, co_await take_lane(statement, deadline));
  const std::shared_ptr<const catalog::Plan> plan = query.plan;
  LongRun run(statement, query, std::move(lease), std::min(deadline, deadline_in(kMaxReadTransaction)));
  while (true) {
    const auto step = co_await compute<Result<catalog::Step>>(statement, run.watch,
                                                              [&] { return run.turn(query, target); });
    if (!step) co_return fail(step.error());
    if (*step == catalog::Step::done) break;
    BW_CO_CHECK(co_await between_turns(statement, run, target));
  }
  end_rows(statement, *plan, run.rows, target);
  co_return Result<>{};
}

namespace {

// All rows, if they are few and computed quickly, so that nothing is held while their SLEEPs are waited for.
// Else nullopt.
Result<std::optional<std::vector<SleepingRow>>> rows_here(const Statement& statement, const BoundQuery& query,
                                                          Deadline deadline) {
  if (query.plan->sql_bytes > kMaxSqlHere) return std::nullopt;
  Watch watch(statement.connection, deadline, deadline_in(kBudget));
  Warnings warnings(statement.session);
  const catalog::QueryContext context = make_context(statement, query, watch, &warnings);
  Undo undo(statement.session, *query.plan);
  BW_TRY(catalog::Cursor cursor,
         statement.lane.runner->open(query.plan, context, query.literals, query.parameters));
  std::vector<SleepingRow> rows;
  const std::uint64_t most = most_rows(statement, *query.plan);
  for (std::size_t bytes = 0; rows.size() < most; bytes += rows.back().bytes()) {
    BW_TRY(const catalog::Step step, bytes < kHeldBack ? cursor.step() : catalog::Step::budget_spent);
    if (step == catalog::Step::done) break;
    if (step == catalog::Step::budget_spent) {
      undo.variables();
      undo.diagnostics();
      return std::nullopt;
    }
    BW_TRY(SleepingRow row, SleepingRow::of(*query.plan, cursor));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Task<Result<>> run_sleeping(const Statement& statement, BoundQuery query, ResultTarget target) {
  BW_CO_CHECK(require_select(statement, *query.plan));
  const Deadline deadline = statement.query_deadline(steady_clock::now());
  BW_CO_TRY(auto rows, rows_here(statement, query, deadline));
  if (!rows) co_return co_await run_long(statement, std::move(query), target);
  const bool alone = query.plan->views.empty() && rows->size() == 1;
  std::vector<protocol::ColumnDefinition> definitions;
  write_columns(*query.plan, definitions, target);
  for (SleepingRow& row : *rows) {
    BW_CO_TRY(const bool slept, co_await row.sleep(statement, deadline));
    if (!slept && !alone) co_return fail(error::query_interrupted());
    BW_CO_CHECK(write_row(row, target));
    const bool full = target.kept == nullptr && target.pending() >= kHeldBack;
    if (full && !co_await statement.connection.flush()) co_return fail(error::connection_killed());
  }
  end_rows(statement, *query.plan, rows->size(), target);
  co_return Result<>{};
}

}  // namespace breakwater::server::execute
