#include "base/crypto.h"

#include <memory>
#include <new>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace breakwater::crypto {
namespace {

struct CipherDeleter {
  void operator()(EVP_CIPHER_CTX* ctx) const { EVP_CIPHER_CTX_free(ctx); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherDeleter>;

struct DigestDeleter {
  void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
};

struct KdfDeleter {
  void operator()(EVP_KDF_CTX* ctx) const { EVP_KDF_CTX_free(ctx); }
};
using KdfContext = std::unique_ptr<EVP_KDF_CTX, KdfDeleter>;

Error openssl_failed() {
  const bool no_memory = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
  ERR_clear_error();
  if (no_memory) {
    return error::out_of_memory().with_hint(
        "the server had too little memory left for cryptography: try again, or give it more");
  }
  return error::internal_error("cryptographic operation failed");
}

// Each algorithm is fetched once and kept until the program ends. OpenSSL's EVP_sha256() and its like are
// looked up at every use, which costs more than hashing a salt.
const EVP_MD* type_of(Algorithm algorithm) {
  static const std::array kTypes = [] {
    std::array types = {EVP_md5(), EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
    for (const EVP_MD*& type : types) {
      if (const EVP_MD* const fetched = EVP_MD_fetch(nullptr, EVP_MD_get0_name(type), nullptr))
        type = fetched;
    }
    return types;
  }();
  return kTypes[static_cast<std::size_t>(algorithm)];
}

// A digest fails only for want of memory. The caller must not get zeros then: two such digests are equal.
void must(bool done) {
  if (!done) throw std::bad_alloc();
}

using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestDeleter>;

DigestContext digest_context(const EVP_MD* type) {
  DigestContext ctx(EVP_MD_CTX_new());
  must(ctx != nullptr && EVP_DigestInit_ex(ctx.get(), type, nullptr) == 1);
  return ctx;
}

template <class Out, class... Parts>
Out digest(const EVP_MD* type, const Parts&... parts) {
  Out out{};
  const DigestContext ctx = digest_context(type);
  unsigned int size = 0;
  (must(EVP_DigestUpdate(ctx.get(), parts.data(), parts.size()) == 1), ...);
  must(EVP_DigestFinal_ex(ctx.get(), out.data(), &size) == 1);
  return out;
}

KdfContext kdf_context(const char* name) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, name, nullptr);
  KdfContext ctx(kdf == nullptr ? nullptr : EVP_KDF_CTX_new(kdf));
  EVP_KDF_free(kdf);
  return ctx;
}

// OpenSSL's parameters take pointers to non-const and do not write through them.
void* unconst(const void* data) {
  return const_cast<void*>(data);
}

Result<Secret> run_kdf(EVP_KDF_CTX* ctx, const OSSL_PARAM* params) {
  std::array<std::uint8_t, kKeySize> out{};
  if (ctx == nullptr || EVP_KDF_derive(ctx, out.data(), out.size(), params) != 1)
    return fail(openssl_failed());
  Secret secret{std::span<const std::uint8_t>(out)};
  wipe(out.data(), out.size());
  return secret;
}

}  // namespace

Sha1 sha1(std::span<const std::uint8_t> data) {
  return digest<Sha1>(type_of(Algorithm::sha1), data);
}

Sha1 sha1(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second) {
  return digest<Sha1>(type_of(Algorithm::sha1), first, second);
}

Sha256 sha256(std::span<const std::uint8_t> data) {
  return digest<Sha256>(type_of(Algorithm::sha256), data);
}

Bytes digest(Algorithm algorithm, std::span<const std::uint8_t> data) {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  must(EVP_Digest(data.data(), data.size(), out.data(), &size, type_of(algorithm), nullptr) == 1);
  out.resize(size);
  return out;
}

struct Digest::State {
  DigestContext context;
};

Digest::Digest(Algorithm algorithm)
    : state_(std::make_unique<State>(State{digest_context(type_of(algorithm))})) {}

Digest::~Digest() = default;

void Digest::update(std::span<const std::uint8_t> data) {
  must(EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) == 1);
}

Bytes Digest::finish() {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  must(EVP_DigestFinal_ex(state_->context.get(), out.data(), &size) == 1);
  out.resize(size);
  return out;
}

Secret hmac(Algorithm algorithm, std::string_view key, std::string_view data) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  must(HMAC(type_of(algorithm), key.data(), static_cast<int>(key.size()), as_bytes(data).data(), data.size(),
            mac.data(), &size) != nullptr);
  Secret secret(std::span<const std::uint8_t>(mac).first(size));
  wipe(mac.data(), mac.size());
  return secret;
}

bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

Result<Bytes> seal(const Secret& key, std::string_view plain, std::span<const std::uint8_t> aad,
                   const Entropy& entropy) {
  if (key.size() != kKeySize) return fail(openssl_failed());
  Bytes sealed(kNonceSize + plain.size() + kTagSize);
  entropy.fill({sealed.data(), kNonceSize});
  const CipherContext ctx(EVP_CIPHER_CTX_new());
  int written = 0;
  std::uint8_t* body = sealed.data() + kNonceSize;
  const bool ok =
      ctx != nullptr &&
      EVP_EncryptInit_ex(ctx.get(), EVP_aes_256_gcm(), nullptr, key.reveal_bytes().data(), sealed.data()) ==
          1 &&
      EVP_EncryptUpdate(ctx.get(), nullptr, &written, aad.data(), static_cast<int>(aad.size())) == 1 &&
      EVP_EncryptUpdate(ctx.get(), body, &written, as_bytes(plain).data(), static_cast<int>(plain.size())) ==
          1 &&
      EVP_EncryptFinal_ex(ctx.get(), body + written, &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, body + plain.size()) == 1;
  if (!ok) return fail(openssl_failed());
  return sealed;
}

