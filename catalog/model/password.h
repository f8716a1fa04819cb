// Account passwords as MySQL's two plugins store them. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

inline constexpr std::string_view kNativePlugin = "mysql_native_password";
inline constexpr std::string_view kSha2Plugin = "caching_sha2_password";

/// Both hashes; none for an empty password.
Credential hash_password(const Secret& password, const Entropy& entropy);

/// A hash that a statement gives in place of a password: '*' and 40 hexadecimal digits, a
/// caching_sha2_password hash, or '' for an empty password. Error: password_format (1827) for anything else.
Result<Credential> import_hash(const Secret& text);

/// '*' and 40 upper-case digits, '' without a hash.
std::string export_hash(const std::optional<NativeHash>& hash);

/// Whether it is the credential's password. As slow as a login.
bool is_password(const Credential& credential, const Secret& password);
/// Whether two credentials have a hash in common, or both stand for the empty password.
bool share_a_hash(const Credential& one, const Credential& other);

/// Whether the account's password must be changed. `default_lifetime`: days, 0: none.
bool has_expired(const Account& account, std::int64_t default_lifetime, Timestamp now);

/// The catalogue's name: '', SSL, X509.
std::string_view tls_name(TlsNeed need);
TlsNeed tls_by_name(std::string_view name);

}  // namespace breakwater::catalog
