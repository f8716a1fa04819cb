// Memory for one asynchronous operation, reserved before the operation begins, so that neither its start nor
// its end can fail for want of memory.
//
//   HandlerMemory memory;
//   asio::post(executor, asio::bind_allocator(memory.allocator(), handler));   // allocates nothing
#pragma once

#include <cstddef>
#include <new>

namespace breakwater {

/// For one operation at a time. It must outlive the operation; the handler may own it, since an operation
/// gives the memory back before its handler runs or is destroyed. One thread at a time.
class HandlerMemory {
 public:
  template <class T>
  struct Allocator {
    using value_type = T;

    explicit Allocator(HandlerMemory& of) : memory(&of) {}
    template <class U>
    explicit(false) Allocator(const Allocator<U>& other) noexcept : memory(other.memory) {}

    T* allocate(std::size_t count) { return static_cast<T*>(memory->take(count * sizeof(T))); }
    void deallocate(T* block, std::size_t /*count*/) noexcept { memory->give_back(block); }
    template <class U>
    bool operator==(const Allocator<U>& other) const noexcept {
      return memory == other.memory;
    }

    HandlerMemory* memory;
  };

  HandlerMemory() = default;
  HandlerMemory(const HandlerMemory&) = delete;
  HandlerMemory& operator=(const HandlerMemory&) = delete;

  Allocator<void> allocator();

 private:
  /// More than Asio needs for a timer's wait, a post or an accept with a coroutine's handler.
  static constexpr std::size_t kBytes = 384;

  // An allocation that doesn't fit comes from the heap, as without this class.
  void* take(std::size_t size) {
    if (size > kBytes || taken_) return ::operator new(size);
    taken_ = true;
    return bytes_;
  }
  void give_back(void* block) noexcept {
    if (block != bytes_) return ::operator delete(block);
    taken_ = false;
  }

  alignas(std::max_align_t) std::byte bytes_[kBytes];
  bool taken_ = false;
};

template <>
struct HandlerMemory::Allocator<void> {
  using value_type = void;

  explicit Allocator(HandlerMemory& of) : memory(&of) {}
  template <class U>
  explicit(false) Allocator(const Allocator<U>& other) noexcept : memory(other.memory) {}
  template <class U>
  bool operator==(const Allocator<U>& other) const noexcept {
    return memory == other.memory;
  }

  HandlerMemory* memory;
};

inline HandlerMemory::Allocator<void> HandlerMemory::allocator() {
  return Allocator<void>(*this);
}

}  // namespace breakwater
