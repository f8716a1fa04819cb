// Bytes from the network, in pieces of any size -> packets.
#include <algorithm>
#include <cstring>

#include "fuzz/fuzz.h"
#include "server/protocol/packet_reader.h"

namespace breakwater {

constexpr std::size_t kLimit = 1 << 16;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  protocol::PacketReader reader(kLimit);
  std::size_t given = 0;
  while (!input.empty()) {
    const auto piece = input.some();
    for (std::size_t at = 0; at < piece.size();) {
      const auto space = reader.space();
      const std::size_t count = std::min(space.size(), piece.size() - at);
      std::memcpy(space.data(), piece.data() + at, count);
      reader.received(count);
      at += count;
    }
    for (;;) {
      const auto packet = reader.next();
      if (!packet) return 0;
      if (!*packet) break;
      given += (*packet)->payload.size();
      fuzz::require((*packet)->payload.size() <= kLimit && given <= size);
    }
    if (!reader.in_packet()) reader.release();
  }
  return 0;
}

}  // namespace breakwater
