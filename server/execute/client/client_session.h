// A client's session: it takes commands and writes answers, and connects the parser with the dispatcher
// (run_statement.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log_fields.h"
#include "grammar/parser.h"
#include "server/execute/client/run_statement.h"
#include "server/execute/context/audited.h"
#include "server/execute/context/services.h"
#include "server/execute/context/statement.h"
#include "server/execute/query/evaluate.h"
#include "server/execute/query/prepared.h"
#include "server/execute/query/query.h"
#include "server/execute/query/set_statement.h"
#include "server/net/handler.h"
#include "server/session/registry.h"
#include "server/session/session_state.h"

namespace breakwater::server::execute {

class ClientSession final : public Session {
 public:
  /// `version`: the catalogue's version in which the account was found (StoreStats::commits).
  ClientSession(Services& services, Connection& connection, session::SessionState state,
                std::uint64_t version);
  /// Logs the logout.
  ~ClientSession() override;
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  /// Call it when the login has succeeded: it is logged and audited, and the session's end is logged.
  void log_login(bool change_user);

  Task<> execute(const protocol::Command& command, protocol::ResponseWriter& out) override;
  protocol::StatusFlags status() const override;
  SessionTimeouts timeouts() const override { return state_.timeouts(); }
  /// Ends waits for storage or a lock. A SELECT asks Connection::interrupted() itself.
  void interrupt() override;

 private:
  /// Where an answer goes, and its flags.
  struct Answer {
    protocol::ResponseWriter& out;
    bool more_results = false;
    bool binary = false;         ///< rows in the binary protocol
    KeptRows* cursor = nullptr;  ///< not null: the rows are kept there
  };

  Task<> run_other(const protocol::Command& command, protocol::ResponseWriter& out);
  bool has_changed_password();
  Task<> run_first(const protocol::Command& command, protocol::ResponseWriter& out);
  Task<> run_long_command(const protocol::Command& command, protocol::ResponseWriter& out);
  void follow_variables(protocol::ResponseWriter& out) const;
  Task<Result<Secret>> convert_on_worker(std::string_view text);
  Task<> execute_converted(protocol::Command command, protocol::ResponseWriter& out);
  Task<> execute_utf8(const protocol::Command& command, protocol::ResponseWriter& out);
  Task<> query(std::string_view sql, protocol::ResponseWriter& out);
  Task<> query_list(std::string_view sql, protocol::ResponseWriter& out);
  Task<> query_one_or_list(std::string_view sql, bool one, protocol::ResponseWriter& out);
  Task<> query_long(std::string_view sql, protocol::ResponseWriter& out);
  Task<Result<std::string_view>> split_on_worker(std::string_view& rest);
  Task<> run_text(std::string_view sql, Answer answer);
  Task<> run_long_text(Statement statement, Answer answer);
  void fail_to_read(const Error& error, Answer answer);
  std::optional<Result<BoundQuery>> bind_query(const Statement& statement, const ast::Statement& parsed);
  Task<> run_query(const ast::Statement& parsed, Result<BoundQuery> bound, const Statement& statement,
                   Answer answer);
  Task<> run_parsed(grammar::Parsed parsed, const Statement& statement, Answer answer);
  Task<> run_waiting(grammar::Parsed parsed, RunWaiting run, Statement statement, Answer answer);
  Task<> run_evaluated(const ast::Statement& parsed, Result<Values> values, const Statement& statement,
                       Answer answer);
  Task<> run_evaluating(grammar::Parsed parsed, Exprs exprs, Statement statement, Answer answer);
  Task<> run_globals(std::vector<GlobalChange> changes, Statement statement, Answer answer);
  LogFields log_fields() const;
  void log_outcome(std::string_view shown, Timestamp begun, const Error* error);
  catalog::AuditEntry audit_entry(std::string_view shown, Timestamp begun) const;
  void audit_outcome(std::string_view shown, Timestamp begun, const Error* error);
  void log_denial(const Error& error, const Statement& statement);
  Task<> run_bound(Statement statement, BoundQuery query, Answer answer);
  Task<> finish_long(Statement statement, BoundQuery query, ResultTarget target, Answer answer);
  void write_table(const ResultTable& table, Answer answer);
  void finish(const Result<Outcome>& result, Answer answer);
  void fail_with(const Error& error, Answer answer);
  void fail_query(const Error& error, const Statement& statement, Answer answer);
  void log_internal_error(const Error& error, const Statement& statement);
  protocol::StatusFlags flags_of(const Answer& answer) const;
  protocol::SessionChanges changes_with_rows();
  ResultTarget target_of(const Answer& answer);
  void init_db(std::string_view name, protocol::ResponseWriter& out);
  void field_list(const protocol::FieldList& list, protocol::ResponseWriter& out);
  void kill(std::uint64_t id, protocol::ResponseWriter& out);
  /// Whether nothing has been committed since the account was last found.
  bool is_checked() const { return services_.store().stats().commits == checked_; }
  Result<> check_account();
  bool may_go_on(Answer answer);
  Result<Statement> begin(std::string_view sql) { return begin(sql, state_.parse_options()); }
  Result<Statement> begin(std::string_view sql, const grammar::ParseOptions& options);

