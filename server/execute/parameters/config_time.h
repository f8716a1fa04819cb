// Times as OceanBase's parameters take them: a number and a unit, "120s", "7d"; without a unit seconds
// (docs/spec/behaviour.md#config-time).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace breakwater::server::execute {

/// Units are us, ms, s, m, h and d in any case. Nullopt if the text is no such time or it exceeds 64 bits.
std::optional<std::chrono::microseconds> parse_config_time(std::string_view text);

}  // namespace breakwater::server::execute
