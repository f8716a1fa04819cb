// The buffer of outgoing bytes: all packets of a response are written into one flat buffer, so that a
// response is sent by one write. One thread at a time.
#pragma once

#include <cstring>
#include <string_view>

#include "base/block.h"
#include "base/error.h"
#include "base/memory_account.h"

namespace breakwater::protocol {

class Output {
 public:
  using value_type = char;

  Output() = default;
  /// Counts in `memory` if it holds more than kUncounted bytes.
  explicit Output(StatementMemory& memory) : memory_(&memory) {}

  /// Bytes up to which it grows without being counted; larger ones must be asked for by reserve().
  static constexpr std::size_t kUncounted = 128 << 10;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return block_.capacity(); }
  const char* data() const { return block_.data(); }
  char* at(std::size_t offset) { return block_.data() + offset; }
  std::string_view view() const { return {block_.data(), size_}; }

  void push_back(char byte) { *grow(1) = byte; }
  void append(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
  }
  /// Makes room for `count` bytes at the end, which the caller fills.
  char* grow(std::size_t count) {
    if (count > capacity() - size_) reallocate(size_ + count);
    char* const place = block_.data() + size_;
    size_ += count;
    return place;
  }

  /// Makes room for so many more bytes; asks the account first. Error: out_of_memory (1037).
  Result<> reserve(std::size_t count) {
    return count <= capacity() - size_ ? Result<>() : reserve_more(size_ + count);
  }

  /// Bytes that are counted in no account.
  std::size_t uncounted() const { return capacity() - memory_.bytes(); }

  /// Counts what grow() has taken without asking. Error: out_of_memory (1037).
  Result<> settle() { return capacity() <= kUncounted ? Result<>() : memory_.set(capacity()); }

  void clear() { size_ = 0; }
  void truncate(std::size_t size) { size_ = size; }
  /// Gives the memory back if it holds more than `keep` bytes. Only when empty.
  void shrink(std::size_t keep);

 private:
  Result<> reserve_more(std::size_t needed);
  void reallocate(std::size_t needed);
  void move_to(std::size_t capacity);

  WaitingMemory memory_;
  Block block_;
  std::size_t size_ = 0;
};

}  // namespace breakwater::protocol
