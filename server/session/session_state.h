// Who is connected, and everything that a session remembers between statements.
//
// It belongs to its connection: one thread at a time (the I/O thread, or the worker that runs a long SELECT
// while the connection waits).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/memory_account.h"
#include "base/secret.h"
#include "base/transcoder.h"
#include "catalog/dictionary/view.h"
#include "catalog/functions/context.h"
#include "catalog/model/entities.h"
#include "catalog/model/role.h"
#include "grammar/parser.h"
#include "server/net/handler.h"
#include "server/session/diagnostics.h"
#include "server/session/variables.h"

namespace breakwater::server::session {

inline constexpr std::string_view kDefaultSchema = "oceanbase";
inline constexpr std::string_view kOracleVariables =
    "nls_";  ///< what begins so is known in Oracle mode alone
inline constexpr std::size_t kMaxUserVariables = 1024;
inline constexpr std::size_t kMaxUserVariableBytes = std::size_t{1} << 20U;  ///< of all of a session's values

/// What the login determined.
struct Identity {
  std::uint64_t connection_id = 0;
  catalog::AccountKey account;        ///< the account that let the client in
  catalog::AccountId account_id = 0;  ///< its number; a new account may have the same name by now
  std::string tenant;                 ///< the login tenant's name
  std::string client_host;            ///< the client's address
  std::uint16_t client_port = 0;
  std::string tls_version{};  ///< "TLSv1.3"; empty: not over TLS
  std::string tls_cipher{};
  std::string_view compression{};  ///< "zlib", "zstd"; empty: not compressed
  bool is_sys() const { return account.tenant_id == catalog::kSysTenantId; }
};

/// "192.0.2.7:4711": the client's address, with its port if it has one.
std::string address_of(const Identity& who);

class SessionState final : public catalog::Variables {
 public:
  /// `memory`, in which user variables are counted, must outlive it; null: nothing is counted.
  SessionState(Identity identity, catalog::Tenant tenant, const GlobalVariables& globals,
               StatementMemory* memory = nullptr);

  const Identity& identity() const { return identity_; }

  /// The effective tenant: the login tenant, or the one that CHANGE TENANT chose.
  const catalog::Tenant& tenant() const { return tenant_; }
  void change_tenant(catalog::Tenant tenant);
  bool in_sys() const { return tenant_.is_sys(); }
  /// Whether the login tenant is an Oracle one, and so the dialect, the errors and the views. CHANGE TENANT
  /// doesn't change that.
  bool is_oracle() const { return login_tenant_.mode == catalog::CompatibilityMode::oracle; }
  catalog::Visibility visibility() const;

  const std::string& database() const { return database_; }
  void set_database(std::string database);

  // ---- variables ----
  std::string_view variable(VariableIndex index) const { return variables_.get(index); }
  std::string_view variable(std::string_view name) const { return variables_.get(name); }
  std::string_view variable(Variable variable) const { return variables_.get(variable); }
  /// `value` must be in canonical form.
  void set_variable(VariableIndex index, std::string value);
  /// The variables named by session_track_system_variables that have been set since forget_changes(): names
  /// and values, valid until the next change.
  std::vector<std::pair<std::string_view, std::string_view>> tracked_changes() const;
  /// Whether something has changed since forget_changes() that COM_RESET_CONNECTION would undo: a variable,
  /// the database. False while session_track_state_change is OFF.
  bool state_change() const;
  /// The transaction's state for session_track_transaction_info: 'T' for one that a statement began, 'S' once
  /// it has sent a result set, '_' elsewhere. Each statement reads the views' present state, so a transaction
  /// never reads or writes a table. Empty if the client knows this state already.
  std::string_view transaction_change();
  /// Call it if the last transaction_change() did not reach the client.
  void tell_transaction_again() { told_transaction_.reset(); }
  void forget_changes() {
    changed_.clear();
    state_changed_ = false;
  }
  /// The value as MySQL shows it: booleans and integers as numbers, all others as text.
  Result<catalog::Value> system_variable(ast::VariableScope scope, std::string_view name) const override;
  catalog::Value user_variable(std::string_view name) const override;
  void set_user_variable(std::string_view name, catalog::Value value) override;
  using UserVariables = std::map<std::string, catalog::Value, std::less<>>;
  const UserVariables& user_variables() const { return user_variables_; }
  void restore_user_variables(UserVariables values);

  /// All variables as SHOW VARIABLES lists them.
  std::vector<std::pair<std::string, std::string>> shown_variables(ast::VariableScope scope) const;

