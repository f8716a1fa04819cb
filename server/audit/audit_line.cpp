#include "server/audit/audit_line.h"

#include <array>
#include <charconv>
#include <ctime>

#include <nlohmann/json.hpp>

namespace breakwater::server {
namespace {

constexpr std::string_view kIdFirst = "{\"id\":";
constexpr std::string_view kWrittenFirst = "{\"written\":";

std::string time_text(Timestamp time) {
  constexpr std::int64_t kSecond = 1'000'000;
  const std::time_t seconds = time / kSecond;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &parts);
  const std::string fraction = std::to_string(kSecond + time % kSecond);  // "1" and six digits
  return std::string(text.data(), size) + fraction.substr(1) + "Z";
}

std::optional<std::int64_t> number_behind(std::string_view beginning, std::string_view line) {
  if (!line.starts_with(beginning)) return std::nullopt;
  line.remove_prefix(beginning.size());
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (bad != std::errc() || end == line.data() + line.size() || *end != ',') return std::nullopt;
  return number;
}

std::string dump(const nlohmann::ordered_json& line) {
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string audit_line(const catalog::AuditEntry& entry) {
  nlohmann::ordered_json line;
  if (entry.id != 0) line["id"] = entry.id;
  line["time"] = time_text(entry.time);
  line["what"] = entry.what;
  line["connection"] = entry.connection_id;
  line["user"] = entry.who.user;
  line["tenant"] = entry.who.tenant;
  if (!entry.works_in.empty()) line["works_in"] = entry.works_in;
  line["address"] = entry.who.address;
  line["tls"] = entry.tls;
  if (!entry.statement.empty()) line["statement"] = entry.statement;
  line["code"] = entry.code;
  if (entry.ob_code != 0) line["ob_code"] = entry.ob_code;
  if (!entry.error.empty()) line["error"] = entry.error;
  if (!entry.note.empty()) line["note"] = entry.note;
  if (!entry.answer.empty()) line["destination"] = entry.answer;
  line["us"] = entry.microseconds;
  if (!entry.changes.empty()) {
    auto changes = nlohmann::ordered_json::parse(entry.changes, nullptr, false);
    line["changes"] = changes.is_discarded() ? nlohmann::ordered_json(entry.changes) : std::move(changes);
  }
  if (entry.recovered) line["recovered"] = true;
  return dump(line);
}

std::string lost_line(std::uint64_t lines, Timestamp now) {
  nlohmann::ordered_json line;
  line["time"] = time_text(now);
  line["what"] = "lost";
  line["lines"] = lines;
  return dump(line);
}

std::string first_line(std::int64_t written, Timestamp now) {
  nlohmann::ordered_json line;
  line["written"] = written;
  line["time"] = time_text(now);
  line["what"] = "file";
  return dump(line);
}

std::optional<std::int64_t> id_of_line(std::string_view line) {
  return number_behind(kIdFirst, line);
}

std::optional<std::int64_t> written_of_line(std::string_view line) {
  return number_behind(kWrittenFirst, line);
}

}  // namespace breakwater::server
