// What the JSON of sets and that of pieces have in common. Internal to this room. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "storage/formats/backup_set.h"
#include "storage/formats/sealed_json.h"

namespace breakwater::storage {

/// "set 1:1002:1001:3"
std::string identity_of(std::string_view kind, const BackupOwner& owner, std::int64_t id);

/// A file whose members "format" and "version" are this one and kBackupVersion.
Result<Json> open_format(std::span<const std::uint8_t> bytes, std::size_t limit, std::string_view format);

Json json_of(const BackupOwner& owner);
BackupOwner owner_from(JsonFields fields, bool& failed);

Json json_of(const ObjectEntry& object);
ObjectEntry object_from(JsonFields fields, bool& failed);

}  // namespace breakwater::storage
