#include "base/secret.h"

#include <cstring>
#include <utility>

#include <openssl/crypto.h>

namespace breakwater {

void wipe(void* data, std::size_t size) {
  if (size != 0) OPENSSL_cleanse(data, size);
}

void wipe(std::string& text) {
  wipe(text.data(), text.size());
  text.clear();
}

Secret::Secret(std::string_view bytes)
    : data_(bytes.empty() ? nullptr : std::make_unique_for_overwrite<char[]>(bytes.size())),
      size_(bytes.size()) {
  if (size_ != 0) std::memcpy(data_.get(), bytes.data(), size_);
}

Secret::Secret(std::span<const std::uint8_t> bytes)
    : Secret(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())) {}

Secret Secret::take(std::string&& text) {
  Secret secret{std::string_view(text)};
  std::string source =
      std::move(text);  // NOLINT(performance-move-const-arg): the caller's buffer is ours now
  wipe(source);
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe(data_.get(), size_);
  data_ = std::move(other.data_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

Secret::~Secret() {
  wipe(data_.get(), size_);
}

std::span<const std::uint8_t> Secret::reveal_bytes() const {
  return {reinterpret_cast<const std::uint8_t*>(data_.get()), size_};
}

bool Secret::equals(const Secret& other) const {
  return size_ == other.size_ && (size_ == 0 || CRYPTO_memcmp(data_.get(), other.data_.get(), size_) == 0);
}

}  // namespace breakwater
