// Small files that only their owner may read: keys, certificates.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace breakwater {

/// Creates or replaces `file` (mode 0600), atomically and durably: it writes `file`.new and renames that.
/// Returns the system's error: ENOSPC for a full disk, EDQUOT for a full quota. Blocks on the file system.
std::error_code write_private_file(const std::string& file, std::string_view content);

}  // namespace breakwater
