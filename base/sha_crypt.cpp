#include "base/sha_crypt.h"

#include <array>
#include <memory>
#include <new>

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/crypto.h"

namespace breakwater::crypto {
namespace {

using Span = std::span<const std::uint8_t>;

constexpr std::string_view kAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Computes one digest after another in the same context.
class Hasher {
 public:
  Hasher() { restart(); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void add(Span bytes) { must(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
  /// Returns the digest of what was added; the next digest starts empty.
  Sha256 take() {
    Sha256 digest{};
    must(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    restart();
    return digest;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MD* type) const { EVP_MD_free(type); }
  };

  // It fails only for want of memory. The caller must not get zeros then: two such digests are equal.
  static void must(bool done) {
    if (!done) throw std::bad_alloc();
  }
  void restart() {
    must(context_ != nullptr && type_ != nullptr &&
         EVP_DigestInit_ex2(context_.get(), type_.get(), nullptr) == 1);
  }

  std::unique_ptr<EVP_MD_CTX, Free> context_{EVP_MD_CTX_new()};
  std::unique_ptr<EVP_MD, Free> type_{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
};

/// `size` bytes: the digest repeated, the last time in part.
Bytes stretched(const Sha256& digest, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = digest[i % digest.size()];
  return bytes;
}

// The digest that the rounds start from: password and salt, mixed by the bits of the password's length.
Sha256 first_digest(Hasher& hasher, Span password, Span salt) {
  hasher.add(password);
  hasher.add(salt);
  hasher.add(password);
  Sha256 other = hasher.take();
  hasher.add(password);
  hasher.add(salt);
  Bytes mixed = stretched(other, password.size());
  hasher.add(mixed);
  for (std::size_t bits = password.size(); bits != 0; bits >>= 1U) {
    hasher.add((bits & 1U) != 0 ? Span(other) : password);
  }
  wipe(mixed.data(), mixed.size());
  wipe(other.data(), other.size());
  return hasher.take();
}

Bytes password_sequence(Hasher& hasher, Span password) {
  for (std::size_t i = 0; i < password.size(); ++i) hasher.add(password);
  return stretched(hasher.take(), password.size());
}

Bytes salt_sequence(Hasher& hasher, Span salt, std::uint8_t first_byte) {
  constexpr std::size_t kAtLeast = 16;
  for (std::size_t i = 0; i < kAtLeast + first_byte; ++i) hasher.add(salt);
  return stretched(hasher.take(), salt.size());
}

// crypt() has an order of its own for the digest's bytes; three bytes make four characters.
std::string encoded(const Sha256& digest) {
  std::string text;
  const auto put = [&](std::uint32_t bits, int characters) {
    for (; characters > 0; --characters, bits >>= 6U) text += kAlphabet[bits & 0x3FU];
  };
  std::array<std::size_t, 3> at = {0, 10, 20};
  for (int i = 0; i < 10; ++i) {
    put(std::uint32_t{digest[at[0]]} << 16U | std::uint32_t{digest[at[1]]} << 8U | digest[at[2]], 4);
    at = {at[2] + 1, at[0] + 1, at[1] + 1};
  }
  put(std::uint32_t{digest[31]} << 8U | digest[30], 3);
  return text;
}

}  // namespace

std::string sha256_crypt(const Secret& password, std::string_view salt, std::uint32_t rounds) {
  Hasher hasher;
  const Span given = password.reveal_bytes();
  Sha256 digest = first_digest(hasher, given, as_bytes(salt));
  Bytes p = password_sequence(hasher, given);
  const Bytes s = salt_sequence(hasher, as_bytes(salt), digest[0]);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const bool odd = round % 2 != 0;
    hasher.add(odd ? Span(p) : Span(digest));
    if (round % 3 != 0) hasher.add(s);
    if (round % 7 != 0) hasher.add(p);
    hasher.add(odd ? Span(digest) : Span(p));
    digest = hasher.take();
  }
  std::string text = encoded(digest);
  wipe(p.data(), p.size());
  wipe(digest.data(), digest.size());
  return text;
}

}  // namespace breakwater::crypto
