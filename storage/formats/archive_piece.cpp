#include "storage/formats/archive_piece.h"

#include "storage/formats/backup_json.h"
#include "storage/formats/name_parts.h"
#include "storage/formats/time_name.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kArchiveSuffix = ".obarc";
constexpr std::string_view kRoundStartFormat = "breakwater round start";
constexpr std::string_view kRoundEndFormat = "breakwater round end";
constexpr std::string_view kPieceStartFormat = "breakwater piece start";
constexpr std::string_view kPieceFormat = "breakwater piece";
constexpr std::string_view kCheckpointFormat = "breakwater archive checkpoint";

// "d1002r1"
std::string base_of(RoundName round) {
  return std::string("d")
      .append(std::to_string(round.dest_id))
      .append("r")
      .append(std::to_string(round.round_id));
}

// "d1002r1p1"
std::string base_of(PieceName piece) {
  return base_of(piece.round).append("p").append(std::to_string(piece.piece_id));
}

std::string round_mark(RoundName round, std::string_view which) {
  return std::string(kRoundsDirectory)
      .append("round_")
      .append(base_of(round))
      .append(which)
      .append(kArchiveSuffix);
}

std::string piece_mark(PieceName piece, std::string_view which, Timestamp now) {
  return std::string(kPiecesDirectory)
      .append("piece_")
      .append(base_of(piece))
      .append(which)
      .append(local_time_stamp(now))
      .append(kArchiveSuffix);
}

std::optional<RoundName> take_round(NameParts& parts) {
  if (!parts.take("d")) return std::nullopt;
  RoundName round{.dest_id = parts.number()};
  if (!parts.take("r")) return std::nullopt;
  round.round_id = parts.number();
  return parts.failed() ? std::nullopt : std::optional(round);
}

std::optional<PieceName> take_piece(NameParts& parts) {
  if (!parts.take("piece_")) return std::nullopt;
  const auto round = take_round(parts);
  if (!round || !parts.take("p")) return std::nullopt;
  const PieceName piece{.round = *round, .piece_id = parts.number()};
  return parts.failed() ? std::nullopt : std::optional(piece);
}

Json json_of(const PieceStart& start) {
  return {{"owner", json_of(start.owner)},
          {"round_id", start.round_id},
          {"piece_id", start.piece_id},
          {"start_scn", start.start_scn},
          {"schema_version", start.schema_version},
          {"started", start.started},
          {"previous", start.previous},
          {"history", start.history},
          {"key", json_of(start.key)}};
}

PieceStart piece_start_from(JsonFields fields, bool& failed) {
  PieceStart start{.round_id = fields.number("round_id"),
                   .piece_id = fields.number("piece_id"),
                   .start_scn = fields.number("start_scn"),
                   .schema_version = fields.number("schema_version"),
                   .started = fields.number("started"),
                   .previous = fields.digest("previous"),
                   .history = fields.mark("history")};
  start.owner = owner_from(JsonFields(fields.member("owner")), failed);
  start.key = wrapped_key(JsonFields(fields.member("key")), failed);
  failed = failed || fields.failed();
  return start;
}

Json json_of(const LogEntry& entry) {
  Json out = json_of(entry.object);
  out["from_scn"] = entry.from_scn;
  out["to_scn"] = entry.to_scn;
  return out;
}

LogEntry log_entry_from(JsonFields fields, bool& failed) {
  LogEntry entry{.object = object_from(fields, failed),
                 .from_scn = fields.number("from_scn"),
                 .to_scn = fields.number("to_scn")};
  failed = failed || fields.failed();
  return entry;
}

// The log of a frozen piece is whole: numbered from 1, each from where the one before ends.
bool is_whole(const PieceManifest& manifest) {
  const PieceStart& start = manifest.start;
  const PieceName piece{{start.owner.dest_id, start.round_id}, start.piece_id};
  std::int64_t scn = start.start_scn;
  std::int64_t number = 0;
  for (const LogEntry& entry : manifest.objects) {
    if (entry.object.name != log_object_name(piece, ++number) || entry.from_scn != scn || entry.to_scn < scn)
      return false;
    scn = entry.to_scn;
  }
  return scn <= manifest.end_scn;
}

}  // namespace

