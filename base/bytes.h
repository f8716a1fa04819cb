// Reading and writing little-endian bytes within bounds. Used by the protocol and by the file formats.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace breakwater {

using Bytes = std::vector<std::uint8_t>;

inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <std::unsigned_integral T>
constexpr T little_endian(T value) {
  if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) return value;
  T swapped = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    swapped = static_cast<T>((swapped << 8U) | ((value >> (8 * i)) & 0xFFU));
  return swapped;
}

/// Appends `width` low bytes of `value`, little-endian. width: 1 to 8.
template <class Buffer>
void put_le(Buffer& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) {
    out.push_back(static_cast<typename Buffer::value_type>((value >> (8 * i)) & 0xFFU));
  }
}

/// Reads from a span, never beyond its end. Once a getter asks for more bytes than are left, it and all later
/// getters return nullopt.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::size_t remaining() const { return bytes_.size() - at_; }
  std::size_t position() const { return at_; }
  bool failed() const { return failed_; }

  /// width: 1 to 8.
  std::optional<std::uint64_t> get_le(std::size_t width) {
    const auto bytes = get(width);
    if (!bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value |= std::uint64_t{(*bytes)[i]} << (8 * i);
    return value;
  }

  std::optional<std::span<const std::uint8_t>> get(std::size_t count) {
    if (failed_ || count > remaining()) {
      failed_ = true;
      return std::nullopt;
    }
    const auto bytes = bytes_.subspan(at_, count);
    at_ += count;
    return bytes;
  }

  /// What is left; nothing once the bytes have run out.
  std::span<const std::uint8_t> rest() { return get(remaining()).value_or(std::span<const std::uint8_t>()); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace breakwater
