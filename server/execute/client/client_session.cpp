#include "server/execute/client/client_session.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/overloaded.h"
#include "base/stint.h"
#include "base/text.h"
#include "catalog/model/password.h"
#include "catalog/values/collation.h"
#include "server/execute/admin/statements.h"
#include "server/execute/client/command_counter.h"
#include "server/execute/client/run_statement.h"
#include "server/execute/context/counted_parse.h"
#include "server/execute/query/long_text.h"
#include "server/execute/query/query.h"
#include "server/execute/query/set_statement.h"

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kBeingRead = "/* being read */";  ///< the process list's text until it is parsed
constexpr std::size_t kMaxWildcard = 1024;  ///< bytes of COM_FIELD_LIST's pattern; all names are shorter

// Whether it is a DO or a SET of user variables only.
bool changes_little(const ast::Statement& parsed) {
  const auto* set = std::get_if<ast::Set>(&parsed);
  if (set == nullptr) return std::holds_alternative<ast::Do>(parsed);
  return std::ranges::all_of(set->items, [](const auto& item) {
    const auto* assignment = std::get_if<ast::VariableAssignment>(&item);
    return assignment != nullptr && assignment->user_variable;
  });
}

/// Whether the error says that the account hasn't the right.
bool is_denial(const Error& error) {
  using enum Errc;
  return error.is(no_privilege) || error.is(table_access_denied) || error.is(db_access_denied);
}

session::ProcessInfo process_info(const session::SessionState& state, Timestamp now) {
  const session::Identity& who = state.identity();
  session::ProcessInfo info;
  info.id = who.connection_id;
  info.login_tenant_id = who.account.tenant_id;
  info.user = who.account.user;
  info.tenant = state.tenant().name;
  info.host = session::address_of(who);
  info.database = state.database();
  info.since = now;
  return info;
}

bool reads_diagnostics(const ast::Show& show) {
  using enum ast::ShowKind;
  return show.kind == warnings || show.kind == errors || show.kind == count_warnings ||
         show.kind == count_errors;
}

/// The bytes of a command's text or values, for commands that may have many.
std::size_t bytes_of(const protocol::Command& command) {
  if (const auto* text = std::get_if<protocol::Query>(&command)) return text->sql.size();
  if (const auto* run = std::get_if<protocol::StmtExecute>(&command)) return run->parameters.size();
  if (const auto* text = std::get_if<protocol::StmtPrepare>(&command)) return text->sql.size();
  return 0;
}

/// Where a command has its text; null if it has none. Values of COM_STMT_EXECUTE are converted one by one.
std::string_view* text_of(protocol::Command& command) {
  if (auto* query = std::get_if<protocol::Query>(&command)) return &query->sql;
  if (auto* prepare = std::get_if<protocol::StmtPrepare>(&command)) return &prepare->sql;
  if (auto* init = std::get_if<protocol::InitDb>(&command)) return &init->name;
  if (auto* list = std::get_if<protocol::FieldList>(&command)) return &list->table;
  return nullptr;
}

/// The bytes that a command needs while it runs: values are bound as copies.
std::size_t bytes_while_running(const protocol::Command& command, const grammar::ParseOptions& options) {
  if (const auto* run = std::get_if<protocol::StmtExecute>(&command)) return 2 * run->parameters.size();
  const auto* query = std::get_if<protocol::Query>(&command);
  const std::string_view sql = query != nullptr ? query->sql : std::get<protocol::StmtPrepare>(command).sql;
  return std::max(grammar::parse_memory(sql, options).afterwards, 2 * sql.size());
}

// Whether a text may hold more than one statement.
bool may_be_list(std::string_view sql) {
  const std::size_t end = sql.find(';');
  return end != std::string_view::npos && sql.find_first_not_of("; \t\r\n", end) != std::string_view::npos;
}

/// Whether the text seems to have several statements: a `;` may also be in a literal.
bool ends_soon(std::string_view sql) {
  return !is_long(sql) || sql.substr(0, kLongText).find(';') != std::string_view::npos;
}

