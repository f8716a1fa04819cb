// Where an object's bytes come from and go to, in pieces.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"
#include "storage/pool/cancellation.h"

namespace breakwater::storage {

/// Read on the operation's executor, perhaps more than once: attempts are repeated.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills at most `into` from `offset` on; how many bytes, at least one unless `offset` is the size.
  virtual Task<Result<std::size_t>> read(std::uint64_t offset, std::span<std::uint8_t> into) = 0;
};

/// Takes the bytes in order, each once.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Task<Result<>> write(std::span<const std::uint8_t> bytes) = 0;
};

}  // namespace breakwater::storage
