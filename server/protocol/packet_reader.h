// Bytes from the network → packets. Frames that continue each other are joined; a packet lies in one piece.
//
//   for (;;) {
//     BW_TRY(const auto packet, reader.next());
//     if (!packet) { read into reader.space(), reader.received(n); continue; }
//     …
//   }
//
// Memory follows the bytes that have really come, not the lengths that were announced, and never passes the
// limit. What has been taken out is wiped, since a statement may hold a password. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/block.h"
#include "base/error.h"
#include "server/protocol/constants.h"
#include "server/protocol/messages.h"

namespace breakwater::protocol {

class PacketReader {
 public:
  explicit PacketReader(std::size_t max_packet) : max_packet_(max_packet) {}
  ~PacketReader();
  PacketReader(const PacketReader&) = delete;
  PacketReader& operator=(const PacketReader&) = delete;

  struct Packet {
    Payload payload;        ///< valid until the next call of next(), space() or release()
    std::uint8_t sequence;  ///< of its last frame: the answer's first packet has the next number
  };

  /// The next whole packet, or nothing yet. Errors: packet_too_large (1153) as soon as the lengths announced
  /// pass the limit, packets_out_of_order (1156). The connection ends after either.
  Result<std::optional<Packet>> next();

  /// Where the next bytes are to be put: at least `count`.
  std::span<char> space(std::size_t count = 1);
  void received(std::size_t count) { end_ += count; }

  /// Part of a packet is here.
  bool in_packet() const { return end_ - begin_ != taken_ || joined_ != 0; }

  /// The first frame of the next packet must have this number (a command's is 0).
  void expect_sequence(std::uint8_t sequence) { first_sequence_ = expected_ = sequence; }
  /// After an error of next(): the number of the frame at fault, for the answer.
  std::uint8_t sequence() const { return expected_; }
  void set_max_packet(std::size_t bytes) { max_packet_ = bytes; }

  /// What has come and isn't handed out; between packets. skip() drops its first bytes.
  std::string_view waiting() const { return {block_.data() + begin_, end_ - begin_}; }
  void skip(std::size_t count) { begin_ += count; }
  /// What has come behind the packets that were handed out: it is another protocol's (TLS).
  std::string take_rest();

  std::size_t capacity() const { return block_.capacity(); }

  /// While idle: gives memory back beyond what a small statement needs.
  void release();

 private:
  void take();
  void to_front();
  void make_room(std::size_t count);
  std::size_t frame_length(std::size_t at) const;

  Block block_;
  std::size_t begin_ = 0;   ///< of the packet that is being read, or of the one handed out
  std::size_t end_ = 0;     ///< of what has come
  std::size_t taken_ = 0;   ///< bytes from begin_ that belong to the packet handed out
  std::size_t joined_ = 0;  ///< payload bytes of this packet's whole frames, in one piece at begin_ + header
  std::size_t max_packet_;
  std::uint8_t first_sequence_ = 0;
  std::uint8_t expected_ = 0;
};

}  // namespace breakwater::protocol
