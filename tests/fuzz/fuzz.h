// What the fuzz targets share. A target reads its input, checks what must hold, and traps when it doesn't.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace breakwater::fuzz {

/// What must hold whatever the input.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

/// Takes what a target decides by from the input's front: zeros when it's at its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  std::uint32_t word() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) value |= std::uint32_t{byte()} << shift;
    return value;
  }
  /// At most `most` bytes, as many as the next byte says.
  std::span<const std::uint8_t> some(std::size_t most = 255) {
    const std::size_t wanted = byte();
    const std::size_t count = wanted < most ? wanted : most;
    const auto part = bytes_.first(count < bytes_.size() ? count : bytes_.size());
    bytes_ = bytes_.subspan(part.size());
    return part;
  }
  std::span<const std::uint8_t> rest() const { return bytes_; }
  std::string_view text() const { return as_text(bytes_); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace breakwater::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
