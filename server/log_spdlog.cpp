#include "server/log_spdlog.h"

#include <atomic>
#include <string>

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/json_text.h"

namespace breakwater::server {
namespace {

constexpr std::size_t kQueuedLines = 1024;
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%fZ %l %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})";

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

/// Clients choose parts of what is logged, their user names for example. They must not be able to forge lines
/// or to send control sequences to a terminal.
std::string printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      out += c;
    } else {
      out.append("\\x").append({kDigits[byte >> 4U], kDigits[byte & 0xFU]});
    }
  }
  return out;
}

std::string text_line(std::uint64_t connection_id, std::string_view text) {
  std::string line;
  if (connection_id != 0) line = "[" + std::to_string(connection_id) + "] ";
  return line + printable(text);
}

/// The members after time and level, without the braces.
std::string json_members(const LogFields& fields, std::string_view text) {
  JsonObject object;
  const auto add = [&](const char* name, std::string_view value) {
    if (!value.empty()) object.add(name, value);
  };
  if (fields.connection_id != 0) object.add("connection", fields.connection_id);
  add("user", fields.user);
  add("tenant", fields.tenant);
  add("works_in", fields.works_in);
  add("address", fields.address);
  add("statement", fields.statement);
  if (fields.code != 0) object.add("code", fields.code);
  add("note", fields.note);
  if (fields.milliseconds) object.add("ms", *fields.milliseconds);
  object.add("message", text);
  return object.members();
}

}  // namespace

class SpdlogLog::Impl {
 public:
  explicit Impl(const Settings& settings)
      : json_(settings.log_format == "json"),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "breakwater", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool_,
            spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(json_ ? kJsonPattern : kTextPattern,
                                                                       spdlog::pattern_time_type::utc));
    logger_->set_level(spdlog::level::trace);
    set_level(settings.log_level);
  }

  /// The pool's destructor writes queued lines and joins its thread; the logger must exist until then.
  ~Impl() { pool_.reset(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void set_level(std::string_view level) {
    level_ = level == "debug"     ? LogLevel::debug
             : level == "info"    ? LogLevel::info
             : level == "warning" ? LogLevel::warning
                                  : LogLevel::error;
  }

  bool wanted(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

  void write(LogLevel level, const LogFields& fields, std::string_view text) {
    const std::string line = json_ ? json_members(fields, text) : text_line(fields.connection_id, text);
    logger_->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  std::atomic<LogLevel> level_{LogLevel::info};
  bool json_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

SpdlogLog::SpdlogLog(const Settings& settings) : impl_(std::make_unique<Impl>(settings)) {}
SpdlogLog::~SpdlogLog() = default;

void SpdlogLog::write(LogLevel level, std::uint64_t connection_id, std::string_view text) {
  write(level, LogFields{.connection_id = connection_id}, text);
}

// If there is no memory for a line, only that line is lost.
void SpdlogLog::write(LogLevel level, const LogFields& fields, std::string_view text) {
  if (!impl_->wanted(level)) return;
  try {
    impl_->write(level, fields, text);
  } catch (const std::exception&) {
    return;
  }
}

void SpdlogLog::announce(std::string_view text) {
  impl_->write(LogLevel::info, LogFields{}, text);
}

void SpdlogLog::set_level(std::string_view level) {
  impl_->set_level(level);
}

}  // namespace breakwater::server
