// Prepared statements of one session (COM_STMT_*). A statement keeps its text, how that is to be read, and
// for a SELECT the plan, which sessions share through the statement cache. Its values are bound to the plan;
// statements of other kinds are parsed anew with their values in place, so that a password or a destination
// is a Secret from the packet on and nothing of it stays behind.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/memory_account.h"
#include "base/secret.h"
#include "catalog/bind/query.h"
#include "grammar/parser.h"
#include "server/execute/context/kept_rows.h"
#include "server/execute/context/prepared_counts.h"
#include "server/execute/query/query.h"
#include "server/protocol/binary.h"

namespace breakwater::server::execute {

/// Bytes that may be a secret: wherever they move, no copy stays.
class SecretBytes {
 public:
  SecretBytes() = default;
  ~SecretBytes() { wipe(bytes_); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  void append(std::string_view more);
  std::string_view view() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Belongs to its session's thread.
class PreparedStatement {
 public:
  /// `bytes_ahead`: of all values sent ahead, for all of the session's statements. What it holds is
  /// `memory`'s.
  PreparedStatement(std::uint32_t id, std::string_view text, const session::SessionState& session,
                    std::size_t& bytes_ahead, StatementMemory& memory);
  ~PreparedStatement() { forget_ahead(); }
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;

  std::uint32_t id() const { return id_; }
  const std::string& text() const { return text_; }
  const grammar::ParseOptions& options() const { return options_; }
  std::size_t parameter_count() const { return parameter_count_; }

  /// Reads the text and finds what it will give. Errors: those of parse() and bind(), too_many_parameters,
  /// table_access_denied, out_of_memory.
  Result<> prepare(const Statement& statement, const grammar::Stop& stop = {});
  /// The result's columns when it was prepared; none: no result, or none known yet.
  const std::shared_ptr<const catalog::Plan>& shape() const { return shape_; }

  // ---- values

  /// Errors are told by the next execution. `most`: bytes of all values that the session has sent ahead.
  void send_ahead(std::uint16_t parameter, std::string_view data, std::size_t most);
  /// Forgets what was sent ahead.
  void forget_ahead();
  /// Reads a packet's values. They live as long as the packet. Errors: invalid_argument (1210), and what
  /// send_ahead() left.
  Result<> read_values(std::span<const std::uint8_t> packet);

  // ---- running

  bool is_select() const { return is_select_; }
  /// bound() needs to read nothing: the SELECT's plan is for values of these kinds.
  bool has_plan() const;
  /// A SELECT with its values. Errors: the engine's.
  Result<BoundQuery> bound(const Statement& statement, const grammar::Stop& stop = {});
  /// Any other statement with its values in place.
  Result<grammar::Parsed> parsed(StatementMemory& memory, const grammar::Stop& stop = {}) const;

  std::optional<KeptRows> cursor;

 private:
  Result<> count();
  Result<> find_plan(const Statement& statement, const grammar::Stop& stop);
  Result<> parse_and_bind(const Statement& statement, const grammar::Stop& stop);
  void keep_literals(std::span<const std::string_view> literals);
  std::string cache_environment() const;

  WaitingMemory memory_;        ///< of texts and plans
  WaitingMemory ahead_memory_;  ///< of what was sent ahead
  std::uint32_t id_;
  std::string text_;
  grammar::ParseOptions options_;
  std::size_t parameter_count_ = 0;
  bool is_select_ = false;
  std::shared_ptr<const catalog::Plan> shape_;

  // What a plan depends on, as it was when the statement was prepared.
  std::string environment_;
  std::string database_;
  catalog::Collation collation_;

  std::shared_ptr<const catalog::Plan> plan_;
  std::vector<catalog::ParameterKind> kinds_;  ///< that plan_ was bound for
  std::vector<std::string> literals_;          ///< of plan_->free_literals
  std::vector<std::string_view> literal_views_;

  std::vector<protocol::ParameterType> types_;
  std::vector<protocol::ParameterValue> received_;
  std::map<std::uint16_t, SecretBytes> ahead_;
  std::size_t& bytes_ahead_;
  std::optional<Error> ahead_error_;
};

/// A session's statements by number. What they hold is `memory`'s.
class PreparedStatements {
 public:
  PreparedStatements(PreparedCounts& counts, std::int64_t tenant, StatementMemory& memory)
      : counts_(counts), tenant_(tenant), memory_(memory) {}
  ~PreparedStatements() { clear(); }
  PreparedStatements(const PreparedStatements&) = delete;
  PreparedStatements& operator=(const PreparedStatements&) = delete;

  /// Errors: max_prepared_stmt_count.
  Result<PreparedStatement*> add(std::string_view text, const session::SessionState& session,
                                 std::uint64_t most);
  /// Null: there is none.
  PreparedStatement* find(std::uint32_t id);
  void remove(std::uint32_t id);
  void clear();
  std::size_t size() const { return statements_.size(); }

 private:
  PreparedCounts& counts_;
  std::int64_t tenant_;
  StatementMemory& memory_;
  std::size_t bytes_ahead_ = 0;
  std::unordered_map<std::uint32_t, std::unique_ptr<PreparedStatement>> statements_;
  std::uint32_t last_id_ = 0;
};

}  // namespace breakwater::server::execute
