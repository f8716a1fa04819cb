// The RSA key with which clients without TLS encrypt their passwords (caching_sha2_password): 2,048 bits,
// made when a client first asks for it, then kept in a file that only its owner may read. The functions are
// slow: don't call them on an I/O thread. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "server/protocol/constants.h"

struct evp_pkey_st;

namespace breakwater::auth {

class RsaKey {
 public:
  /// `file`: created if it doesn't exist; empty: the key is kept in memory only.
  explicit RsaKey(std::string file) : file_(std::move(file)) {}
  ~RsaKey();
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  /// The public key, PEM. Error: internal_error (4016) with the file's name if it can't be read or written.
  Result<std::string> public_pem();

  /// Decrypts a password that a client encrypted with OAEP padding (libmysqlclient, go-sql-driver, mysql2 …)
  /// or with PKCS #1 v1.5, which Connector/J's CachingSha2PasswordPlugin always uses for servers older than
  /// MySQL 8.0.5, as we say we are. Both are always tried. To be no padding oracle, bytes with neither
  /// padding give a pseudo-random message of a pseudo-random length, the same each time ("implicit rejection"
  /// of draft-irtf-cfrg-rsa-guidance), chosen in constant time; that is then a wrong password like any other.
  /// Error: as public_pem().
  Result<Secret> decrypt(std::span<const std::uint8_t> encrypted, const protocol::Salt& salt);

 private:
  Result<evp_pkey_st*> key();

  const std::string file_;
  std::mutex mutex_;
  evp_pkey_st* key_ = nullptr;
  Secret rejection_;  ///< for the messages of rejected ciphertexts; set with key_
};

}  // namespace breakwater::auth
