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

  /// The password that a client encrypted, with OAEP (libmysqlclient) or PKCS #1 v1.5 padding (Connector/J,
  /// since we say that we are older than MySQL 8.0.5). Both are always tried, and what can't be decrypted
  /// gives a password that nobody has: the answer and its time are those of a wrong password, so that nobody
  /// learns whether a padding was right.
  Secret decrypt(std::span<const std::uint8_t> encrypted, const protocol::Salt& salt);

 private:
  Result<evp_pkey_st*> key();

  const std::string file_;
  std::mutex mutex_;
  evp_pkey_st* key_ = nullptr;
};

}  // namespace breakwater::auth
