// backup_dest_check_interval, by which a tenant overrides the setting destination_check_interval.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/execute/parameters/config_time.h"

namespace breakwater::server::execute {

inline constexpr std::string_view kCheckInterval = "backup_dest_check_interval";

/// In milliseconds: 0 (off), or from a minute to 30 days, so that no tenant keeps the server busy. Nothing for anything else.
inline std::optional<std::int64_t> check_interval(std::string_view text) {
  const auto time = parse_config_time(text);
  if (!time || (time->count() != 0 && *time < std::chrono::minutes(1))) return std::nullopt;
  const auto value = std::chrono::floor<std::chrono::milliseconds>(*time);
  if (value > std::chrono::days(30)) return std::nullopt;
  return value.count();
}

}  // namespace breakwater::server::execute
