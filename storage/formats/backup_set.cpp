#include "storage/formats/backup_set.h"

#include <set>

#include "storage/formats/backup_json.h"
#include "storage/formats/name_parts.h"
#include "storage/formats/time_name.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kSetPrefix = "backup_set_";
constexpr std::string_view kSetSuffix = ".obbak";
constexpr std::string_view kStartFormat = "breakwater set start";
constexpr std::string_view kEndFormat = "breakwater set end";
constexpr std::string_view kManifestFormat = "breakwater set";

std::string base_of(SetName set) {
  return std::string(kSetPrefix).append(std::to_string(set.id)).append("_").append(name_of(set.type));
}

std::optional<SetName> take_set(NameParts& parts) {
  if (!parts.take(kSetPrefix)) return std::nullopt;
  SetName set{.id = parts.number()};
  if (!parts.take("_")) return std::nullopt;
  if (parts.take("full")) return set;
  set.type = SetType::incremental;
  return parts.take("inc") ? std::optional(set) : std::nullopt;
}

Json json_of(SetName set) {
  return {{"id", set.id}, {"type", name_of(set.type)}};
}

SetName set_from(JsonFields fields, bool& failed) {
  SetName set{.id = fields.number("id")};
  const std::string type = fields.text("type");
  set.type = type == "inc" ? SetType::incremental : SetType::full;
  failed = failed || fields.failed() || set.id < 1 || type != name_of(set.type);
  return set;
}

Json json_of(const SetRound& round) {
  return {{"dest_id", round.dest_id}, {"round_id", round.round_id}, {"key", json_of(round.key)}};
}

SetRound round_from(JsonFields fields, bool& failed) {
  SetRound round{.dest_id = fields.number("dest_id"), .round_id = fields.number("round_id")};
  round.key = wrapped_key(JsonFields(fields.member("key")), failed);
  failed = failed || fields.failed();
  return round;
}

// Each in the set's own directory, and once.
bool belong(const SetManifest& manifest) {
  const std::string directory = set_directory(manifest.set);
  std::set<std::string_view> names;
  for (const ObjectEntry& object : manifest.objects) {
    if (!object.name.starts_with(directory) || !names.insert(object.name).second) return false;
  }
  return true;
}

}  // namespace

std::string_view name_of(SetType type) {
  return type == SetType::full ? "full" : "inc";
}

std::string set_directory(SetName set) {
  return base_of(set).append("/");
}

std::string set_start_name(SetName set) {
  return std::string(kSetsDirectory).append(base_of(set)).append("_start").append(kSetSuffix);
}

std::string set_manifest_name(SetName set) {
  return set_directory(set).append("single_backup_set_info").append(kSetSuffix);
}

std::string set_object_name(SetName set, std::string_view attempt, std::int64_t number) {
  return set_objects_prefix(set, attempt).append("_").append(std::to_string(number)).append(kSetSuffix);
}

std::string set_objects_prefix(SetName set, std::string_view attempt) {
  return set_directory(set).append("infos/data_").append(attempt);
}

std::string set_end_name(SetName set, SetEnding ending, Timestamp now) {
  return std::string(kSetsDirectory)
      .append(base_of(set))
      .append(ending == SetEnding::success ? "_end_success_" : "_end_failed_")
      .append(local_time_stamp(now))
      .append(kSetSuffix);
}

std::optional<SetMark> parse_set_mark(std::string_view name) {
  NameParts parts(name);
  if (!parts.take(kSetsDirectory)) return std::nullopt;
  const auto set = take_set(parts);
  if (!set) return std::nullopt;
  SetMark mark{.set = *set};
  if (parts.take("_end_")) {
    mark.ending = parts.take("success_") ? SetEnding::success : SetEnding::failed;
    const bool named = *mark.ending == SetEnding::success || parts.take("failed_");
    if (!named || !parts.time()) return std::nullopt;
  } else if (!parts.take("_start")) {
    return std::nullopt;
  }
  return parts.take(kSetSuffix) && parts.ended() ? std::optional(mark) : std::nullopt;
}

std::optional<SetName> set_of(std::string_view name) {
  NameParts parts(name);
  const auto set = take_set(parts);
  return set && parts.take("/") ? set : std::nullopt;
}

std::string set_identity(const BackupOwner& owner, std::int64_t set_id) {
  return identity_of("set ", owner, set_id);
}

Bytes encode(const SetStart& start) {
  Json body{{"format", kStartFormat},
            {"version", kBackupVersion},
            {"owner", json_of(start.owner)},
            {"set", json_of(start.set)},
            {"started", start.started}};
  if (!start.attempt.empty()) body["attempt"] = start.attempt;
  return seal_json(body, nullptr);
}

