// Compressed frames from the network, in pieces of any size -> packets; and whatever is packed is unpacked.
#include <algorithm>
#include <cstring>
#include <string>

#include "fuzz/fuzz.h"
#include "server/protocol/compression.h"

namespace breakwater {
namespace {

using protocol::CompressedStream;
using protocol::Compression;

constexpr std::size_t kLimit = 1 << 16;
constexpr std::uint8_t kZstd = 1;
constexpr std::uint8_t kRoundTrip = 2;

void unpack_all(fuzz::Input& input, CompressedStream& stream) {
  protocol::PacketReader reader(kLimit);
  while (!input.empty()) {
    const auto piece = input.some();
    for (std::size_t at = 0; at < piece.size();) {
      const auto space = stream.space();
      const std::size_t count = std::min(space.size(), piece.size() - at);
      std::memcpy(space.data(), piece.data() + at, count);
      stream.received(count);
      at += count;
    }
    for (;;) {
      const auto packet = reader.next();
      if (!packet) return;
      if (*packet) {
        fuzz::require((*packet)->payload.size() <= kLimit);
        continue;
      }
      const auto more = stream.unpack(reader, kLimit);
      if (!more) return;
      if (!*more) break;
    }
    if (!stream.in_frame()) stream.release();
  }
}

void round_trip(std::string_view plain, Compression how, std::uint8_t level) {
  CompressedStream ours(how, level);
  protocol::Output wire;
  ours.pack(plain, wire);
  CompressedStream theirs(how, level);
  theirs.add(wire.view());
  protocol::PacketReader reader(kLimit);
  for (;;) {
    const auto more = theirs.unpack(reader, kLimit);
    fuzz::require(more.has_value());
    if (!*more) break;
  }
  fuzz::require(!theirs.in_frame() && reader.waiting() == plain);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::uint8_t flags = input.byte();
  const Compression how = (flags & kZstd) != 0 ? Compression::zstd : Compression::zlib;
  const std::uint8_t level = input.byte();
  if ((flags & kRoundTrip) != 0) {
    round_trip(input.text(), how, level);
    return 0;
  }
  CompressedStream stream(how, level);
  unpack_all(input, stream);
  return 0;
}

}  // namespace breakwater