Result<Secret> open(const Secret& key, std::span<const std::uint8_t> sealed,
                    std::span<const std::uint8_t> aad) {
  if (key.size() != kKeySize) return fail(openssl_failed());
  if (sealed.size() < kNonceSize + kTagSize) return fail(error::checksum_error());
  const auto body = sealed.subspan(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  const auto tag = sealed.last(kTagSize);
  std::string plain(body.size(), '\0');
  auto* out = reinterpret_cast<std::uint8_t*>(plain.data());
  const CipherContext ctx(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool ready =
      ctx != nullptr &&
      EVP_DecryptInit_ex(ctx.get(), EVP_aes_256_gcm(), nullptr, key.reveal_bytes().data(), sealed.data()) ==
          1 &&
      EVP_DecryptUpdate(ctx.get(), nullptr, &written, aad.data(), static_cast<int>(aad.size())) == 1 &&
      EVP_DecryptUpdate(ctx.get(), out, &written, body.data(), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, unconst(tag.data())) == 1;
  const bool authentic = ready && EVP_DecryptFinal_ex(ctx.get(), out + written, &written) == 1;
  Secret secret = Secret::take(std::move(plain));
  if (!ready) return fail(openssl_failed());
  if (!authentic) return fail(error::checksum_error());
  return secret;
}

Result<Secret> derive_key(const Secret& key, std::string_view info) {
  const KdfContext ctx = kdf_context("HKDF");
  char digest_name[] = "SHA256";
  const std::array params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, unconst(key.reveal().data()), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, unconst(info.data()), info.size()),
      OSSL_PARAM_construct_end()};
  return run_kdf(ctx.get(), params.data());
}

Result<Secret> scrypt(const Secret& password, std::span<const std::uint8_t> salt, ScryptCost cost) {
  const KdfContext ctx = kdf_context("SCRYPT");
  // OpenSSL refuses more than 32 MiB unless told otherwise.
  std::uint64_t max_memory = (128ULL * cost.r * (cost.n + cost.p)) + (1U << 20U);
  const std::array params = {
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, unconst(password.reveal().data()),
                                        password.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, unconst(salt.data()), salt.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &cost.n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &cost.r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &cost.p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &max_memory),
      OSSL_PARAM_construct_end()};
  ERR_clear_error();
  auto key = run_kdf(ctx.get(), params.data());
  if (key || !key.error().is(Errc::out_of_memory)) return key;
  return fail(error::out_of_memory().with_hint("deriving a key from a password takes " +
                                               std::to_string(max_memory >> 20U) +
                                               " MiB, and the server could not get them: raise the limit of "
                                               "its memory (RLIMIT_AS, the control group's "
                                               "memory.max), or try again when it has less to do"));
}

Secret random_secret(std::size_t size, const Entropy& entropy) {
  std::string bytes(size, '\0');
  entropy.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), size});
  return Secret::take(std::move(bytes));
}

Result<Bytes> seal_cbc128(const Secret& key, std::string_view plain, const Entropy& entropy) {
  constexpr std::size_t kBlock = 16;
  if (key.size() < kBlock) return fail(openssl_failed());
  Bytes sealed(kBlock + (plain.size() / kBlock + 1) * kBlock);
  entropy.fill({sealed.data(), kBlock});
  const CipherContext ctx(EVP_CIPHER_CTX_new());
  int written = 0;
  int last = 0;
  std::uint8_t* body = sealed.data() + kBlock;
  const bool ok = ctx != nullptr &&
                  EVP_EncryptInit_ex(ctx.get(), EVP_aes_128_cbc(), nullptr, key.reveal_bytes().data(),
                                     sealed.data()) == 1 &&
                  EVP_EncryptUpdate(ctx.get(), body, &written, as_bytes(plain).data(),
                                    static_cast<int>(plain.size())) == 1 &&
                  EVP_EncryptFinal_ex(ctx.get(), body + written, &last) == 1;
  if (!ok) return fail(openssl_failed());
  return sealed;
}

std::string to_base64(std::span<const std::uint8_t> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  Bytes bytes(text.size() / 4 * 3);
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : static_cast<std::size_t>(text.ends_with("="));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  if (to_base64(bytes) != text) return std::nullopt;  // EVP_DecodeBlock passes over blanks
  return bytes;
}

std::string to_hex(std::span<const std::uint8_t> bytes, bool upper) {
  const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    hex.push_back(digits[byte >> 4U]);
    hex.push_back(digits[byte & 0x0FU]);
  }
  return hex;
}

Result<Bytes> from_hex(std::string_view hex) {
  const auto value = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (hex.size() % 2 != 0) return fail(error::invalid_argument());
  Bytes bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = value(hex[i]);
    const int low = value(hex[i + 1]);
    if (high < 0 || low < 0) return fail(error::invalid_argument());
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

}  // namespace breakwater::crypto
