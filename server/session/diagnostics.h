// The diagnostics area: what SHOW WARNINGS and SHOW ERRORS tell of the last statement. One for each session,
// used by its thread alone. Bounded: a statement that warns a million times keeps the first kMaxWarnings and
// counts on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace breakwater::server::session {

enum class WarningLevel : std::uint8_t { note, warning, error };

struct Warning {
  WarningLevel level;
  std::uint16_t code;
  std::string text;
};

inline constexpr std::size_t kMaxWarnings = 64;  ///< MySQL's max_error_count
inline constexpr std::size_t kMaxWarningBytes = 16U
                                                << 10U;  ///< of their texts; what is beyond is counted alone
inline constexpr std::uint16_t kHintCode = 1105;       ///< ER_UNKNOWN_ERROR: the code of notes that are ours
inline constexpr std::uint16_t kTruncatedCode = 1292;  ///< ER_TRUNCATED_WRONG_VALUE

class Diagnostics {
 public:
  /// A statement begins: what it adds is counted anew. `keeps`: it reads the list (SHOW WARNINGS), or touches
  /// no table; every other statement empties it.
  void begin(bool keeps);

  /// An error that ends a statement, and its hint as a note behind it.
  void add(const Error& error);
  /// The same as an Oracle tenant is told.
  void add(const OracleError& error, const std::string& hint);
  void add(WarningLevel level, std::uint16_t code, std::string text);
  /// What the user should know though the statement succeeds.
  void note(std::string text) { add(WarningLevel::note, kHintCode, std::move(text)); }

  const std::vector<Warning>& list() const { return list_; }
  std::uint64_t errors() const { return errors_; }
  /// All of them, errors and notes included, as MySQL's warning_count is.
  std::uint64_t total() const { return total_; }
  /// Of the running statement: what its OK or EOF packet carries.
  std::uint16_t of_statement() const { return of_statement_; }

 private:
  void clear();

  std::vector<Warning> list_;
  std::size_t bytes_ = 0;  ///< of list_
  std::uint64_t errors_ = 0;
  std::uint64_t total_ = 0;
  std::uint16_t of_statement_ = 0;
};

std::string_view level_name(WarningLevel level);

}  // namespace breakwater::server::session
