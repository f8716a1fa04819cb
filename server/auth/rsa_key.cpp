#include "server/auth/rsa_key.h"

#include <array>
#include <cerrno>
#include <optional>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/private_file.h"
#include "server/auth/pkcs1.h"

namespace breakwater::auth {
namespace {

constexpr unsigned kBits = 2048;
static_assert(kRsaBlock == kBits / 8);
constexpr std::size_t kStandInSize = 20;

using Block = std::array<std::uint8_t, kRsaBlock>;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Free>;

Error failed(const std::string& file, const std::string& why) {
  return error::internal_error("the RSA key " + file + ": " + why);
}

/// Null if there is no such file.
Result<Key> read_key(const std::string& file) {
  const Bio in(BIO_new_file(file.c_str(), "r"));
  if (in == nullptr && errno == ENOENT) return Key();
  Key key(in == nullptr ? nullptr : PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  const bool right = key != nullptr && EVP_PKEY_is_a(key.get(), "RSA") == 1;
  if (!right) return fail(failed(file, "it can't be read, or holds no RSA key"));
  return key;
}

Result<> write_key(const std::string& file, EVP_PKEY* key) {
  const Bio out(BIO_new(BIO_s_secmem()));
  char* text = nullptr;
  if (PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail(failed(file, "it can't be put into words"));
  const long size = BIO_get_mem_data(out.get(), &text);
  const auto failure = write_private_file(file, {text, static_cast<std::size_t>(size)});
  if (failure) return fail(failed(file, "it can't be written: " + failure.message()));
  return {};
}

std::optional<Secret> decrypted(EVP_PKEY* key, std::span<const std::uint8_t> encrypted, int padding) {
  const Context context(EVP_PKEY_CTX_new(key, nullptr));
  Block plain{};
  std::size_t size = plain.size();
  const bool done =
      EVP_PKEY_decrypt_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), padding) == 1 &&
      EVP_PKEY_decrypt(context.get(), plain.data(), &size, encrypted.data(), encrypted.size()) == 1;
  ERR_clear_error();
  std::optional<Secret> secret;
  if (done) secret.emplace(std::span<const std::uint8_t>(plain.data(), size));
  wipe(plain.data(), plain.size());
  return secret;
}

// It is derived from the key, so that the same bytes give the same message after a restart.
Result<Secret> rejection_secret(const EVP_PKEY* key, const std::string& file) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_D, &number) != 1)
    return fail(failed(file, "it has no private half"));
  Block bytes{};
  const int size = BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size()));
  BN_clear_free(number);
  const crypto::Sha256 digest = crypto::sha256(bytes);
  wipe(bytes.data(), bytes.size());
  if (size < 0) return fail(failed(file, "it isn't one of 2,048 bits"));
  return Secret(std::span<const std::uint8_t>(digest));
}

}  // namespace

RsaKey::~RsaKey() {
  EVP_PKEY_free(key_);
}

Result<evp_pkey_st*> RsaKey::key() {
  const std::lock_guard lock(mutex_);
  if (key_ != nullptr) return key_;
  Key made;
  if (!file_.empty()) {
    BW_TRY(made, read_key(file_));
  }
  if (made == nullptr) {
    made.reset(EVP_RSA_gen(kBits));
    if (made == nullptr) return fail(failed(file_, "it can't be made"));
    if (!file_.empty()) BW_CHECK(write_key(file_, made.get()));
  }
  BW_TRY(rejection_, rejection_secret(made.get(), file_));
  key_ = made.release();
  return key_;
}

Result<std::string> RsaKey::public_pem() {
  BW_TRY(EVP_PKEY* const ours, key());
  const Bio out(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (out == nullptr || PEM_write_bio_PUBKEY(out.get(), ours) != 1)
    return fail(failed(file_, "it can't be shown"));
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

// Only a text that was encrypted with OAEP has that padding: an attacker who changes somebody else's
// ciphertext learns nothing from it. One in about ten thousand changed ciphertexts has PKCS #1 v1.5 padding,
// which must not show.
Result<Secret> RsaKey::decrypt(std::span<const std::uint8_t> encrypted, const protocol::Salt& salt) {
  BW_TRY(EVP_PKEY* const ours, key());
  const auto by_oaep = decrypted(ours, encrypted, RSA_PKCS1_OAEP_PADDING);
  const auto block = decrypted(ours, encrypted, RSA_NO_PADDING);
  Secret by_pkcs1;
  if (block && block->size() == kRsaBlock) {
    by_pkcs1 = unpadded(block->reveal_bytes().first<kRsaBlock>(), rejection_, encrypted);
  }
  const Secret& mixed = by_oaep ? *by_oaep : by_pkcs1;
  std::string plain(mixed.reveal());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    plain[i] = static_cast<char>(static_cast<std::uint8_t>(plain[i]) ^ salt[i % salt.size()]);
  }
  const bool ended = plain.ends_with('\0');
  Secret password{std::string_view(plain).substr(0, ended ? plain.size() - 1 : 0)};
  wipe(plain);
  if (ended) return password;
  return crypto::random_secret(kStandInSize, system_entropy());
}

}  // namespace breakwater::auth
