// A block of bytes for buffers that grow large: packets and answers. A block of kMapped bytes or more is
// mapped from the system (mmap), since malloc would leave a hole in its heap each time the block grows and
// would keep the memory after the block is freed.
#pragma once

#include <cstddef>
#include <utility>

namespace breakwater {

class Block {
 public:
  static constexpr std::size_t kMapped = std::size_t{1} << 20U;

  Block() = default;
  /// The bytes are not initialised. Throws std::bad_alloc.
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

  /// Enlarges a mapped block without copying its bytes. Returns false, and changes nothing, if the block
  /// isn't mapped. Throws std::bad_alloc, and changes nothing then.
  bool remap(std::size_t capacity);

 private:
  bool is_mapped() const { return capacity_ >= kMapped; }

  char* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace breakwater
