// What the store's writer tells the connections that read.
#pragma once

#include <atomic>
#include <cstdint>

namespace breakwater::catalog {

/// Set by the writer's thread, read by any.
struct Commits {
  std::atomic<std::uint64_t> count = 0;   ///< transactions that were made durable
  std::atomic<bool> log_is_long = false;  ///< the write-ahead log is begun anew once nobody holds a snapshot
};

}  // namespace breakwater::catalog
