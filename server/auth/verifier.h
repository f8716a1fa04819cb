// What is needed to check the login of an account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"

namespace breakwater::auth {

/// SHA256(SHA256(password)): enough to check a caching_sha2_password response. Wiped when it dies.
struct FastDigest {
  crypto::Sha256 bytes{};

  FastDigest() = default;
  explicit FastDigest(const crypto::Sha256& from) : bytes(from) {}
  FastDigest(const FastDigest&) = default;
  FastDigest& operator=(const FastDigest&) = default;
  ~FastDigest() { wipe(bytes.data(), bytes.size()); }
};

struct Verifier {
  enum class Kind : std::uint8_t {
    unknown,   ///< no such account: every login is refused, after the same work
    empty,     ///< the account's password is empty: accepted only over loopback and the unix socket
    password,  ///< checked against `native` and `sha2`
  };
  Kind kind = Kind::unknown;
  std::optional<crypto::Sha1> native{};  ///< SHA1(SHA1(password))
  std::string sha2{};                    ///< $A$005$…; empty: none, the password is checked against `native`
  bool by_native = true;                 ///< the account may log in by mysql_native_password
  bool by_sha2 = true;                   ///< … by caching_sha2_password
  std::optional<FastDigest> cached{};    ///< from the account's last full login, if remembered
  std::string cache_key{};               ///< the key of that in PasswordCache
  std::optional<Error> failure{};        ///< the account couldn't be looked up; kind is unknown then
};

}  // namespace breakwater::auth
