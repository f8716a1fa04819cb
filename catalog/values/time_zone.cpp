#include "catalog/values/time_zone.h"

#include <ctime>

#include "base/text.h"
#include "catalog/values/temporal.h"

namespace breakwater::catalog {

std::int64_t TimeZone::to_local(Timestamp utc) const {
  if (!system) return utc + offset_seconds * temporal::kSecond;
  const std::int64_t floor =
      utc >= 0 ? utc / temporal::kSecond : -((-utc + temporal::kSecond - 1) / temporal::kSecond);
  const std::time_t seconds = floor;
  std::tm fields{};
  localtime_r(&seconds, &fields);
  return utc + fields.tm_gmtoff * temporal::kSecond;
}

Timestamp TimeZone::to_utc(std::int64_t local) const {
  if (!system) return local - offset_seconds * temporal::kSecond;
  // Finds the offset at that wall clock time in two steps, since the first guess may be on the other side of
  // a change.
  const std::int64_t guess = local - (to_local(local) - local);
  return local - (to_local(guess) - guess);
}

std::optional<TimeZone> parse_time_zone(std::string_view text) {
  constexpr std::int32_t kLeast = -(12 * 3600 + 59 * 60), kMost = 13 * 3600;
  if (iequals(text, "SYSTEM")) return TimeZone{.system = true};
  if (iequals(text, "UTC") || iequals(text, "GMT")) return TimeZone{};
  if (text.size() < 4 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon < 2 || colon > 3 || text.size() != colon + 3)
    return std::nullopt;
  std::int32_t fields[2] = {0, 0};
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (i == colon) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    std::int32_t& field = fields[i > colon ? 1 : 0];
    field = field * 10 + (text[i] - '0');
  }
  const std::int32_t seconds = (fields[0] * 3600 + fields[1] * 60) * (text[0] == '-' ? -1 : 1);
  if (fields[1] > 59 || seconds < kLeast || seconds > kMost) return std::nullopt;
  return TimeZone{.offset_seconds = seconds};
}

}  // namespace breakwater::catalog
