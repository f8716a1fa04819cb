// A secret is a type: it can't be copied by accident, printed, logged or compared other than in constant
// time, and its memory is wiped when it dies. Whoever needs the bytes says so by calling reveal().
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

/// Overwrites memory so that the compiler cannot leave the write out.
void wipe(void* data, std::size_t size);
void wipe(std::string& text);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes);
  explicit Secret(std::span<const std::uint8_t> bytes);

  /// Takes the text over and wipes it where it was.
  static Secret take(std::string&& text);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  /// The one way to duplicate: explicit.
  Secret clone() const { return Secret(reveal()); }

  /// The bytes; valid while this Secret lives. Never to be stored in a string that outlives the call.
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
