#include "server/execute/client_session.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/text.h"
#include "catalog/collation.h"
#include "server/execute/command_counter.h"
#include "server/execute/families.h"
#include "server/execute/query.h"
#include "server/execute/set_statement.h"

namespace breakwater::server::execute {
namespace {

constexpr std::size_t kMaxWildcard = 1024;  ///< bytes of COM_FIELD_LIST's pattern: names are shorter

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

// The statements that end without waiting for anything. Nothing: this one waits.
std::optional<Result<Outcome>> run_at_once(const Statement& statement, const ast::Statement& parsed) {
  using Done = std::optional<Result<Outcome>>;
  session::SessionState& session = statement.session;
  return std::visit(
      Overloaded{
          [](const ast::EmptyStatement&) -> Done { return fail(error::empty_query()); },
          [](const ast::NoOperation&) -> Done { return Outcome{}; },
          [&](const ast::Flush&) -> Done {
            statement.services.passwords().clear();
            return Outcome{};
          },
          [](const ast::ForeignStatement& foreign) -> Done {
            return fail(error::not_supported(foreign.head));
          },
          [&](const ast::Use& use) -> Done { return use_schema(statement, use.schema); },
          [&](const ast::ChangeTenant& change) -> Done { return change_tenant(statement, change); },
          [&](const ast::Kill& what) -> Done {
            return kill(statement, *what.id, what.query_only ? Interrupt::query : Interrupt::connection);
          },
          [&](const ast::CancelBackup& cancel) -> Done { return cancel_backup(statement, cancel); },
          [&](const ast::SetEncryption& set) -> Done { return set_encryption(statement, set); },
          [&](const ast::SetDecryption& set) -> Done { return set_decryption(statement, set); },
          [&](const ast::Begin&) -> Done {
            session.begin_transaction();
            return Outcome{};
          },
          [&](const ast::Commit&) -> Done {
            session.end_transaction();
            return Outcome{};
          },
          [&](const ast::Rollback&) -> Done {
            session.end_transaction();
            return Outcome{};
          },
          [](const auto&) -> Done { return std::nullopt; },
      },
      parsed);
}

Task<Result<Outcome>> run_statement(const Statement& statement, const ast::Statement& parsed) {
  return std::visit(Overloaded{
                        [&](const ast::CreateTenant& s) { return create_tenant(statement, s); },
                        [&](const ast::DropTenant& s) { return drop_tenant(statement, s); },
                        [&](const ast::AlterTenant& s) { return alter_tenant(statement, s); },
                        [&](const ast::CreateResourceUnit& s) { return create_resource_unit(statement, s); },
                        [&](const ast::AlterResourceUnit& s) { return alter_resource_unit(statement, s); },
                        [&](const ast::DropResourceUnit& s) { return drop_resource_unit(statement, s); },
                        [&](const ast::CreateResourcePool& s) { return create_resource_pool(statement, s); },
                        [&](const ast::AlterResourcePool& s) { return alter_resource_pool(statement, s); },
                        [&](const ast::DropResourcePool& s) { return drop_resource_pool(statement, s); },
                        [&](const ast::CreateUser& s) { return create_user(statement, s); },
                        [&](const ast::AlterUser& s) { return alter_user(statement, s); },
                        [&](const ast::DropUser& s) { return drop_user(statement, s); },
                        [&](const ast::SetPassword& s) { return set_password(statement, s); },
                        [&](const ast::Grant& s) { return grant(statement, s); },
                        [&](const ast::Revoke& s) { return revoke(statement, s); },
                        [&](const ast::AlterSystemSet& s) { return alter_system_set(statement, s); },
                        [&](const ast::AlterSystemReset& s) { return alter_system_reset(statement, s); },
                        [&](const ast::BackupKey& s) { return backup_key(statement, s); },
                        [&](const ast::CheckDestination& s) { return check_destination(statement, s); },
                        [&](const ast::DeletePolicy& s) { return delete_policy(statement, s); },
                        [&](const ast::ArchiveLog& s) { return archive_log(statement, s); },
                        [&](const ast::RotateMasterKey&) { return rotate_master_key(statement); },
                        [&](const ast::KeyManagement& s) { return manage_keys(statement, s); },
                        [](const auto&) -> Task<Result<Outcome>> { co_return fail(error::internal_error()); },
                    },
                    parsed);
}

session::ProcessInfo process_info(const session::SessionState& state, Timestamp now) {
  const session::Identity& who = state.identity();
  session::ProcessInfo info;
  info.id = who.connection_id;
  info.login_tenant_id = who.account.tenant_id;
  info.user = who.account.user;
  info.tenant = state.tenant().name;
  info.host = who.client_host + (who.client_port == 0 ? "" : ":" + std::to_string(who.client_port));
  info.database = state.database();
  info.since = now;
  return info;
}

bool reads_diagnostics(const ast::Show& show) {
  using enum ast::ShowKind;
  return show.kind == warnings || show.kind == errors || show.kind == count_warnings ||
         show.kind == count_errors;
}

// Whether a text may hold more than one statement.
bool may_be_list(std::string_view sql) {
  const std::size_t end = sql.find(';');
  return end != std::string_view::npos && sql.find_first_not_of("; \t\r\n", end) != std::string_view::npos;
}

}  // namespace

ClientSession::ClientSession(Services& services, Connection& connection, session::SessionState state)
    : services_(services),
      connection_(connection),
      state_(std::move(state)),
      entry_(services.registry(), connection, process_info(state_, services.clock().now())),
      prepared_(services.prepared_counts(), state_.identity().account.tenant_id) {}

protocol::StatusFlags ClientSession::status() const {
  protocol::StatusFlags flags = 0;
  if (state_.autocommit()) flags |= protocol::status::kAutocommit;
  if (state_.in_transaction()) flags |= protocol::status::kInTransaction;
  if (state_.parse_options().no_backslash_escapes) flags |= protocol::status::kNoBackslashEscapes;
  if (state_.is_oracle()) flags |= protocol::status::kOracleMode;
  return flags;
}

Task<> ClientSession::execute(const protocol::Command& command, protocol::ResponseWriter& out) {
  out.set_metadata(state_.sends_metadata());
  if (const auto* text = std::get_if<protocol::Query>(&command)) return query(text->sql, out);
  Task<> rest;
  entry_.count(session::Counter::questions);
  std::visit(Overloaded{
                 [&](const protocol::InitDb& init) { init_db(init.name, out); },
                 [&](const protocol::FieldList& list) { field_list(list, out); },
                 [&](const protocol::ProcessKill& what) { kill(what.id, out); },
                 [&](const protocol::ResetConnection&) {
                   reset();
                   out.ok({.status = status(), .info = {}, .changes = {}});
                 },
                 [&](const protocol::ProcessInfo&) { rest = run_text("SHOW PROCESSLIST", {out}); },
                 [&](const auto&) { rest = execute_prepared(command, out); },
             },
             command);
  return rest;
}

void ClientSession::interrupt() {
  if (!cancellation_) return;
  const bool query = connection_.interrupted() == Interrupt::query;
  cancellation_->cancel(query ? error::query_interrupted() : error::connection_killed());
}

void ClientSession::reset() {
  prepared_.clear();
  state_.reset();
  entry_.set_place(state_.tenant().name, state_.database());
}

protocol::StatusFlags ClientSession::flags_of(const Answer& answer) const {
  return static_cast<protocol::StatusFlags>(status() |
                                            (answer.more_results ? protocol::status::kMoreResults : 0));
}

protocol::SessionChanges ClientSession::changes_with_rows() {
  state_.note_result();
  return {.state = state_.state_change(), .transaction = state_.transaction_change()};
}

ResultTarget ClientSession::target_of(const Answer& answer) {
  return {.out = answer.out,
          .status = flags_of(answer),
          .binary = answer.binary,
          .kept = answer.cursor,
          .changes = changes_with_rows()};
}

Result<Statement> ClientSession::begin(std::string_view sql, const grammar::ParseOptions& options) {
  failed_ = false;
  state_.forget_changes();
  cancellation_.emplace();
  state_.prepared_statements = prepared_.size();
  BW_TRY(Lane * lane, services_.lane());
  BW_CHECK(lane->reader->hold_snapshot());
  return Statement{.services = services_,
                   .lane = *lane,
                   .session = state_,
                   .connection = connection_,
                   .text = sql,
                   .options = options,
                   .now = services_.clock().now(),
                   .cancellation = *cancellation_};
}

Task<> ClientSession::query(std::string_view sql, protocol::ResponseWriter& out) {
  if (may_be_list(sql)) {
    auto parts = grammar::split(sql, state_.parse_options());
    if (parts.size() > 1) {
      if ((connection_.capabilities() & protocol::capability::kMultiStatements) != 0) {
        return query_list(std::move(parts), out);
      }
      fail_with(error::parser_syntax(), {out});
      return {};
    }
  }
  return run_text(sql, {out});
}

Task<> ClientSession::query_list(std::vector<std::string_view> parts, protocol::ResponseWriter& out) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto task = run_text(parts[i], {out, i + 1 < parts.size()});
    if (task.valid()) co_await std::move(task);
    if (failed_) co_return;  // MySQL stops at the first error
    if (out.pending() >= protocol::ResponseWriter::kFlushAt && !co_await connection_.flush()) co_return;
  }
}

