#include "server/protocol/packet_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/secret.h"

namespace breakwater::protocol {
namespace {

constexpr std::size_t kFirstCapacity = 2048;
constexpr std::size_t kKeptCapacity = 4096;
constexpr std::size_t kReadAhead = std::size_t{64} << 10U;

}  // namespace

PacketReader::~PacketReader() {
  wipe(block_.data(), end_);
}

std::size_t PacketReader::frame_length(std::size_t at) const {
  const auto byte = [&](std::size_t i) {
    return std::size_t{static_cast<std::uint8_t>(block_.data()[at + i])};
  };
  return byte(0) | (byte(1) << 8U) | (byte(2) << 16U);
}

Result<std::optional<PacketReader::Packet>> PacketReader::next() {
  take();
  for (;;) {
    // A joined packet keeps its first header; the header of the following frame comes right after the
    // payload.
    const std::size_t header = begin_ + (joined_ == 0 ? 0 : kHeaderSize + joined_);
    if (end_ - header < kHeaderSize) return std::nullopt;
    const std::size_t length = frame_length(header);
    const auto sequence = static_cast<std::uint8_t>(block_.data()[header + 3]);
    if (sequence != expected_) return fail(error::packets_out_of_order());
    if (length > max_packet_ - std::min(max_packet_, joined_)) return fail(error::packet_too_large());
    if (end_ - header < kHeaderSize + length) return std::nullopt;

    if (joined_ != 0) {
      char* const gap = block_.data() + header;
      std::memmove(gap, gap + kHeaderSize, end_ - header - kHeaderSize);
      end_ -= kHeaderSize;
    }
    joined_ += length;
    if (length == kMaxFrame) {
      ++expected_;
      continue;
    }
    taken_ = kHeaderSize + joined_;
    expected_ = first_sequence_;
    const char* const start = block_.data() + begin_ + kHeaderSize;
    const std::size_t size = std::exchange(joined_, 0);
    return Packet{as_bytes({start, size}), sequence};
  }
}

void PacketReader::take() {
  if (taken_ == 0) return;
  wipe(block_.data() + begin_, taken_);
  begin_ += std::exchange(taken_, 0);
  if (begin_ == end_) begin_ = end_ = 0;
}

std::string PacketReader::take_rest() {
  take();
  std::string rest(block_.data() + begin_, end_ - begin_);
  wipe(block_.data() + begin_, rest.size());
  begin_ = end_ = 0;
  return rest;
}

std::span<char> PacketReader::space(std::size_t count) {
  if (capacity() - end_ < count) make_room(count);
  return {block_.data() + end_, capacity() - end_};
}

// Moves the bytes that are still needed to the front. The bytes before them are wiped already (take()); this
// wipes the bytes that they leave.
void PacketReader::to_front() {
  const std::size_t held = end_ - begin_;
  if (begin_ == 0) return;
  std::memmove(block_.data(), block_.data() + begin_, held);
  const std::size_t left = std::max(held, begin_);
  wipe(block_.data() + left, end_ - left);
}

void PacketReader::make_room(std::size_t count) {
  const std::size_t held = end_ - begin_;
  const bool worth_moving = begin_ >= capacity() / 2 && capacity() - held >= count;
  if (worth_moving) {
    to_front();
  } else {
    // Doubles the capacity, but not beyond the longest packet, since twice that would be much.
    const std::size_t ahead = std::min(capacity() * 2, std::max(capacity(), max_packet_) + kReadAhead);
    const std::size_t wanted = std::max({kFirstCapacity, ahead, held + count});
    if (block_.remap(wanted)) {
      to_front();
    } else {
      Block larger(wanted);
      if (held != 0) std::memcpy(larger.data(), block_.data() + begin_, held);
      wipe(block_.data(), end_);
      block_ = std::move(larger);
    }
  }
  begin_ = 0;
  end_ = held;
}

void PacketReader::release() {
  take();
  if (begin_ != end_ || capacity() <= kKeptCapacity) return;
  block_ = Block();
  begin_ = end_ = 0;
}

}  // namespace breakwater::protocol
