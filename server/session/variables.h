// System variables: MySQL's and OceanBase's names, types, scopes, ranges and errors, in one table that SELECT
// @@x, SHOW VARIABLES and SET use.
//
// A session keeps only the values that it has set. Others are the tenant's globals as they were at the login,
// or else the table's defaults. GlobalVariables is thread-safe; SessionVariables belongs to its session.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "catalog/values/charsets.h"

namespace breakwater::server::session {

enum class VariableType : std::uint8_t { boolean, integer, real, text, enumeration, flags };

/// The scopes of a variable. `both`: each session's value starts as the global one.
enum class VariableHome : std::uint8_t { both, session_only, global_only };

/// The values that a text variable accepts.
enum class VariableText : std::uint8_t { any, charset, charset_or_null, collation, time_zone };

struct VariableSpec {
  std::string_view name;  ///< lower case
  VariableType type;
  VariableHome home;
  bool read_only;
  std::string_view default_value;  ///< canonical text: ON/OFF, digits, a name
  std::int64_t min;                ///< integer and real: values outside the range are clamped with a warning
  std::int64_t max;
  std::string_view choices;  ///< enumeration, flags: the names, comma-separated, in MySQL's order
  VariableText text;         ///< text: what is accepted
};

using VariableIndex = std::uint16_t;
using VariableValue = std::pair<VariableIndex, std::string>;
using VariableValues = std::vector<VariableValue>;

/// The table's rows by name.
enum class Variable : VariableIndex {
#define BW_VARIABLE(name, type, home, read_only, default_value, min, max, choices, text) name,
#include "server/session/variable_table.inc"
#undef BW_VARIABLE
};

/// The table, sorted by name.
std::span<const VariableSpec> variable_table();
/// Finds a variable by its name in any case.
std::optional<VariableIndex> find_variable(std::string_view name);

/// The value that SET assigns. A bare word is text.
struct VariableInput {
  enum class Kind : std::uint8_t { null, integer, real, text };
  Kind kind = Kind::null;
  std::int64_t integer = 0;
  std::string text;  ///< real: as typed
};

struct CheckedValue {
  std::string value;     ///< canonical text
  bool clamped = false;  ///< SHOW WARNINGS gets "Truncated incorrect <name> value"
};

/// Whether clients may use the character set for their texts: it is UTF-8, or the system converts it.
bool is_served(const catalog::CharacterSet& charset);

/// The canonical form of a value. Errors: var_wrong_type (1232), var_wrong_value (1231), and charset_unknown
/// (1115), collation_unknown (1273), time_zone_unknown (1298).
Result<CheckedValue> check_variable(const VariableSpec& spec, const VariableInput& input);

/// The values that SET GLOBAL has changed, for each tenant that somebody has logged in to. The store keeps
/// them; sessions read them here. Thread-safe.
class GlobalVariables {
 public:
  /// The tenant's value, else the server's, else the table's default.
  std::string get(std::int64_t tenant, VariableIndex index) const;
  /// Sets the value that a setting of the server gives every tenant: @@global, and new sessions.
  void set_server(std::string_view name, std::string value);
  void set(std::int64_t tenant, VariableIndex index, std::string value);
  /// Loads the store's values, at a login. Skips names that aren't in the table.
  void load(std::int64_t tenant, std::span<const std::pair<std::string, std::string>> values);
  /// The values that the tenant has changed up to now, for a new session. All sessions share them until the
  /// next change.
  std::shared_ptr<const VariableValues> of_tenant(std::int64_t tenant) const;

 private:
  mutable std::mutex mutex_;
  static constexpr std::int64_t kServer = 0;  ///< the server's own values; no tenant has this id
  std::map<std::pair<std::int64_t, VariableIndex>, std::string> values_;
  mutable std::unordered_map<std::int64_t, std::shared_ptr<const VariableValues>> merged_;
};

/// One session's values.
class SessionVariables {
 public:
  std::string_view get(VariableIndex index) const;
  std::string_view get(Variable variable) const { return get(static_cast<VariableIndex>(variable)); }
  std::string_view get(std::string_view name) const;
  void set(VariableIndex index, std::string value);
  /// Resets all values to the tenant's globals, as at the login.
  void reset(std::shared_ptr<const VariableValues> globals) {
    globals_ = std::move(globals);
    values_.clear();
  }

 private:
  std::shared_ptr<const VariableValues> globals_;
  VariableValues values_;  ///< set since then
};

}  // namespace breakwater::server::session
