// The limits that more than one room knows, each with a name. A limit of one room stands in that room.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace breakwater::limits {

using namespace std::chrono_literals;

inline constexpr std::size_t kMaxStatementBytes = std::size_t{64} << 20U;  ///< max_allowed_packet's ceiling
inline constexpr std::size_t kMaxNestingDepth = 256;                       ///< of expressions and sub-queries
inline constexpr std::size_t kMaxStatementTokens = 200'000;
inline constexpr std::size_t kMaxCachedStatement = 16'384;  ///< bytes; a longer one is parsed each time
inline constexpr std::size_t kMaxLabel = 255;  ///< bytes of a column's name that is its expression's text

inline constexpr std::size_t kMaxTenantName = 63;        ///< bytes (behaviour 9.6: 64 and more is 1059)
inline constexpr std::size_t kMaxUserName = 64;          ///< bytes
inline constexpr std::size_t kMaxIdentifier = 128;       ///< bytes
inline constexpr std::size_t kMaxPassword = 128;         ///< bytes (R5.2.7)
inline constexpr std::size_t kMaxRestorePasswords = 24;  ///< of SET DECRYPTION: 1024 bytes of digests
inline constexpr std::size_t kMaxParameterValue = 4095;  ///< bytes (R1.1.7)

inline constexpr std::size_t kMaxUri = 2047;          ///< bytes, whole value (R3.1.1)
inline constexpr std::size_t kMaxUriPath = 1023;      ///< bytes, before the '?'
inline constexpr std::size_t kMaxStorageInfo = 1599;  ///< bytes, behind the '?' (table 2.6, 18)
inline constexpr std::size_t kMaxUriToken = 255;  ///< bytes of host=, access_id=, access_key= (table 2.6, 19)
inline constexpr std::size_t kMaxUriExtension = 511;  ///< bytes of all extension tokens

}  // namespace breakwater::limits
