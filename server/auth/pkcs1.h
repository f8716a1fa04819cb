// Removes PKCS #1 v1.5 padding without revealing whether the padding was right. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/secret.h"

namespace breakwater::auth {

inline constexpr std::size_t kRsaBlock = 256;  ///< bytes: keys of 2,048 bits

/// The message in a decrypted block: 00 02, at least eight bytes that aren't 00, 00, message. A block of
/// another form gives a pseudo-random message of a pseudo-random length, computed from `rejection` (a secret
/// of the key) and `encrypted`. Neither the result nor time and memory accesses reveal which of the two it
/// was, until the message is copied: that depends on its length.
Secret unpadded(std::span<const std::uint8_t, kRsaBlock> block, const Secret& rejection,
                std::span<const std::uint8_t> encrypted);

}  // namespace breakwater::auth
