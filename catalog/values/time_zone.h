// The time zone of a session: converts between UTC and the wall clock. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace breakwater::catalog {

/// A session's time zone: a fixed offset, or the machine's.
struct TimeZone {
  bool system = false;
  std::int32_t offset_seconds = 0;
  /// UTC -> wall clock and back, in microseconds.
  std::int64_t to_local(Timestamp utc) const;
  Timestamp to_utc(std::int64_t local) const;
};
/// "SYSTEM", "UTC", "+08:00". Nullopt for others; the caller's error is time_zone_unknown (1298) then.
std::optional<TimeZone> parse_time_zone(std::string_view text);

}  // namespace breakwater::catalog
