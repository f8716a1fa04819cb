// errno to Error, in one place: docs/spec/behaviour.md#file-errors.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace breakwater::storage {

/// ENOENT 9011, EACCES/EPERM 9071, ENOSPC/EDQUOT 9082, EILSEQ 9026, the rest 4009. The hint says which call
/// failed on what, with the system's name for the reason, and what to do. `what`: "the directory /a/b".
Error io_error(int errno_value, std::string_view call, std::string_view what);

/// "ENOSPC", "EIO", ... or "errno 123".
std::string errno_name(int errno_value);

}  // namespace breakwater::storage
