// A client's session: commands in, answers out. The dispatcher between the parser and the families of
// statements.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "grammar/parser.h"
#include "server/execute/query.h"
#include "server/execute/services.h"
#include "server/execute/set_statement.h"
#include "server/execute/statement.h"
#include "server/net/handler.h"
#include "server/session/registry.h"
#include "server/session/session_state.h"

namespace breakwater::server::execute {

class ClientSession final : public Session {
 public:
  ClientSession(Services& services, Connection& connection, session::SessionState state);

  Task<> execute(const protocol::Command& command, protocol::ResponseWriter& out) override;
  protocol::StatusFlags status() const override;
  /// For what awaits storage or a lock; a SELECT asks Connection::interrupted().
  void interrupt() override;

 private:
  struct Answer;

  Task<> query(std::string_view sql, protocol::ResponseWriter& out);
  Task<> query_list(std::vector<std::string_view> parts, protocol::ResponseWriter& out);
  Task<> run_text(std::string_view sql, Answer answer);
  Task<> run_parsed(grammar::Parsed parsed, const Statement& statement, Answer answer);
  Task<> run_waiting(grammar::Parsed parsed, Statement statement, Answer answer);
  Task<> run_globals(std::vector<GlobalChange> changes, Statement statement, Answer answer);
  void log_outcome(std::string_view shown, Timestamp begun, const Result<Outcome>& result);
  Task<> run_bound(Statement statement, BoundQuery query, Answer answer);
  Task<> finish_long(Statement statement, BoundQuery query, Answer answer);
  void finish(const Result<Outcome>& result, Answer answer);
  void fail_with(const Error& error, Answer answer);
  void init_db(std::string_view name, protocol::ResponseWriter& out);
  void field_list(std::string_view table, protocol::ResponseWriter& out);
  void kill(std::uint64_t id, protocol::ResponseWriter& out);
  Result<Statement> begin(std::string_view sql);

  Services& services_;
  Connection& connection_;
  session::SessionState state_;
  session::RegistryEntry entry_;
  std::optional<storage::Cancellation> cancellation_;  ///< of the running statement
  bool failed_ = false;                                ///< the last statement
};

}  // namespace breakwater::server::execute
