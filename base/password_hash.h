// What MySQL's two plugins keep of a password. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/secret.h"

namespace breakwater::crypto {

/// mysql_native_password: SHA1(SHA1(password)).
Sha1 native_hash(const Secret& password);

/// caching_sha2_password: $A$005$, twenty characters of salt, the digest of 5,000 rounds. 1.5 ms of work.
std::string sha2_hash(const Secret& password, const Entropy& entropy);
/// The same work as for an ordinary hash where `hash` is none; nothing matches that. Constant time in the
/// comparison.
bool matches_sha2(const Secret& password, std::string_view hash);
/// With 5,000 to 100,000 rounds.
bool is_sha2_hash(std::string_view text);

}  // namespace breakwater::crypto
