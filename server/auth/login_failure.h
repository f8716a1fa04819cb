// A login that nobody could judge: the account can't be looked up, the RSA key can't be read. Pure.
#pragma once

#include "base/error.h"

namespace breakwater::auth {

/// What the client is told, with the advice to try again: 1040 where no descriptor is left (`why` is
/// out_of_resources), 1037 where no memory is (out_of_memory), else 4016. Nothing of `why` itself is told.
Error login_failure(const Error& why);

}  // namespace breakwater::auth
