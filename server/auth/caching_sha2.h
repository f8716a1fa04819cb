// caching_sha2_password. A client answers the salt with SHA256(password) XOR SHA256(SHA256(SHA256(password))
// || salt). The server can check that only while it remembers SHA256(SHA256(password)) from an earlier login
// with the password itself (the full way: over TLS, the unix socket, or encrypted with RSA). Any thread may
// call anything here.
#pragma once

#include <cstdint>
#include <span>

#include "base/secret.h"
#include "server/auth/verifier.h"

namespace breakwater::auth {

enum class FastOutcome : std::uint8_t {
  accepted,
  refused,
  full,  ///< unknown, not remembered or wrong: the password itself must be asked for
};

/// The outcome reveals nothing about the account: a response to the salt is accepted or sent the full way; an
/// empty response is refused unless the account's password is empty and the peer is local.
FastOutcome verify_sha2_fast(const Verifier& verifier, std::span<const std::uint8_t> response,
                             std::span<const std::uint8_t> salt, bool local);

/// The full way. It takes milliseconds, and as long for an unknown account as for a known one.
bool verify_password(const Verifier& verifier, const Secret& password, bool local);

FastDigest fast_digest(const Secret& password);

}  // namespace breakwater::auth
