// A block of bytes for what grows large: buffers of packets and answers. From kMapped bytes on it is memory
// of its own: malloc would take it out of what it keeps, leave a hole there each time it grows, and not give
// it back before somebody asks.
#pragma once

#include <cstddef>
#include <utility>

namespace breakwater {

class Block {
 public:
  static constexpr std::size_t kMapped = std::size_t{1} << 20U;

  Block() = default;
  /// Its bytes are anything. Throws std::bad_alloc.
  explicit Block(std::size_t capacity);
  Block(Block&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}
  Block& operator=(Block&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Block();

  char* data() const { return data_; }
  std::size_t capacity() const { return capacity_; }

  /// Larger, with the bytes that it holds, and without a copy of them: where it is mapped. False: it isn't,
  /// and nothing has changed. Throws std::bad_alloc; nothing has changed then either.
  bool remap(std::size_t capacity);

 private:
  bool is_mapped() const { return capacity_ >= kMapped; }

  char* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace breakwater
