// errno to Error, in one place: docs/spec/behaviour.md#file-errors.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace breakwater::storage {

/// The error for an errno:
///   backup_file_not_exist (9011)     ENOENT
///   backup_permission_denied (9071)  EACCES, EPERM
///   device_out_of_space (9082)       ENOSPC, EDQUOT
///   invalid_backup_dest (9026)       EILSEQ
///   io_error (4009)                  all others
/// The hint names the call that failed, its object, the system's name for the reason, and what to do. `what`:
/// "the directory /a/b".
Error io_error(int errno_value, std::string_view call, std::string_view what);

/// "ENOSPC", "EIO", ... or "errno 123".
std::string errno_name(int errno_value);

}  // namespace breakwater::storage
