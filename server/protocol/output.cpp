#include "server/protocol/output.h"

#include <algorithm>

namespace breakwater::protocol {

void Output::reallocate(std::size_t needed) {
  constexpr std::size_t kSmallest = 1024;
  const std::size_t capacity = std::max({kSmallest, needed, capacity_ * 2});
  auto data = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ != 0) std::memcpy(data.get(), data_.get(), size_);
  data_ = std::move(data);
  capacity_ = capacity;
}

void Output::shrink(std::size_t keep) {
  if (size_ != 0 || capacity_ <= keep) return;
  data_.reset();
  capacity_ = 0;
}

}  // namespace breakwater::protocol
