// Account passwords as MySQL's native plugin keeps them. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "catalog/types.h"

namespace breakwater::catalog {

inline constexpr std::string_view kNativePlugin = "mysql_native_password";

/// SHA1(SHA1(password)); nothing for an empty password.
std::optional<NativeHash> hash_password(const Secret& password);

/// '*' and 40 hexadecimal digits, or '' for an empty password. Anything else: 1827.
Result<std::optional<NativeHash>> import_hash(const Secret& text);

/// '*' and 40 upper-case digits, '' without a hash: what SHOW CREATE USER and mysql.user show.
std::string export_hash(const std::optional<NativeHash>& hash);

}  // namespace breakwater::catalog
