#include "server/auth/rsa_key.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crypto.h"

namespace breakwater::auth {
namespace {

constexpr unsigned kBits = 2048;
constexpr std::size_t kStandInSize = 20;

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

/// Null: there is no such file.
Result<Key> read_key(const std::string& file) {
  const Bio in(BIO_new_file(file.c_str(), "r"));
  if (in == nullptr && errno == ENOENT) return Key();
  Key key(in == nullptr ? nullptr : PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  const bool right = key != nullptr && EVP_PKEY_is_a(key.get(), "RSA") == 1;
  if (!right) return fail(failed(file, "it can't be read, or holds no RSA key"));
  return key;
}

// Whole or not at all: a name of its own, then a rename.
Result<> write_key(const std::string& file, EVP_PKEY* key) {
  const std::string temporary = file + ".new";
  ::unlink(temporary.c_str());
  const int handle = ::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (handle < 0) return fail(failed(file, strerrordesc_np(errno)));
  const Bio out(BIO_new_fd(handle, BIO_CLOSE));
  const bool written =
      PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
      ::fsync(handle) == 0 && ::rename(temporary.c_str(), file.c_str()) == 0;
  if (!written) return fail(failed(file, "it can't be written"));
  return {};
}

std::optional<Secret> decrypted(EVP_PKEY* key, std::span<const std::uint8_t> encrypted, int padding) {
  const Context context(EVP_PKEY_CTX_new(key, nullptr));
  std::array<std::uint8_t, kBits / 8> plain{};
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
  key_ = made.release();
  return key_;
}

Result<std::string> RsaKey::public_pem() {
  BW_TRY(EVP_PKEY* const ours, key());
  const Bio out(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (PEM_write_bio_PUBKEY(out.get(), ours) != 1) return fail(failed(file_, "it can't be shown"));
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

Secret RsaKey::decrypt(std::span<const std::uint8_t> encrypted, const protocol::Salt& salt) {
  Secret stand_in = crypto::random_secret(kStandInSize, system_entropy());
  const auto ours = key();
  if (!ours) return stand_in;
  auto by_oaep = decrypted(*ours, encrypted, RSA_PKCS1_OAEP_PADDING);
  auto by_pkcs1 = decrypted(*ours, encrypted, RSA_PKCS1_PADDING);
  const bool read = by_oaep || by_pkcs1;
  const Secret& mixed = by_oaep ? *by_oaep : (by_pkcs1 ? *by_pkcs1 : stand_in);
  std::string plain(mixed.reveal());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    plain[i] = static_cast<char>(static_cast<std::uint8_t>(plain[i]) ^ salt[i % salt.size()]);
  }
  const bool ended = plain.ends_with('\0');
  Secret password{std::string_view(plain).substr(0, ended ? plain.size() - 1 : 0)};
  wipe(plain);
  return read && ended ? std::move(password) : std::move(stand_in);
}

}  // namespace breakwater::auth
