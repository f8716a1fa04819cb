// The compressed protocol: after the login packets are sent in frames, each compressed by itself by zlib or
// zstd. A frame names its size and the size of its content; memory is taken only for bytes that have really
// come, and never more than max_packet allows. No I/O; one thread at a time.
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

/// The compression that was negotiated; zlib if a client sets both.
Compression compression_of(Capabilities capabilities);

/// As MySQL's Compression_algorithm names it; empty for none.
std::string_view name_of(Compression compression);

class CompressedStream {
 public:
  /// `zstd_level`: the level that the client asked for.
  CompressedStream(Compression how, std::uint8_t zstd_level);

  // ---- in ----

  /// The space for the next bytes that are read: at least one byte.
  std::span<char> space();
  void received(std::size_t count) { in_.grow(count); }
  /// Bytes that came with the login's last packet.
  void add(std::string_view bytes) { in_.append(bytes); }

  /// Gives `reader` the content of the next whole frame; returns false if there is none yet. It unpacks one
  /// frame at a time, so that memory is bounded by one frame and one packet. Errors: packet_too_large (1153)
  /// if the content is to be larger than max_packet, malformed_packet (1835) if it isn't as large as the
  /// frame says.
  Result<bool> unpack(PacketReader& reader, std::size_t max_packet);
  /// Whether a part of a frame has come.
  bool in_frame() const { return in_.size() != begin_; }

  // ---- out ----

  /// Appends the frames for `plain` to `wire`. Their numbers follow that of the last frame that was unpacked.
  void pack(std::string_view plain, Output& wire);

  std::size_t capacity() const { return in_.capacity(); }

  /// Gives memory back. Call it while idle.
  void release();

 private:
  bool inflate(std::string_view frame, std::span<char> out) const;
  std::size_t deflate(std::string_view plain, Output& wire) const;
  void pack_one(std::string_view plain, Output& wire);

  Compression how_;
  int zstd_level_;
  Output in_;              ///< frames as they came
  std::size_t begin_ = 0;  ///< of the first frame that isn't unpacked
  std::uint8_t sequence_ = 0;
};

}  // namespace breakwater::protocol
