// The log's interface. The server gives it a sink (spdlog); rooms below it only see this.
//
// A line is a level, a connection (0: none) and a text. The text must hold no secret: secrets are of type
// Secret, which does not convert to text, and statements go through grammar/redact.h first.
#pragma once

#include <cstdint>
#include <string_view>

namespace breakwater {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// Thread-safe. Must not block for long: it's called from I/O threads.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::uint64_t connection_id, std::string_view text) = 0;

  void debug(std::string_view text, std::uint64_t connection_id = 0) {
    write(LogLevel::debug, connection_id, text);
  }
  void info(std::string_view text, std::uint64_t connection_id = 0) {
    write(LogLevel::info, connection_id, text);
  }
  void warning(std::string_view text, std::uint64_t connection_id = 0) {
    write(LogLevel::warning, connection_id, text);
  }
  void error(std::string_view text, std::uint64_t connection_id = 0) {
    write(LogLevel::error, connection_id, text);
  }
};

/// Discards every line. For tests, and for tools that report by other means.
Log& null_log();

}  // namespace breakwater
