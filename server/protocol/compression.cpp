#include "server/protocol/compression.h"

#include <algorithm>
#include <cstring>

#include <zlib.h>
#include <zstd.h>

#include "base/secret.h"
#include "server/protocol/wire.h"

namespace breakwater::protocol {
namespace {

constexpr std::size_t kFrameHeader = 7;  ///< three bytes: length; one: sequence; three: length when inflated
constexpr std::size_t kChunk = 16 << 10;
constexpr std::size_t kLongestFrame = 1 << 20;  ///< bytes of our own frames, before compression
constexpr std::size_t kWorthCompressing = 50;   ///< bytes, as MySQL has it
constexpr std::size_t kKept = 4096;             ///< bytes that an idle connection keeps
constexpr int kZlibLevel = 3;
constexpr int kMostZstdLevel = 9;  ///< higher levels need much more memory for little gain

void write_compressed_header(char* place, std::size_t length, std::uint8_t sequence, std::size_t plain) {
  write_frame_header(place, length, sequence);
  for (std::size_t i = 0; i < 3; ++i) place[4 + i] = static_cast<char>((plain >> (8 * i)) & 0xFFU);
}

}  // namespace

std::string_view name_of(Compression compression) {
  switch (compression) {
    case Compression::zlib:
      return "zlib";
    case Compression::zstd:
      return "zstd";
    case Compression::none:
      break;
  }
  return {};
}

Compression compression_of(Capabilities capabilities) {
  if ((capabilities & capability::kCompress) != 0) return Compression::zlib;
  return (capabilities & capability::kZstd) != 0 ? Compression::zstd : Compression::none;
}

CompressedStream::CompressedStream(Compression how, std::uint8_t zstd_level)
    : how_(how), zstd_level_(std::clamp(int{zstd_level}, 1, kMostZstdLevel)) {}

std::span<char> CompressedStream::space() {
  const std::size_t size = in_.size();
  char* const place = in_.grow(kChunk);
  in_.truncate(size);
  return {place, kChunk};
}

Result<bool> CompressedStream::unpack(PacketReader& reader, std::size_t max_packet) {
  const std::string_view left = in_.view().substr(begin_);
  ByteReader header(as_bytes(left));
  Int3 length;
  Int1 sequence;
  Int3 plain;
  if (!deserialize(header, length, sequence, plain)) return false;
  if (plain.value > max_packet + kHeaderSize) return fail(error::packet_too_large());
  if (header.remaining() < length.value) return false;

  const std::string_view frame = left.substr(kFrameHeader, length.value);
  const std::size_t size = plain.value == 0 ? frame.size() : plain.value;
  if (size != 0) {
    const std::span<char> out = reader.space(size).first(size);
    if (plain.value == 0) {
      std::memcpy(out.data(), frame.data(), size);
    } else if (!inflate(frame, out)) {
      return fail(error::net_uncompress_error());
    }
    reader.received(size);
  }
  sequence_ = static_cast<std::uint8_t>(sequence.value + 1);
  wipe(in_.at(begin_), kFrameHeader + frame.size());
  begin_ += kFrameHeader + frame.size();
  if (begin_ == in_.size() || begin_ >= kLongestFrame) {
    std::memmove(in_.at(0), in_.at(begin_), in_.size() - begin_);
    in_.truncate(in_.size() - begin_);
    begin_ = 0;
  }
  return true;
}

// Returns false unless it gives exactly as many bytes as the frame said.
bool CompressedStream::inflate(std::string_view frame, std::span<char> out) const {
  if (how_ == Compression::zstd) {
    return ZSTD_decompress(out.data(), out.size(), frame.data(), frame.size()) == out.size();
  }
  uLongf size = out.size();
  const int result = ::uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                                  reinterpret_cast<const Bytef*>(frame.data()), frame.size());
  return result == Z_OK && size == out.size();
}

// Returns how many bytes it appended to `wire`; 0 if compression saves nothing.
std::size_t CompressedStream::deflate(std::string_view plain, Output& wire) const {
  const std::size_t before = wire.size();
  std::size_t size = 0;
  if (how_ == Compression::zstd) {
    const std::size_t bound = ZSTD_compressBound(plain.size());
    size = ZSTD_compress(wire.grow(bound), bound, plain.data(), plain.size(), zstd_level_);
    if (ZSTD_isError(size) != 0) size = 0;
  } else {
    uLongf room = ::compressBound(plain.size());
    auto* const place = reinterpret_cast<Bytef*>(wire.grow(room));
    const auto* const from = reinterpret_cast<const Bytef*>(plain.data());
    size = ::compress2(place, &room, from, plain.size(), kZlibLevel) == Z_OK ? room : 0;
  }
  if (size >= plain.size()) size = 0;
  wire.truncate(before + size);
  return size;
}

void CompressedStream::pack_one(std::string_view plain, Output& wire) {
  const std::size_t header = wire.size();
  wire.grow(kFrameHeader);
  const std::size_t size = plain.size() < kWorthCompressing ? 0 : deflate(plain, wire);
  if (size == 0) wire.append(plain);
  write_compressed_header(wire.at(header), size == 0 ? plain.size() : size, sequence_++,
                          size == 0 ? 0 : plain.size());
}

void CompressedStream::pack(std::string_view plain, Output& wire) {
  for (std::size_t at = 0; at < plain.size(); at += kLongestFrame) {
    pack_one(plain.substr(at, kLongestFrame), wire);
  }
}

void CompressedStream::release() {
  if (in_.size() != begin_) return;
  in_.clear();
  begin_ = 0;
  in_.shrink(kKept);
}

}  // namespace breakwater::protocol