Task<> ClientSession::run_text(std::string_view sql, Answer answer) {
  auto statement = begin(sql);
  if (!statement) {
    fail_with(statement.error(), answer);
    return {};
  }
  entry_.count(session::Counter::questions);
  entry_.touch(statement->now);
  if (find_cached(*statement)) {
    entry_.count(session::Counter::select);
    const PlanCache::Hit& hit = statement->lane.hit;
    return run_bound(*statement, {.plan = hit.plan, .literals = hit.literals}, answer);
  }
  auto parsed = grammar::parse(sql, state_.parse_options());
  if (!parsed) {
    services_.log().debug("syntax error in: " + grammar::redact(sql, state_.parse_options()),
                          connection_.id());
    state_.diagnostics.begin(false);
    fail_with(parsed.error(), answer);
    return {};
  }
  return run_parsed(*std::move(parsed), *statement, answer);
}

Task<> ClientSession::run_parsed(grammar::Parsed parsed, const Statement& statement, Answer answer) {
  entry_.count(counter_of(parsed.statement));
  if (const auto* flush = std::get_if<ast::Flush>(&parsed.statement); flush != nullptr && flush->status)
    entry_.flush_counts();
  const auto* show = std::get_if<ast::Show>(&parsed.statement);
  const auto* select = std::get_if<ast::Select>(&parsed.statement);
  if (show != nullptr || select != nullptr) {
    if (show != nullptr) state_.diagnostics.begin(reads_diagnostics(*show));
    if (show != nullptr) entry_.begin(statement.now, statement.shown());
    auto bound = select != nullptr ? bind(statement, *select) : bind(statement, *show);
    if (bound) {
      auto task = run_bound(statement, *std::move(bound), answer);
      if (show != nullptr && !task.valid()) entry_.end(services_.clock().now());
      return task;
    }
    state_.diagnostics.begin(false);
    fail_with(bound.error(), answer);
    return {};
  }
  state_.diagnostics.begin(false);
  if (auto done = run_at_once(statement, parsed.statement)) {
    finish(*done, answer);
    return {};
  }
  if (const auto* set = std::get_if<ast::Set>(&parsed.statement)) {
    auto globals = set_variables(statement, *set);
    if (globals && !globals->empty()) return run_globals(*std::move(globals), statement, answer);
    finish(globals ? Result<Outcome>(Outcome{}) : fail(globals.error()), answer);
    return {};
  }
  return run_waiting(std::move(parsed), statement, answer);
}

