// The field types of the protocol, and how each is written and read. A message is a list of fields:
//
//   serialize(out, Int1{0xFE}, StringNull{plugin}, StringEof{salt});
//   if (!deserialize(in, marker, plugin, salt)) …            // false: the bytes ran out
//
// Reading never goes beyond the end of the bytes and copies nothing: it gives views.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "server/protocol/constants.h"
#include "server/protocol/output.h"

namespace breakwater::protocol {

/// Writes the header of a frame. `place` has room for kHeaderSize bytes.
inline void write_frame_header(char* place, std::size_t length, std::uint8_t sequence) {
  const auto header = little_endian(static_cast<std::uint32_t>(length | (std::size_t{sequence} << 24U)));
  std::memcpy(place, &header, kHeaderSize);
}

template <std::size_t Width, std::unsigned_integral T>
struct FixedInt {
  T value = 0;
};
using Int1 = FixedInt<1, std::uint8_t>;
using Int2 = FixedInt<2, std::uint16_t>;
using Int3 = FixedInt<3, std::uint32_t>;
using Int4 = FixedInt<4, std::uint32_t>;

/// One to nine bytes.
struct IntLenenc {
  std::uint64_t value = 0;
};
/// A length (IntLenenc), then as many bytes.
struct StringLenenc {
  std::string_view value;
};
/// One byte of length, then as many bytes.
struct StringByte {
  std::string_view value;
};
/// Ended by a NUL.
struct StringNull {
  std::string_view value;
};
/// Ended by a NUL or by the packet.
struct StringNullOrEof {
  std::string_view value;
};
/// The rest of the packet.
struct StringEof {
  std::string_view value;
};
/// Written as zeros; when read, the bytes are ignored.
template <std::size_t Width>
struct Filler {};

template <std::size_t Width, class T>
void write(Output& out, FixedInt<Width, T> field) {
  const std::uint64_t bytes = little_endian(std::uint64_t{field.value});
  std::memcpy(out.grow(Width), &bytes, Width);
}
inline void write(Output& out, IntLenenc field) {
  constexpr std::uint64_t kOneByte = 251;
  if (field.value < kOneByte) return out.push_back(static_cast<char>(field.value));
  const std::size_t width = field.value < (1ULL << 16U) ? 2 : field.value < (1ULL << 24U) ? 3 : 8;
  out.push_back(static_cast<char>(width == 8 ? 0xFE : 0xFA + width));
  put_le(out, field.value, width);
}
inline void write(Output& out, StringLenenc field) {
  write(out, IntLenenc{field.value.size()});
  out.append(field.value);
}
inline void write(Output& out, StringByte field) {
  out.push_back(static_cast<char>(field.value.size()));
  out.append(field.value);
}
inline void write(Output& out, StringNull field) {
  out.append(field.value);
  out.push_back('\0');
}
inline void write(Output& out, StringNullOrEof field) {
  write(out, StringNull{field.value});
}
inline void write(Output& out, StringEof field) {
  out.append(field.value);
}
template <std::size_t Width>
void write(Output& out, Filler<Width> /*field*/) {
  std::memset(out.grow(Width), 0, Width);
}

template <std::size_t Width, class T>
bool read(ByteReader& in, FixedInt<Width, T>& field) {
  const auto value = in.get_le(Width);
  if (value) field.value = static_cast<T>(*value);
  return value.has_value();
}

inline bool read_bytes(ByteReader& in, std::uint64_t count, std::string_view& out) {
  if (count > in.remaining()) return false;
  const auto bytes = in.get(static_cast<std::size_t>(count));
  if (bytes) out = as_text(*bytes);
  return bytes.has_value();
}

/// Returns false also for 0xFB (NULL) and 0xFF, which are no lengths.
inline bool read(ByteReader& in, IntLenenc& field) {
  Int1 first;
  if (!read(in, first)) return false;
  if (first.value < 0xFB) {
    field.value = first.value;
    return true;
  }
  if (first.value == 0xFB || first.value == 0xFF) return false;
  const auto value = in.get_le(first.value == 0xFE ? 8 : first.value - 0xFAU);
  if (value) field.value = *value;
  return value.has_value();
}
inline bool read(ByteReader& in, StringLenenc& field) {
  IntLenenc size;
  return read(in, size) && read_bytes(in, size.value, field.value);
}
inline bool read(ByteReader& in, StringByte& field) {
  Int1 size;
  return read(in, size) && read_bytes(in, size.value, field.value);
}
inline bool read(ByteReader& in, StringEof& field) {
  if (in.failed()) return false;
  field.value = as_text(in.rest());
  return true;
}
inline bool read(ByteReader& in, StringNullOrEof& field) {
  ByteReader ahead = in;
  const std::string_view left = as_text(ahead.rest());
  const std::size_t end = left.find('\0');
  const bool ended = end != std::string_view::npos;
  if (!read_bytes(in, ended ? end : left.size(), field.value)) return false;
  return !ended || in.get(1).has_value();
}
inline bool read(ByteReader& in, StringNull& field) {
  ByteReader ahead = in;
  if (as_text(ahead.rest()).find('\0') == std::string_view::npos) return false;
  StringNullOrEof text;
  const bool got = read(in, text);
  field.value = text.value;
  return got;
}
template <std::size_t Width>
bool read(ByteReader& in, Filler<Width>& /*field*/) {
  return in.get(Width).has_value();
}

template <class... Fields>
void serialize(Output& out, const Fields&... fields) {
  (write(out, fields), ...);
}
template <class... Fields>
bool deserialize(ByteReader& in, Fields&&... fields) {
  return (read(in, fields) && ...);
}

}  // namespace breakwater::protocol
