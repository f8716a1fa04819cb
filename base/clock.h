// Time and entropy are parameters, so that tests decide them.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

namespace breakwater {

/// Microseconds since the epoch, UTC. What the catalogue and the file formats store.
using Timestamp = std::int64_t;

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

/// A source of bytes that nobody can predict. Thread-safe. If the generator fails, the process ends: nothing
/// would be safe without it.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::uint8_t> out) const = 0;
};

const Clock& system_clock();
const Entropy& system_entropy();

/// A point on the steady clock after which an operation gives up.
using Deadline = std::chrono::steady_clock::time_point;
inline Deadline deadline_in(std::chrono::milliseconds wait) {
  return std::chrono::steady_clock::now() + wait;
}

}  // namespace breakwater
