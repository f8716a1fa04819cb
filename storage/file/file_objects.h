// The objects of a destination as files below its directory: what file_medium.h does, blocking: on the file pool.
//
// Names are those of medium.h, checked by the caller. Every function starts from the directory that the anchor holds and
// follows no symbolic link below it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "storage/destination/medium.h"
#include "storage/file/anchor.h"
#include "storage/pool/stop_flag.h"

namespace breakwater::storage {

/// The end of the temporary files' names.
inline constexpr std::string_view kObjectSuffix = "object";

/// `token`: random, of this write.
Result<Medium::Put> put_new_object(const Anchor& place, const std::string& name,
                                   std::span<const std::uint8_t> bytes, std::string_view token,
                                   const StopFlag& stop);
Result<> replace_object(const Anchor& place, const std::string& name, std::span<const std::uint8_t> bytes,
                        std::string_view token, const StopFlag& stop);
/// At most limit + 1 bytes.
Result<std::optional<Bytes>> read_object(const Anchor& place, const std::string& name, std::size_t limit,
                                         const StopFlag& stop);
Result<Medium::Page> list_objects(const Anchor& place, const std::string& prefix, const std::string& after,
                                  const StopFlag& stop);
/// size_overflow (4019): too many.
Result<std::vector<std::string>> list_others(const Anchor& place, const std::string& directory,
                                             const std::string& prefix, const StopFlag& stop);
Result<> remove_object(const Anchor& place, const std::string& name, const StopFlag& stop);
Result<> sweep_objects(const Anchor& place, const std::string& directory, const StopFlag& stop);

}  // namespace breakwater::storage
