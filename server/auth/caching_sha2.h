// caching_sha2_password. A client answers the salt with SHA256(password) XOR SHA256(SHA256(SHA256(password))
// || salt); the server can check that only while it remembers SHA256(SHA256(password)), from an earlier login
// that brought the password itself (the full way, over TLS, the unix socket or encrypted with RSA).
// Any thread may call anything here.
#pragma once

#include <cstdint>
#include <span>

#include "base/crypto.h"
#include "base/secret.h"
#include "server/auth/verifier.h"

namespace breakwater::auth {

enum class FastOutcome : std::uint8_t {
  accepted,
  refused,
  full,  ///< unknown or not remembered or wrong: the password itself decides
};

/// Tells nothing of the account: whoever isn't accepted at once and sent a password's response goes the full
/// way, and an empty response is refused unless the account's password is empty and the peer local.
FastOutcome verify_sha2_fast(const Verifier& verifier, std::span<const std::uint8_t> response,
                             std::span<const std::uint8_t> salt, bool local);

/// The full way: milliseconds of work, the same whether the account exists or not.
bool verify_password(const Verifier& verifier, const Secret& password, bool local);

FastDigest fast_digest(const Secret& password);

}  // namespace breakwater::auth
