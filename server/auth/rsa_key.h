// The key that a client without TLS encrypts its password with (caching_sha2_password): 2,048 bits, made when
// a client first asks for it, then kept in a file that only its owner may read. Slow, so not on a
// connection's thread; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
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
  /// `file`: made when it isn't there; empty: the key lives in memory alone.
  explicit RsaKey(std::string file) : file_(std::move(file)) {}
  ~RsaKey();
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  /// The public half, PEM. Error: internal_error with the file's name where it can't be read or written.
  Result<std::string> public_pem();

  /// The password that a client encrypted with OAEP padding (libmysqlclient, go-sql-driver, mysql2 …) or
  /// with PKCS #1 v1.5, which Connector/J takes for servers older than MySQL 8.0.5, as we say we are: its
  /// CachingSha2PasswordPlugin has no other way there. Both are always tried. No padding oracle: what has
  /// neither padding gives a message of chance of a length of chance, the same whenever those bytes come, as
  /// draft-irtf-cfrg-rsa-guidance has it ("implicit rejection"), chosen in constant time; then that is a
  /// wrong password like any other. Error: as public_pem().
  Result<Secret> decrypt(std::span<const std::uint8_t> encrypted, const protocol::Salt& salt);

 private:
  Result<evp_pkey_st*> key();

  const std::string file_;
  std::mutex mutex_;
  evp_pkey_st* key_ = nullptr;
  Secret rejection_;  ///< what rejected ciphertexts' messages follow from; set with key_
};

}  // namespace breakwater::auth
