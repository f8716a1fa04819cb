// The format file and the check file, byte-compatible with OceanBase 4.1 to 4.3: a 48-byte header and a
// versioned payload, little-endian. Layout: docs/spec/behaviour.md#format-file. All functions are pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"

namespace breakwater::storage {

inline constexpr std::string_view kFormatName = "format";             ///< the claim
inline constexpr std::string_view kFormatObbakName = "format.obbak";  ///< how OceanBase 4.1+ names it
inline constexpr std::string_view kCheckDirectory = "check_file";

enum class DestType : std::int64_t { backup_data = 0, archive_log = 1, backup_key = 2 };

/// Bytes that are read of a format or check file; what is behind them doesn't matter
/// (docs/spec/behaviour.md#bytes-after-payload).
inline constexpr std::size_t kMaxFormat = std::size_t{64} << 10U;

struct FormatFile {
  std::string cluster_name;
  std::string tenant_name;
  std::string path;  ///< Destination::path_string()
  std::int64_t cluster_id = 0;
  std::uint64_t tenant_id = 0;
  std::int64_t incarnation = 1;
  std::int64_t dest_id = 0;
  std::int64_t dest_type = 0;  ///< DestType, or what a newer version wrote
  Timestamp created = 0;

  bool operator==(const FormatFile&) const = default;
};

struct CheckFile {
  std::string cluster_name;
  std::string tenant_name;
  std::string path;
  std::int64_t cluster_id = 0;
  std::uint64_t tenant_id = 0;
  std::int64_t incarnation = 1;
  Timestamp created = 0;
};

Bytes encode(const FormatFile& file);
Bytes encode(const CheckFile& file);

/// Ignores bytes after the payload and unknown fields at the body's end. Anything else that is wrong (too
/// short, damaged, another type or version, impossible values) is format_file_not_match (9081).
Result<FormatFile> decode_format_file(std::span<const std::uint8_t> bytes);

/// Whether path, cluster_id, tenant_id, incarnation, dest_id and dest_type are equal. Names and time may
/// differ (docs/spec/behaviour.md#format-file-compared).
bool matches(const FormatFile& found, const FormatFile& expected);

/// "data backup of cluster c (1), tenant t (1002), destination 1001"
std::string describe(const FormatFile& file);

/// The check file for a format file, with the same values (docs/spec/behaviour.md#check-files).
CheckFile check_file_of(const FormatFile& format);

/// The header of every OceanBase backup file.
struct BackupHeader {
  std::uint16_t data_type = 0;
  std::uint16_t header_version = 1;
  std::uint16_t data_version = 1;
  std::uint16_t compressor_type = 1;
  std::int16_t header_length = 48;
  std::int64_t data_length = 0;
  std::int64_t data_zlength = 0;
  std::int64_t data_checksum = 0;
  std::int64_t align_length = 0;
};
std::int16_t header_checksum(const BackupHeader& header);

/// Castagnoli, reflected, starts at 0, no final XOR (OceanBase calls it crc64).
std::uint32_t crc32c(std::span<const std::uint8_t> bytes);

}  // namespace breakwater::storage
