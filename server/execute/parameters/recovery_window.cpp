#include "server/execute/parameters/recovery_window.h"

#include <algorithm>

#include "server/execute/parameters/config_time.h"

namespace breakwater::server::execute {

Timestamp expire_time(const catalog::DeletePolicy& policy, Timestamp now) {
  if (policy.recovery_window.empty()) return now;
  const auto window = parse_config_time(policy.recovery_window);
  return window ? std::max<Timestamp>(now - std::min<Timestamp>(window->count(), now), 0) : 0;
}

}  // namespace breakwater::server::execute