std::string round_start_name(RoundName round) {
  return round_mark(round, "_start");
}

std::string round_end_name(RoundName round) {
  return round_mark(round, "_end");
}

std::string piece_start_name(PieceName piece, Timestamp now) {
  return piece_mark(piece, "_start_", now);
}

std::string piece_end_name(PieceName piece, Timestamp now) {
  return piece_mark(piece, "_end_", now);
}

std::string piece_directory(PieceName piece) {
  return std::string("piece_").append(base_of(piece)).append("/");
}

std::string piece_manifest_name(PieceName piece) {
  return piece_directory(piece).append("single_piece_info").append(kArchiveSuffix);
}

std::string piece_checkpoint_name(PieceName piece) {
  return piece_directory(piece).append("checkpoint/checkpoint").append(kArchiveSuffix);
}

std::string log_directory(PieceName piece) {
  return piece_directory(piece).append("logstream_1/log/");
}

std::string log_object_name(PieceName piece, std::int64_t number) {
  return log_directory(piece).append(std::to_string(number)).append(kArchiveSuffix);
}

std::optional<RoundMark> parse_round_mark(std::string_view name) {
  NameParts parts(name);
  if (!parts.take(kRoundsDirectory) || !parts.take("round_")) return std::nullopt;
  const auto round = take_round(parts);
  if (!round) return std::nullopt;
  const RoundMark mark{.round = *round, .end = parts.take("_end")};
  if (!mark.end && !parts.take("_start")) return std::nullopt;
  return parts.take(kArchiveSuffix) && parts.ended() ? std::optional(mark) : std::nullopt;
}

std::optional<PieceMark> parse_piece_mark(std::string_view name) {
  NameParts parts(name);
  if (!parts.take(kPiecesDirectory)) return std::nullopt;
  const auto piece = take_piece(parts);
  if (!piece) return std::nullopt;
  const PieceMark mark{.piece = *piece, .end = parts.take("_end_")};
  if (!mark.end && !parts.take("_start_")) return std::nullopt;
  return parts.time() && parts.take(kArchiveSuffix) && parts.ended() ? std::optional(mark) : std::nullopt;
}

std::optional<PieceName> piece_of(std::string_view name) {
  NameParts parts(name);
  const auto piece = take_piece(parts);
  return piece && parts.take("/") ? piece : std::nullopt;
}

std::optional<std::int64_t> log_number(PieceName piece, std::string_view name) {
  NameParts parts(name);
  if (!parts.take(log_directory(piece))) return std::nullopt;
  const std::int64_t number = parts.number();
  return parts.take(kArchiveSuffix) && parts.ended() ? std::optional(number) : std::nullopt;
}

std::string round_identity(const BackupOwner& owner, std::int64_t round_id) {
  return identity_of("round ", owner, round_id);
}

Result<Bytes> encode(const RoundStart& start, const DataKey& key) {
  return seal_json({{"format", kRoundStartFormat},
                    {"version", kBackupVersion},
                    {"owner", json_of(start.owner)},
                    {"round_id", start.round_id},
                    {"start_scn", start.start_scn},
                    {"started", start.started},
                    {"key", json_of(start.key)}},
                   &key);
}

Result<RoundStart> decode_round_start(std::span<const std::uint8_t> bytes) {
  BW_TRY(const Json body, open_format(bytes, kMaxMarker, kRoundStartFormat));
  JsonFields fields(body);
  RoundStart start{.round_id = fields.number("round_id"),
                   .start_scn = fields.number("start_scn"),
                   .started = fields.number("started")};
  bool failed = false;
  start.owner = owner_from(JsonFields(fields.member("owner")), failed);
  start.key = wrapped_key(JsonFields(fields.member("key")), failed);
  if (failed || fields.failed()) return fail(damaged_backup(kRoundStartFormat));
  return start;
}

Result<Bytes> encode(const RoundEnd& end, const DataKey& key) {
  return seal_json({{"format", kRoundEndFormat},
                    {"version", kBackupVersion},
                    {"owner", json_of(end.owner)},
                    {"round_id", end.round_id},
                    {"checkpoint_scn", end.checkpoint_scn},
                    {"ended", end.ended}},
                   &key);
}

