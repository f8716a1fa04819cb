// What the store's writer tells the reading connections.
#pragma once

#include <atomic>
#include <cstdint>

namespace breakwater::catalog {

/// The writer's thread sets it; any thread reads it.
struct Commits {
  std::atomic<std::uint64_t> count = 0;   ///< durable transactions
  std::atomic<bool> log_is_long = false;  ///< readers should release snapshots, so that the log can be reset
};

}  // namespace breakwater::catalog
