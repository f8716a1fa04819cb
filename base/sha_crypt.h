// SHA-256-crypt (the "$5$" scheme of crypt(3)), with a salt of any length. caching_sha2_password uses salts
// of twenty bytes, but crypt(3) reads only sixteen; up to sixteen both give the same result. Slow on purpose:
// about 1.5 ms for 5,000 rounds, more for passwords longer than a block of SHA-256. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace breakwater::crypto {

inline constexpr std::size_t kShaCryptDigest = 43;  ///< characters

/// The digest in crypt's base64, without salt and rounds.
std::string sha256_crypt(const Secret& password, std::string_view salt, std::uint32_t rounds);

}  // namespace breakwater::crypto
