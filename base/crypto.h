// Cryptography on OpenSSL's EVP, nothing of our own. All functions are pure or take their entropy, and may be
// called from any thread. A failure inside OpenSSL (out of memory, a provider missing) is error 4016; what a
// caller can meet in normal work is said at each function.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace breakwater::crypto {

inline constexpr std::size_t kKeySize = 32;    ///< AES-256
inline constexpr std::size_t kNonceSize = 12;  ///< GCM, 96 bits
inline constexpr std::size_t kTagSize = 16;

// Digests and HMACs throw std::bad_alloc where OpenSSL finds no memory: they never give another value.
using Sha1 = std::array<std::uint8_t, 20>;
using Sha256 = std::array<std::uint8_t, 32>;

Sha1 sha1(std::span<const std::uint8_t> data);
Sha1 sha1(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second);
Sha256 sha256(std::span<const std::uint8_t> data);

/// For the SQL functions of these names and for what object stores ask for; nothing of ours rests on MD5.
enum class Algorithm : std::uint8_t { md5, sha1, sha224, sha256, sha384, sha512 };
Bytes digest(Algorithm algorithm, std::span<const std::uint8_t> data);

/// A digest of what comes piece by piece.
class Digest {
 public:
  explicit Digest(Algorithm algorithm);
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void update(std::span<const std::uint8_t> data);
  /// Ends it: neither function may be called again.
  Bytes finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HMAC (RFC 2104). A Secret, since keys are derived with it; who sends it reveals it.
Secret hmac(Algorithm algorithm, std::string_view key, std::string_view data);

/// Constant time for equal sizes.
bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

/// AES-256-GCM under a random nonce: nonce || ciphertext || tag. `key` holds kKeySize bytes. `aad` is
/// authenticated, not stored: give the identity of the row or the header of the file.
Result<Bytes> seal(const Secret& key, std::string_view plain, std::span<const std::uint8_t> aad,
                   const Entropy& entropy);

/// Undoes seal(). A wrong key, wrong aad or any changed byte is checksum_error (4103); nothing of the plain
/// text is returned then.
Result<Secret> open(const Secret& key, std::span<const std::uint8_t> sealed,
                    std::span<const std::uint8_t> aad);

/// HKDF-SHA256 (RFC 5869) with an empty salt: a kKeySize key for one purpose, named by `info`.
Result<Secret> derive_key(const Secret& key, std::string_view info);

/// scrypt (RFC 7914): kKeySize bytes. Needs 128 * r * n bytes of memory for its duration; slow on purpose.
struct ScryptCost {
  std::uint64_t n = std::uint64_t{1} << 17;  ///< a power of two
  std::uint32_t r = 8;
  std::uint32_t p = 1;
};
Result<Secret> scrypt(const Secret& password, std::span<const std::uint8_t> salt, ScryptCost cost);

Secret random_secret(std::size_t size, const Entropy& entropy);

/// AES-128-CBC with PKCS#7 padding and a random IV in front; key: the first 16 bytes of `key`. This is only
/// for OceanBase's `encrypt_key=` in views (a display form that nobody decrypts here); secrets at rest use
/// seal().
Result<Bytes> seal_cbc128(const Secret& key, std::string_view plain, const Entropy& entropy);

std::string to_base64(std::span<const std::uint8_t> bytes);
std::string to_hex(std::span<const std::uint8_t> bytes, bool upper = false);
Result<Bytes> from_hex(std::string_view hex);

}  // namespace breakwater::crypto
