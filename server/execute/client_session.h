// A client's session: commands in, answers out. The dispatcher between the parser and the families of
// statements.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "grammar/parser.h"
#include "server/execute/prepared.h"
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
  SessionTimeouts timeouts() const override { return state_.timeouts(); }
  /// For what awaits storage or a lock; a SELECT asks Connection::interrupted().
  void interrupt() override;

 private:
  /// Where an answer goes and what flags it carries.
  struct Answer {
    protocol::ResponseWriter& out;
    bool more_results = false;
    bool binary = false;         ///< rows in the binary protocol
    KeptRows* cursor = nullptr;  ///< rows are kept
  };

  Task<> query(std::string_view sql, protocol::ResponseWriter& out);
  Task<> query_list(std::vector<std::string_view> parts, protocol::ResponseWriter& out);
  Task<> run_text(std::string_view sql, Answer answer);
  Task<> run_parsed(grammar::Parsed parsed, const Statement& statement, Answer answer);
  Task<> run_waiting(grammar::Parsed parsed, Statement statement, Answer answer);
  Task<> run_globals(std::vector<GlobalChange> changes, Statement statement, Answer answer);
  void log_outcome(std::string_view shown, Timestamp begun, const Result<Outcome>& result);
  Task<> run_bound(Statement statement, BoundQuery query, Answer answer);
  Task<> finish_long(Statement statement, BoundQuery query, ResultTarget target, Answer answer);
  void write_table(const ResultTable& table, Answer answer);
  void finish(const Result<Outcome>& result, Answer answer);
  void fail_with(const Error& error, Answer answer);
  protocol::StatusFlags flags_of(const Answer& answer) const;
  protocol::SessionChanges changes_with_rows();
  ResultTarget target_of(const Answer& answer);
  void init_db(std::string_view name, protocol::ResponseWriter& out);
  void field_list(const protocol::FieldList& list, protocol::ResponseWriter& out);
  void kill(std::uint64_t id, protocol::ResponseWriter& out);
  Result<Statement> begin(std::string_view sql) { return begin(sql, state_.parse_options()); }
  Result<Statement> begin(std::string_view sql, const grammar::ParseOptions& options);

  // client_session_prepared.cpp: COM_STMT_*
  Task<> execute_prepared(const protocol::Command& command, protocol::ResponseWriter& out);
  void prepare(std::string_view sql, protocol::ResponseWriter& out);
  Result<PreparedStatement*> add_prepared(std::string_view sql);
  Task<> run_prepared(const protocol::StmtExecute& command, protocol::ResponseWriter& out);
  Task<> run_prepared(PreparedStatement& prepared, const Statement& statement, Answer answer);
  void send_ahead(const protocol::StmtSendLongData& command);
  void reset_prepared(std::uint32_t id, protocol::ResponseWriter& out);
  Task<> fetch(const protocol::StmtFetch& command, protocol::ResponseWriter& out);
  Task<> fetch_rest(PreparedStatement& prepared, std::uint32_t rows, protocol::ResponseWriter& out);
  bool fetch_some(PreparedStatement& prepared, std::uint32_t& rows, protocol::ResponseWriter& out);
  void reset();

  Services& services_;
  Connection& connection_;
  session::SessionState state_;
  session::RegistryEntry entry_;
  PreparedStatements prepared_;
  std::optional<storage::Cancellation> cancellation_;  ///< of the running statement
  bool failed_ = false;                                ///< the last statement
};

}  // namespace breakwater::server::execute
