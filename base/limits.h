// The limits that more than one room uses. A limit of a single room is defined in that room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace breakwater::limits {

inline constexpr std::size_t kMaxStatementBytes = std::size_t{64} << 20U;  ///< max_allowed_packet's ceiling
inline constexpr std::size_t kMaxNestingDepth = 256;                       ///< of expressions and sub-queries
inline constexpr std::size_t kMaxStatementTokens = 200'000;
inline constexpr std::size_t kMaxCachedStatement = 16'384;  ///< bytes; a longer one is parsed each time
inline constexpr std::size_t kMaxLabel = 255;  ///< bytes of a column name taken from its expression's text

inline constexpr std::size_t kMaxTenantName = 63;        ///< bytes (docs/spec/behaviour.md#tenant-names)
inline constexpr std::size_t kMaxUserName = 64;          ///< bytes
inline constexpr std::size_t kMaxIdentifier = 128;       ///< bytes
inline constexpr std::size_t kMaxPassword = 128;         ///< bytes (docs/spec/behaviour.md#password-length)
inline constexpr std::size_t kMaxRestorePasswords = 24;  ///< of SET DECRYPTION
inline constexpr std::int64_t kMaxMasterKeys = 65'536;   ///< of a tenant; a key backup holds them all
inline constexpr std::size_t kMaxNamedAccounts = 256;    ///< in one CREATE, ALTER or DROP USER, GRANT, REVOKE
inline constexpr std::size_t kMaxParameterValue = 4095;  ///< bytes (docs/spec/behaviour.md#parameter-length)

inline constexpr std::size_t kMaxUri = 2047;          ///< bytes (docs/spec/behaviour.md#uri-length)
inline constexpr std::size_t kMaxUriPath = 1023;      ///< bytes, before the '?'
inline constexpr std::size_t kMaxStorageInfo = 1599;  ///< bytes, after the '?'
inline constexpr std::size_t kMaxUriToken = 255;      ///< bytes of host=, access_id=, access_key=
inline constexpr std::size_t kMaxUriExtension = 511;  ///< bytes of all extension tokens

}  // namespace breakwater::limits
