// mysql_native_password. The server keeps SHA1(SHA1(password)); the client proves that it knows
// SHA1(password): response = SHA1(password) XOR SHA1(salt || SHA1(SHA1(password))).
// Any thread may call anything here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "server/protocol/constants.h"

namespace breakwater::auth {

/// SHA1(SHA1(password)).
using NativeHash = crypto::Sha1;

NativeHash native_hash(const Secret& password);

/// `*` and 40 upper-case hex digits, as SHOW CREATE USER and mysql.user show it; and back (either case;
/// nothing else is a hash: error invalid_argument).
std::string native_hash_text(const NativeHash& hash);
Result<NativeHash> parse_native_hash(std::string_view text);

/// What an account asks of who logs in.
struct Verifier {
  enum class Kind : std::uint8_t {
    unknown,  ///< no such account: everything is refused, after the same work
    empty,    ///< the account's password is empty: only over loopback and the unix socket
    native,   ///< the password has `hash`
  };
  Kind kind = Kind::unknown;
  NativeHash hash{};
};

/// Constant time in the response and in whether the account exists. `local`: the peer is on this machine
/// (loopback or unix socket).
bool verify_native(const Verifier& verifier, std::span<const std::uint8_t> response,
                   std::span<const std::uint8_t> salt, bool local);

/// What a client sends. For tests and for tools that log in.
crypto::Sha1 native_response(const Secret& password, std::span<const std::uint8_t> salt);

/// Twenty bytes from 1 to 127: no NUL ends the salt early, no byte is changed on its way.
protocol::Salt make_salt(const Entropy& entropy);

}  // namespace breakwater::auth
