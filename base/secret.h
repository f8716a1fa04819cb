// Secrets have a type of their own: a Secret can't be copied by accident, printed or logged, is compared in
// constant time only, and wipes its memory when it is destroyed. Code that needs the bytes calls reveal().
//
// A Secret may be used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace breakwater {

/// Overwrites memory in a way that the compiler does not optimise away.
void wipe(void* data, std::size_t size);
void wipe(std::string& text);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes);
  explicit Secret(std::span<const std::uint8_t> bytes);

  /// Copies the text and wipes the original.
  static Secret take(std::string&& text);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  /// The only way to copy a Secret.
  Secret clone() const { return Secret(reveal()); }

  /// The bytes; valid while this Secret lives. Don't store them in a string that outlives the call.
  std::string_view reveal() const { return {data_.get(), size_}; }
  std::span<const std::uint8_t> reveal_bytes() const;

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// Constant time for equal sizes; the size itself is not hidden.
  bool equals(const Secret& other) const;

 private:
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
};

}  // namespace breakwater