Result<SetStart> decode_set_start(std::span<const std::uint8_t> bytes) {
  BW_TRY(const Json body, open_format(bytes, kMaxMarker, kStartFormat));
  JsonFields fields(body);
  SetStart start{.started = fields.number("started")};
  bool failed = false;
  start.owner = owner_from(JsonFields(fields.member("owner")), failed);
  start.set = set_from(JsonFields(fields.member("set")), failed);
  if (fields.has("attempt")) start.attempt = fields.text("attempt");
  if (failed || fields.failed()) return fail(damaged_backup(kStartFormat));
  return start;
}

Bytes encode(const SetEnd& end) {
  return seal_json({{"format", kEndFormat},
                    {"version", kBackupVersion},
                    {"set", json_of(end.set)},
                    {"success", end.ending == SetEnding::success},
                    {"manifest_sha256", end.manifest_sha256},
                    {"result", end.result},
                    {"ended", end.ended}},
                   nullptr);
}

Result<SetEnd> decode_set_end(std::span<const std::uint8_t> bytes) {
  BW_TRY(const Json body, open_format(bytes, kMaxMarker, kEndFormat));
  JsonFields fields(body);
  SetEnd end{.ending = fields.flag("success") ? SetEnding::success : SetEnding::failed,
             .manifest_sha256 = fields.digest("manifest_sha256"),
             .result = fields.signed_number("result"),
             .ended = fields.number("ended")};
  bool failed = false;
  end.set = set_from(JsonFields(fields.member("set")), failed);
  if (failed || fields.failed()) return fail(damaged_backup(kEndFormat));
  return end;
}

Result<Bytes> encode(const SetManifest& manifest, const DataKey& key) {
  if (manifest.objects.size() > kMaxObjects || manifest.information.size() > kMaxInformation)
    return fail(error::size_overflow().with_hint("a backup set has at most " + std::to_string(kMaxObjects) +
                                                 " objects"));
  Json objects = Json::array();
  for (const ObjectEntry& object : manifest.objects) objects.push_back(json_of(object));
  Json body{{"format", kManifestFormat},
            {"version", kBackupVersion},
            {"owner", json_of(manifest.owner)},
            {"set", json_of(manifest.set)},
            {"prev_full_set_id", manifest.prev_full_set_id},
            {"prev_set_id", manifest.prev_set_id},
            {"prev_manifest_sha256", manifest.prev_manifest_sha256},
            {"from_scn", manifest.from_scn},
            {"start_replay_scn", manifest.start_replay_scn},
            {"min_restore_scn", manifest.min_restore_scn},
            {"history", manifest.history},
            {"schema_version", manifest.schema_version},
            {"cluster_version", manifest.cluster_version},
            {"started", manifest.started},
            {"ended", manifest.ended},
            {"plus_archivelog", manifest.plus_archivelog},
            {"information", manifest.information},
            {"key", json_of(manifest.key)},
            {"objects", std::move(objects)}};
  if (manifest.round) body["round"] = json_of(*manifest.round);
  Bytes bytes = seal_json(body, &key);
  if (bytes.size() > kMaxManifest) return fail(error::size_overflow());
  return bytes;
}

Result<SetManifest> decode_set_manifest(std::span<const std::uint8_t> bytes) {
  BW_TRY(const Json body, open_format(bytes, kMaxManifest, kManifestFormat));
  JsonFields fields(body);
  SetManifest manifest{.prev_full_set_id = fields.number("prev_full_set_id"),
                       .prev_set_id = fields.number("prev_set_id"),
                       .prev_manifest_sha256 = fields.digest("prev_manifest_sha256"),
                       .from_scn = fields.number("from_scn"),
                       .start_replay_scn = fields.number("start_replay_scn"),
                       .min_restore_scn = fields.number("min_restore_scn"),
                       .history = fields.mark("history"),
                       .schema_version = fields.number("schema_version"),
                       .cluster_version = fields.text("cluster_version"),
                       .started = fields.number("started"),
                       .ended = fields.number("ended"),
                       .plus_archivelog = fields.flag("plus_archivelog"),
                       .information = fields.text("information", kMaxInformation)};
  bool failed = false;
  manifest.owner = owner_from(JsonFields(fields.member("owner")), failed);
  manifest.set = set_from(JsonFields(fields.member("set")), failed);
  manifest.key = wrapped_key(JsonFields(fields.member("key")), failed);
  if (fields.has("round")) manifest.round = round_from(JsonFields(fields.member("round")), failed);
  const Json& objects = fields.member("objects");
  failed = failed || !objects.is_array() || objects.size() > kMaxObjects;
  for (std::size_t at = 0; !failed && at < objects.size(); ++at)
    manifest.objects.push_back(object_from(JsonFields(objects[at]), failed));
  if (failed || fields.failed() || !belong(manifest)) return fail(damaged_backup(kManifestFormat));
  return manifest;
}

Result<> verify_manifest(std::span<const std::uint8_t> bytes, const DataKey& key) {
  if (has_mac_of(bytes, key)) return {};
  return fail(
      error::checksum_error().with_hint("a manifest was changed by somebody who doesn't have the backup's "
                                        "key, or another one was put in its place"));
}

}  // namespace breakwater::storage