bool is_own(const ast::AccountName& name, const session::SessionState& session) {
  const catalog::AccountKey& own = session.identity().account;
  if (name.current_user) return true;
  return session.tenant().id == own.tenant_id && name.user == own.user && iequals(name.host, own.host);
}

/// What a session may do before its password is changed: change it, and SET.
bool may_come_first(const ast::Statement& parsed, const session::SessionState& session) {
  if (std::holds_alternative<ast::Set>(parsed)) return true;
  if (const auto* set = std::get_if<ast::SetPassword>(&parsed))
    return !set->account || is_own(*set->account, session);
  const auto* alter = std::get_if<ast::AlterUser>(&parsed);
  return alter != nullptr && alter->accounts.size() == 1 && is_own(alter->accounts.front().account, session);
}

/// Whether it is PREPARE, EXECUTE or DEALLOCATE PREPARE.
bool is_of_texts(const ast::Statement& parsed) {
  return std::holds_alternative<ast::PrepareText>(parsed) ||
         std::holds_alternative<ast::ExecuteText>(parsed) ||
         std::holds_alternative<ast::DeallocateText>(parsed);
}

/// Whether it is the view of processes: then the reading session must show as running.
bool reads_processes(const catalog::View* view) {
  return view->row_source == catalog::source::kProcesslist;
}

}  // namespace

ClientSession::ClientSession(Services& services, Connection& connection, session::SessionState state,
                             std::uint64_t version)
    : services_(services),
      connection_(connection),
      state_(std::move(state)),
      address_(session::address_of(state_.identity())),
      entry_(services.registry(), connection, process_info(state_, services.clock().now())),
      prepared_(services.prepared_counts(), state_.identity().account.tenant_id, connection.memory()),
      checked_(version) {}

ClientSession::~ClientSession() {
  if (!logged_in_) return;
  try {
    const LogFields fields = log_fields();
    write(services_.log(), LogLevel::info, fields, who(fields) + " logged out");
  } catch (const std::exception&) {
    return;  // no memory: only the line is lost
  }
}

void ClientSession::log_login(bool change_user) {
  logged_in_ = true;
  const LogFields fields = log_fields();
  std::string text = who(fields) + " logged in";
  if (change_user) text += " on the same connection";
  const std::string& tls = state_.identity().tls_version;
  write(services_.log(), LogLevel::info, fields, text + (tls.empty() ? ", without TLS" : " over " + tls));
  if (!services_.audit().is_on()) return;
  catalog::AuditEntry entry = audit_entry({}, services_.clock().now());
  entry.what = "login";
  services_.audit().ended(std::move(entry));
}

LogFields ClientSession::log_fields() const {
  const session::Identity& identity = state_.identity();
  const bool elsewhere = state_.tenant().id != identity.account.tenant_id;
  return {.connection_id = identity.connection_id,
          .user = identity.account.user,
          .tenant = identity.tenant,
          .works_in = elsewhere ? std::string_view(state_.tenant().name) : std::string_view(),
          .address = address_};
}

protocol::StatusFlags ClientSession::status() const {
  protocol::StatusFlags flags = 0;
  if (state_.autocommit()) flags |= protocol::status::kAutocommit;
  if (state_.in_transaction()) flags |= protocol::status::kInTransaction;
  if (state_.parse_options().no_backslash_escapes) flags |= protocol::status::kNoBackslashEscapes;
  if (state_.is_oracle()) flags |= protocol::status::kOracleMode;
  return flags;
}

void ClientSession::follow_variables(protocol::ResponseWriter& out) const {
  out.set_metadata(state_.sends_metadata());
  const std::shared_ptr<Transcoder>& charset = state_.results_charset();
  if (charset == nullptr) return out.set_charset(nullptr, 0, 0);
  const auto* known = catalog::find_character_set(state_.variable(session::Variable::character_set_results));
  out.set_charset(charset, catalog::find_collation_info(known->default_collation)->id, known->max_length);
}

