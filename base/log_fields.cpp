#include "base/log_fields.h"

#include <algorithm>

#include "base/text.h"

namespace breakwater {
namespace {

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' || c == '-' ||
         c == '.' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

std::string quoted(std::string_view name) {
  if (!name.empty() && std::ranges::all_of(name, is_plain)) return std::string(name);
  std::string text = "'";
  for (const char c : name) text.append(c == '\'' ? 2 : 1, c);
  return text + "'";
}

}  // namespace

void write(Log& log, LogLevel level, const LogFields& fields, std::string_view text) {
  if (auto* apart = dynamic_cast<FieldLog*>(&log)) return apart->write(level, fields, text);
  log.write(level, fields.connection_id, text);
}

std::string who(const LogFields& fields) {
  std::string text = quoted(fields.user) + '@' + quoted(fields.tenant);
  if (!fields.works_in.empty()) text += " (in " + quoted(fields.works_in) + ')';
  return text.append(1, ' ').append(fields.address);
}

}  // namespace breakwater
