// The archived log on a medium: rounds, pieces, and the objects of lines in them. Layout: docs/backup-format.md#log-archives.
//
//   rounds/round_d1002r1_start.obarc                    the round, its key
//   pieces/piece_d1002r1p1_start_20230111T193330.obarc  a piece has begun
//   piece_d1002r1p1/logstream_1/log/1.obarc, 2.obarc …  objects of lines, create-only, without a gap
//   piece_d1002r1p1/checkpoint/checkpoint.obarc         up to where the log is known to be whole; replaced
//   piece_d1002r1p1/single_piece_info.obarc             the manifest of a piece that is frozen
//   pieces/piece_d1002r1p1_end_20230112T193330.obarc    that it has ended
//   rounds/round_d1002r1_end.obarc                      that the round has
//
// Each object of a log names the SHA-256 of the one before it, across the pieces of a round (LineHeader::previous), and the SCNs
// between which it has every change: from that of the object before it (the round's start, for the first), whatever the checkpoint is. So the log is known to be whole from object to object, also where a piece has no manifest
// yet. The checkpoint moves on while nothing changes: at its SCN there is no change behind object `number`.
//
// After a crash the next object's name may be taken by one that was written and not remembered: if its MAC and its place in the
// chain are right (read_lines() with the round's key), it is ours and counts.
//
// All functions are pure; any thread may call them. What is read may be hostile. Errors of decode functions: checksum_error
// (4103) with a hint.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "storage/formats/backup_set.h"
#include "storage/formats/line_object.h"
#include "storage/formats/set_key.h"

namespace breakwater::storage {

inline constexpr std::string_view kRoundsDirectory = "rounds/";
inline constexpr std::string_view kPiecesDirectory = "pieces/";

struct RoundName {
  std::int64_t dest_id = 0;
  std::int64_t round_id = 0;
  auto operator<=>(const RoundName&) const = default;
};
struct PieceName {
  RoundName round{};
  std::int64_t piece_id = 0;
  auto operator<=>(const PieceName&) const = default;
};

std::string round_start_name(RoundName round);                 ///< "rounds/round_d1002r1_start.obarc"
std::string round_end_name(RoundName round);                   ///< "rounds/round_d1002r1_end.obarc"
std::string piece_start_name(PieceName piece, Timestamp now);  ///< in local time, to the second
std::string piece_end_name(PieceName piece, Timestamp now);
std::string piece_directory(PieceName piece);                       ///< "piece_d1002r1p1/"
std::string piece_manifest_name(PieceName piece);                   ///< ".../single_piece_info.obarc"
std::string piece_checkpoint_name(PieceName piece);                 ///< ".../checkpoint/checkpoint.obarc"
std::string log_object_name(PieceName piece, std::int64_t number);  ///< ".../logstream_1/log/1.obarc"
std::string log_directory(PieceName piece);                         ///< ".../logstream_1/log/"

struct RoundMark {
  RoundName round{};
  bool end = false;
};
std::optional<RoundMark> parse_round_mark(std::string_view name);
struct PieceMark {
  PieceName piece{};
  bool end = false;
};
std::optional<PieceMark> parse_piece_mark(std::string_view name);
std::optional<PieceName> piece_of(std::string_view name);
/// The number of a log object of the piece.
std::optional<std::int64_t> log_number(PieceName piece, std::string_view name);

/// What a round's data key is bound to: "round 1:1002:1002:1".
std::string round_identity(const BackupOwner& owner, std::int64_t round_id);

struct RoundStart {
  BackupOwner owner{};  ///< dest_id: of the archive's destination
  std::int64_t round_id = 0;
  std::int64_t start_scn = 0;  ///< the changes after this one are archived
  Timestamp started = 0;
  WrappedKey key{};

  bool operator==(const RoundStart&) const = default;
};

struct RoundEnd {
  BackupOwner owner{};
  std::int64_t round_id = 0;
  std::int64_t checkpoint_scn = 0;
  Timestamp ended = 0;

  bool operator==(const RoundEnd&) const = default;
};

/// It has the round's key too: a piece opens without its round's start.
struct PieceStart {
  BackupOwner owner{};
  std::int64_t round_id = 0;
  std::int64_t piece_id = 0;
  std::int64_t start_scn = 0;
  std::int64_t schema_version = 0;
  Timestamp started = 0;
  std::string previous{};  ///< the SHA-256 in hexadecimal of the round's last object before; empty: none
  std::string history{};   ///< the mark of the tenant's history at start_scn; empty: not known
  WrappedKey key{};

  bool operator==(const PieceStart&) const = default;
};

struct ArchiveCheckpoint {
  std::int64_t dest_id = 0;
  std::int64_t round_id = 0;
  std::int64_t piece_id = 0;
  std::int64_t number = 0;    ///< of the newest object; 0: none
  std::string last_sha256{};  ///< of that object, in hexadecimal; empty: none
  std::int64_t scn = 0;
  Timestamp written = 0;

  bool operator==(const ArchiveCheckpoint&) const = default;
};

struct LogEntry {
  ObjectEntry object{};
  std::int64_t from_scn = 0;
  std::int64_t to_scn = 0;

  bool operator==(const LogEntry&) const = default;
};

/// Of a piece that is frozen.
struct PieceManifest {
  PieceStart start{};
  std::int64_t end_scn = 0;  ///< the next piece's start_scn
  Timestamp ended = 0;
  std::vector<LogEntry> objects{};  ///< in their order, without a gap

  bool operator==(const PieceManifest&) const = default;
};

/// All are made with a MAC under the round's key: verify_manifest() of backup_set.h. encode(PieceManifest) may be size_overflow
/// (4019): switch the piece before it has kMaxObjects objects.
Result<Bytes> encode(const RoundStart& start, const DataKey& key);
Result<Bytes> encode(const RoundEnd& end, const DataKey& key);
Result<Bytes> encode(const PieceStart& start, const DataKey& key);
Result<Bytes> encode(const ArchiveCheckpoint& checkpoint, const DataKey& key);
Result<Bytes> encode(const PieceManifest& manifest, const DataKey& key);

Result<RoundStart> decode_round_start(std::span<const std::uint8_t> bytes);
Result<RoundEnd> decode_round_end(std::span<const std::uint8_t> bytes);
Result<PieceStart> decode_piece_start(std::span<const std::uint8_t> bytes);
Result<ArchiveCheckpoint> decode_checkpoint(std::span<const std::uint8_t> bytes);
Result<PieceManifest> decode_piece_manifest(std::span<const std::uint8_t> bytes);

}  // namespace breakwater::storage
