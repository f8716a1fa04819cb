// Cryptography on OpenSSL's EVP, nothing of our own. All functions are pure or take their entropy, and may be
// called from any thread. A failure inside OpenSSL (out of memory, a missing provider) is internal_error
// (4016). Each function says which errors a caller meets in normal work.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
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

// Digests and HMACs throw std::bad_alloc when OpenSSL has no memory; they never return a wrong value.
using Sha1 = std::array<std::uint8_t, 20>;
using Sha256 = std::array<std::uint8_t, 32>;

Sha1 sha1(std::span<const std::uint8_t> data);
Sha1 sha1(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second);
Sha256 sha256(std::span<const std::uint8_t> data);

/// For the SQL functions of these names and for object stores. Nothing of ours relies on MD5.
enum class Algorithm : std::uint8_t { md5, sha1, sha224, sha256, sha384, sha512 };
Bytes digest(Algorithm algorithm, std::span<const std::uint8_t> data);

/// A digest of data that comes piece by piece.
class Digest {
 public:
  explicit Digest(Algorithm algorithm);
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void update(std::span<const std::uint8_t> data);
  /// Returns the digest. Neither function may be called again.
  Bytes finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HMAC (RFC 2104). It returns a Secret, since keys are derived with it; a caller that sends it reveals it.
Secret hmac(Algorithm algorithm, std::string_view key, std::string_view data);

/// Constant time for equal sizes.
bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

/// AES-256-GCM under a random nonce; returns nonce || ciphertext || tag. `key` holds kKeySize bytes. `aad` is
/// authenticated but not stored: pass the identity of the row or the header of the file.
Result<Bytes> seal(const Secret& key, std::string_view plain, std::span<const std::uint8_t> aad,
                   const Entropy& entropy);

/// Undoes seal(). Error: checksum_error (4103) for a wrong key, another `aad` or any changed byte.
Result<Secret> open(const Secret& key, std::span<const std::uint8_t> sealed,
                    std::span<const std::uint8_t> aad);

/// HKDF-SHA256 (RFC 5869) with an empty salt: a key of kKeySize bytes for the one purpose that `info` names.
Result<Secret> derive_key(const Secret& key, std::string_view info);

/// scrypt (RFC 7914): kKeySize bytes. It needs 128 * r * n bytes of memory while it runs; slow on purpose.
struct ScryptCost {
  std::uint64_t n = std::uint64_t{1} << 17;  ///< a power of two
  std::uint32_t r = 8;
  std::uint32_t p = 1;
};
Result<Secret> scrypt(const Secret& password, std::span<const std::uint8_t> salt, ScryptCost cost);

Secret random_secret(std::size_t size, const Entropy& entropy);

/// AES-128-CBC with PKCS#7 padding and a random IV in front, under the first 16 bytes of `key`. Only for
/// OceanBase's `encrypt_key=` in views, a display form that nothing here decrypts. Secrets at rest use
/// seal().
Result<Bytes> seal_cbc128(const Secret& key, std::string_view plain, const Entropy& entropy);

std::string to_base64(std::span<const std::uint8_t> bytes);
std::string to_hex(std::span<const std::uint8_t> bytes, bool upper = false);
Result<Bytes> from_hex(std::string_view hex);
/// What to_base64() writes, and nothing else: nullopt.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace breakwater::crypto
