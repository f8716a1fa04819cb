// Sources and sinks of an object's bytes, piece by piece.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/task.h"

namespace breakwater::storage {

/// Read on the operation's executor; the same bytes may be read more than once, since attempts are repeated.
/// An upload in parts reads several pieces at once.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size() const = 0;
  /// Reads at most `into` from `offset` on. Returns how many bytes it read: at least one unless `offset` is
  /// the size.
  virtual Task<Result<std::size_t>> read(std::uint64_t offset, std::span<std::uint8_t> into) = 0;
};

/// Takes the bytes in order, each once.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Task<Result<>> write(std::span<const std::uint8_t> bytes) = 0;
};

}  // namespace breakwater::storage
