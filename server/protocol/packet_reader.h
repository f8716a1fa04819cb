// Makes packets from the bytes of the network. Frames that continue each other are joined, so that a packet
// is in one piece.
//
//   for (;;) {
//     BW_TRY(const auto packet, reader.next());
//     if (!packet) { read into reader.space(), reader.received(n); continue; }
//     …
//   }
//
// Memory is taken for bytes that have really come, not for lengths that were announced, and never more than
// the limit. Packets that were taken out are wiped, since a statement may hold a password. One thread at a
// time.
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

  /// The next whole packet, or nullopt if there is none yet. Errors: packet_too_large (1153) as soon as the
  /// announced lengths exceed the limit, packets_out_of_order (1156). The connection ends after both.
  Result<std::optional<Packet>> next();

  /// The space for the next bytes that are read: at least `count` bytes.
  std::span<char> space(std::size_t count = 1);
  void received(std::size_t count) { end_ += count; }

  /// Whether a part of a packet has come.
  bool in_packet() const { return end_ - begin_ != taken_ || joined_ != 0; }

  /// The first frame of the next packet must have this number (a command's is 0).
  void expect_sequence(std::uint8_t sequence) { first_sequence_ = expected_ = sequence; }
  /// After an error of next(): the number of the frame at fault, for the answer.
  std::uint8_t sequence() const { return expected_; }
  void set_max_packet(std::size_t bytes) { max_packet_ = bytes; }

  /// The bytes that have come and weren't handed out; call it between packets. skip() drops the first of
  /// them.
  std::string_view waiting() const { return {block_.data() + begin_, end_ - begin_}; }
  void skip(std::size_t count) { begin_ += count; }
  /// Takes the bytes after the packets that were handed out: they belong to another protocol (TLS).
  std::string take_rest();

  std::size_t capacity() const { return block_.capacity(); }

  /// Gives back memory that a small statement doesn't need. Call it while idle.
  void release();

 private:
  void take();
  void to_front();
  void make_room(std::size_t count);
  std::size_t frame_length(std::size_t at) const;

  Block block_;
  std::size_t begin_ = 0;   ///< of the packet that is being read, or of the one handed out
  std::size_t end_ = 0;     ///< of the bytes that have come
  std::size_t taken_ = 0;   ///< bytes from begin_ that belong to the packet handed out
  std::size_t joined_ = 0;  ///< payload bytes of this packet's whole frames, in one piece at begin_ + header
  std::size_t max_packet_;
  std::uint8_t first_sequence_ = 0;
  std::uint8_t expected_ = 0;
};

}  // namespace breakwater::protocol