  // client_session_texts.cpp: PREPARE, EXECUTE, DEALLOCATE PREPARE
  Task<> run_of_texts(const ast::Statement& parsed, Answer answer);
  Task<> prepare_text(const ast::PrepareText& prepare, Answer answer);
  Task<> prepare_long_text(PreparedStatement& prepared, Statement statement, std::string name, Answer answer);
  void finish_prepare_text(PreparedStatement& prepared, const Result<>& done, std::string_view name,
                           Answer answer);
  Task<> execute_text(const ast::ExecuteText& execute, Answer answer);
  Result<PreparedStatement*> add_prepared(std::string_view sql);

  // client_session_prepared.cpp: COM_STMT_*
  Task<> execute_prepared(const protocol::Command& command, protocol::ResponseWriter& out);
  Task<> prepare(std::string_view sql, protocol::ResponseWriter& out);
  Task<> prepare_long(PreparedStatement& prepared, Statement statement, protocol::ResponseWriter& out);
  void finish_prepare(PreparedStatement& prepared, const Result<>& done, protocol::ResponseWriter& out);
  Task<> run_prepared(const protocol::StmtExecute& command, protocol::ResponseWriter& out);
  Task<> run_prepared(PreparedStatement& prepared, const Statement& statement, Answer answer);
  Task<> run_long_prepared(PreparedStatement& prepared, Statement statement, Answer answer);
  Task<> run_read(Result<BoundQuery> query, const Statement& statement, Answer answer);
  Task<> run_read(Result<grammar::Parsed> parsed, const Statement& statement, Answer answer);
  void send_ahead(const protocol::StmtSendLongData& command);
  void reset_prepared(std::uint32_t id, protocol::ResponseWriter& out);
  Task<> fetch(const protocol::StmtFetch& command, protocol::ResponseWriter& out);
  Task<> fetch_rest(PreparedStatement& prepared, std::uint32_t rows, protocol::ResponseWriter& out);
  bool fetch_some(PreparedStatement& prepared, std::uint32_t& rows, protocol::ResponseWriter& out);
  void reset();

  Services& services_;
  Connection& connection_;
  session::SessionState state_;
  std::string address_;  ///< the client's, with the port
  session::RegistryEntry entry_;
  PreparedStatements prepared_;
  std::optional<storage::Cancellation> cancellation_;  ///< of the running statement
  std::uint64_t checked_;  ///< the version of the catalogue in which the account was last found
  std::optional<AuditedStatement> audited_;  ///< of the running statement, if it may change something
  bool failed_ = false;                      ///< whether the last statement failed
  bool logged_in_ = false;
};

}  // namespace breakwater::server::execute
