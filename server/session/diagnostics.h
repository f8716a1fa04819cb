// The diagnostics area: what SHOW WARNINGS and SHOW ERRORS show for the last statement. Each session has one;
// only its thread uses it. It is bounded: of a statement's warnings the first kMaxWarnings are kept and the
// others only counted.
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
/// Bytes of their texts; warnings beyond it are only counted.
inline constexpr std::size_t kMaxWarningBytes = 16U << 10U;
inline constexpr std::uint16_t kHintCode = 1105;       ///< ER_UNKNOWN_ERROR: the code of notes that are ours
inline constexpr std::uint16_t kTruncatedCode = 1292;  ///< ER_TRUNCATED_WRONG_VALUE

class Diagnostics {
 public:
  /// Call it when a statement begins: its warnings are counted from 0. `keeps`: the statement reads the list
  /// (SHOW WARNINGS) or touches no table; every other statement empties the list.
  void begin(bool keeps);

  /// Adds an error that ends a statement, then its note.
  void add(const Error& error);
  /// The same for an Oracle tenant.
  void add(const OracleError& error, std::string_view what_to_do);
  void add(WarningLevel level, std::uint16_t code, std::string text);
  /// Adds something that the user should know although the statement succeeds.
  void note(std::string text) { add(WarningLevel::note, kHintCode, std::move(text)); }

  const std::vector<Warning>& list() const { return list_; }
  std::uint64_t errors() const { return errors_; }
  /// The number of all, with errors and notes, like MySQL's warning_count.
  std::uint64_t total() const { return total_; }
  /// The number of those of the running statement, for its OK or EOF packet.
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
