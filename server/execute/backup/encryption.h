// The passwords of backups.
#pragma once

#include "base/secret.h"

namespace breakwater::server::execute {

/// What a backup set's PASSWD says of its password: '*' and 40 lower-case digits of SHA1(SHA1(password)).
Secret backup_digest(const Secret& password);

}  // namespace breakwater::server::execute