Result<RoundEnd> decode_round_end(std::span<const std::uint8_t> bytes) {
  BW_TRY(const Json body, open_format(bytes, kMaxMarker, kRoundEndFormat));
  JsonFields fields(body);
  RoundEnd end{.round_id = fields.number("round_id"),
               .checkpoint_scn = fields.number("checkpoint_scn"),
               .ended = fields.number("ended")};
  bool failed = false;
  end.owner = owner_from(JsonFields(fields.member("owner")), failed);
  if (failed || fields.failed()) return fail(damaged_backup(kRoundEndFormat));
  return end;
}

Result<Bytes> encode(const PieceStart& start, const DataKey& key) {
  Json body = json_of(start);
  body["format"] = kPieceStartFormat;
  body["version"] = kBackupVersion;
  return seal_json(body, &key);
}

Result<PieceStart> decode_piece_start(std::span<const std::uint8_t> bytes) {
  BW_TRY(const Json body, open_format(bytes, kMaxMarker, kPieceStartFormat));
  bool failed = false;
  PieceStart start = piece_start_from(JsonFields(body), failed);
  if (failed) return fail(damaged_backup(kPieceStartFormat));
  return start;
}

Result<Bytes> encode(const ArchiveCheckpoint& checkpoint, const DataKey& key) {
  return seal_json({{"format", kCheckpointFormat},
                    {"version", kBackupVersion},
                    {"dest_id", checkpoint.dest_id},
                    {"round_id", checkpoint.round_id},
                    {"piece_id", checkpoint.piece_id},
                    {"number", checkpoint.number},
                    {"last_sha256", checkpoint.last_sha256},
                    {"scn", checkpoint.scn},
                    {"written", checkpoint.written}},
                   &key);
}

Result<ArchiveCheckpoint> decode_checkpoint(std::span<const std::uint8_t> bytes) {
  BW_TRY(const Json body, open_format(bytes, kMaxMarker, kCheckpointFormat));
  JsonFields fields(body);
  ArchiveCheckpoint checkpoint{.dest_id = fields.number("dest_id"),
                               .round_id = fields.number("round_id"),
                               .piece_id = fields.number("piece_id"),
                               .number = fields.number("number"),
                               .last_sha256 = fields.digest("last_sha256"),
                               .scn = fields.number("scn"),
                               .written = fields.number("written")};
  if (fields.failed()) return fail(damaged_backup(kCheckpointFormat));
  return checkpoint;
}

Result<Bytes> encode(const PieceManifest& manifest, const DataKey& key) {
  if (manifest.objects.size() > kMaxObjects)
    return fail(
        error::size_overflow().with_hint("a piece has at most " + std::to_string(kMaxObjects) + " objects"));
  Json objects = Json::array();
  for (const LogEntry& entry : manifest.objects) objects.push_back(json_of(entry));
  Bytes bytes = seal_json({{"format", kPieceFormat},
                           {"version", kBackupVersion},
                           {"start", json_of(manifest.start)},
                           {"end_scn", manifest.end_scn},
                           {"ended", manifest.ended},
                           {"objects", std::move(objects)}},
                          &key);
  if (bytes.size() > kMaxManifest) return fail(error::size_overflow());
  return bytes;
}

Result<PieceManifest> decode_piece_manifest(std::span<const std::uint8_t> bytes) {
  BW_TRY(const Json body, open_format(bytes, kMaxManifest, kPieceFormat));
  JsonFields fields(body);
  PieceManifest manifest{.end_scn = fields.number("end_scn"), .ended = fields.number("ended")};
  bool failed = false;
  manifest.start = piece_start_from(JsonFields(fields.member("start")), failed);
  const Json& objects = fields.member("objects");
  failed = failed || !objects.is_array() || objects.size() > kMaxObjects;
  for (std::size_t at = 0; !failed && at < objects.size(); ++at)
    manifest.objects.push_back(log_entry_from(JsonFields(objects[at]), failed));
  if (failed || fields.failed() || !is_whole(manifest)) return fail(damaged_backup(kPieceFormat));
  return manifest;
}

}  // namespace breakwater::storage
