// COM_STMT_PREPARE, EXECUTE, SEND_LONG_DATA, FETCH, RESET, CLOSE.
#include <string>
#include <utility>
#include <variant>

#include "base/text.h"
#include "server/execute/client/client_session.h"
#include "server/execute/query/long_text.h"

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kExecute = "mysqld_stmt_execute";
constexpr std::string_view kFetch = "mysqld_stmt_fetch";
constexpr std::string_view kReset = "mysqld_stmt_reset";

Error unknown(std::uint32_t id, std::string_view command) {
  return error::unknown_stmt_handler(std::to_string(id), command);
}

std::uint64_t number_of(std::string_view variable) {
  return whole_number<std::uint64_t>(variable).value_or(0);
}

}  // namespace

Task<> ClientSession::execute_prepared(const protocol::Command& command, protocol::ResponseWriter& out) {
  using session::Counter;
  if (const auto* run = std::get_if<protocol::StmtExecute>(&command)) {
    entry_.count(Counter::stmt_execute);
    return run_prepared(*run, out);
  }
  if (const auto* rows = std::get_if<protocol::StmtFetch>(&command)) {
    entry_.count(Counter::stmt_fetch);
    return fetch(*rows, out);
  }
  if (const auto* text = std::get_if<protocol::StmtPrepare>(&command)) {
    entry_.count(Counter::stmt_prepare);
    return prepare(text->sql, out);
  }
  if (const auto* data = std::get_if<protocol::StmtSendLongData>(&command)) {
    entry_.count(Counter::stmt_send_long_data);
    send_ahead(*data);
  } else if (const auto* closed = std::get_if<protocol::StmtClose>(&command)) {
    entry_.count(Counter::stmt_close);
    prepared_.remove(closed->id);
  } else if (const auto* taken_back = std::get_if<protocol::StmtReset>(&command)) {
    entry_.count(Counter::stmt_reset);
    reset_prepared(taken_back->id, out);
  } else {
    fail_with(error::unknown_command(), {out});
  }
  return {};
}

Result<PreparedStatement*> ClientSession::add_prepared(std::string_view sql) {
  const auto limit = session::find_variable("max_prepared_stmt_count").value_or(0);
  const std::uint64_t most = number_of(services_.globals().get(state_.identity().account.tenant_id, limit));
  return prepared_.add(sql, state_, most);
}

Task<> ClientSession::prepare(std::string_view sql, protocol::ResponseWriter& out) {
  state_.diagnostics.begin(false);
  const auto added = add_prepared(sql);
  if (!added) {
    fail_with(added.error(), {out});
    return {};
  }
  PreparedStatement& prepared = **added;
  const auto statement = begin(prepared.text(), prepared.options());
  if (statement && sql.size() > kLongPrepare) return prepare_long(prepared, *statement, out);
  finish_prepare(prepared, statement ? prepared.prepare(*statement) : Result<>(fail(statement.error())), out);
  return {};
}

Task<> ClientSession::prepare_long(PreparedStatement& prepared, Statement statement,
                                   protocol::ResponseWriter& out) {
  const auto done = co_await read_on_worker<void>(statement, [&](const Statement& there, Watch& watch) {
    return watched(watch, [&](const grammar::Stop& stop) { return prepared.prepare(there, stop); });
  });
  finish_prepare(prepared, done, out);
}

void ClientSession::finish_prepare(PreparedStatement& prepared, const Result<>& done,
                                   protocol::ResponseWriter& out) {
  if (!done) {
    prepared_.remove(prepared.id());
    return fail_with(done.error(), {out});
  }
  std::vector<protocol::ColumnDefinition> columns;
  if (const auto& plan = prepared.shape(); plan && plan->into.empty()) {
    for (const catalog::ResultColumn& column : plan->columns) columns.push_back(definition_of(column));
  }
  out.prepared(prepared.id(), prepared.parameter_count(), columns, status(),
               state_.diagnostics.of_statement());
}

Task<> ClientSession::run_prepared(const protocol::StmtExecute& command, protocol::ResponseWriter& out) {
  PreparedStatement* prepared = prepared_.find(command.id);
  if (prepared == nullptr) {
    fail_with(unknown(command.id, kExecute), {out});
    return {};
  }
  prepared->cursor.reset();
  Answer answer{.out = out, .binary = true};
  const auto statement = begin(prepared->text(), prepared->options());
  const auto values =
      statement ? prepared->read_values(command.parameters, state_) : Result<>(fail(statement.error()));
  if (!values) {
    prepared->forget_ahead();
    state_.diagnostics.begin(false);
    fail_with(values.error(), answer);
    return {};
  }
  if (command.cursor && prepared->shape() != nullptr && prepared->shape()->into.empty()) {
    answer.cursor = &prepared->cursor.emplace(connection_.memory(), out.max_row());
  }
  return run_prepared(*prepared, *statement, answer);
}

