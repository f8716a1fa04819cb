#include "storage/formats/backup_json.h"

namespace breakwater::storage {

std::string identity_of(std::string_view kind, const BackupOwner& owner, std::int64_t id) {
  return std::string(kind)
      .append(std::to_string(owner.cluster_id))
      .append(":")
      .append(std::to_string(owner.tenant_id))
      .append(":")
      .append(std::to_string(owner.dest_id))
      .append(":")
      .append(std::to_string(id));
}

Result<Json> open_format(std::span<const std::uint8_t> bytes, std::size_t limit, std::string_view format) {
  BW_TRY(Json body, open_json(bytes, limit, format));
  JsonFields fields(body);
  const bool known = fields.text("format") == format && fields.number("version") == kBackupVersion;
  if (!known || fields.failed()) return fail(damaged_backup(format));
  return body;
}

Json json_of(const BackupOwner& owner) {
  Json out = {{"cluster_name", owner.cluster_name},
              {"cluster_id", owner.cluster_id},
              {"tenant_name", owner.tenant_name},
              {"tenant_id", owner.tenant_id},
              {"compatibility_mode", owner.compatibility_mode},
              {"incarnation", owner.incarnation},
              {"dest_id", owner.dest_id}};
  if (!owner.life.empty()) out["life"] = owner.life;
  return out;
}

BackupOwner owner_from(JsonFields fields, bool& failed) {
  BackupOwner owner{.cluster_name = fields.text("cluster_name"),
                    .cluster_id = fields.number("cluster_id"),
                    .tenant_name = fields.text("tenant_name"),
                    .tenant_id = static_cast<std::uint64_t>(fields.number("tenant_id")),
                    .compatibility_mode = fields.text("compatibility_mode"),
                    .incarnation = fields.number("incarnation"),
                    .dest_id = fields.number("dest_id")};
  if (fields.has("life")) owner.life = fields.text("life");
  failed = failed || fields.failed();
  return owner;
}

Json json_of(const ObjectEntry& object) {
  return {{"name", object.name},
          {"length", object.length},
          {"sha256", crypto::to_hex(object.sha256)},
          {"lines", object.lines}};
}

ObjectEntry object_from(JsonFields fields, bool& failed) {
  constexpr std::size_t kMaxName = 1024;
  ObjectEntry object{.name = fields.text("name", kMaxName),
                     .length = static_cast<std::uint64_t>(fields.number("length")),
                     .sha256 = fields.sha256("sha256"),
                     .lines = static_cast<std::uint64_t>(fields.number("lines"))};
  failed = failed || fields.failed();
  return object;
}

}  // namespace breakwater::storage
