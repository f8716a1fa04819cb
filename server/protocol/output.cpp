#include "server/protocol/output.h"

#include <algorithm>
#include <utility>

namespace breakwater::protocol {

namespace {

/// The next capacity: twice the old one while malloc serves it; then an eighth more, so that little is
/// wasted.
std::size_t grown(std::size_t capacity, std::size_t needed) {
  constexpr std::size_t kSmallest = 1024;
  const std::size_t more = capacity < Block::kMapped ? capacity * 2 : capacity + capacity / 8;
  return std::max({kSmallest, needed, more});
}

}  // namespace

void Output::reallocate(std::size_t needed) {
  move_to(grown(capacity(), needed));
}

Result<> Output::reserve_more(std::size_t needed) {
  const std::size_t wanted = grown(capacity(), needed);
  if (wanted > kUncounted) {
    // The old and the new block exist at the same time while one is copied.
    BW_CHECK(memory_.set(capacity() < Block::kMapped ? capacity() + wanted : wanted));
    move_to(wanted);
    return memory_.set(wanted);
  }
  move_to(wanted);
  return {};
}

void Output::move_to(std::size_t capacity) {
  if (block_.remap(capacity)) return;
  Block larger(capacity);
  if (size_ != 0) std::memcpy(larger.data(), block_.data(), size_);
  block_ = std::move(larger);
}

void Output::shrink(std::size_t keep) {
  if (size_ != 0 || capacity() <= keep) return;
  block_ = Block();
  memory_.clear();
}

}  // namespace breakwater::protocol
