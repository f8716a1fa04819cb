// Counts the statements of each kind that a session has run, for SHOW STATUS. Only the session's thread
// counts; any thread reads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace breakwater::server::session {

enum class Counter : std::uint8_t {
#define BW_COUNTER(name, shown) name,
#include "server/session/command_table.inc"
#undef BW_COUNTER
};

/// Indexed by Counter.
inline constexpr std::array kCounterNames = {
#define BW_COUNTER(name, shown) std::string_view(shown),
#include "server/session/command_table.inc"
#undef BW_COUNTER
};

using CounterValues = std::array<std::uint64_t, kCounterNames.size()>;

class CommandCounts {
 public:
  /// Only the session's thread.
  void add(Counter counter) {
    auto& count = counts_[static_cast<std::size_t>(counter)];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  /// Sets all counts to 0. Only the session's thread.
  void clear() {
    for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
  }
  void add_to(CounterValues& sums) const {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += counts_[i].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kCounterNames.size()> counts_{};
};

}  // namespace breakwater::server::session
