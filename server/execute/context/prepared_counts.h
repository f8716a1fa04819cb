// The limit on prepared statements that all sessions of a tenant share.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "base/error.h"

namespace breakwater::server::execute {

/// How many prepared statements the sessions of each tenant have open, for max_prepared_stmt_count.
/// Thread-safe.
class PreparedCounts {
 public:
  /// Error: max_prepared_stmt_count (1461) if the tenant has `most` already.
  Result<> take(std::int64_t tenant, std::uint64_t most);
  std::uint64_t of(std::int64_t tenant) const;
  void give_back(std::int64_t tenant, std::uint64_t count);

 private:
  mutable std::mutex mutex_;
  std::map<std::int64_t, std::uint64_t> counts_;
};

}  // namespace breakwater::server::execute