// Statements that change something or wait for storage. What they were is logged, redacted.
Task<> ClientSession::run_waiting(grammar::Parsed parsed, Statement statement, Answer answer) {
  const std::string shown = statement.shown();
  entry_.begin(statement.now, shown);
  const auto result = co_await run_statement(statement, parsed.statement);
  log_outcome(shown, statement.now, result);
  finish(result, answer);
}

Task<> ClientSession::run_globals(std::vector<GlobalChange> changes, Statement statement, Answer answer) {
  const std::string shown = statement.shown();
  entry_.begin(statement.now, shown);
  const auto result = co_await set_globals(statement, std::move(changes));
  log_outcome(shown, statement.now, result);
  finish(result, answer);
}

void ClientSession::log_outcome(std::string_view shown, Timestamp begun, const Result<Outcome>& result) {
  std::string line = result ? "ok" : "error " + std::to_string(result.error().mysql_errno());
  line += " in " + std::to_string((services_.clock().now() - begun) / 1000) + " ms: ";
  line += shown;
  services_.log().info(line, connection_.id());
}

Task<> ClientSession::run_bound(Statement statement, BoundQuery query, Answer answer) {
  // SHOW has begun already; SELECT @@warning_count is about the list that any other SELECT empties.
  const auto& views = query.plan->views;
  const bool reads_variables = views.empty() && statement.text.find("@@") != std::string_view::npos;
  if (views.empty() || !views.front()->hidden) state_.diagnostics.begin(reads_variables);
  const ResultTarget target = target_of(answer);
  const auto step = run_here(statement, query, target);
  if (!step) {
    state_.diagnostics.begin(false);
    fail_with(step.error(), answer);
  } else if (*step == catalog::Step::budget_spent) {
    return finish_long(statement, std::move(query), target, answer);
  }
  return {};
}

