// The log on stderr, by spdlog: one line for each event, as text or as a JSON object. Writing never waits for
// the reader of stderr: lines go through a bounded queue to a thread of their own, and when the queue is full
// the oldest are lost.
#pragma once

#include <memory>
#include <string_view>

#include "base/log_fields.h"
#include "server/settings.h"

namespace breakwater::server {

class SpdlogLog final : public FieldLog {
 public:
  /// `settings`: log_format and log_level.
  explicit SpdlogLog(const Settings& settings);
  /// Writes the queued lines.
  ~SpdlogLog() override;
  SpdlogLog(const SpdlogLog&) = delete;
  SpdlogLog& operator=(const SpdlogLog&) = delete;

  void write(LogLevel level, std::uint64_t connection_id, std::string_view text) override;
  /// As JSON with a member for each field; in a line of text the text says them.
  void write(LogLevel level, const LogFields& fields, std::string_view text) override;
  /// Writes a line whatever the level is, for what the user who starts the server must see.
  void announce(std::string_view text);
  /// Any thread.
  void set_level(std::string_view level);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace breakwater::server