Task<> ClientSession::run_prepared(PreparedStatement& prepared, const Statement& statement, Answer answer) {
  if (statement.text.size() > kLongPrepare && !prepared.has_plan())
    return run_long_prepared(prepared, statement, answer);
  if (prepared.is_select()) {
    auto query = prepared.bound(statement);
    prepared.forget_ahead();
    return run_read(std::move(query), statement, answer);
  }
  auto parsed = prepared.parsed(connection_.memory());
  prepared.forget_ahead();
  return run_read(std::move(parsed), statement, answer);
}

Task<> ClientSession::run_long_prepared(PreparedStatement& prepared, Statement statement, Answer answer) {
  Task<> rest;
  if (prepared.is_select()) {
    auto query = co_await read_on_worker<BoundQuery>(statement, [&](const Statement& there, Watch& watch) {
      return watched(watch, [&](const grammar::Stop& stop) { return prepared.bound(there, stop); });
    });
    prepared.forget_ahead();
    rest = run_read(std::move(query), statement, answer);
  } else {
    auto parsed =
        co_await read_on_worker<grammar::Parsed>(statement, [&](const Statement& /*there*/, Watch& watch) {
          return watched(
              watch, [&](const grammar::Stop& stop) { return prepared.parsed(connection_.memory(), stop); });
        });
    prepared.forget_ahead();
    rest = run_read(std::move(parsed), statement, answer);
  }
  if (rest.valid()) co_await std::move(rest);
}

Task<> ClientSession::run_read(Result<BoundQuery> query, const Statement& statement, Answer answer) {
  if (query) return run_bound(statement, *std::move(query), answer);
  state_.diagnostics.begin(false);
  fail_query(query.error(), statement, answer);
  return {};
}

Task<> ClientSession::run_read(Result<grammar::Parsed> parsed, const Statement& statement, Answer answer) {
  if (parsed) return run_parsed(*std::move(parsed), statement, answer);
  state_.diagnostics.begin(false);
  fail_with(parsed.error(), answer);
  return {};
}

void ClientSession::send_ahead(const protocol::StmtSendLongData& command) {
  PreparedStatement* prepared = prepared_.find(command.id);
  if (prepared == nullptr) return;
  const std::uint64_t most = number_of(state_.variable("max_allowed_packet"));
  prepared->send_ahead(command.parameter, command.data, most);
}

void ClientSession::reset_prepared(std::uint32_t id, protocol::ResponseWriter& out) {
  state_.diagnostics.begin(false);
  PreparedStatement* prepared = prepared_.find(id);
  if (prepared == nullptr) return fail_with(unknown(id, kReset), {out});
  prepared->cursor.reset();
  prepared->forget_ahead();
  out.ok({.status = status(), .info = {}, .changes = {}});
}

// Returns true if the answer is complete, false if the waiting bytes should be sent first.
bool ClientSession::fetch_some(PreparedStatement& prepared, std::uint32_t& rows,
                               protocol::ResponseWriter& out) {
  for (; rows > 0; --rows) {
    if (out.pending() >= protocol::ResponseWriter::kFlushAt) return false;
    const auto row = prepared.cursor->next();
    if (!row) break;
    out.begin_row();
    if (const auto room = out.make_room(row->size()); !room) {
      prepared.cursor.reset();
      fail_with(room.error(), {out});
      return true;
    }
    out.row().append(*row);
    out.end_row();
  }
  const bool ended = rows > 0;
  const auto flag = ended ? protocol::status::kLastRowSent : protocol::status::kCursorExists;
  if (ended) prepared.cursor.reset();
  out.end_result(static_cast<protocol::StatusFlags>(status() | flag));
  return true;
}

Task<> ClientSession::fetch(const protocol::StmtFetch& command, protocol::ResponseWriter& out) {
  state_.diagnostics.begin(false);
  PreparedStatement* prepared = prepared_.find(command.id);
  if (prepared == nullptr) {
    fail_with(unknown(command.id, kFetch), {out});
  } else if (!prepared->cursor || !prepared->cursor->finished()) {
    fail_with(error::no_open_cursor(std::to_string(command.id)), {out});
  } else if (std::uint32_t rows = command.rows; !fetch_some(*prepared, rows, out)) {
    return fetch_rest(*prepared, rows, out);
  }
  return {};
}

Task<> ClientSession::fetch_rest(PreparedStatement& prepared, std::uint32_t rows,
                                 protocol::ResponseWriter& out) {
  bool done = false;
  while (!done) {
    const bool sent = co_await connection_.flush();
    if (!sent) co_return;
    done = fetch_some(prepared, rows, out);
  }
}

}  // namespace breakwater::server::execute