Task<> ClientSession::finish_long(Statement statement, BoundQuery query, ResultTarget target, Answer answer) {
  // The lane's memory serves other statements while this one waits.
  const std::vector<std::string_view> literals(query.literals.begin(), query.literals.end());
  query.literals = literals;
  entry_.begin(statement.now, statement.shown());
  const auto done = co_await run_long(statement, std::move(query), target);
  if (!done) fail_with(done.error(), answer);
  entry_.end(services_.clock().now());
}

void ClientSession::finish(const Result<Outcome>& result, Answer answer) {
  entry_.end(services_.clock().now());
  if (!result) {
    fail_with(result.error(), answer);
    return;
  }
  state_.row_count = static_cast<std::int64_t>(result->affected_rows);
  answer.out.set_metadata(
      state_.sends_metadata());  // a SET may have changed it for the next of several statements
  if (result->schema_changed) entry_.set_place(state_.tenant().name, state_.database());
  if (result->table) return write_table(*result->table, answer);
  protocol::Ok ok;
  ok.affected_rows = result->affected_rows;
  ok.status = flags_of(answer);
  ok.warnings = state_.diagnostics.of_statement();
  const auto variables = state_.tracked_changes();
  ok.changes.variables = variables;
  const bool tracks_schema = state_.variable(session::Variable::session_track_schema) == "ON";
  if (result->schema_changed && tracks_schema) ok.changes.schema = state_.database();
  ok.changes.state = state_.state_change();
  ok.changes.transaction = state_.transaction_change();
  answer.out.ok(ok);
}

void ClientSession::write_table(const ResultTable& table, Answer answer) {
  const protocol::StatusFlags flags = flags_of(answer);
  std::vector<protocol::ColumnDefinition> columns;
  for (const catalog::Column& column : table.columns) {
    const catalog::WireType wire = catalog::wire_type(column.type);
    columns.push_back({.name = column.name,
                       .charset = wire.charset,
                       .length = wire.length,
                       .type = static_cast<protocol::ColumnType>(wire.type),
                       .flags = wire.flags,
                       .decimals = wire.decimals});
  }
  answer.out.begin_result(columns, flags);
  for (const auto& row : table.rows) {
    answer.out.begin_row();
    for (const std::string& text : row) answer.out.value(text);
    answer.out.end_row();
  }
  state_.row_count = -1;
  state_.found_rows = table.rows.size();
  answer.out.end_result(flags, state_.diagnostics.of_statement(), changes_with_rows());
}

void ClientSession::fail_with(const Error& error, Answer answer) {
  failed_ = true;
  state_.row_count = -1;
  state_.tell_transaction_again();  // an error carries no changes
  if (!state_.is_oracle()) {
    state_.diagnostics.add(error);
    answer.out.error(error);
    return;
  }
  const OracleError shown = oracle_error(error);
  state_.diagnostics.add(shown, error.hint());
  answer.out.error(shown.number, shown.sqlstate, shown.text);
}

void ClientSession::init_db(std::string_view name, protocol::ResponseWriter& out) {
  state_.diagnostics.begin(false);
  if (auto statement = begin({})) finish(use_schema(*statement, name), {out});
}

void ClientSession::kill(std::uint64_t id, protocol::ResponseWriter& out) {
  state_.diagnostics.begin(false);
  auto statement = begin({});
  if (!statement) return fail_with(statement.error(), {out});
  finish(execute::kill(*statement, id, Interrupt::connection), {out});
}

void ClientSession::field_list(const protocol::FieldList& list, protocol::ResponseWriter& out) {
  const std::string_view table = list.table;
  state_.diagnostics.begin(false);
  if (list.wildcard.size() > kMaxWildcard) return fail_with(error::malformed_packet(), {out});
  if (state_.database().empty()) return fail_with(error::no_db_selected(), {out});
  const catalog::View* view = services_.engine().find_view(state_.database(), table, state_.visibility());
  if (view == nullptr) {
    fail_with(error::table_not_exist(state_.database(), table), {out});
    return;
  }
  std::vector<protocol::ColumnDefinition> columns;
  for (const catalog::Column& column : view->columns) {
    const bool wanted = list.wildcard.empty() ||
                        catalog::like(column.name, list.wildcard, U'\\', catalog::Collation::general_ci);
    if (wanted) columns.push_back(definition_of(*view, column, state_.is_oracle()));
  }
  out.field_list(columns, status());
}

}  // namespace breakwater::server::execute