Task<Result<Secret>> ClientSession::convert_on_worker(std::string_view text) {
  const auto statement = begin({});
  if (!statement) co_return fail(statement.error());
  const auto convert = [&](const Statement& /*there*/, Watch& /*watch*/) { return state_.from_client(text); };
  co_return co_await read_on_worker<Secret>(*statement, convert);
}

// Inside a statement is UTF-8. One with what isn't of its character set is refused: a name or a password would be another.
Task<> ClientSession::execute_converted(protocol::Command command, protocol::ResponseWriter& out) {
  std::string_view* const text = text_of(command);
  TakenMemory taken(&connection_.memory());
  if (text != nullptr && text->size() > kShortCommand && !taken.add(Transcoder::kMostGrowth * text->size())) {
    state_.diagnostics.begin(false);
    fail_with(connection_.memory().error(), {out});
    co_return;
  }
  Result<Secret> converted;
  if (text != nullptr && text->size() > kShortCommand) {
    converted = co_await convert_on_worker(*text);
  } else if (text != nullptr) {
    converted = state_.from_client(*text);
  }
  if (!converted) {
    state_.diagnostics.begin(false);
    fail_with(converted.error(), {out});
    co_return;
  }
  if (text != nullptr) *text = converted->reveal();
  auto task = execute_utf8(command, out);
  if (task.valid()) co_await std::move(task);
}

Task<> ClientSession::execute(const protocol::Command& command, protocol::ResponseWriter& out) {
  follow_variables(out);
  return state_.client_charset() == nullptr ? execute_utf8(command, out) : execute_converted(command, out);
}

Task<> ClientSession::execute_utf8(const protocol::Command& command, protocol::ResponseWriter& out) {
  const bool answered = !std::holds_alternative<protocol::StmtClose>(command) &&
                        !std::holds_alternative<protocol::StmtSendLongData>(command);
  if (answered && !is_checked() && !may_go_on({out})) return {};
  if (state_.must_change_password && answered && !has_changed_password()) return run_first(command, out);
  if (bytes_of(command) > kShortCommand) return run_long_command(command, out);
  if (const auto* text = std::get_if<protocol::Query>(&command)) return query(text->sql, out);
  return run_other(command, out);
}

bool ClientSession::has_changed_password() {
  const auto lane = services_.lane();
  if (!lane) return false;
  const auto account = (*lane)->reader->accounts().find(state_.identity().account);
  if (!account || !*account) return false;
  state_.must_change_password = catalog::has_expired(
      **account, services_.settings()->default_password_lifetime, services_.clock().now());
  return !state_.must_change_password;
}

// Of a session whose password must be changed first.
Task<> ClientSession::run_first(const protocol::Command& command, protocol::ResponseWriter& out) {
  if (std::holds_alternative<protocol::ResetConnection>(command)) return run_other(command, out);
  state_.diagnostics.begin(false);
  const auto* text = std::get_if<protocol::Query>(&command);
  const bool readable =
      text != nullptr && bytes_of(command) <= kShortCommand && !is_long(text->sql) && !may_be_list(text->sql);
  const auto statement = readable ? begin(text->sql) : Result<Statement>(fail(error::must_change_password()));
  if (!statement) {
    fail_with(statement.error(), {out});
    return {};
  }
  entry_.count(session::Counter::questions);
  entry_.touch(statement->now);
  auto parsed = counted_parse(connection_.memory(), text->sql, state_.parse_options(), {}, {});
  if (!parsed) {
    fail_to_read(parsed.error(), {out});
    return {};
  }
  if (may_come_first(parsed->statement, state_)) return run_parsed(*std::move(parsed), *statement, {out});
  fail_with(error::must_change_password(), {out});
  return {};
}

// Counts the memory of a long command: its values or what its text becomes for as long as the statement runs,
// the memory of the parser only until the text is parsed.
Task<> ClientSession::run_long_command(const protocol::Command& command, protocol::ResponseWriter& out) {
  TakenMemory taken(&connection_.memory());
  if (!taken.add(bytes_while_running(command, state_.parse_options()))) {
    state_.diagnostics.begin(false);
    fail_with(connection_.memory().error(), {out});
    co_return;
  }
  const auto* text = std::get_if<protocol::Query>(&command);
  auto task = text != nullptr ? query(text->sql, out) : run_other(command, out);
  if (task.valid()) co_await std::move(task);
}

