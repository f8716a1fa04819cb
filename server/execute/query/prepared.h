// Prepared statements of one session (COM_STMT_*). A statement keeps its text, the options for parsing it,
// and for a SELECT the plan, which sessions share through the statement cache. The values of a SELECT are
// bound to the plan. Other statements are parsed again with their values in place, so that a password or a
// destination becomes a Secret straight from the packet and no copy of it is left.
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
#include "base/text.h"
#include "catalog/bind/query.h"
#include "grammar/parser.h"
#include "server/execute/context/kept_rows.h"
#include "server/execute/context/prepared_counts.h"
#include "server/execute/query/query.h"
#include "server/protocol/binary.h"

namespace breakwater::server::execute {

/// Bytes that may be a secret: they can be moved, and no copy is left.
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
  /// `bytes_ahead`: the bytes of all values sent ahead, of all of the session's statements. Its own memory is
  /// counted in `memory`.
  PreparedStatement(std::uint32_t id, std::string_view text, const session::SessionState& session,
                    std::size_t& bytes_ahead, StatementMemory& memory);
  ~PreparedStatement() { forget_ahead(); }
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;

  std::uint32_t id() const { return id_; }
  const std::string& text() const { return text_; }
  const grammar::ParseOptions& options() const { return options_; }
  std::size_t parameter_count() const { return parameter_count_; }

  /// Parses the text and finds the columns of its result. Errors: those of parse() and bind(),
  /// too_many_parameters (1390), table_access_denied (1142), out_of_memory (1037).
  Result<> prepare(const Statement& statement, const grammar::Stop& stop = {});
  /// The plan with the result's columns when it was prepared; null if it has no result or it isn't known yet.
  const std::shared_ptr<const catalog::Plan>& shape() const { return shape_; }

  // ---- values ----

  /// The next execution reports errors of this. `most`: the most bytes of all values that the session sends
  /// ahead.
  void send_ahead(std::uint16_t parameter, std::string_view data, std::size_t most);
  /// Forgets the values that were sent ahead.
  void forget_ahead();
  /// Reads the values in a packet; they are valid as long as the packet. Texts are converted from the session's character
  /// set. Errors: invalid_argument (1210), invalid_character_string (1300), and those of send_ahead().
  Result<> read_values(std::span<const std::uint8_t> packet, const session::SessionState& session);
  /// The values of EXECUTE … USING, null for NULL, of which it keeps copies until forget_ahead(); call that first. Errors:
  /// invalid_argument (1210) for another number of them, out_of_memory (1037) before anything is copied.
  Result<> give_values(std::span<const catalog::Value* const> values);

  // ---- running ----

  bool is_select() const { return is_select_; }
  /// Whether the SELECT has a plan for values of these kinds, so that bound() needn't parse.
  bool has_plan() const;
  /// A SELECT with its values. Errors: those of the engine.
  Result<BoundQuery> bound(const Statement& statement, const grammar::Stop& stop = {});
  /// Any other statement with its values in place.
  Result<grammar::Parsed> parsed(StatementMemory& memory, const grammar::Stop& stop = {}) const;

  std::optional<KeptRows> cursor;
  std::string name;  ///< of one that PREPARE made, in lower case

 private:
  Result<> count();
  Result<> convert_values(const session::SessionState& session);
  void keep_ahead(std::size_t parameter, std::string_view text);
  Result<> find_plan(const Statement& statement, const grammar::Stop& stop);
  Result<> parse_and_bind(const Statement& statement, const grammar::Stop& stop);
  void keep_literals(std::span<const std::string_view> literals);
  std::string cache_environment() const;

  WaitingMemory memory_;        ///< of texts and plans
  WaitingMemory ahead_memory_;  ///< of the values sent ahead
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
  std::vector<catalog::ParameterKind> kinds_;  ///< those for which plan_ was bound
  std::vector<std::string> literals_;          ///< of plan_->free_literals
  std::vector<std::string_view> literal_views_;

  std::vector<protocol::ParameterType> types_;
  std::vector<protocol::ParameterValue> received_;
  std::map<std::uint16_t, SecretBytes> ahead_;
  std::size_t& bytes_ahead_;
  std::optional<Error> ahead_error_;
};

/// The prepared statements of a session, by number. Their memory is counted in `memory`.
class PreparedStatements {
 public:
  PreparedStatements(PreparedCounts& counts, std::int64_t tenant, StatementMemory& memory)
      : counts_(counts), tenant_(tenant), memory_(memory) {}
  ~PreparedStatements() { clear(); }
  PreparedStatements(const PreparedStatements&) = delete;
  PreparedStatements& operator=(const PreparedStatements&) = delete;

  /// Error: max_prepared_stmt_count (1461).
  Result<PreparedStatement*> add(std::string_view text, const session::SessionState& session,
                                 std::uint64_t most);
  /// Null if there is no such statement.
  PreparedStatement* find(std::uint32_t id);
  void remove(std::uint32_t id);

  // Those of PREPARE have a name too, of which the case doesn't matter; it goes with the statement.
  void name(std::string_view name, PreparedStatement& statement);
  /// Null if there is no such statement.
  PreparedStatement* find(std::string_view name);
  /// Whether there was one.
  bool remove(std::string_view name);
  void clear();
  std::size_t size() const { return statements_.size(); }

 private:
  PreparedCounts& counts_;
  std::int64_t tenant_;
  StatementMemory& memory_;
  std::size_t bytes_ahead_ = 0;
  std::unordered_map<std::uint32_t, std::unique_ptr<PreparedStatement>> statements_;
  std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>> names_;
  std::uint32_t last_id_ = 0;
};

}  // namespace breakwater::server::execute