  const grammar::ParseOptions& parse_options() const { return parse_options_; }
  const catalog::TimeZone& time_zone() const { return time_zone_; }
  catalog::Collation connection_collation() const { return collation_; }
  /// What converts the client's texts (character_set_client) and what it is sent (character_set_results); null: nothing does.
  Transcoder* client_charset() const { return client_charset_.get(); }
  const std::shared_ptr<Transcoder>& results_charset() const { return results_charset_; }
  /// A text of the client's in UTF-8. Call it if client_charset() isn't null. Error: invalid_character_string (1300).
  Result<Secret> from_client(std::string_view text) const;
  /// Everything that a cached plan depends on besides its text.
  const std::string& environment() const { return environment_; }
  /// ob_query_timeout, in microseconds.
  std::int64_t query_timeout() const { return query_timeout_; }
  /// Whether this session has set it itself.
  bool sets_query_timeout() const { return sets_query_timeout_; }
  /// sql_select_limit: the most rows of a SELECT without a LIMIT of its own.
  std::uint64_t select_limit() const { return select_limit_; }
  /// group_concat_max_len, in bytes.
  std::uint64_t group_concat_max() const { return group_concat_max_; }

  /// wait_timeout, net_read_timeout, net_write_timeout.
  const SessionTimeouts& timeouts() const { return timeouts_; }
  /// Call it if the client says that it is interactive: its wait_timeout becomes interactive_timeout.
  void become_interactive();

  /// Resets everything to the state after the login (COM_RESET_CONNECTION).
  void reset();

  Diagnostics diagnostics;
  std::int64_t row_count = -1;
  std::uint64_t found_rows = 0;
  std::size_t prepared_statements = 0;  ///< open when the running statement began
  bool autocommit() const { return autocommit_; }

  /// resultset_metadata: whether clients that negotiated OPTIONAL_RESULTSET_METADATA get column definitions.
  bool sends_metadata() const { return sends_metadata_; }

  bool in_transaction() const { return transaction_ != Transaction::none; }
  void begin_transaction() { transaction_ = Transaction::begun; }
  void end_transaction() { transaction_ = Transaction::none; }
  /// Call it when the running statement sends rows.
  void note_result() {
    if (in_transaction()) transaction_ = Transaction::result_sent;
  }

  bool must_change_password = false;  ///< nothing else is done before that

  Secret backup_password;                 ///< of SET ENCRYPTION; empty: not set
  std::vector<Secret> restore_passwords;  ///< of SET DECRYPTION, all of which a RESTORE tries
  std::vector<Secret> restore_sources;    ///< URIs of ADD RESTORE SOURCE, for the next RESTORE
  /// What RESTORE … PREVIEW asked for, until SHOW RESTORE PREVIEW has shown it.
  struct Preview {
    Secret from;             ///< URIs
    std::int64_t until = 0;  ///< an SCN; 0: as far as the log is whole
  };
  std::optional<Preview> restore_preview;

  catalog::RoleChoice roles;  ///< SET ROLE
  // Privileges of the account and its enabled roles, remembered until the catalogue changes.
  std::vector<catalog::GrantRow> grants;
  std::optional<std::uint64_t> grants_version;

  /// USER() and CURRENT_USER().
  const std::string& user_text() const { return user_text_; }
  const std::string& account_text() const { return account_text_; }

 private:
  enum class Transaction : std::uint8_t { none, begun, result_sent };

  std::optional<catalog::Value> computed_variable(std::string_view name) const;
  /// Computes again what depends on variables and the tenant. Call it when one of them has changed.
  void refresh();
  /// The part that depends on the database too.
  void refresh_environment();

  Identity identity_;
  catalog::Tenant tenant_;
  catalog::Tenant login_tenant_;
  const GlobalVariables* globals_;
  std::string database_;
  std::string user_text_;
  std::string account_text_;
  SessionVariables variables_;
  std::vector<VariableIndex> changed_;
  bool state_changed_ = false;
  Transaction transaction_ = Transaction::none;
  std::optional<Transaction> told_transaction_ = Transaction::none;
  UserVariables user_variables_;
  WaitingMemory user_variables_memory_;

  // Computed from variables, tenant and database.
  grammar::ParseOptions parse_options_;
  catalog::TimeZone time_zone_;
  catalog::Collation collation_ = catalog::Collation::general_ci;
  std::string client_charset_name_;
  std::string results_charset_name_;
  std::shared_ptr<Transcoder> client_charset_;
  std::shared_ptr<Transcoder> results_charset_;
  std::string environment_;
  std::int64_t query_timeout_ = 0;
  bool sets_query_timeout_ = false;
  std::uint64_t select_limit_ = UINT64_MAX;
  std::uint64_t group_concat_max_ = 0;
  SessionTimeouts timeouts_{};
  bool interactive_ = false;
  bool autocommit_ = true;
  bool tracks_transaction_ = false;
  bool sends_metadata_ = true;
};

/// A variable's canonical text as a value.
catalog::Value typed_value(const VariableSpec& spec, std::string_view text);

}  // namespace breakwater::server::session