Task<> ClientSession::run_other(const protocol::Command& command, protocol::ResponseWriter& out) {
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

// A session ends when its account, identified by its number, is dropped, or may not log in any more. The
// account is looked up again whenever something has been committed.
Result<> ClientSession::check_account() {
  const std::uint64_t version = services_.store().stats().commits;
  const session::Identity& who = state_.identity();
  BW_TRY(Lane * lane, services_.lane());
  BW_TRY(const auto account, lane->reader->accounts().find(who.account));
  if (!account || account->id != who.account_id) return fail(catalog::account_gone());
  if (account->locked) return fail(error::user_is_locked(who.account.user, who.client_host));
  BW_TRY(const auto tenant, lane->reader->tenants().find(who.account.tenant_id));
  if (!tenant) return fail(catalog::account_gone());
  if (tenant->locked) return fail(error::tenant_is_locked(tenant->name));
  checked_ = version;
  return {};
}

// Returns false if the session is over; its connection ends after that error. A catalogue that can't be read
// fails only the statement.
bool ClientSession::may_go_on(Answer answer) {
  const auto checked = check_account();
  if (checked) return true;
  state_.diagnostics.begin(false);
  fail_with(checked.error(), answer);
  using enum Errc;
  const Error& why = checked.error();
  if (why.is(connection_killed) || why.is(user_is_locked) || why.is(tenant_is_locked)) {
    const LogFields fields = log_fields();
    write(services_.log(), LogLevel::info, fields, who(fields) + " session ended: " + why.text());
    connection_.kill(Interrupt::connection);
  }
  return false;
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
  if (!may_be_list(sql)) return run_text(sql, {out});
  if (is_long(sql)) return query_long(sql, out);
  std::string_view rest = sql;
  grammar::split_off(rest, state_.parse_options());
  return query_one_or_list(sql, rest.empty(), out);
}

Task<> ClientSession::query_one_or_list(std::string_view sql, bool one, protocol::ResponseWriter& out) {
  if (one) return run_text(sql, {out});
  if ((connection_.capabilities() & protocol::capability::kMultiStatements) != 0) return query_list(sql, out);
  fail_with(error::parser_syntax(), {out});
  return {};
}

Task<> ClientSession::query_long(std::string_view sql, protocol::ResponseWriter& out) {
  std::string_view rest = sql;
  const auto first = co_await split_on_worker(rest);
  if (!first) {
    state_.diagnostics.begin(false);
    fail_with(first.error(), {out});
    co_return;
  }
  Task<> task = query_one_or_list(sql, rest.empty(), out);
  if (task.valid()) co_await std::move(task);
}

Task<Result<std::string_view>> ClientSession::split_on_worker(std::string_view& rest) {
  const auto statement = begin(rest);
  if (!statement) co_return fail(statement.error());
  const auto split = [&rest](const Statement& there, Watch& /*watch*/) -> Result<std::string_view> {
    return grammar::split_off(rest, there.options);
  };
  co_return co_await read_on_worker<std::string_view>(*statement, split);
}

Task<> ClientSession::query_list(std::string_view sql, protocol::ResponseWriter& out) {
  Stint stint;
  while (!sql.empty()) {
    if (!is_checked() && !may_go_on({out})) co_return;
    Result<std::string_view> first;
    if (ends_soon(sql)) {
      first = grammar::split_off(sql, state_.parse_options());
    } else {
      first = co_await split_on_worker(sql);
    }
    if (!first) {
      state_.diagnostics.begin(false);
      fail_with(first.error(), {out});
      co_return;
    }
    auto task = run_text(*first, {out, !sql.empty()});
    if (task.valid()) co_await std::move(task);
    if (failed_) co_return;  // MySQL stops at the first error
    // Short statements don't look for KILL. MySQL, too, ends the list.
    const bool killed = connection_.interrupted() != Interrupt::none;
    if (killed && !sql.empty()) co_return fail_with(error::query_interrupted(), {out});
    if (out.pending() >= protocol::ResponseWriter::kFlushAt && !co_await connection_.flush()) co_return;
    if (stint.is_over()) co_await stint.yield();
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
  if (is_long(sql)) return run_long_text(*statement, answer);
  const auto begun = steady_clock::now();
  Watch watch(connection_, statement->query_deadline(begun), begun + kBudget);
  auto parsed = watched(watch, [&](const grammar::Stop& stop) {
    return counted_parse(connection_.memory(), sql, state_.parse_options(), {}, stop);
  });
  if (!parsed && watch.check() == catalog::Verdict::budget_spent) return run_long_text(*statement, answer);
  if (parsed) return run_parsed(*std::move(parsed), *statement, answer);
  fail_to_read(parsed.error(), answer);
  return {};
}

void ClientSession::fail_to_read(const Error& error, Answer answer) {
  services_.log().debug("can't be read: " + error.text(), connection_.id());
  state_.diagnostics.begin(false);
  fail_with(error, answer);
}

Task<> ClientSession::run_long_text(Statement statement, Answer answer) {
  struct Read {
    Result<grammar::Parsed> parsed;
    std::optional<Result<BoundQuery>> bound;
  };
  entry_.begin(statement.now, std::string(kBeingRead));
  auto read =
      co_await read_on_worker<Read>(statement, [&](const Statement& there, Watch& watch) -> Result<Read> {
        grammar::fingerprint(there.text, there.options, there.lane.fingerprint);
        Read done{watched(watch,
                          [&](const grammar::Stop& stop) {
                            return counted_parse(there.connection.memory(), there.text, there.options, {},
                                                 stop);
                          }),
                  std::nullopt};
        if (done.parsed) done.bound = bind_query(there, done.parsed->statement);
        return done;
      });
  if (!read) {
    state_.diagnostics.begin(false);
    fail_with(read.error(), answer);
  } else if (!read->parsed) {
    fail_to_read(read->parsed.error(), answer);
  } else {
    if (read->bound && *read->bound && std::holds_alternative<ast::Select>(read->parsed->statement))
      keep_plan(statement, (*read->bound)->plan);
    Task<> rest;
    if (read->bound) {
      rest = run_query(read->parsed->statement, *std::move(read->bound), statement, answer);
    } else {
      rest = run_parsed(*std::move(read->parsed), statement, answer);
    }
    if (rest.valid()) co_await std::move(rest);
  }
  entry_.end(services_.clock().now());
}

// Binds a SELECT or SHOW; nullopt if it is neither.
std::optional<Result<BoundQuery>> ClientSession::bind_query(const Statement& statement,
                                                            const ast::Statement& parsed) {
  if (const auto* select = std::get_if<ast::Select>(&parsed)) return bind(statement, *select);
  const auto* show = std::get_if<ast::Show>(&parsed);
  if (show == nullptr) return std::nullopt;
  state_.diagnostics.begin(reads_diagnostics(*show));
  return bind(statement, *show);
}

Task<> ClientSession::run_query(const ast::Statement& parsed, Result<BoundQuery> bound,
                                const Statement& statement, Answer answer) {
  entry_.count(counter_of(parsed));
  if (bound) return run_bound(statement, *std::move(bound), answer);
  state_.diagnostics.begin(false);
  fail_query(bound.error(), statement, answer);
  return {};
}

Task<> ClientSession::run_parsed(grammar::Parsed parsed, const Statement& statement, Answer answer) {
  if (auto bound = bind_query(statement, parsed.statement))
    return run_query(parsed.statement, *std::move(bound), statement, answer);
  entry_.count(counter_of(parsed.statement));
  if (is_of_texts(parsed.statement)) return run_of_texts(parsed.statement, answer);
  if (const auto* flush = std::get_if<ast::Flush>(&parsed.statement); flush != nullptr && flush->status)
    entry_.flush_counts();
  state_.diagnostics.begin(false);
  Begun begun = begin_statement(statement, parsed.statement);
  if (const auto* done = std::get_if<Result<Outcome>>(&begun)) {
    if (!parsed.shown.empty()) log_outcome(parsed.shown, statement.now, *done ? nullptr : &done->error());
    finish(*done, answer);
    return {};
  }
  if (const auto* run = std::get_if<RunWaiting>(&begun))
    return run_waiting(std::move(parsed), *run, statement, answer);
  if (const auto* set = std::get_if<ast::Set>(&parsed.statement)) {
    if (const auto checked = check_names(statement, *set); !checked) {
      fail_with(checked.error(), answer);
      return {};
    }
  }
  auto& exprs = std::get<Exprs>(begun);
  if (auto values = known_values(statement, exprs))
    return run_evaluated(parsed.statement, *std::move(values), statement, answer);
  return run_evaluating(std::move(parsed), std::move(exprs), statement, answer);
}

// Runs SET, KILL and DO after their expressions have been evaluated.
Task<> ClientSession::run_evaluated(const ast::Statement& parsed, Result<Values> values,
                                    const Statement& statement, Answer answer) {
  Result<Outcome> outcome;
  if (!values) {
    log_internal_error(values.error(), statement);
    outcome = fail(values.error());
  } else if (const auto* set = std::get_if<ast::Set>(&parsed)) {
    auto globals = set_variables(statement, *set, *std::move(values));
    if (globals && !globals->empty()) return run_globals(*std::move(globals), statement, answer);
    if (!globals) outcome = fail(globals.error());
  } else if (const auto* what = std::get_if<ast::Kill>(&parsed)) {
    outcome = execute::kill(statement, values->front(),
                            what->query_only ? Interrupt::query : Interrupt::connection);
    log_outcome(statement.redacted(), statement.now, outcome ? nullptr : &outcome.error());
  }
  finish(outcome, answer);
  return {};
}

Task<> ClientSession::run_evaluating(grammar::Parsed parsed, Exprs exprs, Statement statement,
                                     Answer answer) {
  entry_.begin(statement.now, statement.redacted());
  const KilledSleep killed = changes_little(parsed.statement) ? KilledSleep::gives_one : KilledSleep::ends;
  auto values = co_await evaluate(statement, std::move(exprs), killed);
  Task<> rest = run_evaluated(parsed.statement, std::move(values), statement, answer);
  if (rest.valid()) co_await std::move(rest);
}

// Runs statements that change something or wait for storage. They are logged.
Task<> ClientSession::run_waiting(grammar::Parsed parsed, RunWaiting run, Statement statement,
                                  Answer answer) {
  entry_.begin(statement.now, parsed.shown);
  if (services_.audit().is_on()) {
    audited_.emplace(services_.audit(), services_.clock(), audit_entry(parsed.shown, statement.now));
    statement.audit = &*audited_;
  }
  Result<Outcome> result = co_await run(statement, parsed.statement);
  if (!result) result = fail(statement.at_end(std::move(result).error()));
  log_outcome(parsed.shown, statement.now, result ? nullptr : &result.error());
  finish(result, answer);
}

Task<> ClientSession::run_globals(std::vector<GlobalChange> changes, Statement statement, Answer answer) {
  const std::string redacted = statement.redacted();
  entry_.begin(statement.now, redacted);
  if (services_.audit().is_on()) {
    audited_.emplace(services_.audit(), services_.clock(), audit_entry(redacted, statement.now));
    statement.audit = &*audited_;
  }
  const auto result = co_await set_globals(statement, std::move(changes));
  log_outcome(redacted, statement.now, result ? nullptr : &result.error());
  finish(result, answer);
}

// "root@sys (in t) 127.0.0.1:4711 ok in 3 ms: ALTER SYSTEM …"; a refusal ends with the error's name and its note. The
// error's text may repeat what the client put in a wrong place, which the statement here doesn't show.
void ClientSession::log_outcome(std::string_view shown, Timestamp begun, const Error* error) {
  LogFields fields = log_fields();
  fields.statement = shown;
  fields.milliseconds = (services_.clock().now() - begun) / 1000;
  std::string line = who(fields);
  if (error != nullptr) {
    fields.code = error->mysql_errno();
    fields.note = error->hint();
  }
  line += error == nullptr ? " ok" : " error " + std::to_string(fields.code);
  line.append(" in ").append(std::to_string(*fields.milliseconds)).append(" ms: ").append(shown);
  if (error != nullptr) line.append("; ").append(error->row().text);
  if (!fields.note.empty()) line.append("; note: ").append(fields.note);
  write(services_.log(), error == nullptr ? LogLevel::info : LogLevel::warning, fields, line);
  audit_outcome(shown, begun, error);
}

catalog::AuditEntry ClientSession::audit_entry(std::string_view shown, Timestamp begun) const {
  const session::Identity& identity = state_.identity();
  return {.time = begun,
          .connection_id = identity.connection_id,
          .who = {.user = identity.account.user,
                  .tenant_id = identity.account.tenant_id,
                  .tenant = identity.tenant,
                  .address = address_},
          .works_in_id = state_.tenant().id,
          .works_in = state_.tenant().name,
          .tls = identity.tls_version,
          .statement = std::string(whole_characters(shown, catalog::AuditEntry::kMaxStatement))};
}

// One that wasn't to change the catalogue has no row there.
void ClientSession::audit_outcome(std::string_view shown, Timestamp begun, const Error* error) {
  if (!services_.audit().is_on()) return;
  if (!audited_) audited_.emplace(services_.audit(), services_.clock(), audit_entry(shown, begun));
  audited_->end(error);
  audited_.reset();
}

// A SELECT or SHOW that lacks a right. Those that succeed are not logged.
void ClientSession::log_denial(const Error& error, const Statement& statement) {
  if (is_denial(error)) log_outcome(statement.redacted(), statement.now, &error);
}

Task<> ClientSession::run_bound(Statement statement, BoundQuery query, Answer answer) {
  // For SHOW the list has been handled already. SELECT @@warning_count must not empty it, as other SELECTs
  // do.
  const auto& views = query.plan->views;
  const bool reads_variables = views.empty() && query.plan->reads_system_variables;
  if (views.empty() || !views.front()->hidden) state_.diagnostics.begin(reads_variables);
  ResultTarget target = target_of(answer);
  if (!query.plan->into.empty()) target.into = std::make_shared<IntoRow>();
  if (!query.plan->sleeps.empty()) return finish_long(statement, std::move(query), target, answer);
  const bool finds_itself = std::ranges::any_of(views, &reads_processes);
  if (finds_itself) entry_.begin(statement.now, statement.redacted());
  const auto step = run_here(statement, query, target);
  if (!step) {
    state_.diagnostics.begin(false);
    log_denial(step.error(), statement);
    fail_query(step.error(), statement, answer);
  } else if (*step == catalog::Step::budget_spent) {
    return finish_long(statement, std::move(query), target, answer);
  }
  if (finds_itself) entry_.end(services_.clock().now());
  return {};
}

Task<> ClientSession::finish_long(Statement statement, BoundQuery query, ResultTarget target, Answer answer) {
  // Copies the literals: unescaped ones are in the lane's memory, which other statements use while this one
  // waits.
  const std::vector<std::string> texts(query.literals.begin(), query.literals.end());
  const std::vector<std::string_view> literals(texts.begin(), texts.end());
  query.literals = literals;
  entry_.begin(statement.now, statement.redacted());
  // No conditional operator: in a coroutine GCC 12 destroys its temporary twice.
  Task<Result<>> run;
  if (query.plan->sleeps.empty()) {
    run = run_long(statement, std::move(query), target);
  } else {
    run = run_sleeping(statement, std::move(query), target);
  }
  const auto done = co_await std::move(run);
  if (!done) fail_query(done.error(), statement, answer);
  entry_.end(services_.clock().now());
}

void ClientSession::finish(const Result<Outcome>& result, Answer answer) {
  entry_.end(services_.clock().now());
  if (!result) {
    fail_with(result.error(), answer);
    return;
  }
  state_.row_count = static_cast<std::int64_t>(result->affected_rows);
  follow_variables(answer.out);  // a SET may have changed them for the next of several statements
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
    if (answer.binary) {
      protocol::BinaryRow binary(answer.out.row(), row.size());
      for (const std::string& text : row) binary.text(answer.out.in_charset(text));
    } else {
      for (const std::string& text : row) answer.out.value(answer.out.in_charset(text));
    }
    answer.out.end_row();
  }
  state_.row_count = -1;
  state_.found_rows = table.rows.size();
  answer.out.end_result(flags, state_.diagnostics.of_statement(), changes_with_rows());
}

// In what a SELECT or an expression does it is always a bug: this line is what its report begins with.
void ClientSession::log_internal_error(const Error& error, const Statement& statement) {
  if (!error.is(Errc::internal_error)) return;
  std::string line = "internal error in: " + statement.redacted();
  if (!error.hint().empty()) line += ": " + error.hint();
  services_.log().error(line, connection_.id());
}

void ClientSession::fail_query(const Error& error, const Statement& statement, Answer answer) {
  log_internal_error(error, statement);
  // To who was killed nothing is said: the connection is gone, as MySQL's is.
  const bool killed = error.is(Errc::query_interrupted) || error.is(Errc::connection_killed);
  if (!killed || connection_.interrupted() != Interrupt::connection) fail_with(error, answer);
}

void ClientSession::fail_with(const Error& error, Answer answer) {
  failed_ = true;
  state_.row_count = -1;
  state_.tell_transaction_again();  // an ERR packet has no session changes
  const bool noted = services_.settings()->error_notes == kNotesAppended;
  const auto send = [&](std::uint16_t number, std::string_view sqlstate, std::string_view text) {
    answer.out.error(number, sqlstate, noted ? ErrorMessage(text, error.note()).view() : text);
  };
  if (!state_.is_oracle()) {
    state_.diagnostics.add(error);
    return send(error.mysql_errno(), error.sqlstate(), error.text());
  }
  const OracleError shown = oracle_error(error);
  state_.diagnostics.add(shown, error.note());
  send(shown.number, shown.sqlstate, shown.text);
}

void ClientSession::init_db(std::string_view name, protocol::ResponseWriter& out) {
  state_.diagnostics.begin(false);
  if (auto statement = begin({})) finish(use_schema(*statement, name), {out});
}

void ClientSession::kill(std::uint64_t id, protocol::ResponseWriter& out) {
  state_.diagnostics.begin(false);
  auto statement = begin({});
  if (!statement) return fail_with(statement.error(), {out});
  const auto killed = execute::kill(*statement, id, Interrupt::connection);
  log_outcome("KILL " + std::to_string(id), statement->now, killed ? nullptr : &killed.error());
  finish(killed, {out});
}

void ClientSession::field_list(const protocol::FieldList& list, protocol::ResponseWriter& out) {
  const std::string_view table = list.table;
  state_.diagnostics.begin(false);
  if (list.wildcard.size() > kMaxWildcard) return fail_with(error::malformed_packet(), {out});
  if (state_.database().empty()) return fail_with(error::no_db_selected(), {out});
  const catalog::View* view = services_.dictionary().find_view(state_.database(), table, state_.visibility());
  if (view == nullptr) {
    fail_with(error::table_not_exist(state_.database(), table), {out});
    return;
  }
  std::vector<protocol::ColumnDefinition> columns;
  catalog::Work work;
  for (const catalog::Column& column : view->columns) {
    const bool wanted = list.wildcard.empty() || catalog::like(column.name, list.wildcard, U'\\',
                                                               catalog::Collation::general_ci, work);
    if (wanted) columns.push_back(definition_of(*view, column, state_.is_oracle()));
  }
  out.field_list(columns, status());
}

}  // namespace breakwater::server::execute
