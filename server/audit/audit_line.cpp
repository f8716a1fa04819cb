#include "server/audit/audit_line.h"

#include <array>
#include <charconv>
#include <ctime>

#include <nlohmann/json.hpp>

#include "base/json_text.h"

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

std::string line_of(const JsonObject& object) {
  return object.text() + "\n";
}

}  // namespace

std::string audit_line(const catalog::AuditEntry& entry) {
  JsonObject line;
  if (entry.id != 0) line.add("id", entry.id);
  line.add("time", time_text(entry.time));
  line.add("what", entry.what);
  line.add("connection", entry.connection_id);
  line.add("user", entry.who.user);
  line.add("tenant", entry.who.tenant);
  if (!entry.works_in.empty()) line.add("works_in", entry.works_in);
  line.add("address", entry.who.address);
  line.add("tls", entry.tls);
  if (!entry.statement.empty()) line.add("statement", entry.statement);
  line.add("code", entry.code);
  if (entry.ob_code != 0) line.add("ob_code", entry.ob_code);
  if (!entry.error.empty()) line.add("error", entry.error);
  if (!entry.note.empty()) line.add("note", entry.note);
  if (!entry.answer.empty()) line.add("destination", entry.answer);
  line.add("us", entry.microseconds);
  if (!entry.changes.empty()) {
    // accept() looks at it without making an object of it: at what comes from the catalogue's file alone.
    if (!entry.recovered || nlohmann::json::accept(entry.changes)) {
      line.add_json("changes", entry.changes);
    } else {
      line.add("changes", entry.changes);
    }
  }
  if (entry.recovered) line.add("recovered", true);
  return line_of(line);
}

std::string lost_line(std::uint64_t lines, Timestamp now) {
  JsonObject line;
  line.add("time", time_text(now));
  line.add("what", "lost");
  line.add("lines", lines);
  return line_of(line);
}

std::string first_line(std::int64_t written, Timestamp now) {
  JsonObject line;
  line.add("written", written);
  line.add("time", time_text(now));
  line.add("what", "file");
  return line_of(line);
}

std::optional<std::int64_t> id_of_line(std::string_view line) {
  return number_behind(kIdFirst, line);
}

std::optional<std::int64_t> written_of_line(std::string_view line) {
  return number_behind(kWrittenFirst, line);
}

}  // namespace breakwater::server
