// BACKUP KEY to an object store: the same bytes as the key file, in one object, by the same rules.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/crypto.h"
#include "base/error.h"
#include "storage/formats/key_file.h"
#include "storage/object/object_store.h"

namespace breakwater::storage {

// `bucket` is the whole bucket (a destination with an empty object_dir), `name` the object's key.

/// Checks the place and writes nothing. Returns true if there is a key file that may be replaced. Errors:
/// invalid_backup_dest (9026) if there is no name, or if the place is a destination or lies in one of another
/// tenant or cluster; file_already_exist (1086) as in plan_key_file().
Task<Result<bool>> plan_key_object(ObjectStore& bucket, std::string_view name,
                                   std::span<const std::uint8_t> bytes, KeyOwner owner, Call call);

/// Writes the object and reads it back. Error: file_already_exist (1086) if somebody else's object is there
/// now.
Task<Result<>> write_key_object(ObjectStore& bucket, std::string_view name,
                                std::span<const std::uint8_t> bytes, bool replaces, Call call);

/// Whether the object holds exactly the bytes with this digest.
Task<Result<bool>> holds_key(ObjectStore& bucket, std::string_view name, const crypto::Sha256& digest,
                             Call call);

}  // namespace breakwater::storage
