// The error for a login that could not be checked: the account can't be looked up, or the RSA key can't be
// read. Pure.
#pragma once

#include "base/error.h"

namespace breakwater::auth {

/// The error for the client, with the advice to try again: too_many_connections (1040) if `why` is
/// out_of_resources (no descriptor is left), out_of_memory (1037) if it is that, else internal_error (4016).
/// It contains nothing of `why` itself.
Error login_failure(const Error& why);

}  // namespace breakwater::auth
