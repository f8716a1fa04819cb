#include "server/execute/context/prepared_counts.h"

#include <string>

namespace breakwater::server::execute {

Result<> PreparedCounts::take(std::int64_t tenant, std::uint64_t most) {
  const std::scoped_lock lock(mutex_);
  std::uint64_t& count = counts_[tenant];
  if (count >= most) return fail(error::max_prepared_stmt_count(std::to_string(most)));
  ++count;
  return {};
}

std::uint64_t PreparedCounts::of(std::int64_t tenant) const {
  const std::scoped_lock lock(mutex_);
  const auto found = counts_.find(tenant);
  return found == counts_.end() ? 0 : found->second;
}

void PreparedCounts::give_back(std::int64_t tenant, std::uint64_t count) {
  if (count == 0) return;
  const std::scoped_lock lock(mutex_);
  const auto found = counts_.find(tenant);
  found->second -= count;
  if (found->second == 0) counts_.erase(found);
}

}  // namespace breakwater::server::execute
