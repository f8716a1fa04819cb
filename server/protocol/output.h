// What is to be sent: one flat buffer that all packets of a response are written into, so that a response is
// one write. One thread at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace breakwater::protocol {

class Output {
 public:
  using value_type = char;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }
  const char* data() const { return data_.get(); }
  char* at(std::size_t offset) { return data_.get() + offset; }
  std::string_view view() const { return {data_.get(), size_}; }

  void push_back(char byte) { *grow(1) = byte; }
  void append(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
  }
  /// Makes room for `count` bytes at the end, which the caller fills.
  char* grow(std::size_t count) {
    if (count > capacity_ - size_) reallocate(size_ + count);
    char* const place = data_.get() + size_;
    size_ += count;
    return place;
  }

  void clear() { size_ = 0; }
  /// Back to an earlier size.
  void truncate(std::size_t size) { size_ = size; }
  /// Gives the memory back, if it holds more than `keep` bytes. Only when empty.
  void shrink(std::size_t keep);

 private:
  void reallocate(std::size_t needed);

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace breakwater::protocol
