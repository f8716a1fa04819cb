// The compressed protocol: after the login every packet travels in frames, each compressed by itself by zlib
// or zstd. A frame says how long it is and how long it will be; neither is believed further than bytes have
// come and max_packet allows. No I/O; one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "server/protocol/constants.h"
#include "server/protocol/output.h"
#include "server/protocol/packet_reader.h"

namespace breakwater::protocol {

enum class Compression : std::uint8_t { none, zlib, zstd };

/// What was negotiated; zlib where a client sets both.
Compression compression_of(Capabilities capabilities);

/// As MySQL's Compression_algorithm names it; empty for none.
std::string_view name_of(Compression compression);

class CompressedStream {
 public:
  /// `zstd_level`: the client's wish.
  CompressedStream(Compression how, std::uint8_t zstd_level);

  // ---- in ----

  /// Where the next bytes are to be put: at least one.
  std::span<char> space();
  void received(std::size_t count) { in_.grow(count); }
  /// Bytes that came with the login's last packet.
  void add(std::string_view bytes) { in_.append(bytes); }

  /// Gives `reader` what the next whole frame holds; false: there is none yet. One frame at a time, so that
  /// what is held is bounded by a frame beside a packet. Errors: packet_too_large (1153) for one that says it
  /// grows beyond max_packet, malformed_packet (1835) for one that doesn't become what it says.
  Result<bool> unpack(PacketReader& reader, std::size_t max_packet);
  /// Part of a frame is here.
  bool in_frame() const { return in_.size() != begin_; }

  // ---- out ----

  /// Appends `plain`'s frames to `wire`, numbered on from the last one that was unpacked.
  void pack(std::string_view plain, Output& wire);

  std::size_t capacity() const { return in_.capacity(); }

  /// While idle: gives memory back.
  void release();

 private:
  bool inflate(std::string_view frame, std::span<char> out) const;
  std::size_t deflate(std::string_view plain, Output& wire) const;
  void pack_one(std::string_view plain, Output& wire);

  Compression how_;
  int zstd_level_;
  Output in_;              ///< frames as they came
  std::size_t begin_ = 0;  ///< of the first one that isn't unpacked
  std::uint8_t sequence_ = 0;
};

}  // namespace breakwater::protocol
