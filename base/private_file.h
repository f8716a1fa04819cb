// Small files for their owner alone: keys, certificates.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace breakwater {

/// Replaces or makes `file` (0600), whole or not at all and durably: under a name of its own (".new" behind
/// it), then by a rename. What failed, as the system says it: a full disk is ENOSPC, a full quota EDQUOT.
/// Blocks on the file system.
std::error_code write_private_file(const std::string& file, std::string_view content);

}  // namespace breakwater
