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

}  // namespace

PacketReader::~PacketReader() {
  wipe(data_.get(), end_);
}

std::size_t PacketReader::frame_length(std::size_t at) const {
  const auto byte = [&](std::size_t i) { return std::size_t{static_cast<std::uint8_t>(data_[at + i])}; };
  return byte(0) | (byte(1) << 8U) | (byte(2) << 16U);
}

Result<std::optional<PacketReader::Packet>> PacketReader::next() {
  take();
  for (;;) {
    // A joined packet keeps its first header; the following frame's header stands right behind the payload.
    const std::size_t header = begin_ + (joined_ == 0 ? 0 : kHeaderSize + joined_);
    if (end_ - header < kHeaderSize) return std::nullopt;
    const std::size_t length = frame_length(header);
    const auto sequence = static_cast<std::uint8_t>(data_[header + 3]);
    if (sequence != expected_) return fail(error::packets_out_of_order());
    if (length > max_packet_ - std::min(max_packet_, joined_)) return fail(error::packet_too_large());
    if (end_ - header < kHeaderSize + length) return std::nullopt;

    if (joined_ != 0) {
      char* const gap = data_.get() + header;
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
    const char* const start = data_.get() + begin_ + kHeaderSize;
    const std::size_t size = std::exchange(joined_, 0);
    return Packet{as_bytes({start, size}), sequence};
  }
}

void PacketReader::take() {
  if (taken_ == 0) return;
  wipe(data_.get() + begin_, taken_);
  begin_ += std::exchange(taken_, 0);
  if (begin_ == end_) begin_ = end_ = 0;
}

std::string PacketReader::take_rest() {
  take();
  std::string rest(data_.get() + begin_, end_ - begin_);
  wipe(data_.get() + begin_, rest.size());
  begin_ = end_ = 0;
  return rest;
}

std::span<char> PacketReader::space(std::size_t count) {
  if (capacity_ - end_ < count) make_room(count);
  return {data_.get() + end_, capacity_ - end_};
}

void PacketReader::make_room(std::size_t count) {
  const std::size_t held = end_ - begin_;
  const bool worth_moving = begin_ >= capacity_ / 2 && capacity_ - held >= count;
  if (worth_moving) {
    std::memmove(data_.get(), data_.get() + begin_, held);
    wipe(data_.get() + std::max(held, begin_), end_ - std::max(held, begin_));
  } else {
    const std::size_t capacity = std::max({kFirstCapacity, capacity_ * 2, held + count});
    auto data = std::make_unique_for_overwrite<char[]>(capacity);
    if (held != 0) std::memcpy(data.get(), data_.get() + begin_, held);
    wipe(data_.get(), end_);
    data_ = std::move(data);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = held;
}

void PacketReader::release() {
  take();
  if (begin_ != end_ || capacity_ <= kKeptCapacity) return;
  data_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace breakwater::protocol
