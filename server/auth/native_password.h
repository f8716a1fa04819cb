// mysql_native_password. The server keeps SHA1(SHA1(password)); the client proves that it knows
// SHA1(password): response = SHA1(password) XOR SHA1(salt || SHA1(SHA1(password))).
// Any thread may call anything here.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "server/auth/verifier.h"
#include "server/protocol/constants.h"

namespace breakwater::auth {

/// Takes the same time for every response and whether the account exists or not. `local`: the peer is on this
/// machine (loopback or unix socket).
bool verify_native(const Verifier& verifier, std::span<const std::uint8_t> response,
                   std::span<const std::uint8_t> salt, bool local);

/// Twenty bytes from 1 to 127: without a NUL, which would end the salt early, and the same in every character
/// set.
protocol::Salt make_salt(const Entropy& entropy);

/// Makes many salts: it gets random bytes for several at once, since each call of the generator costs. One
/// thread at a time.
class Salts {
 public:
  explicit Salts(const Entropy& entropy) : entropy_(entropy) {}
  protocol::Salt next();

 private:
  static constexpr std::size_t kAtOnce = 512;  ///< bytes
  const Entropy& entropy_;
  std::array<std::uint8_t, kAtOnce> bytes_{};
  std::size_t used_ = kAtOnce;
};

}  // namespace breakwater::auth
