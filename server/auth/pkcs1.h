// PKCS #1 v1.5 padding taken off without telling whether it was there. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/secret.h"

namespace breakwater::auth {

inline constexpr std::size_t kRsaBlock = 256;  ///< bytes: keys of 2,048 bits

/// The message of a block that RSA gave: 00 02, at least eight bytes that aren't 00, 00, message. A block of
/// another form gives a message that follows from `rejection` (a secret of the key) and `encrypted` alone, of
/// a length as by chance. Which of the two it is shows neither in the result nor in time or memory accesses
/// before the message is copied, whose length is the message's.
Secret unpadded(std::span<const std::uint8_t, kRsaBlock> block, const Secret& rejection,
                std::span<const std::uint8_t> encrypted);

}  // namespace breakwater::auth
