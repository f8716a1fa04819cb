// The hashes of a password that MySQL's two plugins store. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/secret.h"

namespace breakwater::crypto {

/// mysql_native_password: SHA1(SHA1(password)).
Sha1 native_hash(const Secret& password);

/// caching_sha2_password: $A$005$, twenty characters of salt, the digest of 5,000 rounds. Takes 1.5 ms.
std::string sha2_hash(const Secret& password, const Entropy& entropy);
/// Compares in constant time. If `hash` is no hash, nothing matches it, after the same work as for an
/// ordinary one.
bool matches_sha2(const Secret& password, std::string_view hash);
/// Whether `text` is such a hash, of 5,000 to 100,000 rounds.
bool is_sha2_hash(std::string_view text);

}  // namespace breakwater::crypto
