#include "server/auth/native_password.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/secret.h"

namespace breakwater::auth {
namespace {

crypto::Sha1 mix(crypto::Sha1 value, const crypto::Sha1& mask) {
  for (std::size_t i = 0; i < value.size(); ++i) value[i] ^= mask[i];
  return value;
}

}  // namespace

bool verify_native(const Verifier& verifier, std::span<const std::uint8_t> response,
                   std::span<const std::uint8_t> salt, bool local) {
  // The hashing is always the same: a response of another length or an unknown account is checked against
  // zeros, so that the time reveals nothing.
  crypto::Sha1 given{};
  const bool whole = response.size() == given.size();
  if (whole) std::ranges::copy(response, given.begin());
  const crypto::Sha1 hash = verifier.native.value_or(crypto::Sha1{});
  crypto::Sha1 once = mix(given, crypto::sha1(salt, hash));
  const crypto::Sha1 twice = crypto::sha1(once);
  wipe(once.data(), once.size());
  const bool matches = crypto::equal(twice, hash);
  switch (verifier.kind) {
    case Verifier::Kind::password:
      return whole && matches && verifier.native.has_value();
    case Verifier::Kind::empty:
      return local && response.empty();
    case Verifier::Kind::unknown:
      break;
  }
  return false;
}

protocol::Salt make_salt(const Entropy& entropy) {
  return Salts(entropy).next();
}

protocol::Salt Salts::next() {
  protocol::Salt salt{};
  for (std::size_t filled = 0; filled < salt.size();) {
    if (used_ == bytes_.size()) {
      entropy_.fill(bytes_);
      used_ = 0;
    }
    const auto low = static_cast<std::uint8_t>(bytes_[used_++] & 0x7FU);
    if (low != 0) salt[filled++] = low;
  }
  return salt;
}

}  // namespace breakwater::auth
