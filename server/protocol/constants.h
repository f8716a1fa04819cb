// The MySQL protocol's numbers, each with a name. constants.cpp checks them against libmariadb's mysql.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace breakwater::protocol {

/// Capability flags of the handshake.
using Capabilities = std::uint32_t;
namespace capability {
inline constexpr Capabilities kLongPassword = 1U << 0U;
inline constexpr Capabilities kFoundRows = 1U << 1U;
inline constexpr Capabilities kLongFlag = 1U << 2U;
inline constexpr Capabilities kConnectWithDb = 1U << 3U;
inline constexpr Capabilities kNoSchema = 1U << 4U;
inline constexpr Capabilities kCompress = 1U << 5U;
inline constexpr Capabilities kOdbc = 1U << 6U;
inline constexpr Capabilities kLocalFiles = 1U << 7U;
inline constexpr Capabilities kIgnoreSpace = 1U << 8U;
inline constexpr Capabilities kProtocol41 = 1U << 9U;
inline constexpr Capabilities kInteractive = 1U << 10U;
inline constexpr Capabilities kSsl = 1U << 11U;
inline constexpr Capabilities kIgnoreSigpipe = 1U << 12U;
inline constexpr Capabilities kTransactions = 1U << 13U;
inline constexpr Capabilities kReserved = 1U << 14U;
inline constexpr Capabilities kSecureConnection = 1U << 15U;
inline constexpr Capabilities kMultiStatements = 1U << 16U;
inline constexpr Capabilities kMultiResults = 1U << 17U;
inline constexpr Capabilities kPsMultiResults = 1U << 18U;
inline constexpr Capabilities kPluginAuth = 1U << 19U;
inline constexpr Capabilities kConnectAttrs = 1U << 20U;
inline constexpr Capabilities kPluginAuthLenenc = 1U << 21U;
inline constexpr Capabilities kSessionTrack = 1U << 23U;
inline constexpr Capabilities kDeprecateEof = 1U << 24U;
inline constexpr Capabilities kOptionalMetadata = 1U << 25U;
inline constexpr Capabilities kZstd = 1U << 26U;

/// The capabilities that the server offers. It never offers nor reads bits 27 to 29, since OceanBase and
/// MySQL 8 give them different meanings.
inline constexpr Capabilities kOffered =
    kLongPassword | kFoundRows | kLongFlag | kConnectWithDb | kNoSchema | kOdbc | kIgnoreSpace | kProtocol41 |
    kInteractive | kIgnoreSigpipe | kTransactions | kReserved | kSecureConnection | kMultiStatements |
    kMultiResults | kPsMultiResults | kPluginAuth | kConnectAttrs | kCompress | kZstd | kPluginAuthLenenc |
    kSessionTrack | kDeprecateEof | kOptionalMetadata;

/// The client's flags that the server honours. Clients set kPluginAuthLenenc, kMultiStatements and others
/// even if they weren't offered; all other bits that a client sets are dropped.
inline constexpr Capabilities kHonoured = kOffered;
}  // namespace capability

/// Status flags of OK and EOF packets.
using StatusFlags = std::uint16_t;
namespace status {
inline constexpr StatusFlags kInTransaction = 0x0001;
inline constexpr StatusFlags kAutocommit = 0x0002;
/// SERVER_ORACLE_MODE for obclient: set in all OK and EOF packets of an Oracle tenant's session, and only
/// there.
inline constexpr StatusFlags kOracleMode = 0x0004;
inline constexpr StatusFlags kMoreResults = 0x0008;
inline constexpr StatusFlags kCursorExists = 0x0040;
inline constexpr StatusFlags kLastRowSent = 0x0080;
inline constexpr StatusFlags kNoBackslashEscapes = 0x0200;
inline constexpr StatusFlags kSessionStateChanged = 0x4000;
}  // namespace status

enum class CommandCode : std::uint8_t {
  quit = 0x01,
  init_db = 0x02,
  query = 0x03,
  field_list = 0x04,
  statistics = 0x09,
  process_info = 0x0A,
  process_kill = 0x0C,
  debug = 0x0D,
  ping = 0x0E,
  change_user = 0x11,
  stmt_prepare = 0x16,
  stmt_execute = 0x17,
  stmt_send_long_data = 0x18,
  stmt_close = 0x19,
  stmt_reset = 0x1A,
  set_option = 0x1B,
  stmt_fetch = 0x1C,
  reset_connection = 0x1F,
};

enum class ColumnType : std::uint8_t {
  decimal = 0x00,
  tiny = 0x01,
  small = 0x02,
  int32 = 0x03,
  float32 = 0x04,
  float64 = 0x05,
  null = 0x06,
  timestamp = 0x07,
  int64 = 0x08,
  int24 = 0x09,
  date = 0x0A,
  time = 0x0B,
  datetime = 0x0C,
  year = 0x0D,
  varchar = 0x0F,
  bit = 0x10,
  json = 0xF5,
  new_decimal = 0xF6,
  enumeration = 0xF7,
  set = 0xF8,
  tiny_blob = 0xF9,
  medium_blob = 0xFA,
  long_blob = 0xFB,
  blob = 0xFC,
  var_string = 0xFD,
  string = 0xFE,
};

namespace column_flag {
inline constexpr std::uint16_t kNotNull = 0x0001;
inline constexpr std::uint16_t kPrimaryKey = 0x0002;
inline constexpr std::uint16_t kUniqueKey = 0x0004;
inline constexpr std::uint16_t kMultipleKey = 0x0008;
inline constexpr std::uint16_t kBlob = 0x0010;
inline constexpr std::uint16_t kUnsigned = 0x0020;
inline constexpr std::uint16_t kZerofill = 0x0040;
inline constexpr std::uint16_t kBinary = 0x0080;
inline constexpr std::uint16_t kAutoIncrement = 0x0200;
inline constexpr std::uint16_t kTimestamp = 0x0400;
inline constexpr std::uint16_t kNoDefault = 0x1000;
inline constexpr std::uint16_t kNumeric = 0x8000;
}  // namespace column_flag

namespace charset {
inline constexpr std::uint16_t kUtf8mb4GeneralCi = 45;
inline constexpr std::uint16_t kUtf8mb4Bin = 46;
inline constexpr std::uint16_t kBinary = 63;
}  // namespace charset

inline constexpr std::size_t kHeaderSize = 4;             ///< three bytes of length, one of sequence
inline constexpr std::size_t kMaxFrame = 0xFFFFFF;        ///< a frame of this size is continued by the next
inline constexpr std::size_t kMaxLoginPacket = 64 << 10;  ///< before login no packet may be longer
inline constexpr std::size_t kSaltSize = 20;
using Salt = std::array<std::uint8_t, kSaltSize>;

inline constexpr std::size_t kMaxParameters = 65'535;  ///< of a prepared statement: their count has two bytes

inline constexpr std::size_t kMaxAttributes = 128;  ///< connection attributes kept of one client

}  // namespace breakwater::protocol
