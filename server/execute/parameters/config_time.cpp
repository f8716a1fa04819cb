#include "server/execute/parameters/config_time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "base/text.h"

namespace breakwater::server::execute {

std::optional<std::chrono::microseconds> parse_config_time(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t microseconds;
  };
  constexpr std::array kUnits = {Unit{"us", 1},         Unit{"ms", 1'000},        Unit{"s", 1'000'000},
                                 Unit{"m", 60'000'000}, Unit{"h", 3'600'000'000}, Unit{"d", 86'400'000'000}};
  const std::size_t digits = text.find_first_not_of("0123456789");
  const auto count = whole_number<std::int64_t>(text.substr(0, digits));
  const std::string_view name =
      digits == std::string_view::npos ? std::string_view("s") : text.substr(digits);
  const auto* unit = std::ranges::find_if(kUnits, [&](const Unit& u) { return iequals(u.name, name); });
  if (!count || unit == kUnits.end()) return std::nullopt;
  if (*count > std::numeric_limits<std::int64_t>::max() / unit->microseconds) return std::nullopt;
  return std::chrono::microseconds(*count * unit->microseconds);
}

}  // namespace breakwater::server::execute
